"""Whether the calls that were made are the calls that were expected.

Owns: expectations (operation, id, status, body, query, how often, in which order), and the nearest call when one is
    not met.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import orjson

from cancelkit.mockserver.journal.calls import CallReader
from cancelkit.mockserver.journal.ring import Entry

KEYS = frozenset({"operation", "id", "status", "body", "query", "count"})
SHOWN_VIOLATIONS = 20


class ExpectationError(ValueError):
    """An expectation that makes no sense; the message says which."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """One line of what is expected. body, query: subsets; None means any. most: None for no upper end."""

    operation: str
    id: Any
    status: int | None
    body: Any
    query: Mapping[str, Any] | None
    least: int
    most: int | None
    given: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Seen:
    """A call, read once."""

    entry: Entry
    operation: str | None
    record: Any
    body: Any
    query: Mapping[str, list[str]]


def expectations(given: object, operations: Iterable[str], *, numbered: bool = True) -> list[Expectation]:
    """Read the list of expected calls.

    Args:
        numbered: whether ids are integers; else they are texts.

    Raises:
        ExpectationError: naming the element and the key.
    """
    if not isinstance(given, list):
        raise ExpectationError("calls must be a list of expected calls")
    known = list(operations)
    return [_expectation(line, f"calls[{index}]", known, int if numbered else str) for index, line in enumerate(given)]


def _expectation(line: object, place: str, known: Sequence[str], kind: type) -> Expectation:
    if not isinstance(line, dict):
        raise ExpectationError(f"{place} must be an object")
    for key in line:
        if key not in KEYS:
            raise ExpectationError(f"{place}: unknown key {key!r}; known are {', '.join(sorted(KEYS))}")
    if "operation" not in line:
        raise ExpectationError(f"{place} names no operation; there are {', '.join(known)}")
    if line["operation"] not in known:
        raise ExpectationError(f"{place}.operation: there is no {line['operation']!r}; there are {', '.join(known)}")
    if line.get("id") is not None and type(line["id"]) is not kind:
        raise ExpectationError(f"{place}.id must be {'an integer' if kind is int else 'a text'}")
    if line.get("status") is not None and type(line["status"]) is not int:
        raise ExpectationError(f"{place}.status must be an integer")
    query = line.get("query")
    if query is not None and not isinstance(query, dict):
        raise ExpectationError(f"{place}.query must be an object of parameter values")
    least, most = _count(line.get("count", {"min": 1}), f"{place}.count")
    return Expectation(
        line["operation"], line.get("id"), line.get("status"), line.get("body"), query, least, most, dict(line)
    )


def _count(value: object, place: str) -> tuple[int, int | None]:
    if type(value) is int and value >= 0:
        return value, value
    if isinstance(value, dict) and value and set(value) <= {"min", "max"}:
        least, most = value.get("min", 0), value.get("max")
        if type(least) is int and least >= 0 and (most is None or (type(most) is int and most >= least)):
            return least, most
    raise ExpectationError(f'{place} must be a number, or an object such as {{"min": 1, "max": 3}}')


def verify(
    reader: CallReader,
    entries: Iterable[Entry],
    expected: Sequence[Expectation],
    *,
    ordered: bool = False,
    no_violations: bool = False,
) -> dict[str, Any]:
    """Compare calls with expectations.

    Args:
        reader: works out what the calls were about.
        ordered: the expected calls must have been made in the order given; others may lie between them.
        no_violations: no call at all may have broken the contract.
    Returns:
        {"ok", "calls": how many were looked at, "problems": [{"expected", "found", "nearest": [lines]}]}
    """
    seen = [_read(reader, entry) for entry in entries]
    problems = [problem for line in expected if (problem := _counted(line, seen))]
    if ordered and not problems:
        problems = _order(expected, seen)
    if no_violations:
        problems += _violations(reader, seen)
    return {"ok": not problems, "calls": len(seen), "problems": problems}


def _read(reader: CallReader, entry: Entry) -> _Seen:
    try:
        body = orjson.loads(entry.request) if entry.request else None
    except orjson.JSONDecodeError:
        body = None
    query = parse_qs(entry.query.decode("utf-8", "replace"), keep_blank_values=True)
    return _Seen(entry, reader.operation(entry), reader.record(entry), body, query)


def _counted(line: Expectation, seen: Sequence[_Seen]) -> dict[str, Any] | None:
    found = sum(1 for call in seen if not differences(line, call))
    if found >= line.least and (line.most is None or found <= line.most):
        return None
    wanted = (
        f"at least {line.least}"
        if line.most is None
        else f"{line.least}"
        if line.most == line.least
        else f"{line.least} to {line.most}"
    )
    return {
        "expected": {**line.given, "count": line.given.get("count", {"min": 1})},
        "found": f"{found} such {'call' if found == 1 else 'calls'}, expected {wanted}",
        "nearest": _nearest(line, seen) if found < line.least else _matching(line, seen),
    }


def differences(line: Expectation, call: _Seen) -> list[str]:
    """What keeps `call` from being the one expected, as lines of a diff; empty when it is."""
    found = []
    for name, expected, was in (
        ("operation", line.operation, call.operation),
        ("id", line.id, call.record),
        ("status", line.status, call.entry.status),
    ):
        if expected is not None and expected != was:
            found += [f"- {name}: {_json(expected)}", f"+ {name}: {_json(was)}"]
    for name, value in (line.query or {}).items():
        was_sent = call.query.get(name)
        if was_sent is None or _texts(value) != was_sent:
            sent = "(not sent)" if was_sent is None else _json(was_sent if len(was_sent) > 1 else was_sent[0])
            found += [f"- query.{name}: {_json(value)}", f"+ query.{name}: {sent}"]
    if line.body is not None:
        found += _beyond(line.body, call.body, "body")
    return found


def _texts(value: object) -> list[str]:
    """A query value as it would be sent."""
    if isinstance(value, list):
        return [",".join(_texts(part)[0] for part in value)]
    if isinstance(value, bool) or value is None:
        return [_json(value)]
    return [str(value)]


def _beyond(expected: Any, was: Any, place: str) -> list[str]:
    """Lines for every part of `expected` that `was` does not hold; objects are subsets, all else must be equal."""
    if isinstance(expected, dict) and isinstance(was, dict):
        lines = []
        for key, value in expected.items():
            if key in was:
                lines += _beyond(value, was[key], f"{place}.{key}")
            else:
                lines += [f"- {place}.{key}: {_json(value)}", f"+ {place}.{key}: (not sent)"]
        return lines
    if type(expected) is type(was) and expected == was:
        return []
    return [f"- {place}: {_json(expected)}", f"+ {place}: {_json(was)}"]


def _nearest(line: Expectation, seen: Sequence[_Seen]) -> list[str]:
    """The call that differs least, and in what; calls of the right operation come first."""
    if not seen:
        return ["no call was made at all"]

    def distance(call: _Seen) -> tuple[bool, int, int]:
        return call.operation != line.operation, len(differences(line, call)), -call.entry.seq

    best = min(seen, key=distance)
    if best.operation != line.operation:
        made = sorted({call.operation or f"{call.entry.method} {call.entry.path}" for call in seen})
        return [f"no call of {line.operation} was made; made were {', '.join(made)}"]
    return [_title(best), *differences(line, best)]


def _matching(line: Expectation, seen: Sequence[_Seen]) -> list[str]:
    return [_title(call) for call in seen if not differences(line, call)]


def _title(call: _Seen) -> str:
    query = call.entry.query.decode("utf-8", "replace")
    where = f"{call.entry.path}{'?' if query else ''}{query}"
    return f"call {call.entry.seq}: {call.entry.method} {where} -> {call.entry.status}"


def _order(expected: Sequence[Expectation], seen: Sequence[_Seen]) -> list[dict[str, Any]]:
    """The first expectation whose call does not come after those before it."""
    position, before = -1, None
    for line in expected:
        for _ in range(max(line.least, 1) if line.most != 0 else 0):
            after = next((i for i in range(position + 1, len(seen)) if not differences(line, seen[i])), None)
            if after is None:
                return [
                    {
                        "expected": dict(line.given),
                        "found": f"not after {before}" if before else "not made",
                        "nearest": _matching(line, seen),
                    }
                ]
            position, before = after, _title(seen[after])
    return []


def _violations(reader: CallReader, seen: Sequence[_Seen]) -> list[dict[str, Any]]:
    broken = [(call, found) for call in seen if (found := reader.violations(call.entry))]
    if not broken:
        return []
    lines = [f"{_title(call)}: {violation.code}: {violation.message}" for call, found in broken for violation in found]
    count = len(lines)
    if count > SHOWN_VIOLATIONS:
        lines = [*lines[:SHOWN_VIOLATIONS], f"and {count - SHOWN_VIOLATIONS} more"]
    return [
        {
            "expected": {"no_violations": True},
            "found": f"{count} {'violation' if count == 1 else 'violations'} of the contract in {len(broken)} "
            f"{'call' if len(broken) == 1 else 'calls'}",
            "nearest": lines,
        }
    ]


def _json(value: object) -> str:
    return orjson.dumps(value, default=str).decode()
