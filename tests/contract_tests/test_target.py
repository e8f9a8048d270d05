"""Requests, answers, and connections that drop."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import httpx
import pytest
from tiny_target import TOKEN, TinyTarget, error

from cancelkit.contract_tests.configuration.settings import Settings
from cancelkit.contract_tests.context.cleanup import clean
from cancelkit.contract_tests.engine.hiding import hidden
from cancelkit.contract_tests.engine.verdict import Finding, Outcome
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.contract_tests.target.client import Target
from cancelkit.contract_tests.target.encoding import encode_query
from cancelkit.contract_tests.target.ledger import Ledger
from cancelkit.spec import Contract, Level

LIST = "/api/channel/5/cancellation_requests/"
BODY = {"order_item": 1, "reason": 1, "cancellation_type": "cancel"}


@pytest.fixture
def seen() -> list[Answer]:
    return []


@pytest.fixture
def client(target: TinyTarget, settings: Settings, spec: Contract, seen: list[Answer], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("cancelkit.contract_tests.target.client.time.sleep", lambda seconds: None)
    return Target(settings, spec, Ledger(), seen.append, target.transport)


def drops(number: int, method: str, *, took_effect: bool = False) -> Callable[[httpx.Request], None]:
    """A fault that breaks the connection of the first `number` requests with this method."""
    left = [number]

    def drop(request: httpx.Request) -> None:
        if request.method == method and left[0]:
            left[0] -= 1
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.")

    return drop


def test_the_token_is_nowhere_in_what_is_written_out(target: TinyTarget, client: Target, seen: list[Answer]):
    """Neither the request kept nor an answer that echoes the token shows it; a rule reads the answer as it was."""
    target.fault = lambda request: httpx.Response(400, json={"detail": request.headers["authorization"], "code": TOKEN})

    client.exchange("GET", LIST, query={"number": TOKEN[:3]})

    finding = Finding("a/b", "a", "", "", Level.DOCUMENTED, Outcome.FAILED, (seen[0].brief(),), exchanges=(seen[0],))
    assert seen[0].json["code"] == TOKEN
    assert TOKEN not in repr(hidden(finding, client.hide))
    assert "$TOKEN" in seen[0].request_headers["Authorization"]


@pytest.mark.parametrize(("auth", "sent"), [("good", f"Token {TOKEN}"), ("bare", TOKEN), ("empty", ""), ("none", None)])
def test_each_way_to_say_who_is_calling(target: TinyTarget, client: Target, auth: str, sent: str | None):
    """The Authorization header is as the rule asks for it."""
    client.exchange("GET", LIST, auth=auth)

    assert target.seen[-1].headers.get("authorization") == sent


def test_a_read_is_sent_again_when_its_connection_drops(target: TinyTarget, client: Target):
    """Two drops in a row do not show in the answer."""
    target.fault = drops(2, "GET")

    answer = client.exchange("GET", LIST)

    assert answer.status == 200
    assert client.traffic.dropped == 2


def test_a_request_that_never_gets_an_answer_is_inconclusive(target: TinyTarget, client: Target):
    """After four drops the run says that it can't tell."""
    target.fault = drops(99, "GET")

    with pytest.raises(Inconclusive, match="no answer"):
        client.exchange("GET", LIST)


def test_a_create_that_lost_its_answer_is_found_and_removed(target: TinyTarget, client: Target):
    """The record that came to be without an answer carries the run's marker, and goes at the end."""
    before = set(target.rows)
    target.after = drops(1, "POST")

    answer = client.exchange("POST", LIST, body={**BODY, "description": "marker-1"})
    leftovers = clean(client, "marker-1")

    assert answer.status == 201
    assert leftovers == []
    assert set(target.rows) == before


def test_a_lost_create_without_a_marker_is_named_but_not_deleted(target: TinyTarget, client: Target):
    """What merely looks like ours may be somebody else's."""
    target.after = drops(1, "POST")
    before = len(target.rows)

    client.exchange("POST", LIST, body={**BODY, "description": None, "reason": 2})
    clean(client, "marker-1")

    assert len(target.rows) == before + 1
    assert ["may come from a create" in text for text in client.ledger.suspects] == [True]


def test_a_delete_whose_repetition_is_404_is_inconclusive(target: TinyTarget, client: Target):
    """The first one took effect, so the 404 is no finding."""
    target.after = drops(1, "DELETE")

    with pytest.raises(Inconclusive, match="connection broke"):
        client.exchange("DELETE", f"{LIST}1/")


def test_a_next_link_is_followed_on_the_targets_own_host(target: TinyTarget, client: Target):
    """A token is never sent to another host."""
    client.exchange("GET", "http://elsewhere.invalid/api/channel/5/cancellation_requests/?page=2&limit=1")

    assert str(target.seen[-1].url) == f"http://tiny.invalid{LIST}?page=2&limit=1"


def test_a_prefix_stands_in_place_of_the_contracts(target: TinyTarget, spec: Contract):
    """Paths are sent with the prefix, and recognized with it."""
    settings = Settings("http://tiny.invalid/shop", token=TOKEN, prefix="/api/v1")
    client = Target(settings, spec, Ledger(), transport=target.transport)

    answer = client.exchange("GET", LIST)

    assert target.seen[-1].url.path == f"/shop/api/v1{LIST.removeprefix('/api')}"
    assert answer.operation_id == "listCancellationRequests"


def test_a_rate_limit_is_waited_out(target: TinyTarget, client: Target):
    """429 is no answer to a rule."""
    answers = [httpx.Response(429, headers={"retry-after": "0"})]
    target.fault = lambda request: answers.pop() if answers else None

    assert client.exchange("GET", LIST).status == 200


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [("7", 7, 7), ("Tue, 01 Jan 2999 00:00:00 GMT", 10, 10), ("\xb2", 0.5, 0.5)],
)
def test_it_waits_as_long_as_is_asked(
    target: TinyTarget, client: Target, monkeypatch: pytest.MonkeyPatch, asked: str, least: float, most: float
):
    """A number or a date, up to a bound; what is neither is no wish."""
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    answers = [httpx.Response(429, headers=[(b"retry-after", asked.encode("latin-1"))])]
    target.fault = lambda request: answers.pop() if answers else None

    assert client.exchange("GET", LIST).status == 200
    assert least <= slept[0] <= most


def test_read_only_sends_no_write(target: TinyTarget, settings: Settings, spec: Contract):
    """Under --read-only a POST does not leave this machine."""
    client = Target(
        Settings("http://tiny.invalid", token=TOKEN, read_only=True), spec, Ledger(), transport=target.transport
    )

    with pytest.raises(Inconclusive, match="read-only"):
        client.exchange("POST", LIST, body=BODY)
    assert target.seen == []


def test_an_unexpected_create_is_tracked(client: Target):
    """Whatever a POST creates is in the ledger, and gone from it once deleted."""
    id = client.exchange("POST", LIST, body=BODY).json["id"]

    assert [record.id for record in client.ledger.open()] == [str(id)]

    client.exchange("DELETE", f"{LIST}{id}/")

    assert client.ledger.open() == []


@pytest.mark.parametrize(
    ("method", "path", "right"), [("GET", LIST, 200), ("POST", LIST, 201), ("PUT", f"{LIST}1/", 200)]
)
def test_a_gateways_error_is_asked_again(target: TinyTarget, client: Target, method: str, path: str, right: int):
    """A 502 or 503 that does not come again is the network's, not the server's, and no rule sees it."""
    answers = [httpx.Response(503, html="<h1>Busy</h1>"), error(502, "Bad gateway.")]
    target.fault = lambda request: answers.pop() if answers else None

    assert client.exchange(method, path, body=BODY).status == right
    assert (client.traffic.gateway, client.traffic.dropped) == (2, 0)


def test_a_server_that_answers_503_every_time_is_heard(target: TinyTarget, client: Target):
    """What comes again and again is the server's own."""
    target.fault = lambda request: error(503, "Busy.")

    assert client.exchange("POST", LIST, body=BODY).status == 503


def test_a_create_behind_a_gateways_error_is_found_and_removed(target: TinyTarget, client: Target):
    """A 504 may come although the server did what was asked."""
    before = set(target.rows)
    answers = [error(504, "Too late.")]
    target.after = lambda request: answers.pop() if answers and request.method == "POST" else None

    client.exchange("POST", LIST, body={**BODY, "description": "marker-1"})
    leftovers = clean(client, "marker-1")

    assert leftovers == []
    assert set(target.rows) == before


def test_a_removal_that_lost_its_answer_leaves_nothing_behind(target: TinyTarget, client: Target):
    """The record is gone, and is not named as left behind."""
    client.exchange("POST", LIST, body={**BODY, "description": "marker-1"})
    target.after = drops(1, "DELETE")

    assert clean(client, "marker-1") == []


def test_a_record_under_an_id_given_before_is_removed(target: TinyTarget, client: Target):
    """A server that uses ids again, which is a fault, keeps no record for it."""
    id = client.exchange("POST", LIST, body=BODY).json["id"]
    client.exchange("DELETE", f"{LIST}{id}/")
    target.last = id - 1
    client.exchange("POST", LIST, body=BODY)

    assert clean(client, "marker-1") == []
    assert id not in target.rows


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({"pk__in": [1, 2], "number": None}, "pk__in=1,2"),
        ({"number": "a b+c&d=ü"}, "number=a%20b%2Bc%26d%3D%C3%BC"),
        ([("status", "waiting"), ("status", "rejected")], "status=waiting&status=rejected"),
        ({"flag": True}, "flag=true"),
        ("raw=%zz", "raw=%zz"),
        (None, ""),
    ],
)
def test_queries_are_written_as_browsers_do(query: object, text: str):
    """Lists by commas, a plus as %2B, text as it is."""
    assert encode_query(query) == text


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("GET", f"{LIST}detailed", "listCancellationRequestsDetailed"),
        ("GET", f"{LIST}detailed/", None),
        ("GET", f"{LIST}7/", "retrieveCancellationRequest"),
        ("GET", f"{LIST}7", None),
        ("TRACE", LIST, None),
        ("POST", f"{LIST}x%20y/reject/", "rejectCancellationRequest"),
    ],
)
def test_paths_belong_to_operations(client: Target, method: str, path: str, operation: str | None):
    """A word of one path is never taken for a parameter of another."""
    found = client.addresses.match(method, path)

    assert (found[0].id if found else None) == operation


def test_headers_of_the_user_are_sent_as_written(target: TinyTarget, spec: Contract):
    """Also where they hold letters beyond ASCII."""
    settings = Settings("http://tiny.invalid", token=TOKEN, headers={"X-Team": "iade ekibi ş"})

    Target(settings, spec, Ledger(), transport=target.transport).exchange("GET", LIST)

    assert dict(target.seen[-1].headers.raw)[b"X-Team"].decode() == "iade ekibi ş"


def test_a_row_that_a_lost_create_may_have_taken_is_not_lent_again(target: TinyTarget, client: Target):
    """Where each row may have one open record."""
    client.holdings.reference = "order_item"
    client.holdings.offer((5,), (1, 2))
    target.fault = drops(99, "POST")
    with pytest.raises(Inconclusive):
        client.exchange("POST", LIST, body=BODY)

    assert client.holdings.lend((5,), "a/rule", Random(1), 1) == 2
