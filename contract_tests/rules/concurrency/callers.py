"""The same call at once from those who may and those who may not: each is answered as it is alone.

Owns: concurrency/callers-of-<operation>.
Source: x-behaviours authentication, refused-changes-nothing; <scope>-isolation of calls from another scope.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from typing import Any, Final

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.context.ground import Scope
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.observing import examples
from cancelkit.contract_tests.observing.evidence import Row
from cancelkit.contract_tests.observing.examples import ELSE, Examples
from cancelkit.contract_tests.observing.names import about_record, isolation, short
from cancelkit.contract_tests.observing.staggered import staggered
from cancelkit.contract_tests.observing.stating import Proof, from_behaviour
from cancelkit.contract_tests.observing.writes import good_call, read, seen
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.oracles.statuses import foreign, keyless
from cancelkit.contract_tests.target.answer import Answer, Auth
from cancelkit.spec import Contract, Operation

APART: Final = 0.0005
"""Seconds from one caller to the next."""


@dataclass(frozen=True, slots=True)
class Caller:
    """One call: how it came, the status that is right for it (None: any success), the id that a success shows."""

    how: str
    answer: Answer
    status: int | None
    id: Any = None


@dataclass(frozen=True, slots=True)
class Callers:
    """Calls of one operation at once, and the record that those without a right are about, where they are writes."""

    callers: tuple[Caller, ...]
    before: Row | None = None
    after: Any = None


def _observe(operation: Operation, context: Context) -> list[Callers]:
    writes, about = operation.method not in ("GET", "HEAD"), about_record(operation)
    kept = read(context, context.id_of(context.create())) if about and writes else None
    found, callers = list[Callers](), _callers(operation, context)
    for number in range(context.scale):
        allowed = _records(operation, writes, context) if about else [None, None]
        calls, mine = list[partial[Caller]](), cycle(allowed)
        for how, scope, auth, status in callers:
            row = next(mine) if status is None else kept or allowed[0]
            id = context.id_of(row) if row and status is None else None
            send = partial(good_call, context, operation, row, scope=scope, auth=auth)
            calls.append(partial(_called, how, send, status, id))
        turn = number * 2 + 1
        turned = [*calls[turn:], *calls[:turn]]
        answered = staggered(context, [(place * APART, call) for place, call in enumerate(turned)])
        after = seen(context, context.id_of(kept)) if kept else None
        found.append(Callers(tuple(answered), kept, after))
    return found


def _callers(operation: Operation, context: Context) -> list[tuple[str, Scope | None, Auth, int | None]]:
    """How each comes, from where, with which key, and the status that it gets."""
    status = keyless(context.contract)
    found: list[tuple[str, Scope | None, Auth, int | None]] = [
        ("with the right key", None, "good", None),
        ("without a key", None, "none", status),
        ("with the right key too", None, "good", None),
        ("with an unknown key", None, "wrong", status),
    ]
    if about_record(operation) and context.other_scope and context.contract.behaviour(isolation(context.contract)):
        found.append(("from another scope", context.other_scope, "good", foreign(context.contract)))
    return found


def _records(operation: Operation, writes: bool, context: Context) -> list[Row | None]:
    """Of those who may: a record of each one's own for writes; one for all that read."""
    if writes:
        return [context.ready(operation, context.create()) for _ in range(2)]
    own = sorted(context.sample().own, key=str)
    return [{context.resource.id_field: own[0]} if own else context.create()]


def _called(how: str, send: partial[Answer], status: int | None, id: Any) -> Caller:
    return Caller(how, send(), status, id)


def judge(records: Records, found: Iterable[Callers]) -> Iterator[str]:
    """Those who may are answered about their record; the others are refused, and change nothing."""
    for one in found:
        for caller in one.callers:
            answer, what = caller.answer, f"a call {caller.how}, at once with others"
            if caller.status is not None and answer.status != caller.status:
                yield f"{what}: answered {answer.status}, not {caller.status}"
            elif caller.status is None and not answer.ok:
                yield f"{what}: answered {answer.status}, not a success"
            elif caller.id is not None and isinstance(answer.json, Mapping) and records.id_field in answer.json:
                shown = answer.json[records.id_field]
                yield from [f"{what}: shows record {shown}, not {caller.id}"] if shown != caller.id else []
        if one.before is not None:
            yield from (f"after refused calls among accepted ones {t}" for t in records.stands(one.before, one.after))


def rules(contract: Contract) -> Iterator[Rule]:
    some = Examples(contract)
    row, id = some.record(), some.id()
    good, none = Caller("a", examples.answer(200, row), None, id), Caller("b", examples.error(401), 401)
    wrong = (
        [Callers((good, Caller("b", examples.answer(200, row), 401)))],
        [Callers((Caller("a", examples.error(401), None, id), none))],
        [Callers((Caller("a", examples.answer(200, some.record(8)), None, id),))],
        [Callers((good, none), row, None)],
        *([Callers((good, none), row, {**row, name: ELSE})] for name in [some.spare()] if name),
    )
    proof = Proof(([Callers((good, none))], [Callers((good, none), row, row)]), wrong)
    for operation in contract.operations.values() if contract.api_key else ():
        if operation.secured:
            writes = operation.method != "GET"
            yield from from_behaviour(
                contract,
                "authentication",
                f"concurrency/callers-of-{short(operation)}",
                partial(_observe, operation),
                partial(judge, some.records),
                proof,
                requires=f"{operation.method} {operation.path} at once with the right key, without one, with an "
                "unknown one and from elsewhere is answered to each as it is alone.",
                writes=writes,
                cost=2 if writes else 1,
            )
