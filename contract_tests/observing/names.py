"""What operations, records and scopes are called in the ids and sentences of rules.

Owns: the short name and the area of an operation, groups of operations by role, the words for a record and a scope.
Source: x-role, x-action; the paths of the contract.
"""

from __future__ import annotations

import re

from cancelkit.spec import Contract, Operation, Role

NAMES = {
    Role.LIST: "list",
    Role.LIST_DETAILED: "list-detailed",
    Role.CREATE: "create",
    Role.RETRIEVE: "retrieve",
    Role.RETRIEVE_DETAILED: "retrieve-detailed",
    Role.UPDATE: "update",
    Role.PARTIAL_UPDATE: "patch",
    Role.DESTROY: "delete",
}
AREAS = {
    Role.RETRIEVE: "retrieve",
    Role.RETRIEVE_DETAILED: "retrieve",
    Role.CREATE: "create",
    Role.UPDATE: "put",
    Role.PARTIAL_UPDATE: "patch",
    Role.DESTROY: "delete",
}
ON_RECORDS = frozenset(AREAS) - {Role.CREATE} | {Role.ACTION}


def short(operation: Operation) -> str:
    """The operation's name as it stands in rule ids: an action's own, else one for each role."""
    return operation.action.name if operation.action else NAMES[operation.role]


def area(operation: Operation) -> str:
    """The area of the rules about one operation on a record, or about creating one."""
    return operation.action.name if operation.action else AREAS[operation.role]


def about_record(operation: Operation) -> bool:
    """Whether the operation is about one record, whose id is in the path."""
    return operation.role in ON_RECORDS


def item_operations(contract: Contract) -> list[Operation]:
    """The operations on one record, in the file's order."""
    return [operation for operation in contract.operations.values() if about_record(operation)]


def updates(contract: Contract) -> list[tuple[str, Operation]]:
    """(area, operation) of partial update and update, as far as the contract has them."""
    found = (("patch", contract.role(Role.PARTIAL_UPDATE)), ("put", contract.role(Role.UPDATE)))
    return [(name, operation) for name, operation in found if operation is not None]


def bodies(contract: Contract) -> list[tuple[str, Operation]]:
    """(area, operation) of every operation that takes the fields of a record."""
    found = (("create", Role.CREATE), ("put", Role.UPDATE), ("patch", Role.PARTIAL_UPDATE))
    return [(name, operation) for name, role in found if (operation := contract.role(role)) is not None]


def changes(contract: Contract) -> list[tuple[str, Operation, str]]:
    """(area, operation, the behaviour that says what it changes) of updates and actions."""
    behaviour = {"patch": "patch-partial", "put": "put-omitted"}
    found = [(name, operation, behaviour[name]) for name, operation in updates(contract)]
    actions = ((short(operation), operation) for operation in contract.actions)
    return found + [(name, one, contract.promised(f"{name}-effect", "action-effect")) for name, one in actions]


def words(name: str, operation: Operation) -> str:
    """The change as a noun: PATCH, PUT, `a reject`."""
    return with_article(name) if operation.action else operation.method


def with_article(noun: str) -> str:
    """`a reject`, `an approve`, by how the word is spoken."""
    vowel = re.match("(?!uni|us[ae]|eu|one)[aeiou]", noun, re.IGNORECASE)
    return f"{'an' if vowel else 'a'} {noun}"


def noun(contract: Contract) -> str:
    """The word for one record: `request` for the collection cancellation_requests."""
    word = contract.resource.name.replace("-", "_").rpartition("_")[2]
    return f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s")


def scope_word(contract: Contract) -> str:
    """The word for the innermost scope: `channel` for the path parameter channel_id."""
    scope = contract.resource.scope
    return scope[-1].name.removesuffix("_id").removesuffix("_slug") if scope else "scope"


def isolation(contract: Contract) -> str:
    """The behaviour that keeps scopes apart: <scope>-isolation, or scope-isolation."""
    return contract.promised(f"{scope_word(contract)}-isolation", "scope-isolation")
