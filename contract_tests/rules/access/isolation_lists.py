"""The lists of one scope hold and count nothing of another, whatever is asked.

Owns: isolation/<list>/<query>, isolation/<list>/disjoint, isolation/<list>/count.
Source: x-behaviours <scope>-isolation; every x-filter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.observing.askers_walk import both_ways, shown
from cancelkit.contract_tests.observing.filters_plan import matching_value
from cancelkit.contract_tests.observing.listing import Listing, Page, count, listings
from cancelkit.contract_tests.observing.names import isolation, scope_word
from cancelkit.contract_tests.observing.stating import Proof, from_behaviour
from cancelkit.contract_tests.oracles.matching import value_at
from cancelkit.spec import Contract, Filter, Parameter


@dataclass(frozen=True, slots=True)
class Leak:
    """A page that one scope answered, ids that are of the other, and how many rows the query may count at most."""

    what: str
    foreign: frozenset[Any]
    page: Page
    most: int | None = None


def judge(found: Iterable[Leak]) -> Iterator[str]:
    """No foreign row may be shown or counted."""
    for one in found:
        leaked = sorted(one.foreign & set(one.page.ids))
        if leaked:
            yield f"{one.what}: holds records of the other scope: {leaked[:5]}"
        if one.most is not None and isinstance(one.page.count, int) and one.page.count > one.most:
            yield f"{one.what}: counts {one.page.count}, of which at most {one.most} can be this scope's"


def _by_id(listing: Listing, context: Context) -> list[Leak]:
    found = []
    for home, away in both_ways(context):
        own = [context.id_of(row) for row in context.sample(scope=home).rows[-2:]]
        for query in (listing.query(own), listing.query(own[:1], limit=5, page=1)):
            what = f"{listing.name} of {shown(away)} asked for records of {shown(home)}"
            found.append(Leak(what, frozenset(own), listing.ask(context, query, away), 0))
    return found


def _mixed(listing: Listing, context: Context) -> list[Leak]:
    found = []
    for home, away in both_ways(context)[:1]:
        foreign = frozenset(context.id_of(row) for row in context.sample(scope=home).rows[-20:])
        other = all(context.other_references.get(name) for name in context.references)
        own = sorted(context.sample(scope=away).ids)[-20:] if other else []
        page = listing.ask(context, listing.query(sorted({*foreign, *own}), limit=50), away)
        found.append(Leak(f"{listing.name} of {shown(away)} asked for both scopes' ids", foreign, page, len(own)))
    return found


def _by_value(listing: Listing, name: str, parameter: Parameter, rule: Filter, context: Context) -> list[Leak]:
    """Filter one scope by values that records of the other have: one way alone, the other way with the other's ids.

    Which way is which differs from list to list.
    """
    found, turn = [], listings(context.contract).index(listing)
    for number, (home, away) in enumerate(both_ways(context)):
        sample = context.sample(scope=home)
        rows = [row for row in sample.rows if value_at(row, rule.path) is not None]
        for row in context.rng.sample(rows, min(len(rows), max(1, context.scale - 1))):
            value = matching_value(parameter, rule, row)
            if value is None:
                continue
            what = f"{listing.name} of {shown(away)} with {name}={value}, a value of {shown(home)}"
            if listing.ids and (number + turn) % 2:
                page = listing.ask(context, listing.query([context.id_of(row)], **{name: value}), away)
                found.append(Leak(f"{what} and a record's id", sample.ids, page, 0))
            else:
                page = listing.ask(context, listing.query(limit=50, **{name: value}), away)
                found.append(Leak(what, sample.ids, page))
    return found


def _disjoint(listing: Listing, context: Context) -> list[Leak]:
    """First and last pages of both scopes, against the other one's records."""
    found = []
    for home, away in both_ways(context):
        foreign = context.sample(scope=home).ids
        first = listing.ask(context, listing.query(limit=50), away)
        found.append(Leak(f"{listing.name} of {shown(away)}", foreign, first))
        size = len(first.ids)
        if size and listing.page and isinstance(first.count, int) and first.count > size:
            last = listing.ask(context, listing.query(limit=50, page=-(-first.count // size)), away)
            found.append(Leak(f"{listing.name} of {shown(away)}, last page", foreign, last))
    return found


Count = tuple[str, int, int]


def _counts(listing: Listing, context: Context) -> list[Count]:
    """How the other scope's count moves when three records are created here, three times over."""
    found = []
    for home, away in both_ways(context):
        for _ in range(3):
            before = count(context, listing, away)
            for _ in range(3):
                context.create(home)
            found.append((f"{listing.name} of {shown(away)}", before, count(context, listing, away)))
            if found[-1][1] == found[-1][2]:
                break
    if not found:
        raise Inconclusive("no count was seen")
    return found


def judge_counts(found: Iterable[Count]) -> Iterator[str]:
    """It must not move by three each time."""
    moved: dict[str, list[int]] = {}
    for what, before, after in found:
        moved.setdefault(what, []).append(after - before)
    for what, steps in moved.items():
        if len(steps) == 3 and set(steps) == {3}:
            yield f"{what}: its count rises by 3 when three records are created in another scope"


def rules(contract: Contract) -> Iterator[Rule]:
    word, key = scope_word(contract), isolation(contract)
    proof = Proof(
        ([Leak("a", frozenset({8}), Page(200, [7], 1), 1)],),
        ([Leak("a", frozenset({8}), Page(200, [7, 8], 2))], [Leak("a", frozenset({8}), Page(200, [7], 2), 1)]),
    )
    for listing in listings(contract) if contract.resource.scope else ():
        where = f"{listing.operation.method} {listing.path}"
        made = [("disjoint", f"holds no record of another {word}", partial(_disjoint, listing))]
        if listing.ids:
            ids = (
                f"asked for ids of another {word} holds none of them",
                f"asked for ids of both {word}s holds its own only",
            )
            made = [
                ("by-id", ids[0], partial(_by_id, listing)),
                ("mixed-ids", ids[1], partial(_mixed, listing)),
                *made,
            ]
        for name, rule in listing.operation.filters.items():
            parameter = listing.operation.parameter(name)
            if rule.lookup != "in" and parameter:
                look = partial(_by_value, listing, name, parameter, rule)
                made.append((name, f"filtered by {name} holds no record of another {word}", look))
        for name, requires, observe in made:
            yield from from_behaviour(
                contract,
                key,
                f"isolation/{listing.name}/{name}",
                observe,
                judge,
                proof,
                requires=f"{where} {requires}.",
                writes=False,
                needs_other=True,
            )
        if "count" in listing.fields:
            yield from from_behaviour(
                contract,
                key,
                f"isolation/{listing.name}/count",
                partial(_counts, listing),
                judge_counts,
                Proof(
                    ([("a", 5, 5)], [("a", 5, 8), ("a", 8, 9), ("a", 9, 12)]),
                    ([("a", 5, 8), ("a", 8, 11), ("a", 11, 14)],),
                ),
                requires=f"The count of {listing.path} does not move with another {word}'s records.",
                needs_other=True,
                quiet=True,
            )
