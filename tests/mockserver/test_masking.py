"""Keys and passwords do not stay: neither in the journal and its HAR, nor on the page, nor in the log."""

from __future__ import annotations

import json
from typing import Any

import pytest
from in_process import Client

from cancelkit.mockserver.journal.masking import masked, masked_query
from cancelkit.mockserver.journal.queries import bare, names
from cancelkit.mockserver.serving.calllog import CallLog, text
from tests.mockserver.bench import LIST, Bench

LOGIN = "/api/v1/auth/login/"
PASSWORD = "pa55-of-a-person"
KEY = "key-of-a-shop-4711"


def _told(bench: Bench) -> str:
    """Everything that the control room tells about calls."""
    return "".join(bench.call("GET", path).text for path in ("/_mock/journal", "/_mock/journal.har"))


@pytest.mark.parametrize(
    "body",
    [
        {"username": "ayse", "password": PASSWORD},
        {"username": "ayse", "password": PASSWORD, "code": PASSWORD},
        {"username": "ayse", "password": {"nested": [PASSWORD]}},
        [PASSWORD],
        {"password": PASSWORD},
    ],
)
@pytest.mark.parametrize("path", [LOGIN, LOGIN.rstrip("/")])
def test_a_login_leaves_neither_password_nor_key(body: Any, path: str) -> None:
    """Who logged in is told, with what is not; a refusal is told whole."""
    bench = Bench(tokens=(KEY,))
    answer = bench.call("POST", path, body)
    told = _told(bench)

    assert answer.status_code in (200, 400, 404)
    assert PASSWORD not in told
    assert KEY not in told
    assert ("ayse" in told) is ("username" in body and path == LOGIN)
    (call,) = bench.get("/_mock/journal")["calls"]
    assert not call["truncated"]
    if answer.status_code == 400:
        assert json.loads(call["response_body"]) == answer.json()


def test_a_login_that_is_no_json_is_not_told() -> None:
    """What can't be read may hold anything."""
    sent = b'{"username": "a", "password": "' + PASSWORD.encode()
    query, request, response = masked(LOGIN, b"", sent, b'{"key": "' + KEY.encode()) or (b"", sent, sent)

    assert PASSWORD.encode() not in request
    assert KEY.encode() not in response
    assert query == b""


@pytest.mark.parametrize("name", ["token", "api_key", "apikey", "access%5Ftoken", "password"])
def test_a_key_in_the_query_is_told_as_a_fingerprint(name: str) -> None:
    """Also where the answer repeats it in its links; the violation is told all the same."""
    bench = Bench()
    bench.get(f"{LIST}?limit=1&{name}={KEY}")
    told = _told(bench)
    (call,) = bench.get("/_mock/journal")["calls"]

    assert KEY not in told
    assert call["query"].startswith(f"limit=1&{name}=fingerprint-")
    assert [violation["code"] for violation in call["violations"]] == ["undocumented-parameter"]


def test_ordinary_calls_are_kept_as_they_are() -> None:
    """A documented query and a body that only looks like a login's are nobody's secret."""
    assert masked(LIST, b"status=waiting&customer_email=a%40b.example", b'{"password": 1}', b"{}") is None
    assert masked_query(b"number=TR-1&page=2") == b"number=TR-1&page=2"


def test_the_log_has_no_key_from_a_query() -> None:
    """A line of the log shows the same fingerprint."""
    lines = list[str]()
    answer = Client(CallLog(Bench().app, text, lines.append)).call("GET", f"{LIST}?token={KEY}")

    assert answer.status == 200
    assert KEY not in lines[0]
    assert "token=fingerprint-" in lines[0]


@pytest.mark.parametrize(
    "query", [b"status=waiting&api%5Fkey=k-1&page=2", b"page=1&status=a=b&token=t-1", b"page&token=t"]
)
def test_a_query_is_looked_at_by_its_names(query: bytes) -> None:
    """Whatever values it has, and whether or not queries with the same names came before."""
    for _ in range(2):
        assert masked("/x/", query, b"", b"") is not None
        assert masked("/x/", query.replace(b"token", b"word").replace(b"api%5Fkey", b"word"), b"", b"") is None


def test_names_of_a_query_are_decoded() -> None:
    """Each once; what stands behind the first = is the value."""
    assert bare(b"a=1&b%20c=2=3&a&=x") == b"a&b%20c&a&"
    assert names(bare(b"a=1&b%20c=2=3&a&=x")) == {"a", "b c", ""}
    assert names(b"&".join(b"n%d" % number for number in range(300))) == {f"n{number}" for number in range(300)}
