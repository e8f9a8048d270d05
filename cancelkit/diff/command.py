"""The verb `diff`: two contracts in, every change between them out.

Owns: its options, examples and exit codes (0 good, 1 findings, 2 could not run).
Source: docs/diff.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from cancelkit.spec.choosing import ContractFiles
from cancelkit.spec.options import file_options

FILE = click.Path(dir_okay=False, path_type=Path)
FORMATS = ("text", "json", "markdown", "github", "html")
FAILING = ("breaks-clients", "breaks-servers", "dangerous", "harmless", "any", "never")
EXAMPLES = """\b
Examples:
  cancelkit diff old.yaml new.yaml
  cancelkit diff git:main                          what changed here since main
  cancelkit diff git:v1.2:spec/openapi.yaml https://staging.example/openapi.json
  cancelkit diff openapi.yaml staging.overlay.yaml
  cancelkit diff git:main --used-by shop.har       does it hit this client?
  cancelkit diff git:main --format github --fail-on breaks-clients --fail-on dangerous
"""


@click.command(context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXAMPLES)
@click.argument("old")
@click.argument("new", required=False)
@click.option("--old-overlay", type=FILE, multiple=True, help="An overlay applied to OLD; repeatable, in order.")
@click.option("--new-overlay", type=FILE, multiple=True, help="An overlay applied to NEW; repeatable, in order.")
@click.option(
    "--used-by",
    type=FILE,
    multiple=True,
    help="Recorded calls (HAR, or a mock's journal): who would notice? Repeatable.",
)
@click.option(
    "--fail-on",
    type=click.Choice(FAILING),
    multiple=True,
    default=("breaks-clients",),
    show_default=True,
    help="Classes that exit with 1; repeatable.",
)
@click.option(
    "--config", type=FILE, help="The settings file, whose [diff.ignore] says what is accepted [cancelkit.toml]."
)
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="What is printed."
)
@click.option("--report-json", type=FILE, help="Write the changes as JSON.")
@click.option("--report-md", type=FILE, help="Write them as Markdown.")
@click.option("--report-html", type=FILE, help="Write them as a self-contained HTML page.")
@file_options
@click.pass_context
def diff(ctx: click.Context, /, old: str, new: str | None, contract_files: ContractFiles, **options: Any) -> None:
    """Tell what changed from contract OLD to contract NEW, and whom each change breaks.

    OLD and NEW are files, overlays on the usual contract, git:REV, git:REV:path, or the URL of a server's document.
    Without NEW, OLD is compared with the contract that the other verbs work with (--contract, --overlay).

    Exit code 0: no change of a class that fails. 1: there are such. 2: one of the two can't be read.
    """
    from cancelkit.diff.opening import Unreadable
    from cancelkit.diff.outcome import COULD_NOT_RUN
    from cancelkit.spec.showing import forgiving_console, visible

    forgiving_console()
    try:
        outcome = _outcome(old, new, contract_files, options)
    except Unreadable as error:
        click.echo(f"cancelkit diff: {visible(' '.join(str(error).split()))}", err=True)
        ctx.exit(COULD_NOT_RUN)
    written = _reports(outcome, options)
    click.echo(_forms()[options["form"]](outcome), nl=False)
    ctx.exit(outcome.exit_code if written else COULD_NOT_RUN)


def _outcome(old: str, new: str | None, contract_files: ContractFiles, options: dict[str, Any]) -> Any:
    from cancelkit.diff.comparing import compare
    from cancelkit.diff.ignoring import ignored, read_ignores, stale
    from cancelkit.diff.opening import opened, read_files, usual_of
    from cancelkit.diff.outcome import FAIL_ON, Line, Outcome
    from cancelkit.diff.recorded import Recorded

    ignores, today = read_ignores(options["config"]), date.today()
    before = opened(old, usual_of(new, contract_files), options["old_overlay"])
    if new is None:
        after = read_files(contract_files, contract_files.source, options["new_overlay"])
    else:
        after = opened(new, usual_of(old, contract_files), options["new_overlay"])
    changes = compare(before, after)
    recorded = Recorded(options["used_by"], before, after) if options["used_by"] else None
    lines = [
        Line(change, ignored(change, ignores, today), recorded.use(change) if recorded else None) for change in changes
    ]
    refused = [
        f"{side.name} is compared as a document only, as the other verbs can't work with it: {side.refusal}"
        for side in (before, after)
        if side.refusal
    ]
    failing = frozenset().union(*(FAIL_ON[name] for name in options["fail_on"]))
    notes = (*refused, *(f"ignore to look at, {text}" for text in stale(ignores, changes, today)))
    return Outcome(before.name, after.name, tuple(lines), failing, notes)


def _forms() -> dict[str, Callable[[Any], str]]:
    from cancelkit.diff.page import page
    from cancelkit.diff.showing import github, markdown, plain, text

    return {"text": text, "json": plain, "markdown": markdown, "github": github, "html": page}


def _reports(outcome: Any, options: dict[str, Any]) -> bool:
    """Write the reports that were asked for; return whether all could be."""
    written = True
    names: Sequence[tuple[str, str]] = (("json", "json"), ("md", "markdown"), ("html", "html"))
    for name, form in names:
        path: Path | None = options[f"report_{name}"]
        if path is not None:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(_forms()[form](outcome), encoding="utf-8")
            except OSError as error:
                click.echo(f"cancelkit diff: {path} can't be written: {error.strerror}", err=True)
                written = False
    return written
