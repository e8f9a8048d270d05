"""Writes observed with the record around them.

Owns: records of a rule's own in a known state, reading them, and one write about one with what it did.
Source: the operations by role.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from cancelkit.contract_tests.context.bodies import values_of
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.observing.evidence import Change, Refusal, Row
from cancelkit.contract_tests.observing.names import about_record, updates
from cancelkit.contract_tests.observing.sending import fields, good_body, kept, no_text, one_value, with_body
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.target.answer import Answer, Auth
from cancelkit.spec import Level, Operation, Role
from cancelkit.spec.values import NoValue

Scope = tuple[Any, ...] | None


def filled(context: Context, *, scope: Scope = None, **more: Any) -> dict[str, Any]:
    """A record of the rule's own with every nullable field filled, each field with a default off it if it can."""
    create = context.contract.role(Role.CREATE)
    row = context.create(scope=scope, **{**filling(context), **more})
    id = context.id_of(row)
    for _, operation in updates(context.contract)[:1]:
        flags = {
            name: values_of(field).other_than(field.default, random=context.rng)
            for name, field in fields(operation).items()
            if field.has_default and name not in fields(create) and name != context.contract.resource.state
        }
        if flags:
            body = {**kept(context, operation, row, whole=False), **flags}
            answer = context.call(operation, scope=scope, id=id, body=body)
            if answer.ok and isinstance(answer.json, dict) and _shown_alike(context, operation):
                return dict(answer.json)
    return read(context, id, scope=scope)


def _shown_alike(context: Context, operation: Operation) -> bool:
    """Whether an update answers what retrieving a record does."""
    found = context.contract.role(Role.RETRIEVE)
    return found is not None and found.success.schema == operation.success.schema


def filling(context: Context) -> dict[str, Any]:
    """Values for a create: of every nullable field, and of each with a default another one if it can."""
    create, known = context.contract.role(Role.CREATE), context.references
    made = {
        name: one_value(context, create, name, field)
        for name, field in fields(create).items()
        if create and field.nullable and (known.get(name) if field.reference else True)
    }
    for name, field in fields(create).items():
        free = not field.reference and name not in (context.contract.resource.state, *context.modest)
        if field.has_default and free:
            with suppress(NoValue):
                made[name] = values_of(field).other_than(field.default, random=context.rng)
    return made


def read(context: Context, id: Any, *, scope: Scope = None, detailed: bool = False) -> dict[str, Any]:
    """The record as it is now.

    Raises:
        Inconclusive: it can't be read.
    """
    answer = retrieve(context, id, scope=scope, detailed=detailed)
    if answer.status != 200 or not isinstance(answer.json, dict):
        raise Inconclusive(f"a record of this run can't be read: {answer.brief()}")
    return dict(answer.json)


def retrieve(context: Context, id: Any, *, scope: Scope = None, detailed: bool = False) -> Answer:
    """The answer to retrieving a record, detailed where that is asked for and offered.

    Raises:
        Inconclusive: the contract has no operation that retrieves a record.
    """
    roles = (Role.RETRIEVE_DETAILED, Role.RETRIEVE) if detailed else (Role.RETRIEVE, Role.RETRIEVE_DETAILED)
    operation = next((found for role in roles if (found := context.contract.role(role))), None)
    if operation is None:
        raise Inconclusive("the contract has no operation that retrieves a record")
    return context.call(operation, scope=scope, id=id)


def seen(context: Context, id: Any, *, scope: Scope = None) -> Any:
    """What retrieving the record answers: the record, or None where it is not to be had."""
    answer = retrieve(context, id, scope=scope)
    return answer.json if answer.status == 200 else None


def plain(context: Context, row: Any) -> dict[str, Any] | None:
    """A record, of whatever representation, as the plain list would show it; None for what is no record."""
    return Records(context.contract).plain(row) if isinstance(row, Mapping) else None


def change(
    context: Context,
    operation: Operation,
    body: Any,
    before: Row,
    expected: Row,
    *,
    others: tuple[Row, ...] = (),
    what: str | None = None,
    reread: bool = True,
) -> Change:
    """Send a write about `before` and look at what it did; `others` are records that it must leave alone.

    reread: False where the caller reads the record later, and what is answered is to stand for it until then.
    """
    id = context.id_of(before)
    answer = context.call(operation, id=id, **with_body(context, operation, body))
    after = seen(context, id) if reread or not answer.ok else answer.json
    pairs = tuple((other, seen(context, context.id_of(other))) for other in others)
    sent = "" if operation.body is None else f" {body}"
    success = operation.success
    status = None if success.fact.level is Level.ASSUMED else success.status  # which status/<operation> judges
    return Change(what or f"{operation.method}{sent}", answer, before, after, expected, status, others=pairs)


def refused(
    context: Context, operation: Operation, body: Any, before: Row, field: str | None, *, what: str | None = None
) -> Refusal:
    """Send a write about `before` that must be refused, and read the record again."""
    id = context.id_of(before)
    answer = context.call(operation, id=id, **with_body(context, operation, body))
    sent = "" if operation.body is None else f" {body}"
    return Refusal(what or f"{operation.method}{sent}", answer, field, before=before, after=seen(context, id))


def all_refused(
    context: Context, row: Row | None, calls: Iterable[tuple[str, Callable[[], Answer]]], status: int
) -> tuple[Refusal, ...]:
    """Make calls (what, how) that must be refused, and read the record that they are about, if any."""
    named = list(calls)
    answers = left_alone(context, row, [send for _, send in named])
    return tuple(
        Refusal(what, answer, statuses=(status,), before=row, after=after)
        for (what, _), (answer, after) in zip(named, answers, strict=True)
    )


def left_alone(context: Context, row: Row | None, calls: Iterable[Callable[[], Answer]]) -> list[tuple[Answer, Any]]:
    """(answer, the record as it is read then) of calls that must leave a record as it is.

    It is read once, after the last of them; where the rule is observed again after each, so that it is clear which one
    changed it.
    """
    id = None if row is None else context.id_of(row)
    if row is None or context.again:
        return [(send(), None if row is None else seen(context, id)) for send in calls]
    answers = [send() for send in calls]
    after = seen(context, id) if answers else row
    return [(answer, after) for answer in answers]


def good_call(
    context: Context, operation: Operation, row: Row | None = None, *, scope: Scope = None, auth: Auth = "good"
) -> Answer:
    """Call `operation` as it should be, about `row` where it needs one."""
    more: dict[str, Any] = {}
    if about_record(operation):
        more["id"] = context.id_of(row) if row else None
    if operation.body is not None:
        more["body"] = {**(kept(context, operation, row, whole=False) if row else {}), **good_body(context, operation)}
    return context.call(operation, scope=scope, auth=auth, **more)


def delete(context: Context, record: Row, *, scope: Scope = None) -> Answer:
    """Delete a record of the rule's own."""
    operation = context.contract.role(Role.DESTROY)
    if operation is None:
        raise Inconclusive("the contract has no operation that deletes a record")
    return context.call(operation, scope=scope, id=context.id_of(record))


def deleted(context: Context, state: Any = None, **fields: Any) -> dict[str, Any]:
    """A record of the rule's own that was just deleted.

    Raises:
        Inconclusive: the delete was refused.
    """
    row = context.fresh(state, **fields)
    answer = delete(context, row)
    if not answer.ok:
        raise Inconclusive(f"a record could not be deleted: {answer.brief()}")
    return row


def states(context: Context) -> tuple[Any, ...]:
    """The states that a record may be in; (None,) where it has no state field."""
    moves = context.contract.resource.transitions
    return moves.statuses if moves else (None,)


def unknown_ids(context: Context) -> list[Any]:
    """Ids that no record has."""
    resource = context.contract.resource
    number = context.rng.randrange(10**6)
    if resource.numbered:
        return [max([*context.sample().ids, 0]) + 100_000 + number, 0]
    gone = [context.id_of(deleted(context))] if context.contract.role(Role.DESTROY) else []
    return [no_text(resource.id_schema, number), *gone]
