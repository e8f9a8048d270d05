"""`cancelkit compare`: a server in, how far a mock of the contract (or a second server) answers alike out.

Owns: the command, its options, which report goes where.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from cancelkit.contract_tests.configuration.target_options import FILE, given_options, target_options
from cancelkit.contract_tests.errors import COULD_NOT_RUN, Cause, CouldNotRun
from cancelkit.contract_tests.reports.files import report_options
from cancelkit.spec.choosing import ContractFiles
from cancelkit.spec.options import file_options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cancelkit.contract_tests.configuration.settings import Settings
    from cancelkit.spec import Contract


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""
\b
Examples:
  cancelkit compare http://127.0.0.1:8000 --token-file key.txt --fail-under 99
  cancelkit compare http://127.0.0.1:8000 --overlay staging.overlay.yaml --report-html compare.html
  cancelkit compare http://127.0.0.1:8000 --with http://127.0.0.1:8001
""",
)
@click.argument("url", required=False)
@click.option("--with", "other", metavar="URL", help="Compare with this server, not with a mock of the contract.")
@click.option("--with-token-file", type=FILE, help="A file that holds its API key [the same key].")
@click.option("--with-prefix", help="Its --prefix [the same].")
@click.option("--with-scope", multiple=True, help="Its --scope [the same].")
@click.option("--with-other-scope", multiple=True, help="Its --other-scope [the same].")
@click.option("--with-reference", "with_references", multiple=True, help="Its --reference [discovered].")
@click.option("--data", type=FILE, help="The target's records (docs/fixtures.md), for the mock to begin with.")
@click.option("--same-data", is_flag=True, help="Both hold the same records: compare what they show, too.")
@click.option("--calls", type=click.IntRange(min=1), help="About how many calls to make on each side [1550].")
@click.option("--seed", type=int, help="Repeats a run exactly [1].")
@click.option("--fail-under", type=click.FloatRange(0, 100), help="Exit code 1 where fewer percent are alike.")
@click.option("--json", "as_json", is_flag=True, help="Print the JSON report to stdout.")
@click.option("--show-data", is_flag=True, help="Show in reports what records of others hold, too.")
@target_options
@report_options
@file_options
@click.pass_context
def compare(ctx: click.Context, /, contract_files: ContractFiles, **options: Any) -> None:
    """Find out how far a mock of the contract answers as the server at URL does, or two servers as each other.

    Exit code 0: alike enough. 1: below --fail-under. 2: the run could not be done.
    """
    from cancelkit.spec.showing import forgiving_console, visible

    forgiving_console()
    try:
        ctx.exit(_compare(contract_files, options))
    except CouldNotRun as error:
        click.echo(f"cancelkit compare: {visible(str(error))}", err=True)
        ctx.exit(COULD_NOT_RUN)
    except KeyboardInterrupt:
        click.echo("cancelkit compare: interrupted before a call was compared.", err=True)
        ctx.exit(COULD_NOT_RUN)


def _compare(contract_files: ContractFiles, options: dict[str, Any]) -> int:
    from cancelkit.contract_tests.comparing import comparing, others, reporting, terminal
    from cancelkit.contract_tests.configuration.options import read_settings

    data, url = options["data"], options["other"]
    if url and data:
        raise CouldNotRun(Cause.OPTIONS, "--data is for the mock, and --with takes another server: give one of them.")
    contract, given = contract_files.read(), given_options(options)
    settings = read_settings(given, options["config"], contract=contract)
    with ExitStack() as stack:
        if url:
            other = others.second(given, contract, url)
        else:
            other = stack.enter_context(others.mocked(settings, contract, contract_files.arguments(), data))
        progress = stack.enter_context(_progress(options["calls"] or comparing.CALLS))
        found = comparing.compare(
            settings,
            other.settings,
            contract,
            calls=options["calls"] or comparing.CALLS,
            mocked=not url,
            shared=bool(data) or options["same_data"],
            show_data=options["show_data"],
            names=("target", other.name),
            progress=progress,
        )
    found = replace(found, fail_under=options["fail_under"], repeat=_repeat(contract, settings, options))
    written = reporting.write(found, options)
    if options["as_json"]:
        click.echo(reporting.printed(found, sys.stdout.encoding))
    else:
        terminal.show(found)
    return found.exit_code if written else COULD_NOT_RUN


@contextmanager
def _progress(calls: int) -> Iterator[Callable[[int], None]]:
    """How far the run is, on stderr where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("calls", total=calls)
        yield lambda done: shown.update(task, completed=done)


def _repeat(contract: Contract, settings: Settings, options: dict[str, Any]) -> str:
    """The command that repeats the run."""
    from cancelkit.contract_tests.comparing.comparing import CALLS
    from cancelkit.contract_tests.target.commands import target_words
    from cancelkit.traffic.curl import word

    given = {"--with": options["other"], "--data": options["data"], "--calls": options["calls"] or CALLS}
    words = [text for name, value in given.items() if value for text in (name, word(str(value)))]
    words += [text for s in options["with_scope"] for text in ("--with-scope", word(s))]
    words += [text for s in options["with_references"] for text in ("--with-reference", word(s))]
    words += ["--same-data"] * options["same_data"]
    return " ".join([*target_words("compare", settings, contract), *words])
