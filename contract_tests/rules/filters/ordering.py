"""A list ordered by a field shows its rows in the order of that field, each once, over all pages.

Owns: filters/<list>/<ordering parameter>/<field>, /<field>-descending.
Source: x-ordering of the list parameters. Which of two equal values comes first, where nulls stand, and how texts are
collated is left open; of an enum's values only that equal ones stand together is judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import partial
from itertools import pairwise
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.observing.filters_found import ask, most
from cancelkit.contract_tests.observing.filters_plan import reread, subject
from cancelkit.contract_tests.observing.filters_values import kind
from cancelkit.contract_tests.observing.listing import Listing, key, listings
from cancelkit.contract_tests.observing.stating import Proof, from_fact
from cancelkit.contract_tests.oracles.instants import instant
from cancelkit.spec import Contract, Field

LADDERS: dict[str, tuple[Any, Any, Any]] = {
    "date-time": ("2025-03-03T10:00:00Z", "2025-03-04T10:00:00+03:00", "2025-03-05T10:00:00Z"),
    "date": ("2025-03-03", "2025-03-04", "2025-03-05"),
    "boolean": (False, False, True),
    "integer": (9, 10, 11),
    "number": (9.5, 10, 11.5),
    "uuid": ("1f0c8b1e", "2f0c8b1e", "3f0c8b1e"),
    "text": ("abc", "abd", "b"),
    "enum": ("x", "x", "y"),
}


@dataclass(frozen=True, slots=True)
class Ordered:
    """What a list ordered by one field showed.

    ids: in their order. values: the field's, of the rows that stood still. expected: those that must be shown.
    """

    what: str
    status: int
    ids: Sequence[Any]
    values: Mapping[Any, Any]
    expected: frozenset[Any]


def _kind(field: Field) -> str:
    return "enum" if field.enum and field.type == "string" else kind(field.schema)


def _observe(listing: Listing, name: str, choice: str, context: Context) -> list[Ordered]:
    field, known = choice.removeprefix("-"), subject(context)
    if len({str(row.get(field)) for row in known.rows}) < 2:
        raise Skip(f"all known records show the same {field}")
    query = {**listing.query(known.ids), name: choice}
    first, ids, complete = ask(context, listing, query, most(listing))
    now = reread(context, known.ids)
    steady = {context.id_of(row) for row in known.rows if now.get(context.id_of(row), {}).get(field) == row.get(field)}
    if not steady:
        raise Inconclusive(f"no record kept its {field} meanwhile")
    values = {id: now[id].get(field) for id in steady}
    what = f"{listing.operation.id} with {name}={choice}"
    return [Ordered(what, first.status, ids, values, frozenset(steady) if complete else frozenset())]


def judge(kind: str, descending: bool, found: Sequence[Ordered]) -> Iterator[str]:
    """Each known row must be shown once, and none before one that must precede it."""
    for one in found:
        if one.status != 200:
            yield f"{one.what}: answered {one.status}, not 200"
            continue
        if len(set(map(str, one.ids))) != len(one.ids):
            yield f"{one.what}: shows records more than once"
        lost = sorted(map(str, one.expected - set(one.ids)))
        if lost:
            yield f"{one.what}: does not show {lost[:5]}"
        shown = [(id, one.values[id]) for id in one.ids if one.values.get(id) is not None]
        yield from (f"{one.what}: {text}" for text in _wrong(kind, descending, shown))


def _wrong(kind: str, descending: bool, shown: Sequence[tuple[Any, Any]]) -> Iterator[str]:
    passed: set[str] = set()
    for (left, one), (right, other) in pairwise(shown):
        if kind == "enum":
            passed |= {one} if one != other else set()
            wrong = other in passed
        else:
            wrong = precedes(kind, one, other) if descending else precedes(kind, other, one)
        if wrong:
            yield f"record {right}, {other!r}, stands after record {left}, {one!r}"


def precedes(kind: str, left: Any, right: Any) -> bool:
    """Whether `left` comes before `right` in ascending order, beyond doubt."""
    if kind == "text":
        return _text_precedes(str(left), str(right))
    try:
        if kind == "date-time":
            one, other = instant(left), instant(right)
            return one is not None and other is not None and one < other
        if kind in ("integer", "number"):
            return Decimal(str(left)) < Decimal(str(right))
        return bool(left < right) if kind in ("date", "boolean") else False
    except (InvalidOperation, TypeError):
        return False


def _text_precedes(left: str, right: str) -> bool:
    """Decided by the first letters that differ, where both are plain ones of one case: else the collation decides."""
    for one, other in zip(left, right, strict=False):
        if not (one.isascii() and other.isascii() and one.isalpha() and other.isalpha()):
            return False
        if one != other:
            return one.islower() == other.islower() and one < other
    return False


def _proof(kind: str, descending: bool) -> Proof:
    ladder = LADDERS[kind][::-1] if descending else LADDERS[kind]
    values = dict(enumerate((*ladder, None), 1))

    def ordered(*ids: int, status: int = 200) -> list[Ordered]:
        return [Ordered("a list", status, ids, values, frozenset({1, 2, 3, 4}))]

    rejects = [ordered(1, 2, 3), ordered(1, 2, 3, 4, 4), ordered(1, 2, 3, 4, status=400)]
    if kind == "enum":
        rejects.append(ordered(1, 3, 2, 4) if not descending else ordered(2, 1, 3, 4))
    elif kind not in ("uuid", "none"):
        rejects.append(ordered(3, 2, 1, 4))
    return Proof((ordered(1, 2, 3, 4), ordered(4, 1, 2, 3)), tuple(rejects))


def rules(contract: Contract) -> Iterator[Rule]:
    for listing in listings(contract):
        parameter = listing.operation.ordering
        for choice in map(str, parameter.schema.get("enum", ())) if parameter else ():
            name, descending = choice.removeprefix("-"), choice.startswith("-")
            field = contract.resource.detailed_fields.get(name)
            form = _kind(field) if field else "none"
            if parameter is None or form not in LADDERS:
                continue
            down = "descending" if descending else "ascending"
            yield from_fact(
                f"filters/{listing.name}/{key(parameter.name)}/{name}{'-descending' if descending else ''}",
                parameter.fact.level,
                f"x-ordering of {parameter.name}",
                f"{listing.path} with {parameter.name}={choice} shows each record once, by {name} {down}.",
                partial(_observe, listing, parameter.name, choice),
                partial(judge, form, descending),
                _proof(form, descending),
                writes=False,
                quiet=not listing.ids,
            )
