"""The views of a record agree: same rows, same order, same values, alone and listed, plain and detailed.

Owns: detailed/same-rows, detailed/same-values. (After each write: history.py.)
Source: x-behaviours detailed-agrees, of writes; the plain and the detailed representation. What references open is for
detailed_references.py to judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.observing.evidence import Row
from cancelkit.contract_tests.observing.filters_plan import matching_value, subject
from cancelkit.contract_tests.observing.listing import Listing, listing
from cancelkit.contract_tests.observing.newest import spotted
from cancelkit.contract_tests.observing.stating import Proof, from_behaviour
from cancelkit.contract_tests.observing.writes import read, seen
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.rules.records.retrieve import Pair, judge_pairs, of_pairs
from cancelkit.spec import Contract, Role

BEHAVIOUR = "detailed-agrees"
VIEWS = (Role.LIST, Role.LIST_DETAILED, Role.RETRIEVE, Role.RETRIEVE_DETAILED)
Shown = tuple[int, list[Any], Any]


@dataclass(frozen=True, slots=True)
class Twins:
    """What the plain and the detailed list answered to the same query: (status, ids, count) of each."""

    what: str
    plain: Shown
    detailed: Shown


@dataclass(frozen=True, slots=True)
class Query:
    """A query that both lists can be asked, each by its own parameter names."""

    ids: tuple[Any, ...] | None = None
    limit: int | None = None
    page: int | None = None
    filters: tuple[tuple[str, Any], ...] = ()

    def of(self, listing: Listing) -> dict[str, Any]:
        return listing.query(self.ids, limit=self.limit, page=self.page, **dict(self.filters))


def _queries(context: Context, plain: Listing, detailed: Listing) -> list[Query]:
    known = subject(context)
    ids = tuple(known.ids) if plain.ids and detailed.ids else None
    found = [Query(ids, 3), Query(ids, 4, 2), Query(ids)]
    if ids:
        found = [Query(tuple(context.rng.sample(ids, len(ids))), 50), *found, Query(ids[::-1], 2, 2)]
    both = {name for name, _, _ in plain.judged if context.scale < 2}  # else combinations.py judges each list by itself
    for name, parameter, rule in detailed.judged:
        if name not in both or rule.lookup == "in":
            continue
        if rule.path == (context.resource.state,) and rule.lookup == "exact":
            found += [Query(ids, 50, None, ((name, value),)) for value in parameter.schema.get("enum", ())]
        value = matching_value(parameter, rule, context.rng.choice(known.rows))
        if value is not None:
            found.append(Query(ids, 50, None, ((name, value),)))
    return found


def _twins(plain: Listing, detailed: Listing, context: Context) -> list[Twins]:
    def shown(which: Listing, query: Query) -> Shown:
        page = which.ask(context, query.of(which))
        return page.status, list(page.ids), page.count

    def twins(query: Query) -> Twins | None:
        for _ in range(3):
            first, other = shown(plain, query), shown(detailed, query)
            if first == other or shown(plain, query) == first:
                return Twins(f"{query.of(plain)}", first, other)
        return None

    queries = _queries(context, plain, detailed)
    found = [pair for pair in context.parallel([partial(twins, query) for query in queries]) if pair]
    if not found:
        raise Inconclusive("another client changed the list three times")
    return found


def judge_twins(found: Iterable[Twins]) -> Iterator[str]:
    """Both must show the same ids in the same order, and count the same."""
    for one in found:
        for name, left, right in zip(("status", "ids", "count"), one.plain, one.detailed, strict=True):
            if left != right:
                yield f"{one.what}: {name} of the plain list {left}, of the detailed list {right}"


def _listed(context: Context, role: Role, ids: list[Any]) -> dict[Any, Row]:
    """The rows of a list with these ids, as far as it is offered and shows them."""
    known = listing(context.contract, role)
    if known is None:
        return {}
    if not known.ids:
        return spotted(context, known, [row for id in ids if (row := seen(context, id))])
    rows = context.rows(known.operation, query=known.query(ids), limit=50)
    return {context.id_of(row): row for row in rows if context.id_of(row) in ids}


def _views(records: Records, context: Context, ids: list[Any]) -> list[Pair]:
    """Each record in every view that the contract offers, the others beside the first one."""
    contract, plain, pairs = context.contract, records.plain, list[Pair]()
    listed, opened = _listed(context, Role.LIST, ids), _listed(context, Role.LIST_DETAILED, ids)
    for id in ids:
        one, detailed = None, None
        try:
            one = read(context, id) if contract.role(Role.RETRIEVE) else None
            detailed = read(context, id, detailed=True) if contract.role(Role.RETRIEVE_DETAILED) else None
        except Inconclusive:
            if id in context.sample().own or len(ids) == 1:
                raise
            continue  # its owner removed it
        views = [
            ("plain", one),
            ("detailed", detailed and plain(detailed)),
            ("in the list", listed.get(id)),
            ("in the detailed list", plain(opened[id]) if id in opened else None),
        ]
        there = [(name, row) for name, row in views if row]
        for name, row in there[1:]:
            pairs.append((f"record {id}: {there[0][0]} and {name}", there[0][1], row))
        if detailed and id in opened:
            pairs.append((f"record {id}: detailed and in the detailed list", detailed, opened[id]))
    return pairs


def _values(records: Records, context: Context) -> list[Pair]:
    known = subject(context)
    ids = sorted(context.rng.sample(known.ids, min(len(known.ids), 6 + 4 * context.scale)))
    pairs = _views(records, context, ids)
    return pairs if pairs and not any(judge_pairs(records, pairs)) else _steady(records, context, ids)


def _steady(records: Records, context: Context, ids: list[Any]) -> list[Pair]:
    """The views of those records that are the same before and after."""
    before = {id: row for id in ids if (row := seen(context, id))}
    pairs = _views(records, context, list(before))
    after = {id: row for id in before if (row := seen(context, id))}
    steady = {id for id in after if not records.changed(before[id], after[id], list(before[id]))}
    if not steady:
        raise Inconclusive("none of the records could be read twice without a change")
    return [pair for pair in pairs if context.id_of(pair[1]) in steady]


def _of_twins() -> Proof:
    right = (200, [1, 2], 2)
    wrong = (
        Twins("a", right, (200, [2, 1], 2)),
        Twins("a", right, (200, [1], 2)),
        Twins("a", (200, [1], 2), (200, [1], 1)),
        Twins("a", (200, [], 0), (404, [], None)),
    )
    return Proof(([Twins("a", right, right)],), tuple([one] for one in wrong))


def rules(contract: Contract) -> Iterator[Rule]:
    offered = [role for role in VIEWS if contract.role(role)]
    reads = [role for role in offered if role in (Role.RETRIEVE, Role.RETRIEVE_DETAILED)]
    records, judged = Records(contract), of_pairs(contract)
    if not {Role.LIST_DETAILED, Role.RETRIEVE_DETAILED} & set(offered) or len(offered) < 2:
        return
    plain, detailed = listing(contract), listing(contract, Role.LIST_DETAILED)
    if plain and detailed:
        yield from from_behaviour(
            contract,
            BEHAVIOUR,
            "detailed/same-rows",
            partial(_twins, plain, detailed),
            judge_twins,
            _of_twins(),
            requires="The detailed list shows and counts the same rows in the same order as the plain list with the "
            "same query.",
            writes=False,
        )
    if not reads:
        return
    views = {2: "both", 3: "all three", 4: "all four"}[len(offered)]
    which = ": alone and listed, plain and detailed" if len(offered) == len(VIEWS) else ""
    requires = f"Every field shows the same in {views} views{which}."
    look = partial(_values, records)
    yield from from_behaviour(
        contract, BEHAVIOUR, "detailed/same-values", look, *judged, requires=requires, writes=False
    )
