"""The list of rules: on the terminal, as JSON, and as the page docs/rules.md.

Owns: how the catalogue of rules looks.
Knows nothing of: running them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby

import click
from rich.console import Console
from rich.table import Table

from cancelkit.contract_tests.configuration.settings import Profile
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.spec import Contract, Level
from cancelkit.spec.showing import in_markdown


def show(rules: Sequence[Rule]) -> None:
    """Print the rules: as a table that fits a terminal, or one rule a line where it goes to a file or a pipe."""
    console = Console(highlight=False)
    if not console.is_terminal:
        longest = max((len(rule.id) for rule in rules), default=0)
        for rule in rules:
            click.echo(f"{rule.id:{longest}}  {rule.level.value:10}  {_profile(rule):8}  {rule.requires}")
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("rule", "level", "from profile", "requires"):
        table.add_column(name, overflow="fold")
    for rule in rules:
        table.add_row(rule.id, rule.level.value, _profile(rule), rule.requires)
    console.print(table)


def as_json(rules: Sequence[Rule]) -> str:
    return json.dumps(
        [
            {
                "id": rule.id,
                "area": rule.area,
                "level": rule.level.value,
                "requires": rule.requires,
                "source": rule.source,
                "profile": _profile(rule),
                "writes": rule.writes,
                "needs_other_scope": rule.needs_other,
            }
            for rule in rules
        ],
        ensure_ascii=False,
        indent=2,
    )


def as_markdown(rules: Sequence[Rule], contract: Contract) -> str:
    """The page docs/rules.md."""
    assumed = sum(rule.level is Level.ASSUMED for rule in rules)
    lines = [
        "# The rules",
        "",
        "Written by `cancelkit verify --list --markdown`; do not edit. A test keeps it current.",
        "",
        f"{len(rules)} rules, {assumed} of them about what the contract only assumes (warnings, unless `--strict`).",
        "Profile: the first one that runs the rule. W: the rule writes, so `--read-only` leaves it out. "
        "2: it needs `--other-scope`.",
    ]
    for area, group in groupby(rules, key=lambda rule: rule.area):
        lines += [
            "",
            f"## {area}",
            "",
            "| rule | requires | level | source | profile | |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        for rule in group:
            flags = " ".join(flag for flag, on in (("W", rule.writes), ("2", rule.needs_other)) if on)
            says, source = in_markdown(rule.requires), in_markdown(rule.source)
            lines.append(f"| `{rule.id}` | {says} | {rule.level.value} | {source} | {_profile(rule)} | {flags} |")
    return "\n".join(lines) + "\n"


def _profile(rule: Rule) -> str:
    return list(Profile)[rule.cost - 1].value
