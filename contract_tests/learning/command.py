"""`cancelkit learn`: a server or recordings in, an overlay out.

Owns: the command, its options, what it prints.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cancelkit.contract_tests.configuration.target_options import FILE, target_options
from cancelkit.contract_tests.errors import CONFORMS, COULD_NOT_RUN, VIOLATIONS, CouldNotRun
from cancelkit.contract_tests.learning.sources import source_options
from cancelkit.spec.choosing import ContractFiles
from cancelkit.spec.options import file_options

if TYPE_CHECKING:
    from cancelkit.contract_tests.learning.observing import Learned, Lesson
    from cancelkit.contract_tests.learning.topic import Statement
    from cancelkit.contract_tests.learning.writing import Change


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""
\b
Examples:
  cancelkit learn http://127.0.0.1:8000 --token-file key.txt --out staging.overlay.yaml
  cancelkit learn https://staging.example --allow-host staging.example --read-only --out staging.overlay.yaml
  cancelkit learn staging.har --out staging.overlay.yaml
  cancelkit learn https://staging.example --allow-host staging.example --out staging.overlay.yaml --data seen.json
  cancelkit mock --overlay staging.overlay.yaml --data seen.json
  cancelkit verify http://127.0.0.1:8000 --overlay staging.overlay.yaml
""",
)
@click.argument("sources", nargs=-1, metavar="URL | FILE.har…")
@click.option("--out", type=FILE, help="The overlay to write, or to bring up to date; else it is printed.")
@click.option("--seed", type=int, help="Repeats a run exactly [1].")
@click.option("--accept", is_flag=True, help="Write also what contradicts documented facts.")
@click.option(
    "--waive", is_flag=True, help="Write what contradicts documented facts as waivers into the settings file."
)
@click.option("--json", "as_json", is_flag=True, help="Print what was learned as JSON to stdout.")
@source_options
@target_options
@file_options
@click.pass_context
def learn(
    ctx: click.Context,
    /,
    sources: tuple[str, ...],
    contract_files: ContractFiles,
    out: Path | None,
    accept: bool,
    waive: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Find out what a server does where right servers differ, and write it as an overlay of the contract.

    With a URL the server is asked. From recordings (.har) only what they prove is told, and nothing is sent.

    Exit code 0: learned. 1: the server contradicts a documented fact. 2: the run could not be done.
    """
    from cancelkit.spec.showing import forgiving_console, visible

    forgiving_console()
    try:
        ctx.exit(_learn(sources, contract_files, out, accept, waive, as_json, options))
    except CouldNotRun as error:
        click.echo(f"cancelkit learn: {visible(str(error))}", err=True)
        ctx.exit(COULD_NOT_RUN)


def _learn(
    sources: tuple[str, ...],
    contract_files: ContractFiles,
    out: Path | None,
    accept: bool,
    waive: bool,
    as_json: bool,
    options: dict[str, Any],
) -> int:
    from cancelkit.contract_tests.learning import writing
    from cancelkit.contract_tests.learning.sources import learned as learn_from
    from cancelkit.contract_tests.learning.sources import settings_of

    contract = contract_files.read()
    before = writing.earlier(out) if out is not None else writing.Earlier()
    settings = settings_of(sources, contract, options, waive=waive)
    learned = learn_from(sources, contract, options, settings, contradictions=accept)
    text = writing.written(learned, before, contradictions=accept)
    changed = writing.changes(learned, before, contradictions=accept)
    if out is not None:
        out.write_text(text, encoding="utf-8")
    if as_json:
        _print_json(learned, changed)
    else:
        _show(learned, changed, out)
        if out is None:
            click.echo(text, nl=False)
    if learned.interrupted:
        return COULD_NOT_RUN
    if settings is not None and waive and not accept:
        from cancelkit.contract_tests.configuration.options import FILE as SETTINGS
        from cancelkit.contract_tests.learning import waiving

        file = Path(options["config"] or SETTINGS)
        added = waiving.waive(file, waiving.broken(settings, contract, learned), learned.day)
        click.echo(f"{added} waivers -> {file}", err=True)
    return VIOLATIONS if any(one.contradicts for one in learned.statements) and not accept else CONFORMS


def _show(learned: Learned, changed: list[Change], out: Path | None) -> None:
    """What was learned, on stderr: stdout is for the overlay."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from cancelkit.contract_tests.learning.writing import shown

    console = Console(stderr=True, highlight=False)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("point", "it does", "the contract says"):
        table.add_column(name)
    for one in learned.statements:
        style = "bold red" if one.contradicts else "" if one.confirms else "cyan" if one.option else "dim"
        does = (
            shown(one.option, one.value) + (f" ({one.why})" if one.why else "")
            if one.option
            else f"not told: {one.why}"
        )
        table.add_row(Text(one.point, style), Text(does, style), Text(one.says))
    console.print(table)
    for change in changed:
        console.print(Text(f"changed since it was learned: {change}", "yellow"))
    for one in learned.statements:
        if one.contradicts:
            wanted = f"{one.point}: the contract says ({one.level}): {one.wanted}"
            console.print(Text(f"{wanted} The server does: {one.option}.", "bold red"))
    for text in learned.leftovers:
        console.print(Text(f"left behind: {text}", "bold red"))
    told = sum(one.option is not None for one in learned.statements)
    effort = f"{learned.requests} requests, {learned.seconds:.1f} s{f' -> {out}' if out else ''}"
    console.print(Text(f"{told} of {len(learned.statements)} points told, {effort}", "bold"))


def _print_json(learned: Learned, changed: list[Change]) -> None:
    import json

    lessons = [
        {"point": one.point, "option": one.option, "value": one.value, "exchanges": one.exchanges, **_common(one)}
        | ({} if one.closed is None else {"closed": sorted(one.closed)})
        for one in learned.lessons
    ]
    facts = [
        {"topic": topic.name, "fact": one.point, "seen": one.option, **_common(one)}
        for topic in learned.topics
        for one in topic.statements
    ]
    changes = [{"point": one.point, "before": one.before, "now": one.now} for one in changed]
    found = {"host": learned.host, "requests": learned.requests, "lessons": lessons, "facts": facts}
    found["changes"] = changes
    click.echo(json.dumps(found, indent=2, ensure_ascii=False))


def _common(one: Lesson | Statement) -> dict[str, Any]:
    level = one.level.value if one.level else None
    return {"why": one.why or None, "contract": one.known, "level": level, "contradicts": one.contradicts}
