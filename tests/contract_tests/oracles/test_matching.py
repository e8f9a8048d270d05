"""x-filter as a predicate over the detailed answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from cancelkit import spec
from cancelkit.contract_tests.oracles.instants import EXACT, SECOND
from cancelkit.contract_tests.oracles.matching import all_match, matches, value_at
from cancelkit.spec import Filter

FILTERS = spec.load().filters


def detailed(
    *, item: dict[str, Any] | None = None, order: dict[str, Any] | None = None, customer: Any = None, **fields: Any
) -> dict[str, Any]:
    """A record in detail; `item`, `order` and `customer` go over those parts, `fields` over the top."""
    person = {"id": 3, "first_name": "Ayşe", "last_name": "Şükrüoğlu", "email": "ayse@example.com", "channel": 5}
    placed = {
        "id": 11,
        "number": "ORD-11",
        "date_placed": "2025-02-28T22:30:00.000000Z",
        "channel": 5,
        "customer": {**person, **(customer or {})},
    }
    line = {"id": 1, "sku": "SKU-1", "tracking_number": None, "order": {**placed, **(order or {})}}
    record = {"id": 7, "status": "waiting", "cancellation_type": "cancel", "quantity": None, "easy_return": None}
    return {
        **record,
        "order_item": {**line, **(item or {})},
        "reason": {"id": 1},
        "cancellation_plan": None,
        **fields,
    }


ROW = detailed(item={"tracking_number": "TR-9x"}, status="waiting")


@pytest.mark.parametrize(
    ("name", "wanted", "expected"),
    [
        ("status", "waiting", True),
        ("status", "rejected", False),
        ("pk__in", "1,7,9", True),
        ("pk__in", "1,77", False),
        ("order_id", "11", True),
        ("order_id", "1", False),
        ("channel", "5", True),
        ("number", "ord-11", True),
        ("number", "ORD-1", False),
        ("customer_last_name", "ŞÜKRÜOĞLU", True),
        ("tracking_number", "tr-9X", True),
        ("easy_return_code", "anything", False),
        ("cancellation_plan_status", "waiting", False),
        ("date_placed", "2025-03-01T01:30:00+03:00", True),
        ("date_placed__gt", "2025-02-28T22:30:00Z", False),
        ("date_placed__gt", "2025-02-28T22:29:59.999999Z", True),
        ("date_placed__gte", "2025-02-28T22:30:00Z", True),
        ("date_placed__lt", "2025-02-28T22:30:00Z", False),
        ("date_placed__lte", "2025-02-28T22:30:00Z", True),
        ("date_placed__date__gt", "2025-02-28", False),
        ("date_placed__date__gte", "2025-02-28", True),
        ("date_placed__date__lt", "2025-03-01", True),
        ("date_placed__date__lte", "2025-02-27", False),
    ],
)
def test_a_filter_matches_by_the_value_shown(name: str, wanted: str, expected: bool):
    """The record was placed at 22:30 UTC on the last of February."""
    assert matches(FILTERS[name], wanted, ROW) is expected


@pytest.mark.parametrize(
    ("value", "lookup", "wanted", "expected"),
    [
        (2, "lt", "2", False),
        (2, "lte", "2", True),
        (10, "gt", "9", True),
        (10, "gte", "11", False),
        ("2025-03-01", "lt", "2025-03-02", True),
        ("2025-03-01", "gt", "2025-03-01", False),
        (True, "exact", "true", True),
        ("Ş", "gt", "Z", None),
    ],
)
def test_any_value_of_the_contract_may_be_compared(value: Any, lookup: str, wanted: str, expected: bool | None):
    """Filters that the contract does not have yet: numbers by size, dates by day, texts in nobody's order."""
    kind = {"type": "integer"} if isinstance(value, int) else {}
    kind = {"format": "date"} if str(value).startswith("2025") else kind
    rule = Filter(path=("new",), lookup=lookup, transform=None, schema=kind, nullable=False)

    assert matches(rule, wanted, {"new": value}) is expected


@pytest.mark.parametrize(
    ("name", "wanted"), [("date_placed__gte", "2025-02-28T22:30:00Z"), ("date_placed", "2025-02-28T22:30:00Z")]
)
def test_a_shown_second_is_an_interval(name: str, wanted: str):
    """Where a server shows seconds only, what it compares within the second is not judged."""
    assert matches(FILTERS[name], wanted, ROW, SECOND) is None
    assert matches(FILTERS[name], wanted, ROW, EXACT) is True


def test_a_day_is_not_judged_within_the_resolution_of_midnight():
    """The stored instant may be a moment later, on another day."""
    row = detailed(order={"date_placed": "2025-02-28T23:59:59.999Z"})

    assert matches(FILTERS["date_placed__date__gt"], "2025-02-28", row, timedelta(milliseconds=1)) is None
    assert matches(FILTERS["date_placed__date__gt"], "2025-02-28", row) is False


def test_together_false_beats_open():
    """One filter that can't match settles it."""
    tests = [(FILTERS["customer_first_name"], "x"), (FILTERS["status"], "waiting")]

    assert all_match(tests, detailed(customer={"first_name": "I"})) is False
    assert all_match([(FILTERS["customer_first_name"], "i")], detailed(customer={"first_name": "I"})) is None


@pytest.mark.parametrize("row", [{}, {"order_item": None}, {"order_item": {"order": 5}}])
def test_a_broken_way_is_null(row: dict[str, Any]):
    """What can't be read is not there."""
    assert value_at(row, ("order_item", "order", "number")) is None
