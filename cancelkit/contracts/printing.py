"""How the contract is printed: its tables on a console, and the document as YAML or JSON.

Owns: `tables` and `document`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cancelkit.spec import Contract

WIDE = 160
"""Columns where the output is not a terminal."""


def document(contract: Contract, *, resolved: bool, form: str) -> str:
    """Return the document as text that ends with a line break.

    Args:
        resolved: whether references are replaced by what they name. form: yaml or json.
    """
    data: Any = contract.document
    if resolved:
        from cancelkit.spec.document import resolved as followed

        parts = {name: part for name, part in data.get("components", {}).items() if name != "securitySchemes"}
        shown = {**data, "components": {**data.get("components", {}), **followed(data, parts, "components")}}
        data = {**shown, "paths": followed(data, data["paths"], "paths")}
    if form == "json":
        return json.dumps(data, ensure_ascii=False, indent=2) + "\n"
    import yaml

    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    return yaml.dump(data, Dumper=Plain, sort_keys=False, allow_unicode=True, width=120)


def tables(data: dict[str, Any]) -> None:
    """Print what `describing.described` returns as tables to standard output."""
    console = Console()
    if not console.is_terminal:
        console.width = WIDE
    resource = data["resource"]
    identity = resource["identity"] or "-"
    scope = ", ".join(resource["scope"]) or "none"
    console.print(escape(f"{data['contract']}  version {data['version']}  {data['fingerprint']}"), style="bold")
    console.print(escape(f"Resource {resource['name']}: scope {scope}; identity {identity} in {resource['id_field']}"))
    _table(
        console,
        "Operations",
        ("role", "operation", "method", "path", "answers", "level"),
        ((o["role"], o["id"], o["method"], o["path"], " ".join(o["answers"]), o["level"]) for o in data["operations"]),
    )
    _table(
        console,
        "Fields",
        ("field", "type", "answered", "sent in", "bounds", "level"),
        (
            (
                f["name"] + (" ?" if f["nullable"] else ""),
                f["type"],
                f["answered"] or "-",
                ", ".join(f["sent"]) or "-",
                ", ".join(f"{key} {_short(value)}" for key, value in f["bounds"].items()),
                f["level"],
            )
            for f in data["fields"]
        ),
    )
    _table(
        console,
        "References",
        ("field", "table", "key", "opened in plain answers", "in detailed ones"),
        (
            (r["field"], r["table"], r["key"], r["opened"] or "-", r["opened_detailed"] or "-")
            for r in data["references"]
        ),
    )
    _table(
        console,
        "Filters",
        ("parameter", "type", "path", "lookup", "level"),
        ((f["name"], f["type"], f["path"], f["lookup"], f["level"]) for f in data["filters"]),
    )
    _states(console, data["states"])
    _table(
        console,
        "Actions",
        ("operation", "sets", "refused where it is"),
        ((a["operation"], f"{a['field']} = {a['value']}", ", ".join(a["refused"])) for a in data["actions"]),
    )
    _table(
        console,
        "Behaviours",
        ("id", "level", "requires"),
        ((b["id"], b["level"], b["requires"]) for b in data["behaviours"]),
    )
    _table(
        console,
        "Choices",
        ("point", "level", "chosen", "which means"),
        ((c["point"], c["level"] or "open", c["chosen"], c["requires"]) for c in data["choices"]),
    )
    _table(
        console,
        "What errors say",
        ("kind", "level", "code", "text"),
        ((e["kind"], e["level"], e["code"] or "-", e["text"] or "-") for e in data["errors"]),
    )


def _states(console: Console, states: dict[str, Any] | None) -> None:
    if states is None:
        return
    rows = (
        (
            old + (" (initial)" if old == states["initial"] else "") + (" (final)" if old in states["final"] else ""),
            ", ".join(new) or "-",
        )
        for old, new in states["allowed"].items()
    )
    _table(console, f"States of {states['field']} ({states['level']})", ("state", "may be followed by"), rows)


def _table(console: Console, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    filled = list(rows)
    if not filled:
        return
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="dim")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in filled:
        table.add_row(*(escape(str(cell)) for cell in row))
    console.print()
    console.print(table)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False) if not isinstance(value, list) else "|".join(map(str, value))
    return text if len(text) <= 60 else f"{text[:57]}…"
