"""One record seen twice: which of its fields differ.

Owns: comparing two answers about a record, field by field, date-times as instants; plain against detailed.
Knows nothing of: HTTP, rules, which write happened in between.
Source: schemas CancellationRequest and DetailedCancellationRequest; contract, "Left open on purpose".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from cancelkit import spec
from cancelkit.contract_tests.oracles.instants import same_instant

Row = Mapping[str, Any]
ABSENT = object()
FIELDS = frozenset(spec.load().fields("DetailedCancellationRequest"))
NAMES = frozenset(name for schema in spec.load().schemas for name in spec.load().fields(schema))
IDENTITY = ("id", "uuid", "created_date")


def same(left: Any, right: Any) -> bool:
    """Whether two JSON values say the same: date-times as instants, numbers and booleans kept apart.

    Of two views of one entity (objects with an id) only the fields that the contract names and both show are compared;
    free-form objects must be equal.
    """
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        if "id" in left and "id" in right:
            return all(same(left[key], right[key]) for key in left.keys() & right.keys() & NAMES)
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, bool) is not isinstance(right, bool):
        return False
    if isinstance(left, str) and isinstance(right, str):
        return left == right or bool(same_instant(left, right))
    return bool(left == right)


def changed(before: Row, after: Row, fields: Collection[str]) -> list[str]:
    """The names among `fields` under which both answers show different values.

    What only one shows is not compared, nor are fields that the contract does not name: what they do is open.
    """
    return [f for f in fields if f in FIELDS and f in before and f in after and not same(before[f], after[f])]


def plain(detailed: Row) -> dict[str, Any]:
    """A detailed row as the plain list would show it: opened references as their ids."""
    row = {key: value for key, value in detailed.items() if key != "cancellation_plan"}
    for key in ("order_item", "reason"):
        if isinstance(row.get(key), Mapping):
            row[key] = row[key].get("id")
    return row


def lacks(row: Any, wanted: Row) -> Iterator[str]:
    """Yield what of `wanted` the answer does not show, as `field is X, not Y`."""
    if not isinstance(row, Mapping):
        yield "the answer is no JSON object"
        return
    for name, value in wanted.items():
        shown = row.get(name, ABSENT)
        if shown is ABSENT:
            yield f"{name} is missing, not {value!r}"
        elif not same(shown, value):
            yield f"{name} is {shown!r}, not {value!r}"
