"""The time of the last change moves forward with every change, and only then; what names a record never moves.

Owns: <patch|put|action>/advances-modified, robustness/reads-change-nothing.
Source: x-set-on; x-behaviours modified-date-advances, identity-stands, head-and-options.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.observing.clock import fine, pause
from cancelkit.contract_tests.observing.evidence import Change, Row
from cancelkit.contract_tests.observing.examples import ELSE, LATER, Examples
from cancelkit.contract_tests.observing.listing import listings
from cancelkit.contract_tests.observing.names import changes
from cancelkit.contract_tests.observing.sending import fields, kept, other_value, with_body
from cancelkit.contract_tests.observing.stating import Proof, from_behaviour
from cancelkit.contract_tests.observing.values_walk import Write, again, walk
from cancelkit.contract_tests.observing.writes import filled, read, retrieve
from cancelkit.contract_tests.oracles.instants import instant
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.rules.records.actions import acted_from
from cancelkit.contract_tests.rules.records.arrivals import Came, Move, Way, came, move, slowly, ways
from cancelkit.spec import Contract, Operation, Role, Transitions

Done = tuple[str, str, Move | Change]
"""The old state, the new state, and what was seen of the move."""


@dataclass(frozen=True, slots=True)
class Touched:
    """A record before and after something, each as read."""

    what: str
    before: Row
    after: Any


def _observe(operation: Operation, context: Context) -> list[Touched]:
    found: list[Touched] = []
    row: Row = context.ready(operation, filled(context))
    known, state = fields(operation), context.contract.resource.state
    names = [name for name in known if name != state]
    if not fine(context, row):
        names = [name for name in names if name not in context.references][:2]
    for name in [*names, *([state] if state in known else [])] if operation.body and known else [None]:
        pause(context, row)
        try:
            body = {} if name is None else {name: other_value(context, name, known[name], row)}
        except Skip:
            continue
        sent = {**kept(context, operation, row, whole=False), **body}
        id = context.id_of(row)
        answer = context.call(operation, id=id, **with_body(context, operation, sent))
        if not answer.ok:
            continue
        after: Row = answer.json if isinstance(answer.json, Mapping) else {}
        if after:
            found.append(Touched(f"{body} as answered", row, after))
        if not after or len(found) % 2 or context.again:
            after = read(context, id)
            found.append(Touched(f"{body} as read again", row, after))
        row = after
    return found


def _advances(operation: Operation, area: str, context: Context) -> list[Touched]:
    found = _in_each_state(operation, area, context)
    if operation.action is None:
        found += _walked(area, context)
    return found if operation.action and found else [*_observe(operation, context), *found]


def _in_each_state(operation: Operation, area: str, context: Context) -> list[Touched]:
    """What was seen of the times as records came to each state and were changed there; what is wrong, once more."""
    moves, records, found = context.resource.transitions, Records(context.contract), list[Touched]()
    if moves is None:
        return []
    seen_ways = _ways(moves, context) if operation.action is None else {}
    done_there: list[Done] = list(_acted(operation, moves, context))
    done_there += [(way[0], way[2], one.arrival) for way, one in seen_ways.items() if one.arrival and way[1] == area]
    again = dict[str, str]()
    for old, new, done in done_there:
        seen = _touched_by(f"{old} to {new} by {area}", done)
        if done.answer.ok and (not fine(context, done.before) or any(judge_advanced(records, seen))):
            again.setdefault(old, new)
        else:
            found += seen
    found += _waited(operation, area, moves, again, context)
    for way, one in seen_ways.items():
        edit = one.edits.get(area)
        seen = _touched_by(edit.what, edit) if edit and fine(context, edit.before) else []
        if any(judge_advanced(records, seen)):
            edit = slowly(context, moves, way, partial(pause, context)).edits.get(area)
            seen = _touched_by(edit.what, edit) if edit else []
        found += seen
    return found


def _ways(moves: Transitions, context: Context) -> dict[Way, Came]:
    found = {}
    for way in ways(context.contract, context.scale):
        with suppress(Skip, Inconclusive):
            found[way] = came(context, moves, way)
    return found


def _acted(operation: Operation, moves: Transitions, context: Context) -> Iterator[Done]:
    """The action in each state that allows it."""
    action = operation.action
    for old in moves.statuses if action and action.field == moves.field else ():
        if action and old not in action.refused:
            with suppress(Skip, Inconclusive):
                yield from ((old, action.value, done) for done in acted_from(operation, action, old, context))


def _waited(
    operation: Operation, area: str, moves: Transitions, steps: Mapping[str, str], context: Context
) -> list[Touched]:
    """One move from each state, after records in all of them have waited together."""
    rows = {old: read(context, context.id_of(context.fresh(old))) for old in steps}
    for row in [*rows.values()][-1:]:
        pause(context, row)
    done = {old: move(context, operation, moves, row, steps[old]) for old, row in rows.items()}
    return [one for old, seen in done.items() for one in _touched_by(f"{old} to {seen.new} by {area}", seen)]


def _touched_by(what: str, done: Move | Change) -> list[Touched]:
    """The record before and after a write that was accepted."""
    shown = {"answered": done.answer.json, "read again": done.after} if done.answer.ok else {}
    return [Touched(f"{what}, as {how}", done.before, row) for how, row in shown.items() if isinstance(row, Mapping)]


def judge_advanced(records: Records, found: Iterable[Touched]) -> Iterator[str]:
    """The time of the change must be later than before, what names the record the same."""
    for one in found:
        for name in records.stamps:
            old, new = (instant(row.get(name)) for row in (one.before, one.after))
            if old is None or new is None or new <= old:
                yield f"{one.what}: {name} was {one.before.get(name)}, is {one.after.get(name)}"
        for name in records.changed(one.before, one.after, records.identity):
            yield f"{one.what}: {name} went from {one.before[name]!r} to {one.after[name]!r}"


def _walked(area: str, context: Context) -> list[Touched]:
    """Every update with any kind of value, where the server's clock is fine enough to tell one from the next."""
    writes = [w for w in walk(context) if w.area == area and w.answer.ok and isinstance(w.answer.json, Mapping)]
    writes = writes if any(fine(context, write.answer.json) for write in writes) else []
    wrong = [write for write in writes if any(judge_advanced(Records(context.contract), _touched(context, write)))]
    shown = [one for write in wrong[:3] for one in again(context, write, [])] if wrong else writes
    return [touched for write in shown for touched in _touched(context, write)]


def _touched(context: Context, write: Write) -> list[Touched]:
    moved = Records(context.contract).changed(write.before, write.answer.json or {}, [*write.sent])
    return [Touched(f"{write.sent} as answered", write.before, write.answer.json)] if moved and write.answer.ok else []


def _reads(context: Context) -> list[Touched]:
    row, other = filled(context), read(context, context.id_of(context.create()))
    pause(context, row)
    id = context.id_of(row)
    for _ in range(2):
        for detailed in (False, True):
            retrieve(context, id, detailed=detailed)
        for listing in listings(context.contract):
            listing.ask(context, listing.query([id], limit=5))
            listing.ask(context, listing.query(limit=5))
        for operation in (context.contract.role(Role.RETRIEVE), context.contract.role(Role.RETRIEVE_DETAILED)):
            if operation is not None:
                for method in ("HEAD", "OPTIONS"):
                    context.send(method, context.url(operation, id=id))
    return [Touched("after reading it in every way", r, read(context, context.id_of(r))) for r in (row, other)]


def judge_unmoved(records: Records, found: Iterable[Touched]) -> Iterator[str]:
    """Not one field may differ."""
    for one in found:
        yield from (f"{one.what}: {text}" for text in records.stands(one.before, one.after))


def rules(contract: Contract) -> Iterator[Rule]:
    some = Examples(contract)
    records = some.records
    if not records.stamps or not (contract.role(Role.RETRIEVE) or contract.role(Role.RETRIEVE_DETAILED)):
        return
    before, after = some.record(), some.record(**dict.fromkeys(records.stamps, LATER))
    *most, last = records.identity
    stands = f"{', '.join(most)} and {last}" if most else last
    for area, operation, _ in changes(contract):
        method = f"{area}ing" if operation.action else operation.method
        moved = tuple([Touched("a", before, {**after, name: ELSE})] for name in records.identity)
        yield from from_behaviour(
            contract,
            "modified-date-advances",
            f"{area}/advances-modified",
            partial(_advances, operation, area),
            partial(judge_advanced, records),
            Proof(
                ([Touched("a", before, after)],),
                ([Touched("a", before, before)], [Touched("a", after, before)], *moved),
            ),
            requires=f"A change by {method} moves {records.stamps[0]} forward, whatever state the record is in and was "
            f"in before, and leaves {stands}.",
            source="x-behaviours: modified-date-advances, identity-stands",
        )
    yield from from_behaviour(
        contract,
        "modified-date-advances",
        "robustness/reads-change-nothing",
        _reads,
        partial(judge_unmoved, records),
        Proof(([Touched("a", before, before)],), ([Touched("a", before, after)], [Touched("a", before, None)])),
        requires=f"GET, HEAD and OPTIONS change no {'record, not even its'} {records.stamps[0]}.",
        source="x-behaviours: modified-date-advances, head-and-options",
    )
