"""Keys that a create body may name, found in the rows that a scope shows.

Owns: reading keys of references from the first and the last rows of a list, plain or detailed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from cancelkit.contract_tests.context.bodies import key_of
from cancelkit.contract_tests.context.cleanup import address
from cancelkit.contract_tests.context.ground import Keys, Scope
from cancelkit.contract_tests.context.walking import Page, page_of, page_query
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.contract_tests.target.client import Target
from cancelkit.spec import Operation, Reference, Role
from cancelkit.traffic.reading import json_value

OWNER: Final = "preflight"
MOST: Final = 12
"""So many keys of each reference are enough."""


def discover(target: Target, scope: Scope, given: Keys) -> dict[str, tuple[Any, ...]]:
    """Keys by body field: those given by the user stand, the rest is read from the rows that the scope holds."""
    references = target.contract.resource.references
    missing = [name for name in references if not given.get(name)]
    found = {name: tuple(keys) for name, keys in given.items()}
    if not missing:
        return found
    rows = rows_shown(target, scope)
    if len(scope) == 1:
        rows.sort(key=lambda row: _foreign(target, row, scope))
    for name in missing:
        found[name] = tuple(_varied(target, rows, references[name]))[:MOST]
    return found


def rows_shown(target: Target, scope: Scope) -> list[dict[str, Any]]:
    """The first rows and the last of the detailed list, or of the plain one."""
    for role in (Role.LIST_DETAILED, Role.LIST):
        operation = target.contract.role(role)
        rows = _rows(target, operation, scope) if operation is not None else []
        if rows:
            return rows
    return []


def _rows(target: Target, operation: Operation, scope: Scope) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    number, path = 1, address(target, operation, tuple(map(str, scope)))
    for _ in range(2):
        try:
            answer = target.exchange(operation.method, path, query=page_query(operation, 100, number), owner=OWNER)
        except Inconclusive:
            break
        page = (page_shown(answer) if answer.status == 200 else None) or Page([], 0)
        found = [row for row in page.rows if isinstance(row, dict)]
        rows += found
        if not found or page.count <= len(found) * number or "page" not in operation.paging:
            break
        number = -(-page.count // len(found))
    return rows


def page_shown(answer: Answer) -> Page | None:
    """The page that was answered, whatever the content type says: a wrong one is for the rules to judge."""
    value = answer.json if answer.is_json else json_value(answer.text.encode())
    return page_of(value)


def _foreign(target: Target, row: Mapping[str, Any], scope: Scope) -> bool:
    """Whether an opened reference shows another scope's value: such rows come last."""
    name = target.contract.resource.scope[0].name
    names = {name, name.removesuffix("_id")}
    opened = [r.opened or r.opened_detailed for r in target.contract.resource.references.values()]
    shown = [value for place in opened if place for value in named_values(row.get(place), names)]
    return bool(shown) and scope[0] not in shown


def named_values(node: Any, names: set[str]) -> Iterator[Any]:
    """The values of properties with these names, at any depth of objects."""
    for name, value in node.items() if isinstance(node, Mapping) else ():
        if name in names and not isinstance(value, Mapping):
            yield value
        yield from named_values(value, names)


def _varied(target: Target, rows: Sequence[Mapping[str, Any]], reference: Reference) -> list[Any]:
    """Keys, those of different kinds first: by the keys of the rows within, and by what of them is null."""
    first: dict[Any, Any] = {}
    later: list[Any] = []
    for row in rows:
        key = key_of(target.contract.resource, row, reference.field)
        if not isinstance(key, int | str) or isinstance(key, bool):
            continue
        if first.setdefault(_kind(row, reference, key), key) != key:
            later.append(key)
    return list(dict.fromkeys([*first.values(), *later]))


def _kind(row: Mapping[str, Any], reference: Reference, key: Any) -> Any:
    shown = row.get(reference.opened or reference.opened_detailed or reference.field)
    if not isinstance(shown, Mapping):
        return key
    inner = [repr(value.get(reference.key)) for value in shown.values() if isinstance(value, Mapping)]
    return (*(inner or [repr(key)]), *(name for name, value in shown.items() if value is None))
