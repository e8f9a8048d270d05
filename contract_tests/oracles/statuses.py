"""The statuses with which a call is refused, where the contract's choices say which.

Owns: those of a call without a key, of another scope's record, of an action or a delete that comes too late.
Source: the choices missing-key, foreign-record, action-again, delete-again.
"""

from __future__ import annotations

from cancelkit.spec import Contract, Operation, Role

BAD_REQUEST, CONFLICT = 400, 409
ABOUT_RECORD = frozenset(Role) - {Role.CREATE, Role.LIST, Role.LIST_DETAILED, Role.OTHER}


def chosen(contract: Contract, operation: Operation) -> frozenset[int]:
    """Those with which the operation may refuse a call by choice, whether or not its responses name them."""
    found = {keyless(contract)} if operation.secured else set[int]()
    if operation.role in ABOUT_RECORD and contract.resource.scope:
        found.add(foreign(contract))
    return frozenset(found | ({acted_again(contract, operation)} if operation.role is Role.ACTION else set()))


def keyless(contract: Contract) -> int:
    """Of a call without a known key."""
    return 403 if contract.chosen("missing-key") == "forbidden" else 401


def foreign(contract: Contract) -> int:
    """Of a call about another scope's record."""
    return 403 if contract.chosen("foreign-record") == "forbidden" else 404


def deleted_again(contract: Contract, operation: Operation) -> int:
    """Of a delete of what was deleted; a success where that counts as done."""
    return operation.success.status if contract.chosen("delete-again") == "done" else 404


def acted_again(contract: Contract, operation: Operation) -> int:
    """Of an action in a state in which it is refused; a success where it then does nothing."""
    option = contract.chosen("action-again")
    return {"conflict": CONFLICT, "without-effect": operation.success.status}.get(option, BAD_REQUEST)
