"""What a client's call broke, from the call alone."""

from __future__ import annotations

import pytest

from cancelkit.mockserver.journal.breaches import CODES, Breaches, Call
from cancelkit.spec import load

LIST = "/api/channel/5/cancellation_requests/"
ONE = "/api/channel/5/cancellation_requests/1/"
JSON = b"application/json"
GOOD = b'{"order_item":1,"reason":1,"cancellation_type":"cancel"}'

BROKEN = {
    "undocumented-parameter": Call("GET", LIST, b"colour=red"),
    "undocumented-field": Call("PATCH", ONE, body=b'{"remote_id":1}', content_type=JSON),
    "read-only-field": Call("PATCH", ONE, body=b'{"uuid":"x"}', content_type=JSON),
    "missing-slash": Call("GET", LIST.rstrip("/")),
    "extra-slash": Call("GET", f"{LIST}detailed/"),
    "unknown-enum": Call("GET", LIST, b"status=waitng"),
    "wrong-content-type": Call("POST", LIST, body=GOOD, content_type=b"text/plain"),
    "empty-filter": Call("GET", LIST, b"status="),
    "malformed-body": Call("POST", LIST, body=b'{"order_item"', content_type=JSON),
    "invalid-parameter": Call("GET", LIST, b"limit=0"),
    "invalid-field": Call("PATCH", ONE, body=b'{"quantity":0}', content_type=JSON),
    "unknown-path": Call("GET", "/api/channel/5/cancelation_requests/"),
    "method-not-allowed": Call("DELETE", LIST),
    "bare-key": Call("GET", LIST, bare_key=True),
}


@pytest.fixture(scope="module")
def breaches() -> Breaches:
    return Breaches(load())


@pytest.mark.parametrize("code", BROKEN)
def test_each_kind_of_breach_is_named(breaches: Breaches, code: str) -> None:
    """A call that breaks one rule is marked with that rule and no other."""
    assert [breach.code for breach in breaches(BROKEN[code])] == [code]


def test_every_code_has_a_broken_call() -> None:
    """No code is listed that nothing can cause; `deprecated` needs a contract that deprecates something."""
    assert set(CODES) == {*BROKEN, "deprecated"}


@pytest.mark.parametrize(
    "call",
    [
        Call("GET", LIST, b"status=waiting&limit=5&page=2&pk__in=1,2,3"),
        Call("GET", LIST, b"date_placed__gte=2025-03-01T12:00:00%2B03:00&customer_email=a%40example.com"),
        Call("GET", f"{LIST}detailed"),
        Call("GET", "/api/v1/channel/5/cancellation_requests/1/"),
        Call("HEAD", ONE),
        Call("POST", LIST, body=GOOD, content_type=b"application/json; charset=utf-8"),
        Call("PATCH", ONE, body=b'{"iban":null}', content_type=JSON),
        Call("POST", f"{ONE}reject/"),
        Call("POST", f"{ONE}reject/", body=b"{}", content_type=JSON),
        Call("POST", LIST, body=None, content_type=JSON),
        Call("OPTIONS", LIST),
    ],
)
def test_a_good_call_is_not_marked(breaches: Breaches, call: Call) -> None:
    """Right calls, also under the alias and with a body that is no longer known, have no breach."""
    assert breaches(call) == []


@pytest.mark.parametrize(
    ("call", "codes"),
    [
        (Call("POST", LIST, body=b"{}", content_type=JSON), ["invalid-field"] * 3),
        (Call("POST", LIST, body=b""), ["wrong-content-type", "malformed-body"]),
        (Call("POST", LIST, body=b"[]", content_type=JSON), ["malformed-body"]),
        (Call("PATCH", ONE, body=b'{"status":"open"}', content_type=JSON), ["unknown-enum"]),
        (Call("PATCH", ONE, body=b'{"status":null}', content_type=JSON), ["invalid-field"]),
        (Call("POST", f"{ONE}reject/", body=b'{"why":1}'), ["undocumented-field"]),
        (Call("GET", LIST, b"status=waiting&status=rejected"), ["invalid-parameter"]),
        (Call("GET", LIST, b"date_placed__gt=yesterday"), ["invalid-parameter"]),
        (Call("GET", "/api/channel/five/cancellation_requests/"), ["invalid-parameter"]),
        (Call("POST", LIST.rstrip("/"), body=b"{", content_type=b"text/html"), None),
    ],
)
def test_breaches_add_up(breaches: Breaches, call: Call, codes: list[str] | None) -> None:
    """A call that breaks several rules is marked with each."""
    found = [breach.code for breach in breaches(call)]

    assert found == (codes or ["missing-slash", "wrong-content-type", "malformed-body"])


@pytest.mark.parametrize("raw", [b"%ff=%ff", b"limit=%00", b"&&=&", b"pk__in=" + b"9" * 5000, b"status=" + b"x" * 9000])
def test_hostile_queries_are_judged_without_an_error(breaches: Breaches, raw: bytes) -> None:
    """Whatever was sent, the journal can be read."""
    assert breaches(Call("GET", LIST, raw))


@pytest.mark.parametrize("body", [b"\xff\xfe", b"[" * 5000, b'{"quantity":1e400}', b'{"quantity":' + b"9" * 400 + b"}"])
def test_hostile_bodies_are_judged_without_an_error(breaches: Breaches, body: bytes) -> None:
    """Bodies that are not JSON, or numbers beyond all bounds, are breaches and no crash."""
    assert breaches(Call("PATCH", ONE, body=body, content_type=JSON))


def test_a_deprecated_parameter_is_marked() -> None:
    """What the contract marks as deprecated is marked in the call that uses it."""
    from copy import deepcopy

    from cancelkit.spec.reading import read_contract

    document = deepcopy(dict(load().document))
    document["components"]["parameters"]["Sku"]["deprecated"] = True
    document["paths"][LIST.replace("5", "{channel_id}")]["get"]["deprecated"] = True
    found = Breaches(read_contract(document))(Call("GET", LIST, b"sku=A"))

    assert [breach.code for breach in found] == ["deprecated", "deprecated"]
