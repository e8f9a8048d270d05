"""Made-up records and answers, from which rules build what their judges must accept and must reject.

Owns: one small coherent example of each kind.
Knows nothing of: rules, HTTP.
"""

from __future__ import annotations

import json as json_text
from typing import Any

from cancelkit.contract_tests.target.answer import Answer


def record(**fields: Any) -> dict[str, Any]:
    """A CancellationRequest, with `fields` over it."""
    made: dict[str, Any] = {
        "id": 7,
        "uuid": "3f0c8b1e-5f6e-4c57-9d25-0a8a6f0f3c11",
        "created_date": "2025-03-01T10:00:00.000001Z",
        "modified_date": "2025-03-01T10:00:00.000001Z",
        "order_item": 1,
        "reason": 1,
        "cancellation_type": "cancel",
        "status": "waiting",
        "description": None,
        "iban": None,
        "holder_name": None,
        "quantity": None,
        "fully_refund_as_loyalty_money": False,
        "attributes": {},
        "attributes_kwargs": {},
        "localized_attributes": {},
        "localized_attributes_kwargs": {},
        "easy_return": None,
    }
    return {**made, **fields}


def detailed(
    *, item: dict[str, Any] | None = None, order: dict[str, Any] | None = None, customer: Any = None, **fields: Any
) -> dict[str, Any]:
    """A DetailedCancellationRequest; `item`, `order` and `customer` go over those parts, `fields` over the top."""
    person = {"id": 3, "first_name": "Ayşe", "last_name": "Şükrüoğlu", "email": "ayse@example.com", "channel": 5}
    placed = {
        "id": 11,
        "number": "ORD-11",
        "date_placed": "2025-02-28T22:30:00.000000Z",
        "channel": 5,
        "customer": {**person, **(customer or {})},
    }
    line = {"id": 1, "sku": "SKU-1", "tracking_number": None, "order": {**placed, **(order or {})}}
    made = record(order_item={**line, **(item or {})}, reason={"id": 1}, cancellation_plan=None)
    return {**made, **fields}


def answer(status: int = 200, json: Any = None, *, headers: dict[str, str] | None = None, **more: Any) -> Answer:
    """An answer with a JSON body (none where `json` is None)."""
    text = "" if json is None else json_text.dumps(json)
    kind = {"content-type": "application/json"} if text else {}
    return Answer(status=status, headers={**kind, **(headers or {})}, text=text, json=json, is_json=bool(text), **more)


def invalid(*fields: str) -> Answer:
    """A 400 that names `fields`."""
    return answer(400, {**{field: ["is wrong"] for field in fields}, "code": "invalid"})


def error(status: int) -> Answer:
    """A refusal other than 400."""
    return answer(status, {"detail": "no", "code": "no"})


def html(status: int) -> Answer:
    """What a framework answers when nobody told it otherwise."""
    return Answer(status, {"content-type": "text/html"}, "<!doctype html><h1>no</h1>", is_json=False)


def page(rows: list[Any], count: int | None = None, next: str | None = None, previous: str | None = None) -> Answer:
    """One page of a list."""
    body = {"count": len(rows) if count is None else count, "next": next, "previous": previous, "results": rows}
    return answer(200, body)
