"""Remove what the run created, and say what could not be removed.

Owns: deleting by the ledger, and finding records whose create lost its answer. A record that the run did not make is
never deleted.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from cancelkit.contract_tests.context.bodies import marker_field
from cancelkit.contract_tests.context.walking import Page, page_of, page_query
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.target.client import Target
from cancelkit.contract_tests.target.ledger import Record
from cancelkit.spec import Operation, Role

MOST_PAGES = 50


def address(target: Target, operation: Operation, scope: tuple[str, ...], id: str | None = None) -> str:
    """The path of an operation in a scope."""
    resource = target.contract.resource
    values = {parameter.name: text for parameter, text in zip(resource.scope, scope, strict=True)}
    return resource.url(operation.path, values, id)


def remove(target: Target, records: Iterable[Record]) -> None:
    """Delete each record; one that is 404 already is gone. What fails stays in the ledger."""
    waiting = list(records)
    operation = target.contract.role(Role.DESTROY)
    if not waiting or operation is None:
        return

    def delete(record: Record) -> None:
        path = address(target, operation, record.scope, record.id)
        for _ in range(2):  # where the first lost its answer, the second tells by a 404 that it took effect
            with suppress(Inconclusive):
                if target.exchange(operation.method, path, owner="cleanup").status in (200, 202, 204, 404, 410):
                    target.ledger.gone(record.scope, record.id)
                return

    if len(waiting) == 1:
        delete(waiting[0])
        return
    with ThreadPoolExecutor(min(len(waiting), 8)) as pool:
        list(pool.map(delete, waiting))


def free(target: Target, records: Iterable[Record]) -> None:
    """Remove records. What can't be removed is closed where each open one keeps a row to itself."""
    waiting = list(records)
    remove(target, waiting)
    if target.holdings.reference is None or (moves := target.contract.resource.transitions) is None:
        return
    for record in filter(target.holdings.is_open, waiting):
        for operation in target.contract.actions:
            action = operation.action
            if action is not None and action.field == moves.field and action.value in target.contract.closing:
                with suppress(Inconclusive):
                    path = address(target, operation, record.scope, record.id)
                    if target.exchange(operation.method, path, owner="cleanup").ok:
                        break


def clean(target: Target, marker: str) -> list[Record]:
    """Delete all that stands in the ledger and all whose create lost its answer; return what is left."""
    remove(target, target.ledger.open())
    for scope in {scope for scope, _ in target.traffic.unclear_creates} | target.ledger.reused:
        _search(target, scope, marker)
    remove(target, target.ledger.open())
    return target.ledger.open()


def place(target: Target, scope: Iterable[Any], id: Any) -> str:
    """Where a record stands, in words: "shop tea, id 7"."""
    names = [parameter.name for parameter in target.contract.resource.scope]
    return ", ".join(
        f"{name.removesuffix('_id')} {value}" for name, value in zip((*names, "id"), (*scope, id), strict=True)
    )


def _search(target: Target, scope: tuple[str, ...], marker: str) -> None:
    """Records with this run's marker are ours; those that merely look like a lost create are named, not deleted."""
    bodies = [body for where, body in target.traffic.unclear_creates if where == scope and isinstance(body, dict)]
    field, id_field = marker_field(target.contract), target.contract.resource.id_field
    for row in _newest(target, scope):
        id = row.get(id_field)
        if type(id) is not int and not isinstance(id, str):
            continue
        if field is not None and marker in str(row.get(field.name)):
            target.ledger.track(scope, id, "lost answer")
        elif not target.ledger.created(scope, id) and any(
            all(row.get(name) == value for name, value in body.items() if name in row) for body in bodies
        ):
            where = place(target, scope, id)
            target.ledger.suspect(f"{where}: may come from a create whose connection dropped")


def _newest(target: Target, scope: tuple[str, ...]) -> Iterable[dict[str, Any]]:
    """The rows from the last page backwards: new records mostly stand at the end."""
    operation = target.contract.role(Role.LIST)
    if operation is None:
        return
    path = address(target, operation, scope)

    def page(number: int) -> Page:
        try:
            query = page_query(operation, 100, number)
            answer = target.exchange(operation.method, path, query=query, owner="cleanup")
        except Inconclusive:
            return Page([], 0)
        return (page_of(answer.json) if answer.status == 200 else None) or Page([], 0)

    first = page(1)
    size = len(first.rows)
    last = -(-first.count // size) if size and "page" in operation.paging else 1
    for number in range(last, max(last - MOST_PAGES, 1), -1):
        yield from (row for row in page(number).rows if isinstance(row, dict))
    yield from (row for row in first.rows if isinstance(row, dict))
