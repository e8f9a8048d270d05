"""What a write does where the contract's choices are not the usual ones.

Owns: empty-patch, action-again, reference-again, delete-again; whether an id that is not there is another scope's
    (foreign-record).
Source: spec/points/.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from cancelkit.fixtures.world import Scope
from cancelkit.mockserver.problem import Problem
from cancelkit.mockserver.replies import ApiError, error, not_found
from cancelkit.mockserver.state.columns import being_open, referring
from cancelkit.mockserver.state.errors import Missing, Refused
from cancelkit.mockserver.state.store import Store
from cancelkit.spec import Contract, Operation, Role
from cancelkit.spec.choices import ONE_EACH

if TYPE_CHECKING:
    from cancelkit.mockserver.api.handlers import Call, Does


def as_chosen(contract: Contract, operation: Operation, does: Does) -> Does:
    """What a call of the operation does, by the choices that are about it."""
    changed: dict[tuple[Role, str, str], Callable[[Does], Does]] = {
        (Role.PARTIAL_UPDATE, "empty-patch", "stamped"): _stamping,
        (Role.UPDATE, "empty-patch", "stamped"): _stamping,
        (Role.PARTIAL_UPDATE, "empty-patch", "refused"): _refusing_nothing,
        (Role.ACTION, "action-again", "conflict"): _conflicting,
        (Role.ACTION, "action-again", "without-effect"): _without_effect,
        (Role.DESTROY, "delete-again", "done"): _done_again,
        (Role.CREATE, ONE_EACH, "refused"): partial(_one_each, contract),
    }
    for (role, point, option), wrapped in changed.items():
        if operation.role is role and contract.chosen(point) == option:
            does = wrapped(does)
    return does


def absent(contract: Contract) -> Callable[[Store, Scope, Any], ApiError]:
    """The refusal of a call whose record its scope does not have."""
    if contract.chosen("foreign-record") != "forbidden":
        return lambda store, scope, id: not_found()

    def refusal(store: Store, scope: Scope, id: Any) -> ApiError:
        if scope in store.catalogue.scopes and store.find(id) is not None:
            return error(403, "You do not have permission to perform this action.", "permission_denied")
        return not_found()

    return refusal


def _one_each(contract: Contract, does: Does) -> Does:
    name, refers, are_open = contract.one_each or "", referring(contract), being_open(contract)

    def created(call: Call) -> bytes:
        key = call.body.get(name)
        if refers is not None and key is not None:
            asked = [(refers, key), *([are_open] if are_open else [])]
            if call.store.selection((), asked).total:  # in whichever scope
                raise Refused(Problem(name, f'"{key}" has an open record already.', "unique"))
        return does(call)

    return created


def _stamping(does: Does) -> Does:
    def stamped(call: Call) -> bytes:
        return does(call) if call.body else call.store.touch(call.scope, call.id)

    return stamped


def _refusing_nothing(does: Does) -> Does:
    def refused(call: Call) -> bytes:
        if not call.body:
            raise Refused(Problem("", "No field is given.", "required"))
        return does(call)

    return refused


def _conflicting(does: Does) -> Does:
    def conflicting(call: Call) -> bytes:
        try:
            return does(call)
        except Refused as refused:
            raise error(409, str(refused), "conflict") from None

    return conflicting


def _without_effect(does: Does) -> Does:
    def idle(call: Call) -> bytes:
        try:
            return does(call)
        except Refused:
            return call.store.get(call.scope, call.id)

    return idle


def _done_again(does: Does) -> Does:
    """An id was given before where it is below the next one; of an id that is no number nobody knows."""

    def done(call: Call) -> bytes:
        store = call.store
        try:
            return does(call)
        except Missing:
            given = not store.layout.numbered or (isinstance(call.id, int) and 0 < call.id < store.next_number)
            if given and store.find(call.id) is None:
                return b"null"
            raise

    return done
