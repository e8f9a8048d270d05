"""What a changed keyword does to the values that a schema admits: a table of small rules, each a pure function.

Owns: types, enums, bounds, lengths, patterns, formats, multiples; an answer of each is an effect and half a sentence.
Knows nothing of: operations, directions.
Source: OpenAPI 3.0.3, "Schema Object"; JSON Schema 2020-12, "Validation".
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from typing import Any, Final

from cancelkit.diff.change import Effect
from cancelkit.diff.node import ALL, LEAST, MOST, Bound, Flat, plain
from cancelkit.spec.values.checking import RANGES, compiled
from cancelkit.spec.values.model import NoValue

Said = tuple[str, Effect, str]
"""Keyword, effect, and what the value may, must or may not be now."""
NUMERIC: Final = frozenset({"integer", "fraction"})
RESTRICTING: Final = frozenset(
    "date-time date time duration email idn-email hostname idn-hostname ipv4 ipv6 uri uri-reference iri iri-reference "
    "uri-template uuid regex json-pointer relative-json-pointer decimal slug byte".split()
)
"""Formats that validators check; others are hints."""
WITHIN: Final = {("email", "idn-email"), ("uri", "uri-reference"), ("uri", "iri"), ("hostname", "idn-hostname")}
KINDS: Final = {"Length": "string", "Items": "array", "Properties": "object"}
LENGTHS: Final[dict[str, tuple[float, float]]] = {
    "uuid": (36, 36),
    "date": (10, 10),
    "date-time": (20, math.inf),
    "ipv4": (7, 15),
    "ipv6": (2, 45),
    "email": (3, math.inf),
    "duration": (3, math.inf),
    "time": (9, math.inf),
}
"""How long texts of a format are anyway."""
UNITS: Final = {"Length": "characters", "Items": "items", "Properties": "properties"}
_MOST_SHOWN = 6


def shown(value: Any) -> str:
    """A JSON value in a sentence."""
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:59]}…"


def listed(values: list[Any]) -> str:
    names = [shown(value) for value in values[:_MOST_SHOWN]]
    return ", ".join(names) + (f" and {len(values) - _MOST_SHOWN} more" if len(values) > _MOST_SHOWN else "")


def types(old: Flat, new: Flat) -> Iterator[Said]:
    gone, more = old.types - new.types, new.types - old.types
    if not gone and not more:
        return
    effect = Effect.OTHER if gone and more else Effect.NARROWER if gone else Effect.WIDER
    yield "type", effect, f"is {kind(new.types)} now, not {kind(old.types)}"


def kind(found: frozenset[str]) -> str:
    if found >= ALL:
        return "any JSON"
    names = found - ({"integer"} if "fraction" in found else set())
    return " or ".join(sorted("number" if name == "fraction" else name for name in names)) or "impossible"


def null(old: Flat, new: Flat) -> Iterator[Said]:
    if old.null and not new.null:
        yield "nullable", Effect.NARROWER, "may not be null any more"
    if new.null and not old.null:
        yield "nullable", Effect.WIDER, "may be null now"


def enum(old: Flat, new: Flat) -> Iterator[Said]:
    """A list of values beside none: the listed ones are held against what the other side says."""
    before, now = _values(old, new), _values(new, old)
    if now is None and before is not None:
        yield "enum", Effect.WIDER, f"may be any value now, not only {listed(before)}"
    elif before is None and now is not None:
        yield "enum", Effect.NARROWER, f"may only be {listed(now)} now"
    if gone := [value for value in before or () if _fits(value, old) and not _fits(value, new)]:
        yield "enum", Effect.NARROWER, f"may not be {listed(gone)} any more"
    if more := [value for value in now or () if _fits(value, new) and not _fits(value, old)]:
        yield "enum", Effect.WIDER, f"may be {listed(more)} now"


def _fits(value: Any, schema: Flat) -> bool:
    try:
        return compiled(plain(schema.node), "request", "").is_valid(value)
    except (NoValue, AttributeError, TypeError, ValueError):
        return True


def _values(own: Flat, other: Flat) -> list[Any] | None:
    """The possible values; those of a boolean are known where the other side lists some."""
    if own.enum is None and other.enum is not None and own.types == {"boolean"}:
        return [False, True]
    return own.enum


def bounds(old: Flat, new: Flat) -> Iterator[Said]:
    whole = "fraction" not in old.types | new.types
    for name, keyword, word in (("low", "minimum", "at least"), ("high", "maximum", "at most")):
        before, now = _limit(getattr(old, name), name, whole), _limit(getattr(new, name), name, whole)
        if before == now or not (old.types & new.types & NUMERIC):
            continue
        sign = 1 if name == "low" else -1
        tighter = (sign * now[0], now[1]) > (sign * before[0], before[1])
        if math.isinf(now[0]):
            said = f"has no {keyword} any more, which was {before[0]}"
        else:
            was = "" if math.isinf(before[0]) else f", {before[0]}{' excluded' * before[1]} before"
            said = f"must be {word} {now[0]}{' (excluded)' * now[1]} now{was}"
        yield keyword, Effect.NARROWER if tighter else Effect.WIDER, said


def _limit(bound: Bound, name: str, whole: bool) -> Bound:
    """The same bound of whole numbers without an excluded one."""
    value, out = bound
    if not whole or math.isinf(value):
        return bound
    if name == "low":
        return (math.floor(value) + 1 if out else math.ceil(value)), False
    return (math.ceil(value) - 1 if out else math.floor(value)), False


def counts(old: Flat, new: Flat) -> Iterator[Said]:
    for keyword in sorted({*old.counts, *new.counts}):
        thing, least = keyword[3:], keyword in LEAST
        unset = 0 if least else math.inf
        before, now = old.counts.get(keyword, unset), new.counts.get(keyword, unset)
        if before == now or KINDS[thing] not in old.types & new.types:
            continue
        counted = [_count(side, keyword, unset) for side in (old, new)]
        effect = Effect.NARROWER if (counted[1] > counted[0]) == least else Effect.WIDER
        effect = Effect.HARMLESS if counted[0] == counted[1] else effect
        if now == unset:
            said = f"may have any number of {UNITS[thing]} now, {'at least' if least else 'at most'} {before} before"
        else:
            was = "" if before == unset else f", {before} before"
            said = f"must have {'at least' if least else 'at most'} {now} {UNITS[thing]} now{was}"
        yield keyword, effect, said


def _count(side: Flat, keyword: str, unset: float) -> float:
    """The limit, or the one that a format sets anyway, whichever is tighter."""
    found = [side.counts.get(keyword, unset)]
    if keyword.endswith("Length"):
        found += [LENGTHS[name][keyword in MOST] for name in side.formats & LENGTHS.keys()]
    return max(found) if keyword in LEAST else min(found)


def multiples(old: Flat, new: Flat) -> Iterator[Said]:
    if old.multiples == new.multiples or not (old.types & new.types & NUMERIC):
        return
    tighter = all(any(_divides(b, n) for n in new.multiples) for b in old.multiples)
    looser = all(any(_divides(n, b) for b in old.multiples) for n in new.multiples)
    effect = Effect.NARROWER if tighter else Effect.WIDER if looser else Effect.OTHER
    now = listed(sorted(new.multiples)) if new.multiples else "anything"
    yield "multipleOf", effect, f"must be a multiple of {now} now" if new.multiples else "need be no multiple any more"


def _divides(one: float, other: float) -> bool:
    ratio = other / one
    return abs(ratio - round(ratio)) < 1e-9


def patterns(old: Flat, new: Flat) -> Iterator[Said]:
    if old.patterns != new.patterns and "string" in old.types & new.types:
        now = " and ".join(sorted(new.patterns))
        said = f"must match {now} now" if new.patterns else f"need not match {' and '.join(sorted(old.patterns))} now"
        yield "pattern", _subset(old.patterns, new.patterns), said


def _subset(old: frozenset[str], new: frozenset[str]) -> Effect:
    """More constraints leave fewer values."""
    return Effect.NARROWER if old < new else Effect.WIDER if new < old else Effect.OTHER


def formats(old: Flat, new: Flat) -> Iterator[Said]:
    if old.formats == new.formats:
        return
    now, was = " and ".join(sorted(new.formats)), " and ".join(sorted(old.formats))
    said = f"is {_article(now)} now" if now else f"need not be {_article(was)} any more"
    said += f", {_article(was)} before" if now and was else ""
    if old.types & new.types & NUMERIC and "string" not in old.types & new.types:
        before, after = _range(old), _range(new)
        if before == after:
            yield "format", Effect.DOUBTFUL, said
            return
        inside = after[0] >= before[0] and after[1] <= before[1]
        outside = before[0] >= after[0] and before[1] <= after[1]
        yield "format", Effect.NARROWER if inside else Effect.WIDER if outside else Effect.OTHER, said
    elif "string" in old.types & new.types:
        one, other = old.formats & RESTRICTING, new.formats & RESTRICTING
        if one == other:
            yield "format", Effect.DOUBTFUL, said
        elif any((a, b) in WITHIN for a in other for b in one):
            yield "format", Effect.NARROWER, said
        elif any((a, b) in WITHIN for a in one for b in other):
            yield "format", Effect.WIDER, said
        else:
            yield "format", _subset(one, other), said


def _article(name: str) -> str:
    return f"{'an' if name[:1] in 'aeio' else 'a'} {name}" if name else "anything"


def _range(found: Flat) -> tuple[float, float]:
    """What the format of an integer leaves of its bounds."""
    low, high = found.low[0], found.high[0]
    for name in found.formats & RANGES.keys():
        low, high = max(low, RANGES[name][0]), min(high, RANGES[name][1])
    return low, high


def unique(old: Flat, new: Flat) -> Iterator[Said]:
    if old.unique != new.unique and "array" in old.types & new.types:
        said = "may not hold an item twice any more" if new.unique else "may hold an item twice now"
        yield "uniqueItems", Effect.NARROWER if new.unique else Effect.WIDER, said


RULES: tuple[Callable[[Flat, Flat], Iterator[Said]], ...] = (bounds, counts, multiples, patterns, formats, unique)
"""Looked at where both sides have a type in common and neither lists its values."""


def said_of(old: Flat, new: Flat) -> Iterator[Said]:
    """Everything that changed in what the two schemas say by keywords of their own."""
    yield from null(old, new)
    yield from types(old, new)
    if not old.types & new.types:
        return
    for rule in RULES if old.enum is None and new.enum is None else (enum,):
        yield from rule(old, new)
