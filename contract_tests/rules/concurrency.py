"""Parallel writes: no lost change, no id twice, nothing half done.

Owns: concurrency/creates, concurrency/updates, concurrency/puts, concurrency/<action>-and-patch, concurrency/deletes.
Source: x-behaviours ids-unique, patch-partial, put-omitted, delete-gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from cancelkit.contract_tests.context import Context
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules import examples
from cancelkit.contract_tests.rules.create_unique import judge_unique, unique_fields
from cancelkit.contract_tests.rules.examples import Examples
from cancelkit.contract_tests.rules.names import short, updates
from cancelkit.contract_tests.rules.sending import fields, kept, other_value, text_field
from cancelkit.contract_tests.rules.stating import Proof, from_behaviour
from cancelkit.contract_tests.rules.writes import seen
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Operation, Role

AT_ONCE = 12


@dataclass(frozen=True, slots=True)
class Together:
    """Calls that were sent at once about one record, what must stand afterwards, and what does."""

    what: str
    answers: tuple[Answer, ...]
    expected: Mapping[str, Any]
    after: Any


def _creates(context: Context) -> list[Together]:
    create = context.operation(Role.CREATE)
    text = text_field(context.contract, create)
    found = []
    for round in range(context.scale):
        bodies = [context.body() for _ in range(AT_ONCE)]
        for number, body in enumerate(bodies):
            if text:
                body[text] = f"parallel {round} {number} {context.marker}"
        answers = context.parallel([partial(context.call, create, body=body) for body in bodies])
        for body, answer in zip(bodies, answers, strict=True):
            id = context.id_of(answer.json) if isinstance(answer.json, dict) else None
            after = None if id is None else seen(context, id)
            found.append(Together("a create among twelve", (answer,), body, after))
    return found


def judge_creates(contract: Contract, status: int, found: Iterable[Together]) -> Iterator[str]:
    """Each is accepted and stored as sent; no id is given twice."""
    seen_all, records = list(found), Records(contract)
    for one in seen_all:
        if one.answers[0].status != status:
            yield f"{one.what}: answered {one.answers[0].status}, not {status}"
        else:
            yield from (f"{one.what}: {text}" for text in records.lacks(one.after, one.expected))
    rows = [one.answers[0].json for one in seen_all if isinstance(one.answers[0].json, Mapping)]
    yield from judge_unique(unique_fields(contract), rows)


def _changes(context: Context, operation: Operation, row: Mapping[str, Any], most: int = 5) -> dict[str, Any]:
    """Another value for each field that an update may set on its own, but references and the state.

    Raises:
        Skip: there are not two of them.
    """
    resource, found = context.contract.resource, dict[str, Any]()
    for name, field in fields(operation).items():
        if name in resource.references or name == resource.state or name not in resource.fields or field.required:
            continue
        if operation.role is Role.UPDATE and field.has_default:
            continue
        value = other_value(context, name, field, row)
        if value is not None:
            found[name] = value
    if len(found) < 2:
        raise Skip("an update has fewer than two fields that can be set apart from each other")
    names = context.rng.sample(sorted(found), min(most, len(found)))
    return {name: found[name] for name in names}


def _updates(operation: Operation, context: Context) -> list[Together]:
    """Updates of one record, each of another field; no update resets what another one sets."""
    found = []
    for _ in range(3 + 2 * context.scale):
        row = context.create()
        expected = _changes(context, operation, row)
        base = kept(context, operation, row, whole=False)
        bodies = [{**base, name: value} for name, value in expected.items()]
        id = context.id_of(row)
        answers = context.parallel([partial(context.call, operation, id=id, body=body) for body in bodies])
        what = f"{len(bodies)} times {operation.method}, of different fields"
        found.append(Together(what, tuple(answers), expected, seen(context, id)))
    return found


def _act_and_patch(action: Operation, context: Context) -> list[Together]:
    patch, found = context.operation(Role.PARTIAL_UPDATE), []
    for _ in range(2 + 2 * context.scale):
        row = context.create()
        id = context.id_of(row)
        changes = _changes(context, patch, row, most=2)
        calls = [partial(context.call, patch, id=id, body={name: value}) for name, value in changes.items()]
        calls.insert(1, partial(context.call, action, id=id))
        sets = {action.action.field: action.action.value} if action.action else {}
        answers = context.parallel(calls)
        found.append(
            Together(f"a {short(action)} among PATCHes", tuple(answers), {**sets, **changes}, seen(context, id))
        )
    return found


def judge_updates(records: Records, found: Iterable[Together]) -> Iterator[str]:
    """Every accepted change must stand; none may be refused."""
    for one in found:
        wrong = [answer.status for answer in one.answers if answer.status != 200]
        if wrong:
            yield f"{one.what}: answered {wrong}, not 200"
        else:
            yield from (f"{one.what}: {text}" for text in records.lacks(one.after, one.expected))


def _deletes(context: Context) -> list[Together]:
    found = []
    for _ in range(1 + context.scale):
        gone = context.id_of(context.create())
        delete = partial(context.call, Role.DESTROY, id=gone)
        beside = []
        for _, operation in updates(context.contract):
            row = context.create()
            changes = _changes(context, operation, row, most=1)
            body = {**kept(context, operation, row, whole=False), **changes}
            beside.append((operation, context.id_of(row), changes, body))
        calls = [partial(context.call, operation, id=id, body=body) for operation, id, _, body in beside]
        answers = context.parallel([delete, *calls, delete])
        ends = (answers[0], answers[-1])
        found.append(Together("two DELETEs of one record", ends, {}, seen(context, gone)))
        for (operation, id, changes, _), answer in zip(beside, answers[1:-1], strict=True):
            found.append(Together(f"a {operation.method} beside them", (answer,), changes, seen(context, id)))
    return found


def judge_deletes(records: Records, status: int, found: Iterable[Together]) -> Iterator[str]:
    """Deletes are accepted or 404 and leave nothing; what is beside them stands."""
    for one in found:
        statuses = [answer.status for answer in one.answers]
        if one.expected:
            yield from judge_updates(records, [one])
        elif status not in statuses or not set(statuses) <= {status, 404}:
            yield f"{one.what}: answered {statuses}"
        elif one.after is not None:
            yield f"{one.what}: the record still stands"


def rules(contract: Contract) -> Iterator[Rule]:
    create, destroy = contract.role(Role.CREATE), contract.role(Role.DESTROY)
    if create is None or not (contract.role(Role.RETRIEVE) or contract.role(Role.RETRIEVE_DETAILED)):
        return
    some = Examples(contract)
    records, spare = some.records, some.spare()
    new = some.record(**({spare: "new"} if spare else {}))
    right, wrong = ({spare: "new"}, {spare: "other"}) if spare else ({}, {})
    made, ok = examples.answer(create.success.status, new), examples.answer(200, new)

    def one(answers: tuple[Answer, ...], expected: Mapping[str, Any], after: Any) -> list[Together]:
        return [Together("a", answers, expected, after)]

    failed = (one((examples.error(500),), {}, None), [*one((made,), {}, new), *one((made,), {}, new)])
    stored = (one((made,), wrong, new), *failed) if spare else failed
    yield from from_behaviour(
        contract,
        "ids-unique",
        "concurrency/creates",
        _creates,
        partial(judge_creates, contract, create.success.status),
        Proof((one((made,), right, new),), stored),
        requires="Creates sent at once are all stored as sent, each under an id and a uuid of its own.",
    )
    lost = (one((ok, examples.error(500)), {}, new), *((one((ok, ok), wrong, new),) if spare else ()))
    proof, judge = Proof((one((ok, ok), right, new),), lost), partial(judge_updates, records)
    for area, operation in updates(contract):
        patch = area == "patch"
        yield from from_behaviour(
            contract,
            "patch-partial" if patch else "put-omitted",
            "concurrency/updates" if patch else "concurrency/puts",
            partial(_updates, operation),
            judge,
            proof,
            requires=f"{operation.method}{'es' if patch else 's'} of different fields sent at once all take effect"
            f"{'.' if patch else ': each keeps what it leaves out.'}",
        )
    for action in contract.actions if contract.role(Role.PARTIAL_UPDATE) else ():
        yield from from_behaviour(
            contract,
            "patch-partial",
            f"concurrency/{short(action)}-and-patch",
            partial(_act_and_patch, action),
            judge,
            proof,
            requires=f"A {short(action)} and PATCHes of other fields sent at once all take effect.",
        )
    if destroy is None:
        return
    status = destroy.success.status
    gone, none = examples.answer(status), examples.error(404)
    kept_changes = (one((ok,), wrong, new),) if spare else ()
    yield from from_behaviour(
        contract,
        "delete-gone",
        "concurrency/deletes",
        _deletes,
        partial(judge_deletes, records, status),
        Proof(
            (one((gone, none), {}, None),),
            (one((none, none), {}, None), one((gone, gone), {}, new), *kept_changes),
        ),
        requires=f"Of two DELETEs sent at once one is {status}, and the record is gone; writes of other records stand.",
    )
