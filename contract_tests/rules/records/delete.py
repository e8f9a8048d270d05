"""Deleting: gone for every later call, from lists and counts; neighbours stay; the id is not given again.

Owns: delete/gone-for-<operation>, delete/from-<state>, delete/not-listed, delete/not-counted, delete/neighbours,
delete/id-not-reused.
Source: the operation that deletes; x-behaviours delete-gone, ids-unique.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.machine.histories import acting, moving, updating
from cancelkit.contract_tests.observing.askers_walk import GONE, Told, asked, ended
from cancelkit.contract_tests.observing.evidence import Refusal, Reply, Row, Usual, replies
from cancelkit.contract_tests.observing.examples import Examples
from cancelkit.contract_tests.observing.listing import Listing, Page, count, listings
from cancelkit.contract_tests.observing.names import item_operations, noun, short, with_article
from cancelkit.contract_tests.observing.stating import Judge, Proof, from_behaviour
from cancelkit.contract_tests.observing.writes import delete, filling, retrieve, seen
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.rules.records.arrivals import Way, ask, ways
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Operation, Role


def _gone(operation: Operation, judge: Judge, context: Context) -> list[Refusal]:
    """A right call about records that were deleted in every state."""

    def refusals(told: Sequence[Told]) -> list[Refusal]:
        right = [one for one in told if one.body in ("a right body", "no body")]
        return [Refusal(one.what, one.answer, statuses=(404,)) for one in right]

    return refusals(asked(context, operation, GONE, lambda told: judge(refusals(told))))


def _from(status: int, state: str, operation: Operation, judge: Judge, context: Context) -> tuple[Reply, ...]:
    """A delete in the state, and retrieving the record then, as it was seen already; once more where that is wrong."""
    what = f"{with_article(noun(context.contract))} in the state {state}"

    def told(answer: Answer, after: Answer) -> tuple[Reply, ...]:
        return Reply(f"DELETE of {what}", answer, (status,)), Reply(f"GET after DELETE of {what}", after, (404,))

    found = told(*answers) if (answers := ended(context, state, operation)) else ()
    if found and not any(judge(found)):
        return found
    row = context.fresh(state)
    return told(delete(context, row), retrieve(context, context.id_of(row)))


@dataclass(frozen=True, slots=True)
class Lists:
    """What a list answers after one of three records was deleted: asked for these three."""

    what: str
    gone: Any
    left: frozenset[Any]
    page: Page


def _lists(lists: list[Listing], context: Context) -> list[Lists]:
    rows = [context.create() for _ in range(3)]
    ids = [context.id_of(row) for row in rows]
    delete(context, rows[1])
    state = context.contract.resource.state or ""
    found = []
    for listing in lists:
        same = {
            name: rows[0][state] for name, _, rule in listing.judged if rule.path == (state,) and rule.lookup == "exact"
        }
        for query in (listing.query(ids), listing.query(ids, **same), listing.query(ids, limit=2)):
            page = listing.ask(context, query)
            found.append(Lists(f"{listing.name} {query}", ids[1], frozenset({ids[0], ids[2]}), page))
    return found


def judge_lists(found: Iterable[Lists]) -> Iterator[str]:
    """The deleted one must be neither shown nor counted, the others both."""
    for one in found:
        if one.gone in one.page.ids:
            yield f"{one.what}: still lists the deleted record {one.gone}"
        if not one.left <= set(one.page.ids):
            yield f"{one.what}: no longer lists {sorted(one.left - set(one.page.ids))}, which stand"
        if one.page.count != len(one.left):
            yield f"{one.what}: counts {one.page.count}, not {len(one.left)}"


Counts = tuple[str, int, int, int, bool]


def _counts(lists: list[Listing], context: Context) -> list[Counts]:
    """(list, count before, count after, how many were deleted between, whether nobody else wrote meanwhile)."""
    found: list[Counts] = []
    for _ in range(3):
        rows = [context.create(), *_brought(context)]
        asked = [(one.name, len(rows), partial(count, context, one)) for one in lists]
        asked += _of_states(context, lists, rows) if context.scale > 1 else ()
        before = [(look(), look()) for *_, look in asked]
        for row in rows:
            delete(context, row)
        after = [(look(), look()) for *_, look in asked]
        falls = [
            (name, old[1], new[0], gone, old[0] == old[1] and new[0] == new[1])
            for (name, gone, _), old, new in zip(asked, before, after, strict=True)
        ]
        found += falls
        if all(quiet and old - new == gone for _, old, new, gone, quiet in falls):
            break
    if not any(quiet for *_, quiet in found):
        raise Inconclusive("another client changed the list three times")
    return found


def _brought(context: Context) -> Iterator[Row]:
    """A record for each state and each kind of write that leads there; in quick for each state and for each kind."""
    moves = context.contract.resource.transitions
    writes = moving(context.contract)
    every = ways(context.contract, 1)
    for old, how, new in _each(context) if context.scale < 2 else every:
        with suppress(Skip, Inconclusive):
            row = context.fresh(None if moves and old == moves.initial else old)
            done = moves is not None and ask(context, writes[how], moves, row, new).ok
            yield {**row, moves.field: new} if moves and done else row


def _of_states(context: Context, lists: list[Listing], rows: list[Row]) -> Iterator[tuple[str, int, partial[int]]]:
    """(what, how many of the rows it finds, how to count it) of each state of the rows as a filter of one list."""
    field = context.resource.state or ""
    for turn, state in enumerate(dict.fromkeys(row[field] for row in rows if field in row)):
        listing, gone = lists[turn % len(lists)], sum(row.get(field) == state for row in rows)
        if name := listing.exact(field):
            yield f"{listing.name} with {name}={state}", gone, partial(count, context, listing, **{name: state})


def _each(context: Context) -> Iterator[Way]:
    """One way to each state, the shortest of the kind of write that was taken least."""
    found, taken = ways(context.contract, 2), Counter[str]()
    kinds = [*acting(context.contract), *updating(context.contract)]
    for state in dict.fromkeys(new for *_, new in found):
        way = min(
            (one for one in found if one[2] == state),
            key=lambda one: (taken[one[1]], len(context.way(one[0])), kinds.index(one[1])),
        )
        taken[way[1]] += 1
        yield way


def judge_counts(found: Iterable[Counts]) -> Iterator[str]:
    """Each list's count must have fallen by as many as were deleted; a complaint needs two quiet looks that agree."""
    by_list: dict[str, list[Counts]] = {}
    for one in found:
        if one[-1]:
            by_list.setdefault(one[0], []).append(one)
    for name, all_of_it in by_list.items():
        wrong = {gone - (before - after) for _, before, after, gone, _ in all_of_it}
        if len(all_of_it) > 1 and len(wrong) == 1 and wrong != {0}:
            _, before, after, gone, _ = all_of_it[-1]
            yield f"{name}: counted {before}, and {after} after {gone} records were deleted"


def _neighbours(context: Context) -> list[tuple[Row, Any]]:
    same = {name: next(iter(keys)) for name, keys in context.references.items() if keys}
    rows = [context.create(**same) for _ in range(5)]
    for number in (1, 3):
        delete(context, rows[number])
    return [(rows[number], seen(context, context.id_of(rows[number]))) for number in (0, 2, 4)]


def judge_neighbours(records: Records, pairs: Iterable[tuple[Row, Any]]) -> Iterator[str]:
    """Each must stand as it was."""
    for before, after in pairs:
        yield from (f"the deletion of another record: {text}" for text in records.stands(before, after))


def _reused(context: Context) -> dict[str, list[Any]]:
    gone: list[Any] = []
    new: list[Any] = []
    for _ in range(1 + context.scale):
        rows = [context.create() for _ in range(2)]
        new += [context.id_of(row) for row in rows]
        for row in reversed(rows):
            delete(context, row)
        gone += [context.id_of(row) for row in rows]
        new.append(context.id_of(context.create()))
    body = context.body(**filling(context))
    delete(context, row := context.create(**body))  # made again with the very body that is gone, at once
    new += [context.id_of(row), context.id_of(context.create(**body))]
    return {"deleted": gone, "given": new}


def judge_reused(ids: Mapping[str, list[Any]]) -> Iterator[str]:
    """No id may be given twice."""
    for id in sorted({id for id in ids["given"] if ids["given"].count(id) > 1}):
        yield f"the id {id} was given again after its record was deleted"


def rules(contract: Contract) -> Iterator[Rule]:
    destroy, usual, some = contract.role(Role.DESTROY), Usual(contract), Examples(contract)
    if destroy is None:
        return
    state = partial(from_behaviour, contract, "delete-gone")
    for operation in item_operations(contract):
        if operation is destroy and contract.chosen("delete-again") == "done":
            continue
        requires = f"After a delete, {operation.method} {operation.path} is 404."
        judged = usual.refusals(None, 404, record=False)
        yield from state(
            f"delete/gone-for-{short(operation)}", partial(_gone, operation, judged[0]), *judged, requires=requires
        )
    moves, status = contract.resource.transitions, destroy.success.status
    shown = contract.role(Role.RETRIEVE)
    for old in moves.statuses if moves else ():
        if shown is None:
            break
        requires = f"A {noun(contract)} in the {moves.field if moves else ''} {old} can be deleted."
        judged = replies(status, 400, 200 if status != 200 else 204)
        look = partial(_from, status, old, shown, judged[0])
        yield from state(f"delete/from-{old}", look, *judged, requires=requires)
    left = frozenset({1, 3})
    if lists := [one for one in listings(contract) if one.ids and "count" in one.fields]:
        wrong = (Page(200, [1, 2, 3], 2), Page(200, [1], 2), Page(200, [1, 3], 3))
        accepts = ([Lists("a", 2, left, Page(200, [1, 3], 2))],)
        requires = "A deleted record is neither shown nor counted by the lists, the others are."
        proof = Proof(accepts, tuple([Lists("a", 2, left, page)] for page in wrong))
        yield from state("delete/not-listed", partial(_lists, lists), judge_lists, proof, requires=requires)
    if lists := [one for one in listings(contract) if "count" in one.fields]:
        proof = Proof(
            ([("a", 9, 7, 2, True)], [("a", 9, 9, 2, False)] * 2, [("a", 9, 8, 2, True), ("a", 9, 9, 2, True)]),
            ([("a", 9, 9, 2, True)] * 2, [("a", 9, 8, 2, True)] * 3, [("a", 9, 4, 4, True)] * 2),
        )
        requires = "The count of the whole list falls by one with each delete, whatever was done to the record before."
        yield from state(
            "delete/not-counted", partial(_counts, lists), judge_counts, proof, requires=requires, quiet=True
        )
    row = some.record()
    proof = Proof(([(row, row)],), ([(row, None)], [(row, some.altered())]))
    requires, judge = "A delete removes the one record and no other.", partial(judge_neighbours, some.records)
    yield from state("delete/neighbours", _neighbours, judge, proof, requires=requires, quiet=True)
    proof = Proof(({"deleted": [1, 2], "given": [1, 2, 3]},), ({"deleted": [1, 2], "given": [1, 2, 2]},))
    yield from from_behaviour(contract, "ids-unique", "delete/id-not-reused", _reused, judge_reused, proof)
