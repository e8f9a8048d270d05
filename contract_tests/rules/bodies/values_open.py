"""What of a field's values a right server may refuse although its schema admits them, and what it must then do alike.

Owns: `may_refuse`; robustness/alike.
Source: docs/contract.md, "Left open on purpose"; x-open. A contract that states no greatest length leaves it open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.observing.names import bodies
from cancelkit.contract_tests.observing.sending import code_of, fields, may_refuse
from cancelkit.contract_tests.observing.stating import Proof, from_fact
from cancelkit.contract_tests.observing.values_walk import Write, again, reached
from cancelkit.contract_tests.oracles.readings import reading
from cancelkit.spec import Contract, Field, Level


@dataclass(frozen=True, slots=True)
class Way:
    """How one write took what the contract leaves open: what that is, which way, and where it was seen.

    size: of a value, where a server may have a limit; above it everything is refused, up to it nothing.
    """

    what: str
    way: str
    where: str
    size: float | None = None


def judge(found: Iterable[Way]) -> Iterator[str]:
    """Each must be taken one way, by every operation; a limit must be one."""
    known: dict[str, list[Way]] = {}
    for one in found:
        known.setdefault(one.what, []).append(one)
    for what, ways in known.items():
        if pair := conflict(ways):
            first, second = pair
            yield f"{what}: {first.way} by {first.where}, but {second.way} by {second.where}"


def conflict(ways: list[Way]) -> tuple[Way, Way] | None:
    """Two that don't go together."""
    if ways[0].size is None:
        other = next((one for one in ways if one.way != ways[0].way), None)
        return (ways[0], other) if other else None
    refused = min((one for one in ways if one.way == "refused"), key=lambda one: one.size or 0, default=None)
    taken = max((one for one in ways if one.way == "taken"), key=lambda one: one.size or 0, default=None)
    both = refused is not None and taken is not None and (refused.size or 0) <= (taken.size or 0)
    return (refused, taken) if both and refused and taken else None


def ways_of(contract: Contract, write: Write) -> Iterator[Way]:
    """What a write tells about what is left open."""
    known = fields(dict(bodies(contract))[write.area])
    for name, (value, _) in write.refused.items():
        yield from _limits(known[name], name, value, "refused", write)
    if not write.answer.ok:
        return
    for name, value in write.sent.items():
        if name not in known or name in contract.resource.references:
            continue
        yield from _limits(known[name], name, value, "taken", write)
        shown = write.answer.json.get(name) if isinstance(write.answer.json, dict) else None
        for what, way in sorted(reading(value, shown, known[name].schema) or ()):
            yield Way(what, way, f"{write.method} of {name} {value!r}")


def _limits(field: Field, name: str, value: Any, way: str, write: Write) -> Iterator[Way]:
    if not may_refuse(field, value):
        return
    where = f"{write.method} of {name} {_short(value)}"
    if isinstance(value, str) and (code_of(field) or "format" in field.schema):
        yield Way(f"{name} {_short(value)} of {len(value)} characters", way, where)
    elif isinstance(value, str):
        yield Way(f"the length of {name}", way, f"{where} of {len(value)} characters", len(value))
    else:
        beside = f" beside {', '.join(map(str, write.keys))}" if write.keys else ""
        yield Way(f"{name}{beside}", way, where, float(value))


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 60 else f"{text[:50]}…"


def _observe(contract: Contract, context: Context) -> list[Way]:
    writes = reached(context)
    found = [(way, write) for write in writes for way in ways_of(contract, write)]
    known: dict[str, list[Way]] = {}
    for way, _ in found:
        known.setdefault(way.what, []).append(way)
    for ways in known.values():
        if pair := conflict(ways):
            return [way for one in pair for way in _once_more(contract, context, one, found)]
    return [way for way, _ in found]


def _once_more(contract: Contract, context: Context, one: Way, found: list[tuple[Way, Write]]) -> Iterator[Way]:
    """The write that told so, once more by itself."""
    write = next(write for way, write in found if way is one)
    names = [n for n in (*write.refused, *write.sent) if one.where.startswith(f"{write.method} of {n} ")]
    for repeated in again(context, write, names[:1])[:1]:
        yield from (way for way in ways_of(contract, repeated) if way.what == one.what or one.size is not None)


def rules(contract: Contract) -> Iterator[Rule]:
    if not bodies(contract) or dict(bodies(contract)).get("create") is None:
        return
    fine = [Way("blanks", "kept", "a"), Way("length", "taken", "a", 10), Way("length", "refused", "b", 20)]
    yield from_fact(
        "robustness/alike",
        Level.ASSUMED,
        "docs/contract.md: left open on purpose",
        "What the contract leaves open about values - blanks around a text, the longest text, the largest number - is "
        "decided once: every operation takes a value as the others do.",
        partial(_observe, contract),
        judge,
        Proof((fine,), ([*fine, Way("blanks", "trimmed", "b")], [*fine, Way("length", "taken", "b", 30)])),
    )
