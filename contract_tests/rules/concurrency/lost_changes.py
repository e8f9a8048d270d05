"""Parallel writes: no lost change, no id twice, nothing half done.

Owns: concurrency/creates, concurrency/updates, concurrency/puts, concurrency/deletes, concurrency/<action>-and-patch.
Source: x-behaviours ids-unique, patch-partial, put-omitted, delete-gone; x-action.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.observing import examples
from cancelkit.contract_tests.observing.evidence import Row, judge_unique, unique_fields
from cancelkit.contract_tests.observing.examples import ELSE, Examples
from cancelkit.contract_tests.observing.listing import listing
from cancelkit.contract_tests.observing.names import short, updates
from cancelkit.contract_tests.observing.sending import fields, kept, other_value
from cancelkit.contract_tests.observing.staggered import staggered
from cancelkit.contract_tests.observing.stating import Proof, from_behaviour
from cancelkit.contract_tests.observing.writes import seen
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Action, Contract, Operation, Role

CREATES = 12
MOST = 5
"""So many fields at most are set at once."""
ROUNDS = ((0, 0), (0, 1), (1, 0), (0, 4), (4, 0), (0, 0))
"""Milliseconds that an update waits, and that an action waits, in one round after the other; without, two updates."""


@dataclass(frozen=True, slots=True)
class Together:
    """Calls that were sent at once about one record, what must stand afterwards, and what does."""

    what: str
    answers: tuple[Answer, ...]
    expected: Mapping[str, Any]
    after: Any


def apart(contract: Contract, operation: Operation, without: Iterable[str] = ()) -> list[str]:
    """Fields that bodies of the operation may set one at a time: optional ones that answers show as they were sent.

    Of an update those with a default are left out: a body without them resets them.
    """
    taken = {*without, contract.resource.state, *contract.resource.references}
    resets = operation.role is Role.UPDATE
    return [
        name
        for name, field in fields(operation).items()
        if name in contract.resource.fields and name not in taken and not field.required
        if not (resets and field.has_default)
    ][:MOST]


def one_by_one(context: Context, operation: Operation, row: Row, names: Iterable[str]) -> list[dict[str, Any]]:
    """A body for each of the fields, with a value that the record does not have."""
    known, base = fields(operation), kept(context, operation, row, whole=False)
    return [{**base, name: other_value(context, name, known[name], row)} for name in names]


def _joined(bodies: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {name: value for body in bodies for name, value in body.items()}


def _creates(operation: Operation, context: Context) -> list[Together]:
    found = []
    names, last = apart(context.contract, operation), dict[str, Any]()
    for _ in range(context.scale):
        bodies = []
        for _ in range(CREATES):
            last = _joined(one_by_one(context, operation, last, names))
            bodies.append(context.body(**last))
        if context.one_each is None:
            bodies[-1] = dict(bodies[-2])  # two that are alike are two all the same
        answers = context.parallel([partial(context.call, operation, body=body) for body in bodies])
        ids = [context.id_of(answer.json) if isinstance(answer.json, dict) else None for answer in answers]
        rows = _read(context, [id for id in ids if id is not None])
        for body, answer, id in zip(bodies, answers, ids, strict=True):
            found.append(Together(f"a create among {CREATES}", (answer,), body, rows.get(id)))
    return found


def _read(context: Context, ids: list[Any]) -> dict[Any, Any]:
    """The records by id, by as few requests as the contract allows; None for what is not to be had."""
    one = listing(context.contract)
    page = one.ask(context, one.query(ids, limit=len(ids))) if one and one.ids and ids else None
    shown = {context.id_of(row): row for row in page.rows if isinstance(row, Mapping)} if page else {}
    return {id: shown[id] if id in shown else seen(context, id) for id in ids}


def judge_creates(records: Records, names: tuple[str, ...], status: int, found: Iterable[Together]) -> Iterator[str]:
    """Each is accepted, answered and stored as sent; no id and no other unique value twice."""
    every = list(found)
    for one in every:
        if one.answers[0].status != status:
            yield f"{one.what}: answered {one.answers[0].status}, not {status}"
        else:
            for where, row in (("in the answer ", one.answers[0].json), ("", one.after)):
                yield from (f"{one.what}: {where}{text}" for text in records.lacks(row, one.expected))
    yield from judge_unique(names, [one.answers[0].json for one in every if isinstance(one.answers[0].json, Mapping)])


def updated(operation: Operation, names: list[str], context: Context) -> list[Together]:
    """Updates of one record, each of another field; none of them resets what another one sets."""
    return context.once(f"together {operation.id}", partial(_updates, operation, names))


def _updates(operation: Operation, names: list[str], context: Context) -> list[Together]:
    found = []
    for _ in range(1 + 2 * context.scale):
        row = context.create()
        id = context.id_of(row)
        bodies = one_by_one(context, operation, row, names)
        context.rng.shuffle(bodies)
        answers = context.parallel([partial(context.call, operation, id=id, body=body) for body in bodies])
        what = f"{len(bodies)} times {operation.method}, of different fields"
        found.append(Together(what, tuple(answers), _joined(bodies), seen(context, id)))
    return found


def acted(operation: Operation, action: Action, patch: Operation, names: list[str], context: Context) -> list[Together]:
    """An action on a record among PATCHes of it."""
    return context.once(f"together {operation.id}", partial(_act_and_patch, operation, action, patch, names))


def _act_and_patch(
    operation: Operation, action: Action, patch: Operation, names: list[str], context: Context
) -> list[Together]:
    found = []
    for number in range(2 + 2 * context.scale):
        row = context.ready(operation, context.create())
        id = context.id_of(row)
        update, act = ROUNDS[number % len(ROUNDS)]
        bodies = one_by_one(context, patch, row, names[: 1 if update or act else 2])
        calls = [(update / 1000, partial(context.call, patch, id=id, body=body)) for body in bodies]
        calls.insert(1, (act / 1000, partial(context.call, operation, id=id)))
        expected = {**_joined(bodies), action.field: action.value}
        what = f"{operation.id} {f'{act - update:+} ms from a PATCH' if len(bodies) == 1 else 'among PATCHes'}"
        found.append(Together(what, tuple(staggered(context, calls)), expected, seen(context, id)))
    return found


def judge_updates(records: Records, found: Iterable[Together]) -> Iterator[str]:
    """Every accepted change must stand; none may be refused."""
    for one in found:
        wrong = [answer.status for answer in one.answers if not answer.ok]
        if wrong:
            yield f"{one.what}: answered {wrong}, not 200"
        else:
            yield from (f"{one.what}: {text}" for text in records.lacks(one.after, one.expected))


def _deletes(destroy: Operation, context: Context) -> list[Together]:
    found = []
    for _ in range(1 + context.scale):
        gone = context.id_of(context.create())
        sends: list[partial[Answer]] = [partial(context.call, destroy, id=gone)]
        beside: list[tuple[str, Any, Row]] = []
        for _, operation in updates(context.contract):
            if names := apart(context.contract, operation)[:1]:
                row = context.create()
                (body,) = one_by_one(context, operation, row, names)
                sends.append(partial(context.call, operation, id=context.id_of(row), body=body))
                beside.append((f"a {operation.method} beside them", context.id_of(row), body))
        first, *others, last = context.parallel([*sends, partial(context.call, destroy, id=gone)])
        found.append(Together("two DELETEs of one record", (first, last), {}, seen(context, gone)))
        for (what, id, sent), answer in zip(beside, others, strict=True):
            found.append(Together(what, (answer,), sent, seen(context, id)))
    return found


def judge_deletes(records: Records, status: int, found: Iterable[Together]) -> Iterator[str]:
    """Deletes succeed or are 404 and leave nothing; what is beside them stands."""
    for one in found:
        statuses = [answer.status for answer in one.answers]
        if one.expected:
            yield from judge_updates(records, [one])
        elif status not in statuses or not set(statuses) <= {status, 404}:
            yield f"{one.what}: answered {statuses}"
        elif one.after is not None:
            yield f"{one.what}: the record still stands"


def _lost(some: Examples, expected: Row) -> Proof:
    """Updates that all took effect, one whose change is lost, one that was refused."""
    row = some.record(**expected)
    ok = examples.answer(200, row)
    right = Together("a", (ok, ok), expected, row)
    lost = [Together("a", (ok, ok), {name: ELSE}, row) for name in expected]
    refused = Together("a", (ok, examples.error(500)), expected, row)
    return Proof(([right],), ([refused], *([one] for one in lost)))


def rules(contract: Contract) -> Iterator[Rule]:
    some = Examples(contract)
    records, row = some.records, some.record()
    create, patch, destroy = (contract.role(r) for r in (Role.CREATE, Role.PARTIAL_UPDATE, Role.DESTROY))
    if create is None:
        return
    status, unique = create.success.status, unique_fields(contract)
    made = (examples.answer(status, {**row, **dict.fromkeys(unique, 1)}),)
    mixed = [Together("a", made, {name: ELSE}, {**row, name: ELSE}) for name in [some.spare(unique)] if name]
    rejects = (
        [Together("a", made, {}, None)],
        [Together("a", (examples.error(500),), {}, None)],
        [Together("a", made, {}, row)] * 2,
        *([one] for one in mixed),
    )
    proof = Proof(([Together("a", made, {}, row)],), rejects)
    yield from from_behaviour(
        contract,
        "ids-unique",
        "concurrency/creates",
        partial(_creates, create),
        partial(judge_creates, records, unique, status),
        proof,
        requires="Creates sent at once are all answered and stored as sent, each under "
        f"{' and '.join(map(_one, unique))} of its own.",
    )
    after = {
        "patch": ("updates", "patch-partial", ""),
        "put": ("puts", "put-omitted", ": each keeps what it leaves out"),
    }
    for area, operation in updates(contract):
        name, behaviour, more = after[area]
        plural = f"{operation.method}{'es' if area == 'patch' else 's'}"
        names = apart(contract, operation)
        if len(names) > 1:
            yield from from_behaviour(
                contract,
                behaviour,
                f"concurrency/{name}",
                partial(updated, operation, names),
                partial(judge_updates, records),
                _lost(some, {names[0]: row[names[0]]}),
                requires=f"{plural} of different fields sent at once all take effect{more}.",
            )
    for operation in contract.actions:
        action, named = operation.action, _one(short(operation)).capitalize()
        names = apart(contract, patch, [action.field]) if patch and action else []
        if patch and action and names and action.field in contract.resource.fields:
            yield from from_behaviour(
                contract,
                "patch-partial",
                f"concurrency/{short(operation)}-and-patch",
                partial(acted, operation, action, patch, names),
                partial(judge_updates, records),
                _lost(some, {action.field: action.value}),
                requires=f"{named} and PATCHes of other fields sent at once all take effect.",
            )
    if destroy is not None:
        status = destroy.success.status
        gone, none = examples.answer(status), examples.error(404)
        lost = [Together("a", (examples.answer(200, row),), {n: ELSE}, row) for n in [some.spare()] if n]
        wrong = (Together("a", (none, none), {}, None), Together("a", (gone, gone), {}, row), *lost)
        yield from from_behaviour(
            contract,
            "delete-gone",
            "concurrency/deletes",
            partial(_deletes, destroy),
            partial(judge_deletes, records, status),
            Proof(([Together("a", (gone, none), {}, None)],), tuple([one] for one in wrong)),
            requires=f"Of two DELETEs sent at once one is {status}, and the record is gone; writes of other records "
            "stand.",
        )


def _one(word: str) -> str:
    """The word with its article; `uuid` and the like begin as `you` does."""
    return f"a{'n' * (word[0] in 'aeio')} {word}"
