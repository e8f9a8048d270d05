"""The time of the last change moves forward with every change, and only then; what names a record never moves.

Owns: <patch|put|action>/advances-modified, robustness/reads-change-nothing.
Source: x-set-on; x-behaviours modified-date-advances, identity-stands, head-and-options.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.oracles.instants import instant
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.rules.evidence import Row
from cancelkit.contract_tests.rules.examples import ELSE, LATER, Examples
from cancelkit.contract_tests.rules.listing import listings
from cancelkit.contract_tests.rules.names import changes
from cancelkit.contract_tests.rules.sending import fields, kept, other_value, with_body
from cancelkit.contract_tests.rules.stating import Proof, from_behaviour
from cancelkit.contract_tests.rules.values_walk import Write, again, walk
from cancelkit.contract_tests.rules.writes import filled, read, retrieve
from cancelkit.spec import Contract, Operation, Role


@dataclass(frozen=True, slots=True)
class Touched:
    """A record before and after something, each as read."""

    what: str
    before: Row
    after: Any


def fine(context: Context, row: Row) -> bool:
    """Whether the server shows its clock in parts of a second."""
    resource = context.contract.resource
    shown = [instant(row.get(name)) for name in (*resource.set_on("create"), *resource.set_on("change"))]
    return any(moment and moment.microsecond for moment in shown)


def pause(context: Context, row: Row) -> None:
    """Wait until the server's clock shows a later time than `row`'s: seconds may be all that it keeps.

    It may write their fraction all the same, as zeros.
    """
    time.sleep(0.02 if fine(context, row) else 1.1)


def _observe(operation: Operation, context: Context) -> list[Touched]:
    found: list[Touched] = []
    row = context.ready(operation, filled(context))
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
        after = read(context, id)
        if not answer.ok:
            continue
        if isinstance(answer.json, Mapping):
            found.append(Touched(f"{body} as answered", row, answer.json))
        found.append(Touched(f"{body} as read again", row, after))
        row = after
    return found


def _advances(operation: Operation, area: str, context: Context) -> list[Touched]:
    return [*_observe(operation, context), *(_walked(area, context) if not operation.action else ())]


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
    writes = [w for w in walk(context) if w.area == area and w.answer.ok and fine(context, w.before)]
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
            requires=f"A change by {method} moves {records.stamps[0]} forward, and leaves {stands}.",
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
