"""The reports that go to files: the options that name them, and writing them.

Owns: which format each option means.
Knows nothing of: how a format looks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cancelkit.contract_tests.configuration.target_options import FILE
from cancelkit.spec.options import with_options
from cancelkit.spec.showing import visible

if TYPE_CHECKING:
    from cancelkit.contract_tests.engine.verdict import Verdict

_OPTIONS = (
    click.option("--report-json", type=FILE, help="Write the JSON report."),
    click.option("--report-junit", type=FILE, help="Write a JUnit XML report."),
    click.option("--report-html", type=FILE, help="Write a self-contained HTML page."),
    click.option("--report-md", type=FILE, help="Write a Markdown summary."),
)


def report_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options to a click command; `write_reports` takes what they gave."""
    return with_options(command, _OPTIONS)


def write_reports(verdict: Verdict, options: Mapping[str, Any], command: str) -> bool:
    """Write each report whose option was given; folders are made. Returns whether all could be written.

    For one that could not, `command` says so in a line; the others are written.
    """
    from cancelkit.contract_tests.reports import html, json_report, junit, markdown

    written, renderers = True, {"json": json_report, "junit": junit, "html": html, "md": markdown}
    for name, renderer in renderers.items():
        path: Path | None = options[f"report_{name}"]
        if path is not None:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(renderer.render(verdict), encoding="utf-8")
            except OSError as error:
                click.echo(visible(f"{command}: {path} can't be written: {error.strerror}"), err=True)
                written = False
    return written
