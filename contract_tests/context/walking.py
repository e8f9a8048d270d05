"""Reading a list to its end, page by page, whatever its paging parameters are called.

Owns: the shape of a page, and the walk that notices when the list changes under it.
Source: the list operations' x-paging parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.target.answer import Answer

if TYPE_CHECKING:
    from cancelkit.contract_tests.context.context import Context
    from cancelkit.contract_tests.context.ground import Scope
    from cancelkit.spec import Operation

PAGE: Final = 100
Pairs = Mapping[str, Any] | Sequence[tuple[str, Any]] | None


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its rows, and how many rows the list says that it has (its own number of rows where it does not)."""

    rows: list[Any]
    count: int


def page_of(value: Any) -> Page | None:
    """Read the JSON of a list's answer: an envelope with results and count, or an array; None for anything else."""
    if isinstance(value, list):
        return Page(value, len(value))
    if not isinstance(value, Mapping) or not isinstance(value.get("results"), list):
        return None
    rows, count = value["results"], value.get("count")
    return Page(rows, count) if type(count) is int else None


def page_query(operation: Operation, limit: int | None = None, page: int | None = None) -> list[tuple[str, int]]:
    """The query for a page, by the names that the operation gives its paging parameters; what it lacks is left out."""
    wanted: list[tuple[str, int]] = []
    for kind, number in (("limit", limit), ("page", page)):
        name = operation.paging.get(kind)
        parameter = operation.parameter(name) if name else None
        if parameter is not None and number is not None:
            wanted.append((parameter.name, min(number, int(parameter.schema.get("maximum", number)))))
    return wanted


def walk(
    context: Context, operation: Operation, scope: Scope | None, query: Pairs, limit: int | None, most: int | None
) -> list[dict[str, Any]]:
    """All rows of a list, or the first `most`.

    Raises:
        Inconclusive: the list changed under the walk three times, or a page was refused.
    """
    why = ""
    for _ in range(3):
        rows, why = _walk(context, operation, scope, query, limit or PAGE, most)
        if not why:
            return rows
    raise Inconclusive(f"{operation.id} could not be walked: {why}")


def _walk(
    context: Context, operation: Operation, scope: Scope | None, query: Pairs, limit: int, most: int | None
) -> tuple[list[dict[str, Any]], str]:
    pairs = list(query.items() if isinstance(query, Mapping) else query or ())

    def page(number: int) -> Answer:
        more = page_query(operation, limit, number if "page" in operation.paging else None)
        return context.call(operation, scope=scope, query=[*pairs, *more])

    answer = page(1)
    first = page_of(answer.json) if answer.status == 200 else None
    if first is None:
        return [], f"page 1: {answer.brief()}"
    rows = list(first.rows)
    wanted = first.count if most is None else min(first.count, most)
    if rows and len(rows) < wanted and "page" in operation.paging:
        numbers = range(2, 2 + -(-(wanted - len(rows)) // len(rows)))
        for answer in context.parallel([partial(page, number) for number in numbers]):
            found = page_of(answer.json) if answer.status == 200 else None
            if found is None:
                return [], f"a page of {first.count} rows: {answer.brief()}"
            if found.count != first.count:
                return [], f"the count moved from {first.count} to {found.count}"
            rows += found.rows
    ids = [context.id_of(row) for row in rows if isinstance(row, dict)]
    if len(set(map(repr, ids))) != len(rows) or len(rows) < wanted:
        return [], f"{len(rows)} rows with {len(set(map(repr, ids)))} ids were seen of {wanted}"
    return rows[:wanted] if most is not None else rows, ""
