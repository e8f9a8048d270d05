"""What the judge of real traffic finds in single exchanges, and in sequences of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cancelkit.spec import Level, load
from cancelkit.traffic import CODES, Exchange, Judge

LIST = "http://shop.example/api/channel/5/cancellation_requests/"
DETAILED = f"{LIST}detailed"
KEY = ("Authorization", "Token k")
JSON = ("Content-Type", "application/json")
ROW: dict[str, Any] = {
    "id": 7,
    "uuid": "0b5e7a4e-0000-4000-8000-000000000001",
    "created_date": "2025-03-01T10:00:00Z",
    "modified_date": "2025-03-01T10:00:00+03:00",
    "order_item": 1,
    "reason": 1,
    "cancellation_type": "cancel",
    "status": "waiting",
    "description": None,
    "quantity": 2,
    "easy_return": None,
}
OTHER = "0b5e7a4e-0000-4000-8000-00000000000f"
BY_AN_EARLIER_ONE = {"came-back", "left-final"}
"""What an earlier exchange had the chance to lead to."""
CREATE = {"order_item": 1, "reason": 1, "cancellation_type": "cancel"}


def _exchange(
    method: str = "GET",
    url: str = f"{LIST}7/",
    status: int = 200,
    answer: Any = ROW,
    *,
    body: Any = None,
    sent: tuple[tuple[str, str], ...] = (KEY, JSON),
    got: tuple[tuple[str, str], ...] = (JSON,),
    at: float = 0.0,
) -> Exchange:
    data = b"" if answer is None else answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    request = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    return Exchange(method, url, sent, request, status, got, data, started=1000 + at, seconds=0.5)


def _page(*rows: dict[str, Any], count: int | None = None, **more: Any) -> dict[str, Any]:
    return {"count": len(rows) if count is None else count, "next": None, "previous": None, "results": [*rows], **more}


def _codes(*exchanges: Exchange) -> list[tuple[str, str]]:
    """Code and place of everything found, in all of the exchanges."""
    judge = Judge(load())
    found = []
    for exchange in exchanges:
        judgement = judge(exchange)
        assert judgement is not None
        assert all(CODES[f.code].side == f.side for f in judgement.findings)
        assert {f.code for f in judgement.findings} <= judgement.exercised | BY_AN_EARLIER_ONE
        found += [(f.code, f.place) for f in judgement.findings]
    return found


GOOD = {
    "retrieve": _exchange(),
    "under the versioned prefix": _exchange(url=LIST.replace("/api/", "/api/v1/") + "7/"),
    "list": _exchange(url=LIST, answer=_page(ROW)),
    "list with filters": _exchange(
        url=f"{LIST}?status=waiting&pk__in=7,8&date_placed__gte=2025-01-01T00:00:00%2B03:00&limit=5&page=1",
        answer=_page(ROW),
    ),
    "create": _exchange("POST", LIST, 201, body=CREATE),
    "patch with null and Turkish text": _exchange(
        "PATCH", answer={**ROW, "iban": None, "description": "İade"}, body={"iban": None, "description": " İade "}
    ),
    "reject": _exchange("POST", f"{LIST}7/reject/", answer={**ROW, "status": "rejected"}),
    "reject with an empty object": _exchange("POST", f"{LIST}7/reject/", answer={**ROW, "status": "rejected"}, body={}),
    "delete": _exchange("DELETE", status=204, answer=None, got=()),
    "head": _exchange("HEAD", answer=None),
    "options": _exchange("OPTIONS", answer=None, got=()),
    "not found": _exchange(status=404, answer={"detail": "Not found.", "code": "not_found"}),
    "refused by field": _exchange("POST", LIST, 400, {"reason": ["No."], "code": "invalid"}, body=CREATE),
    "too many requests": _exchange(status=429, answer=b"slow down", got=()),
    "no longer modified": _exchange(status=304, answer=None, got=()),
    "sent on to the same path of another host": _exchange(
        status=307, answer=None, got=(("Location", f"{LIST}7/".replace("http:", "https:")),)
    ),
    "headers that were not recorded": _exchange(got=()),
    "a body that is not known": replace(_exchange(), response_body=None, request_body=None),
    "no answer": _exchange(status=0, answer=None, got=()),
    "further fields": _exchange(answer={**ROW, "remote_id": 3}),
    "an odd e-mail address": _exchange(
        url=f"{LIST}7/detailed/",
        answer={
            **ROW,
            "reason": {"id": 1},
            "order_item": {
                "id": 1,
                "sku": "A",
                "order": {
                    "id": 1,
                    "number": "1",
                    "date_placed": "2025-03-01T10:00:00Z",
                    "customer": {"id": 1, "first_name": "", "last_name": "", "email": "at home", "channel": 5},
                },
            },
        },
    ),
    "left open: white space": _exchange(url=f"{LIST}?customer_email=%0D%0A&pk__in=%207&page=1%20", answer=_page(ROW)),
    "left open: a byte order mark": _exchange("PATCH", body=b'\xef\xbb\xbf{"quantity": 2}'),
    "left open: converted": _exchange("PATCH", body={"order_item": "1", "quantity": 2}),
}


@pytest.mark.parametrize("name", GOOD)
def test_good_traffic_is_left_alone(name: str):
    """Nothing that the contract allows, or leaves open, is held against anybody's server."""
    found = [code for code, _ in _codes(GOOD[name]) if CODES[code].side == "server"]

    assert found == []


@pytest.mark.parametrize("name", [name for name in GOOD if not name.startswith("left open")])
def test_a_good_client_is_left_alone(name: str):
    """Nor against a client."""
    found = [code for code, _ in _codes(GOOD[name]) if CODES[code].side == "client"]

    assert found == []


REFUSED = {"status": 400, "answer": {"detail": "No.", "code": "invalid"}}
CLIENT = {
    "unknown-path": (_exchange(url=f"{LIST}7/approve/", status=404, answer=b"", got=()), "path"),
    "missing-slash": (_exchange(url=f"{LIST}7", status=301, answer=None, got=()), "path"),
    "extra-slash": (_exchange(url=f"{DETAILED}/", answer=_page()), "path"),
    "method-not-allowed": (
        _exchange("DELETE", LIST, 405, {"detail": "No.", "code": "x"}, got=(JSON, ("Allow", "GET"))),
        "method",
    ),
    "undocumented-parameter": (_exchange(url=f"{LIST}?colour=red", answer=_page()), "query.colour"),
    "invalid-parameter": (_exchange(url=f"{LIST}?page=0", **REFUSED), "query.page"),
    "empty-filter": (_exchange(url=f"{LIST}?status=", answer=_page(ROW)), "query.status"),
    "unknown-enum": (_exchange(url=f"{LIST}?status=open", **REFUSED), "query.status"),
    "undocumented-field": (_exchange("PATCH", body={"remote_id": 1}), "body.remote_id"),
    "read-only-field": (_exchange("PATCH", body={"uuid": "x"}), "body.uuid"),
    "invalid-field": (_exchange("PATCH", body={"quantity": 0}, **REFUSED), "body.quantity"),
    "malformed-body": (_exchange("PATCH", body=b"{'a': 1}", **REFUSED), "body"),
    "wrong-content-type": (
        _exchange("PATCH", body={}, sent=(KEY, ("content-type", "text/plain"))),
        "header.content-type",
    ),
    "bare-key": (_exchange(sent=(("authorization", "k"),)), "header.Authorization"),
}


@pytest.mark.parametrize("code", CLIENT)
def test_a_client_is_told(code: str):
    """Each way in which a client breaks the contract is found, alone, and at its place."""
    exchange, place = CLIENT[code]

    assert _codes(exchange) == [(code, place)]


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("page=x", "query.page"),
        ("pk__in=1,x", "query.pk__in"),
        ("date_placed__date__gt=2025-13-01", "query.date_placed__date__gt"),
        ("date_placed__gt=2025-01-01T00:00:00+03:00", "query.date_placed__gt"),
        ("customer_email=nobody", "query.customer_email"),
        ("limit=1&limit=2", "query.limit"),
    ],
)
def test_values_that_do_not_parse_are_told(query: str, place: str):
    """A parameter of the wrong type or format, or given twice, is the client's fault."""
    assert _codes(_exchange(url=f"{LIST}?{query}", **REFUSED)) == [("invalid-parameter", place)]


def test_null_is_told_once():
    """However many keywords of a schema refuse it."""
    found = _codes(_exchange("PATCH", body={"cancellation_type": None, "reason": None}, **REFUSED))

    assert found == [("invalid-field", "body.cancellation_type"), ("invalid-field", "body.reason")]


def test_what_is_left_open_is_not_held_against_a_client():
    """NUL in a text and a very large quantity: a server may take both."""
    assert _codes(_exchange("PATCH", answer={**ROW, "quantity": 2**40}, body={"quantity": 2**40})) == []
    assert _codes(_exchange(url=f"{LIST}?sku=%00", **REFUSED)) == []


HTML = b"<!doctype html><title>404</title>"
SERVER = {
    "server-error": (_exchange(status=502, answer=HTML, got=()), "response.status"),
    "undocumented-status": (_exchange(status=202), "response.status"),
    "missing-content-type": (_exchange(got=(("Date", "x"),)), "response"),
    "not-json": (_exchange(status=404, answer=HTML, got=(("Content-Type", "text/html"),)), "response"),
    "unexpected-body": (_exchange("DELETE", status=204, answer={}), "response"),
    "schema": (_exchange(answer={**ROW, "easy_return": {"id": "1"}}), "response.easy_return.id"),
    "error-shape": (_exchange(status=404, answer={"error": 1, "detail": "x"}), "response.code"),
    "missing-allow": (_exchange("POST", status=405, answer={"detail": "x", "code": "x"}), "header.allow"),
    "unauthenticated": (_exchange(sent=()), "response.status"),
    "accepted-invalid": (_exchange("PATCH", body={"quantity": 0}), "body.quantity"),
    "wrong-record": (_exchange(answer={**ROW, "id": 8}), "response.id"),
    "not-applied": (_exchange("PATCH", body={"quantity": 3}), "response.quantity"),
    "wrong-status-after": (_exchange("POST", f"{LIST}7/reject/"), "response.status"),
    "page-size": (
        _exchange(url=f"{LIST}?limit=1", answer=_page(ROW, {**ROW, "id": 8, "uuid": OTHER}, count=9, next=LIST)),
        "response.results",
    ),
    "page-envelope": (_exchange(url=LIST, answer=_page(ROW, count=12)), "response.next"),
    "list-order": (_exchange(url=LIST, answer=_page(ROW, {**ROW, "id": 6, "uuid": OTHER})), "response.results"),
    "filter-mismatch": (_exchange(url=f"{LIST}?status=rejected", answer=_page(ROW)), "response.results.0.status"),
}


@pytest.mark.parametrize("code", SERVER)
def test_a_server_is_told(code: str):
    """Each way in which an answer breaks the contract is found at its place, whatever else is."""
    exchange, place = SERVER[code]
    found = [(c, p) for c, p in _codes(exchange) if CODES[c].side == "server"]

    assert found == [(code, place)]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"reason": 1, "cancellation_type": "cancel"}, "body.order_item"),
        ({**CREATE, "cancellation_type": "exchange"}, "body.cancellation_type"),
        ({**CREATE, "reason": None}, "body.reason"),
        (b"{", "body"),
    ],
)
def test_what_must_be_refused_is_not_to_be_accepted(body: Any, place: str):
    """A create that breaks the documented body is a fault of the server that carries it out, too."""
    found = _codes(_exchange("POST", LIST, 201, body=body))

    assert ("accepted-invalid", place) in found


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("status=waiting", True),
        ("pk__in=6,7", True),
        ("pk__in=6", False),
        ("cancellation_type=refund", True),
        ("number=a-1%C5%9E", True),
        ("number=a-2", False),
        ("customer_first_name=I%C5%9EIL", True),
        ("customer_last_name=x", False),
        ("date_placed=2025-03-01T13:00:00%2B03:00", True),
        ("date_placed__gt=2025-03-01T10:00:00Z", False),
        ("date_placed__date__lte=2025-03-01", True),
        ("date_placed__date__lt=2025-03-01", False),
        ("easy_return_code=x", False),
        ("order_id=4", True),
        ("order_id=5", False),
        ("colour=red&status=waiting", True),
    ],
)
def test_rows_are_held_against_the_filters(query: str, fits: bool):
    """A row of a detailed list that does not match a filter is told; what a server may ignore is not."""
    customer = {"id": 1, "first_name": "Işıl", "last_name": "Çağ", "email": "a@example.com", "channel": 5}
    order = {"id": 4, "number": "A-1ş", "date_placed": "2025-03-01T10:00:00Z", "customer": customer}
    row = {**ROW, "order_item": {"id": 1, "sku": "S", "order": order}, "reason": {"id": 1}}
    found = [code for code, _ in _codes(_exchange(url=f"{DETAILED}?{query}", answer=_page(row)))]

    assert ("filter-mismatch" not in found) is fits


GONE = _exchange("DELETE", status=204, answer=None, got=(), at=1)


@pytest.mark.parametrize(
    ("later", "code"),
    [
        (_exchange(at=2), "came-back"),
        (_exchange(url=LIST, answer=_page(ROW), at=2), "came-back"),
        (_exchange("POST", LIST, 201, body=CREATE, at=2), "id-reused"),
        (_exchange("DELETE", status=204, answer=None, got=(), at=2), "came-back"),
        (_exchange("DELETE", status=204, answer=None, got=(), at=1.2), None),
        (_exchange(at=1.2), None),
        (replace(_exchange(at=2), cached=True), None),
        (replace(_exchange(at=2), realm="other.example"), None),
        (_exchange(url=LIST.replace("/5/", "/6/"), answer=_page({**ROW, "uuid": OTHER}), at=2), None),
    ],
)
def test_a_deleted_record_stays_away(later: Exchange, code: str | None):
    """It is neither answered nor given again by any call that began after the delete had ended."""
    assert [c for c, _ in _codes(_exchange(at=0), GONE, later)] == ([code] if code else [])


@pytest.mark.parametrize(
    ("url", "change", "code"),
    [
        (f"{LIST}8/", {"id": 8}, "uuid-shared"),
        (f"{LIST}8/", {"id": 8, "uuid": OTHER}, None),
        (f"{LIST}7/".replace("/5/", "/6/"), {}, "wrong-channel"),
        (f"{LIST}7/".replace("/5/", "/6/"), {"uuid": OTHER}, None),
    ],
)
def test_a_uuid_belongs_to_one_request_of_one_channel(url: str, change: dict[str, Any], code: str | None):
    """The same id in another channel may be another record; with the same uuid it is the same one."""
    found = _codes(_exchange(), _exchange(url=url, answer={**ROW, **change}, at=1))

    assert [c for c, _ in found] == ([code] if code else [])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"uuid": "0b5e7a4e-0000-4000-8000-000000000002"}, "identity-changed"),
        ({"created_date": "2025-03-01T10:00:01Z"}, "identity-changed"),
        ({"created_date": "2025-03-01T13:00:00+03:00"}, None),
        ({"status": "approved"}, "left-final"),
        ({"description": "x"}, None),
    ],
)
def test_identity_and_final_statuses_stand(change: dict[str, Any], code: str | None):
    """What never changes is compared over all answers."""
    rejected = {**ROW, "status": "rejected"}
    found = _codes(_exchange(answer=rejected, at=0), _exchange(answer={**rejected, **change}, at=1))

    assert [c for c, _ in found] == ([code] if code else [])


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/api/v1/orders/1/",
        "http://shop.example/api/channel/5/products/",
        "http://shop.example/index.html",
        "http://shop.example/other/api/channel/5/cancellation_requests/",
    ],
)
def test_other_apis_are_none_of_our_business(url: str):
    """A call that is not below the contract's paths is not judged."""
    assert Judge(load())(_exchange(url=url)) is None


def test_a_base_path_and_a_prefix_can_be_given():
    """A server below a path, with a prefix of its own."""
    judge = Judge(load(), prefixes=("/v9",), base="/shop")
    found = judge(_exchange(url="/shop/v9/channel/5/cancellation_requests/7/"))

    assert found is not None
    assert found.operation == "retrieveCancellationRequest"
    assert judge(_exchange()) is None


@pytest.mark.parametrize(
    ("exchange", "level"),
    [
        (_exchange(answer={**ROW, "reason": "x"}), Level.DOCUMENTED),
        (_exchange(answer={**ROW, "status": "lost"}), Level.PUBLISHED),
        (_exchange(url=LIST, answer=_page({**ROW, "reason": "x"})), Level.PUBLISHED),
        (_exchange(url=DETAILED, answer=_page(ROW)), Level.ASSUMED),
        (_exchange(url=f"{LIST}?cancellation_plan_status=x", **REFUSED), Level.ASSUMED),
        (_exchange(url=f"{LIST}?limit=x", **REFUSED), Level.DOCUMENTED),
    ],
)
def test_a_finding_is_as_sure_as_the_contract(exchange: Exchange, level: Level):
    """The level of a finding is the weakest that the contract has on the way to it."""
    judgement = Judge(load())(exchange)

    assert judgement is not None
    assert {finding.level for finding in judgement.findings} == {level}


@pytest.mark.parametrize(
    "body",
    [b"\xff\xfe", b"[" * 100_000, b'{"id": NaN}', b"null", b"[]", b'"text"', b'{"results": 3, "count": "x"}', b"1e999"],
)
def test_nothing_that_is_recorded_breaks_the_judge(body: bytes):
    """Odd bytes on either side are findings at most."""
    for url in (LIST, f"{LIST}7/", f"{LIST}{'9' * 5000}/", f"{LIST}%ff/", f"{LIST}?status=%ff&a&=&pk__in=,"):
        for method in ("GET", "POST", "PATCH", "DELETE", "TRACE"):
            assert Judge(load())(_exchange(method, url, 200, body, body=body)) is not None


def test_every_code_is_described():
    """docs/traffic.md names each with the sentence of the contract."""
    page = (Path(__file__).parents[2] / "docs" / "traffic.md").read_text(encoding="utf-8")
    spec = load()

    for code in CODES.values():
        assert f"| `{code.side}/{code.id}` | {code.sentence(spec)} | {code.level(spec)} |" in page
