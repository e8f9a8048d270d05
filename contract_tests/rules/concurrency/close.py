"""Writes of one record a few milliseconds apart: each moves the time of the last change.

Owns: concurrency/close-writes.
Source: x-set-on; x-behaviours modified-date-advances.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.machine.histories import acting
from cancelkit.contract_tests.observing.evidence import Row
from cancelkit.contract_tests.observing.examples import LATER, Examples
from cancelkit.contract_tests.observing.history_views import APART
from cancelkit.contract_tests.observing.names import updates
from cancelkit.contract_tests.observing.sending import fields, kept, other_value
from cancelkit.contract_tests.observing.stating import Proof, from_behaviour
from cancelkit.contract_tests.oracles.instants import instant
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.rules.concurrency.lost_changes import apart
from cancelkit.contract_tests.target.answer import UNSET
from cancelkit.spec import Contract, Operation, Role

CHAIN: Final = ("patch", "put", "put", "patch", "patch", "patch")
BURST: Final = 3
"""So many records made one right after the other tell how fine the server's clock is."""
MILLISECOND: Final = 1000


@dataclass(frozen=True, slots=True)
class Step:
    """A write that was accepted: the record as answered, and as the write before it was."""

    what: str
    before: Row
    after: Row


def _observe(contract: Contract, context: Context) -> list[Step]:
    rows = [context.create() for _ in range(BURST)]
    if not _fine(contract, rows):
        raise Skip("the server's clock is too coarse to tell writes apart that follow one another at once")
    found = []
    for turn, row in enumerate(rows[: BURST - 1 + context.again]):
        last: Row = row
        for number, (operation, names) in enumerate(_chain(contract)):
            body: dict[str, Any] | None = None
            if names:
                name = names[number % len(names)]
                value = other_value(context, name, fields(operation)[name], last)
                body = {**kept(context, operation, last, whole=False), name: value}
            headers = dict(APART) if turn and number % 2 else {}
            sent = UNSET if body is None else body
            answer = context.call(operation, id=context.id_of(row), body=sent, headers=headers)
            if answer.ok and isinstance(answer.json, Mapping):
                what = (
                    f"{operation.id} right after another write, over {'another' if headers else 'the same'} connection"
                )
                found.append(Step(what, last, answer.json))
                last = answer.json
    return found


def _chain(contract: Contract) -> Iterator[tuple[Operation, list[str]]]:
    """Updates, each with the fields of which it may set one, and an action at the end."""
    known = dict(updates(contract))
    yield from ((o, names) for area in CHAIN if (o := known.get(area)) and (names := apart(contract, o)))
    initial = contract.resource.transitions.initial if contract.resource.transitions else None
    able = (o for o in acting(contract).values() if o.action and o.body is None and initial not in o.action.refused)
    yield from ((operation, []) for operation in [*able][:1])


def _fine(contract: Contract, rows: Iterable[Row]) -> bool:
    """Whether records that were made one after the other show different times, in less than milliseconds."""
    shown = [[instant(row.get(name)) for row in rows] for name in contract.resource.set_on("change")]
    return any(
        len({*moments}) == len(moments) and any(one and one.microsecond % MILLISECOND for one in moments)
        for moments in shown
    )


def judge(records: Records, found: Iterable[Step]) -> Iterator[str]:
    """Each write's time is later than that of the one before."""
    for one in found:
        for name in records.stamps:
            old, new = instant(one.before.get(name)), instant(one.after.get(name))
            if old and new and new <= old:
                yield f"{one.what}: {name} was {one.before[name]}, is {one.after[name]}"


def rules(contract: Contract) -> Iterator[Rule]:
    some = Examples(contract)
    stamps = some.records.stamps
    if not stamps or contract.role(Role.CREATE) is None or not any(names for _, names in _chain(contract)):
        return
    before, after = some.record(), some.record(**dict.fromkeys(stamps, LATER))
    wrong = ([Step("a", before, before)], [Step("a", after, before)])
    yield from from_behaviour(
        contract,
        "modified-date-advances",
        "concurrency/close-writes",
        partial(_observe, contract),
        partial(judge, some.records),
        Proof(([Step("a", before, after)],), wrong),
        requires=f"Each of several writes of a record right after one another moves its {stamps[0]} forward.",
    )
