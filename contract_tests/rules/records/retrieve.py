"""Retrieving: the record that was created, the same each time; an unknown id is 404 for every operation on one record.

Owns: retrieve/same-as-listed, retrieve/repeats, <area>/unknown-id/<operation>.
Source: the operation that retrieves; the 404 of each operation; x-behaviours detailed-agrees.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.observing.evidence import Refusal, Usual
from cancelkit.contract_tests.observing.examples import Examples
from cancelkit.contract_tests.observing.listing import Listing, listing
from cancelkit.contract_tests.observing.names import area, item_operations, short
from cancelkit.contract_tests.observing.newest import spotted
from cancelkit.contract_tests.observing.sending import with_body
from cancelkit.contract_tests.observing.stating import Judge, Proof, from_fact
from cancelkit.contract_tests.observing.writes import filled, read, unknown_ids
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.spec import Contract, Level, Operation, Role

Pair = tuple[str, Mapping[str, Any], Mapping[str, Any]]


def _listed(plain: Listing, context: Context) -> list[Pair]:
    sample = context.sample()
    known = sorted(sample.own or sample.ids)
    ids = context.rng.sample(known, min(6 * context.scale, len(known)))

    def look() -> dict[Any, Mapping[str, Any]]:
        if not plain.ids:
            return spotted(context, plain, [row for row in sample.rows if context.id_of(row) in ids])
        rows = context.rows(plain.operation, query=plain.query(ids)) if ids else []
        return {context.id_of(row): row for row in rows}

    listed = look()
    pairs = [(f"record {id}: list and retrieve", listed[id], read(context, id)) for id in ids if id in listed]
    again = look()
    return [pair for pair in pairs if again.get(context.id_of(pair[1])) == pair[1]]


def _repeated(context: Context) -> list[Pair]:
    id = context.id_of(filled(context))
    first = read(context, id)
    return [(f"record {id}: retrieved twice", first, read(context, id)) for _ in range(3)]


def judge_pairs(records: Records, pairs: Iterable[Pair]) -> Iterator[str]:
    """Both rows of a pair must be of the same record and show the same."""
    for what, one, other in pairs:
        names = records.changed(one, other, sorted(one.keys() | other.keys()))
        yield from (f"{what} show different {name}: {one[name]!r} and {other[name]!r}" for name in names)


def of_pairs(contract: Contract) -> tuple[Judge, Proof]:
    """The judge of pairs of views, and evidence for it."""
    some = Examples(contract)
    one = some.record()
    rejects = [[("a", one, some.record(8))]]
    if some.spare():
        rejects.append([("a", one, some.altered())])
    return partial(judge_pairs, some.records), Proof(([("a", one, one)],), tuple(rejects))


def _unknown(operation: Operation, context: Context) -> tuple[Refusal, ...]:
    found = []
    for id in unknown_ids(context):
        answer = context.call(operation, id=id, **with_body(context, operation))
        found.append(Refusal(f"{operation.method} {operation.path} with the unknown id {id}", answer, statuses=(404,)))
    return tuple(found)


def rules(contract: Contract) -> Iterator[Rule]:
    plain, usual, judged = listing(contract), Usual(contract), of_pairs(contract)
    if contract.role(Role.RETRIEVE):
        if plain:
            yield from_fact(
                "retrieve/same-as-listed",
                contract.level("detailed-agrees", Level.DOCUMENTED),
                "the schemas of the record and of a page",
                "A record shows the same fields when retrieved as in the list.",
                partial(_listed, plain),
                *judged,
                writes=False,
            )
        requires = "Retrieving a record again shows the same while nothing is written."
        source = "the operation that retrieves"
        yield from_fact("retrieve/repeats", Level.DOCUMENTED, source, requires, _repeated, *judged)
    for operation in item_operations(contract):
        answer = operation.response(404)
        if answer is not None:
            yield from_fact(
                f"{area(operation)}/unknown-id/{short(operation)}",
                answer.fact.level,
                f"responses of {operation.id}: 404",
                f"{operation.method} {operation.path} with an id that no record has is 404 with detail and code.",
                partial(_unknown, operation),
                *usual.refusals(None, 404, record=False),
            )
