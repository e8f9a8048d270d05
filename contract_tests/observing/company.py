"""What stands beside a wrong value in a query: nothing, all other parameters, one of each kind, before it or after it.

Owns: Company, the companies of each parameter of a list, sending wrong values in them, the table of what was tried.
Knows nothing of: which values are wrong.
Source: x-filter, x-paging and x-ordering of the parameters; x-behaviours filters-combine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.context.walking import page_query
from cancelkit.contract_tests.engine.cells import Cell, Table
from cancelkit.contract_tests.engine.covering import Row, covering
from cancelkit.contract_tests.observing.evidence import Refusal
from cancelkit.contract_tests.observing.filters_plan import matching_value
from cancelkit.contract_tests.observing.filters_values import kind, takes, text
from cancelkit.contract_tests.observing.listing import Listing
from cancelkit.spec import Contract, Parameter
from cancelkit.spec.values import NoValue, Values

TABLE: Final = "company"
BEFORE, AFTER = "before", "after"
ROWS = 20
"""The valid values are those of one of so many records."""
Kinds = tuple[tuple[str, str], ...]
Wrong = Mapping[str, Sequence[Any]]
"""Values that are refused, by parameter."""


@dataclass(frozen=True, slots=True)
class Company:
    """The names of valid parameters before a wrong one and after it, and what that is, in words."""

    words: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


ALONE: Final = Company("alone")


def sort(listing: Listing, parameter: Parameter) -> str:
    """Which kind of parameter it is, in a word."""
    if parameter.paging or parameter.ordering:
        return parameter.paging or "order"
    if parameter.many or "enum" in parameter.schema:
        return "ids" if parameter.name == listing.ids else "several" if parameter.many else "enum"
    form = kind(parameter.schema)
    return str(parameter.schema.get("format", form)) if form == "text" else form


def beside(contract: Contract, listing: Listing) -> dict[str, Parameter]:
    """The parameters that any other may stand beside; filters only where the contract says that they combine."""
    filters = {name for name, _, _ in listing.judged} if contract.behaviour("filters-combine") else set()
    every = listing.operation.parameters
    return {p.name: p for p in every if p.paging or p.ordering or p.name in filters}


def companies(contract: Contract, listing: Listing, wrong: Wrong, scale: int) -> Mapping[str, tuple[Company, ...]]:
    """The companies that each parameter with wrong values is tried in, by its name."""
    others = beside(contract, listing)
    known = {p.name: sort(listing, p) for p in listing.operation.parameters}
    found = _companies(tuple((n, known[n]) for n in wrong), tuple((n, known[n]) for n in others), max(2, scale))
    least = 3 if scale == 1 else len(known) + len(others)
    return {name: ones[: max(least, len(wrong[name]))] for name, ones in found.items()}


@lru_cache(maxsize=32)
def _companies(wrong: Kinds, others: Kinds, strength: int) -> Mapping[str, tuple[Company, ...]]:
    found: dict[str, list[Company]] = {}
    for name, _ in wrong:
        every = tuple(other for other, _ in others if other != name)
        all_before, all_after = Company("all before it", before=every), Company("all after it", after=every)
        found[name] = [ALONE, *([all_before, all_after] if every else [])]

    def possible(row: Row) -> bool:
        one, other, _ = row
        return None in (one, other) or any(k == other and (n, one) != pair for pair in wrong for n, k in others)

    kinds = [tuple(dict.fromkeys(kind for _, kind in named)) for named in (wrong, others)]
    rows = covering([*kinds, (BEFORE, AFTER)], strength, possible) if others else []
    for at, (one, other, side) in enumerate(rows):
        names = [name for name, kind in wrong if kind == one]
        name = min(names, key=lambda name: len(found[name]))
        candidates = [n for n, kind in others if kind == other and n != name]
        if candidates:
            chosen = (candidates[at % len(candidates)],)
            parts = {"before": chosen} if side == BEFORE else {"after": chosen}
            found[name].append(Company(f"{other} {side} it", **parts))
    return {name: tuple(ones) for name, ones in found.items()}


def sent(listing: Listing, wrong: Wrong, name: str, context: Context) -> tuple[Refusal, ...]:
    """Every wrong value of the parameter, in one company after another, as often as it takes to have been in each."""
    values, valid = wrong[name], _valid(context, listing)
    ones = companies(context.contract, listing, wrong, context.scale)[name]
    found = []
    for at in range(max(len(values), len(ones))):
        one = ones[at % len(ones)]
        before, after = ([(n, valid[n]) for n in names if n in valid] for names in (one.before, one.after))
        query = [*before, (name, values[at % len(values)]), *after]
        answer = context.call(listing.operation, query=query)
        found.append(Refusal(f"{listing.operation.id} with {_words(query)}", answer, name))
        context.cover(TABLE, list=listing.name, wrong=name, company=one.words)
    return tuple(found)


def _words(query: Sequence[tuple[str, Any]]) -> str:
    return " and ".join(f"{name}={text(value)}" for name, value in query)


def _valid(context: Context, listing: Listing) -> dict[str, Any]:
    """A valid value of each parameter: of the filters those that find one record, as far as it has them."""
    sample, key = context.sample(), ("valid", listing.name)
    if key not in sample.kept:
        best = dict[str, Any]()
        for row in sample.rows[-ROWS:]:
            best = max(best, _found_by(listing, row), key=len)
        made = {n: value for n, p in beside(context.contract, listing).items() if (value := _typical(p)) is not None}
        sample.kept[key] = {**made, **best, **dict(page_query(listing.operation, 5, 1))}
    found: dict[str, Any] = sample.kept[key]
    return found


def _found_by(listing: Listing, row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, p, rule in listing.judged if (value := matching_value(p, rule, row)) is not None}


def _typical(parameter: Parameter) -> str | None:
    try:
        found = text(Values(parameter.schema).typical())
    except NoValue:
        return None
    return found if takes(parameter.schema, found) else None


def table(contract: Contract, lists: Sequence[tuple[Listing, Wrong]]) -> Table:
    """The companies of each parameter that has wrong values, list by list."""

    def cells(scale: int) -> Iterator[Cell]:
        for listing, wrong in lists:
            for name, ones in companies(contract, listing, wrong, scale).items():
                yield from ((listing.name, name, one.words) for one in ones)

    return Table(TABLE, "what stood beside a wrong value of a parameter", ("list", "wrong", "company"), cells)
