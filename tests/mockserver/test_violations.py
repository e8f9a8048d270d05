"""What a client's call broke, from the call as the journal keeps it."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

import pytest

from cancelkit.mockserver.journal.calls import CallReader, Violation
from cancelkit.mockserver.journal.ring import Entry
from cancelkit.spec import Contract, load
from cancelkit.spec.reading import read_contract
from cancelkit.traffic import CODES

LIST = "/api/channel/5/cancellation_requests/"
ONE = "/api/channel/5/cancellation_requests/1/"
JSON = b"application/json"
GOOD = b'{"order_item":1,"reason":1,"cancellation_type":"cancel"}'


@dataclass(frozen=True)
class Call:
    """What a client sent. body: None where it was too long to be kept whole."""

    method: str
    path: str
    query: bytes = b""
    body: bytes | None = b""
    content_type: bytes | None = None
    bare_key: bool = False

    def entry(self) -> Entry:
        size = 10**6 if self.body is None else len(self.body)
        key = "abcdef01" if self.bare_key else None
        return Entry(
            seq=1,
            at=0.0,
            method=self.method,
            path=self.path,
            query=self.query,
            status=200,
            seconds=0.0,
            key=key,
            bare=self.bare_key,
            content_type=self.content_type,
            request=self.body or b"",
            request_size=size,
            response=b"",
            response_size=0,
            fault=None,
        )


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


READER = CallReader(load())


def _broken(call: Call, reader: CallReader = READER) -> list[Violation]:
    return reader.violations(call.entry())


@pytest.mark.parametrize("code", BROKEN)
def test_each_kind_of_violation_is_named(code: str) -> None:
    """A call that breaks one rule is marked with that rule and no other."""
    assert [violation.code for violation in _broken(BROKEN[code])] == [code]


def test_every_code_has_a_broken_call() -> None:
    """No code is listed that nothing can cause; `deprecated` needs a contract that deprecates something."""
    assert {code.id for code in CODES.values() if code.side == "client"} == {*BROKEN, "deprecated"}


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
def test_a_good_call_is_not_marked(call: Call) -> None:
    """Right calls, also under the alias and with a body that is no longer known, have no violation."""
    assert _broken(call) == []


@pytest.mark.parametrize(
    ("call", "codes"),
    [
        (Call("POST", LIST, body=b"{}", content_type=JSON), ["invalid-field"] * 3),
        (Call("POST", LIST, body=b""), ["invalid-field"]),
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
def test_violations_add_up(call: Call, codes: list[str] | None) -> None:
    """A call that breaks several rules is marked with each."""
    found = [violation.code for violation in _broken(call)]

    assert found == (codes or ["missing-slash", "wrong-content-type", "malformed-body"])


@pytest.mark.parametrize("raw", [b"%ff=%ff", b"limit=%00", b"&&=&", b"pk__in=" + b"9" * 5000, b"status=" + b"x" * 9000])
def test_hostile_queries_are_judged_without_an_error(raw: bytes) -> None:
    """Whatever was sent, the journal can be read."""
    assert _broken(Call("GET", LIST, raw))


@pytest.mark.parametrize(
    "body", [b"\xff\xfe", b"[" * 5000, b'{"quantity":1e400}', b'{"cancellation_type":' + b"9" * 400 + b"}"]
)
def test_hostile_bodies_are_judged_without_an_error(body: bytes) -> None:
    """Bodies that are not JSON, or numbers beyond all bounds, are violations and no crash."""
    assert _broken(Call("PATCH", ONE, body=body, content_type=JSON))


def test_a_deprecated_parameter_is_marked() -> None:
    """What the contract marks as deprecated is marked in the call that uses it."""
    document = deepcopy(dict(load().document))
    document["components"]["parameters"]["Sku"]["deprecated"] = True
    document["paths"][LIST.replace("5", "{channel_id}")]["get"]["deprecated"] = True
    contract: Contract = read_contract(document, fingerprint="")
    found = _broken(Call("GET", LIST, b"sku=A"), CallReader(contract))

    assert [violation.code for violation in found] == ["deprecated", "deprecated"]
