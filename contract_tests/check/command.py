"""`cancelkit check`: recordings of real traffic in, a verdict out.

Owns: the command and its options.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from cancelkit.contract_tests.errors import COULD_NOT_RUN, CouldNotRun
from cancelkit.contract_tests.reports.files import report_options, write_reports
from cancelkit.spec import Contract, SpecError
from cancelkit.spec.options import contract_options

SIDES = ("client", "server", "both")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE.har…")
@click.option("--base-url", help="Only calls to this server, such as https://shop.example/backend [any server].")
@click.option(
    "--prefix", "prefixes", multiple=True, help="What stands in place of the root of the contract's paths; repeatable."
)
@click.option("--side", type=click.Choice(SIDES), default="both", show_default=True, help="Whose violations count.")
@click.option("--strict", is_flag=True, help="What the contract only assumes fails, too.")
@click.option("--rule", "rules", multiple=True, help="Only rules with this id (a glob, or its beginning); repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print the JSON report to stdout.")
@report_options
@click.option("--verbose", "-v", is_flag=True, help="Show every rule, the kept ones too.")
@contract_options
@click.pass_context
def check(ctx: click.Context, /, files: tuple[Path, ...], contract: Contract, **options: Any) -> None:
    """Check whether recorded traffic keeps the contract: what the client sent, and what the server answered.

    Exit code 0: it does. 1: it breaks a rule. 2: there is nothing to judge.
    """
    from cancelkit.contract_tests.check.judging import judge_files
    from cancelkit.contract_tests.check.selecting import Wanted
    from cancelkit.spec.showing import forgiving_console, visible

    forgiving_console()

    wanted = Wanted(
        files=files,
        base_url=options["base_url"] or "",
        prefixes=options["prefixes"],
        side=options["side"],
        strict=options["strict"],
        rules=options["rules"],
    )
    try:
        verdict = judge_files(wanted, contract)
    except (CouldNotRun, SpecError) as error:
        click.echo(f"cancelkit check: {visible(str(error))}", err=True)
        ctx.exit(COULD_NOT_RUN)
    written = write_reports(verdict, options, "cancelkit check")
    if options["as_json"]:
        from cancelkit.contract_tests.reports import json_report

        click.echo(json_report.printed(verdict, sys.stdout.encoding))
    else:
        from cancelkit.contract_tests.reports.terminal import show

        show(verdict, verbose=options["verbose"])
    ctx.exit(verdict.exit_code if written else COULD_NOT_RUN)
