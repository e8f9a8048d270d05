"""The outcome as text, JSON, Markdown and GitHub's annotations.

Owns: these four forms; the page is page.py's. Whatever stands in a contract or a recording is made fit to be shown.
Source: GitHub Actions, "Workflow commands"; docs/diff.md, "Reports".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from cancelkit.diff.change import Kind
from cancelkit.diff.outcome import Line, Outcome, about
from cancelkit.spec.showing import in_markdown, visible

MOST = 3
"""So many spots of a change stand in a text; JSON and the page have them all."""
COMMANDS = {Kind.CLIENTS: "error", Kind.SERVERS: "warning", Kind.DANGEROUS: "warning", Kind.HARMLESS: "notice"}


def text(outcome: Outcome) -> str:
    lines = [f"{outcome.old} -> {outcome.new}", *(f"note: {note}" for note in outcome.notes)]
    for kind in Kind:
        found = outcome.of(kind)
        if found:
            lines += ["", f"{kind.value} ({len(found)})"]
        for line in found:
            change = line.change
            mark = "x" if outcome.fails(line) else "-"
            level = "" if change.level == "documented" else f", {change.level}"
            both = ", breaks servers too" if len(change.breaks) == 2 else ""
            lines.append(f"  {mark} {change.sentence}  [{change.rule}{level}{both}]")
            lines += [f"      {spot}" for spot in _spots(line)]
            lines += [f"      {change.location}"] if change.location else []
            lines += [f"      {said}" for said in about(line)]
    return visible("\n".join([*lines, "", outcome.sentence])) + "\n"


def _spots(line: Line) -> Iterator[str]:
    spots = line.change.spots
    yield from map(str, spots[:MOST])
    if len(spots) > MOST:
        yield f"and {len(spots) - MOST} other places"


def plain(outcome: Outcome) -> str:
    """The outcome as JSON; its form is described in docs/diff.md."""
    data = {
        "old": outcome.old,
        "new": outcome.new,
        "notes": list(outcome.notes),
        "exit_code": outcome.exit_code,
        "counts": {kind.value: len(outcome.of(kind)) for kind in Kind},
        "changes": [_plain(outcome, line) for line in outcome.lines],
    }
    return json.dumps(data, ensure_ascii=True, indent=2) + "\n"


def _plain(outcome: Outcome, line: Line) -> dict[str, Any]:
    change, use = line.change, line.use
    where = change.location
    return {
        "rule": change.rule,
        "class": change.kind.value,
        "breaks": sorted(change.breaks),
        "level": change.level.value,
        "sentence": change.sentence,
        "fails": outcome.fails(line),
        "places": [str(spot) for spot in change.spots],
        "in": "new" if change.in_new else "old",
        "file": where.file if where else None,
        "line": where.line if where else None,
        "accepted": {"reason": line.accepted.reason, "expires": str(line.accepted.expires)} if line.accepted else None,
        "used_by": {"calls": use.calls, "of": use.of, "such_as": use.first or None} if use else None,
    }


def markdown(outcome: Outcome) -> str:
    lines = [f"## {'❌' if outcome.exit_code else '✅'} {in_markdown(outcome.sentence)}", ""]
    lines += [
        f"{in_markdown(outcome.old)} → {in_markdown(outcome.new)}",
        "",
        *(f"- {in_markdown(note)}" for note in outcome.notes),
    ]
    for kind in Kind:
        found = outcome.of(kind)
        if found:
            lines += [
                "",
                f"### {kind.value}",
                "",
                "| | change | rule | level | where |",
                "| --- | --- | --- | --- | --- |",
            ]
        for line in found:
            said = "; ".join([line.change.sentence, *about(line)])
            where = "<br>".join(in_markdown(spot) for spot in _spots(line))
            mark = "❌" if outcome.fails(line) else ""
            lines.append(f"| {mark} | {in_markdown(said)} | `{line.change.rule}` | {line.change.level} | {where} |")
    return visible("\n".join(lines)) + "\n"


def github(outcome: Outcome) -> str:
    """A workflow command for each change, at its line where it stands in a file."""
    lines = []
    for line in outcome.lines:
        change, where = line.change, line.change.location
        command = COMMANDS[change.kind] if outcome.fails(line) or change.kind is not Kind.CLIENTS else "notice"
        values = {"title": f"{change.kind.value}: {change.rule}"}
        if where and change.in_new and "://" not in where.file:
            values |= {"file": where.file} | ({"line": str(where.line)} if where.line else {})
        named = ",".join(f"{key}={_escaped(value, more=True)}" for key, value in values.items())
        lines.append(f"::{command} {named}::{_escaped('; '.join([change.sentence, *_spots(line), *about(line)]))}")
    return visible("\n".join([*lines, outcome.sentence])) + "\n"


def _escaped(text: str, *, more: bool = False) -> str:
    signs = {"%": "%25", "\r": "%0D", "\n": "%0A"} | ({":": "%3A", ",": "%2C"} if more else {})
    return "".join(signs.get(sign, sign) for sign in text)
