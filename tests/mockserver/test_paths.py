"""What stands around the operations: slashes, aliases, methods, keys, login, other origins, the pages."""

from __future__ import annotations

import gzip
import re
from typing import Any

import pytest
import yaml
from in_process import Client

from cancelkit import spec as contract

LIST = "/api/channel/5/cancellation_requests/"
SPEC = contract.load()
ITEM = {"order_item": 1, "reason": 1, "cancellation_type": "cancel"}
CALLS = [
    ("GET", LIST, None),
    ("POST", LIST, ITEM),
    ("GET", f"{LIST}detailed", None),
    ("GET", f"{LIST}1/", None),
    ("PUT", f"{LIST}1/", {}),
    ("PATCH", f"{LIST}1/", {}),
    ("DELETE", f"{LIST}1/", None),
    ("POST", f"{LIST}1/reject/", None),
    ("GET", f"{LIST}1/detailed/", None),
]


def test_every_operation_is_called_here() -> None:
    """The list above is the contract's."""
    assert sorted(f"{m} {p.replace('/5/', '/{channel_id}/').replace('1/', '{id}/')}" for m, p, _ in CALLS) == sorted(
        f"{o.method} {o.path}" for o in SPEC.operations.values()
    )


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
@pytest.mark.parametrize(
    "key", [None, "", "Token", "Token ", "Token a b", "Bearer demo", "Token no-such-key", "no-such-key"]
)
def test_a_call_without_a_known_key_is_refused(
    mock: Client, method: str, path: str, body: Any, key: str | None
) -> None:
    """With 401, whatever the operation, and nothing happens."""
    before = mock.call("GET", f"{LIST}1/").body
    stranger = Client(mock.app, key=None, session=mock.session)
    answer = stranger.call(method, path, body, {} if key is None else {"Authorization": key})

    assert answer.status == 401
    assert set(answer.json) == {"detail", "code"}
    assert answer.headers["www-authenticate"] == "Token"
    assert mock.call("GET", f"{LIST}1/").body == before


@pytest.mark.parametrize(("key", "status"), [("Token one", 200), ("two", 200), ("token two", 200), ("Token demo", 401)])
def test_only_the_keys_that_were_given_are_known(make: Any, key: str, status: int) -> None:
    """With or without the word before it."""
    mock = make(tokens=("one", "two"))

    assert mock.call("GET", LIST, None, {"Authorization": key}).status == status


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_the_older_prefix_serves_the_same(mock: Client, method: str, path: str, body: Any) -> None:
    """omnisdk calls /api/v1."""
    answer = mock.call(method, path.replace("/api/", "/api/v1/"), body)

    assert answer.status == {"POST": 200 if body is None else 201, "DELETE": 204}.get(method, 200)


def test_links_of_the_older_prefix_stay_there(mock: Client) -> None:
    """Or the client's next page would be another path's."""
    path = LIST.replace("/api/", "/api/v1/")

    assert mock.call("GET", f"{path}?limit=1").json["next"] == f"http://mock.test{path}?limit=1&page=2"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (LIST.rstrip("/"), LIST),
        (f"{LIST}1", f"{LIST}1/"),
        (f"{LIST}detailed/", f"{LIST}detailed"),
        (f"{LIST}1/detailed", f"{LIST}1/detailed/"),
    ],
)
def test_a_read_with_the_wrong_slash_is_redirected(mock: Client, method: str, wrong: str, right: str) -> None:
    """To the documented path, with its query."""
    answer = mock.call(method, f"{wrong}?limit=3")

    assert (answer.status, answer.headers["location"]) == (301, f"{right}?limit=3")


@pytest.mark.parametrize(
    ("method", "wrong"),
    [("POST", LIST.rstrip("/")), ("PATCH", f"{LIST}1"), ("DELETE", f"{LIST}1"), ("POST", f"{LIST}1/reject")],
)
def test_a_write_with_the_wrong_slash_is_told_the_right_path(mock: Client, method: str, wrong: str) -> None:
    """And does nothing."""
    answer = mock.call(method, wrong, ITEM)

    assert answer.status == 404
    assert f"{wrong}/" in answer.json["detail"]


@pytest.mark.parametrize(
    ("path", "offered"),
    [
        (LIST, {"GET", "POST", "HEAD", "OPTIONS"}),
        (f"{LIST}detailed", {"GET", "HEAD", "OPTIONS"}),
        (f"{LIST}1/", {"GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}),
        (f"{LIST}1/reject/", {"POST", "OPTIONS"}),
        (f"{LIST}1/detailed/", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_a_method_that_is_not_offered_is_told_which_are(mock: Client, path: str, offered: set[str]) -> None:
    """All of them."""
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"} - offered:
        answer = mock.call(method, path)
        assert answer.status == 405
        assert set(answer.headers["allow"].split(", ")) == offered
        assert set(answer.json) == {"detail", "code"}
    assert set(mock.call("OPTIONS", path).headers["allow"].split(", ")) == offered


@pytest.mark.parametrize("path", [LIST, f"{LIST}1/", f"{LIST}detailed", f"{LIST}1/detailed/"])
def test_head_answers_as_get_does(mock: Client, path: str) -> None:
    """The same status and length."""
    head, get = mock.call("HEAD", path), mock.call("GET", path)

    assert (head.status, head.headers) == (get.status, get.headers)


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/",
        "/api/channel/5/",
        "/api/channel/x/cancellation_requests/",
        *(f"{LIST}{id}/" for id in ("0x1", "1/approve", "+5", "0007", "9" * 400, "-1", "1.0", "١")),
    ],
)
def test_an_unknown_path_is_404(mock: Client, path: str) -> None:
    """In the API's words."""
    answer = mock.call("GET", path)

    assert answer.status == 404
    assert set(answer.json) == {"detail", "code"}


def test_login_gives_a_key_that_is_known(make: Any) -> None:
    """As the platform's own client wants it."""
    mock = make(tokens=("s3cret",))
    key = mock.call("POST", "/api/v1/auth/login/", {"username": "a", "password": "b"}).json["key"]

    assert mock.call("GET", LIST, None, {"Authorization": f"Token {key}"}).status == 200


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_login_with_a_wrong_slash_is_told_the_path(mock: Client, method: str) -> None:
    """As everywhere else; a GET is not led there, since there is none."""
    body = {"username": "a", "password": "b"}
    answer = mock.call(method, "/api/v1/auth/login", body)
    prefixed = mock.call(method, "/s/slashes/api/v1/auth/login", body)

    assert answer.status == 404
    assert answer.json["detail"] == "Not found. The path is /api/v1/auth/login/"
    assert prefixed.json["detail"] == "Not found. The path is /s/slashes/api/v1/auth/login/"


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip"])
def test_an_encoded_body_is_415_naming_the_encoding(mock: Client, encoding: str) -> None:
    """Whatever the bytes are; `identity` is none."""
    body = gzip.compress(b'{"order_item": 1, "reason": 1, "cancellation_type": "cancel"}')
    refused = mock.call("POST", LIST, body, {"Content-Encoding": encoding})
    plain = mock.call("POST", LIST, gzip.decompress(body), {"Content-Encoding": "identity"})

    assert refused.status == 415
    assert encoding in refused.json["detail"]
    assert refused.headers["accept-encoding"] == "identity"
    assert plain.status == 201


@pytest.mark.parametrize("body", [{}, {"username": "a"}, {"username": 1, "password": None}, [], b"{", None])
def test_a_broken_login_is_refused(mock: Client, body: Any) -> None:
    """By field where there is one."""
    answer = mock.call("POST", "/api/v1/auth/login/", body)

    assert answer.status in (400, 415)
    assert "code" in answer.json


def test_other_origins_may_call_and_read_errors(mock: Client) -> None:
    """A browser needs the permission on refusals, too, and asks before a write."""
    origin = {"Origin": "http://app.test:3000"}
    asked = {**origin, "Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization"}
    preflight = Client(mock.app, key=None).call("OPTIONS", f"{LIST}1/", None, asked)

    assert mock.call("GET", LIST, None, origin).headers["access-control-allow-origin"] == origin["Origin"]
    assert mock.call("GET", f"{LIST}0/", None, origin).headers["access-control-allow-origin"] == origin["Origin"]
    assert Client(mock.app, key=None).call("GET", LIST, None, origin).headers["access-control-allow-origin"]
    assert preflight.status == 200
    assert "PATCH" in preflight.headers["access-control-allow-methods"]
    assert preflight.headers["access-control-allow-headers"] == "authorization"


def test_other_origins_get_nothing_where_that_is_off_nor_from_the_control_room(make: Any, mock: Client) -> None:
    """No permission is written."""
    origin = {"Origin": "http://app.test:3000"}
    closed = make(cors=False).call("GET", LIST, None, origin)
    control = mock.call("GET", "/_mock/status", None, {**origin, "Host": "localhost"})

    assert "access-control-allow-origin" not in closed.headers
    assert control.status == 403
    assert "access-control-allow-origin" not in control.headers


def test_the_contract_is_served_with_this_servers_address(mock: Client) -> None:
    """As JSON and as YAML, the same."""
    as_json = mock.call("GET", "/openapi.json")
    as_yaml = mock.call("GET", "/openapi.yaml")

    assert as_json.json["servers"][0]["url"] == "http://mock.test"
    assert yaml.safe_load(as_yaml.body) == as_json.json
    assert as_json.json["paths"] == SPEC.document["paths"]


def test_the_docs_page_needs_nobody_else(mock: Client) -> None:
    """Every file it names is served here, and a key is filled in."""
    page = mock.call("GET", "/docs/").body.decode()
    files = re.findall(r'(?:src|href)="([^"]+)"', page)

    assert files
    assert not [name for name in files if "//" in name]
    assert [mock.call("GET", f"/docs/{name}").status for name in files if not name.startswith("data:")] == [200] * len(
        [name for name in files if not name.startswith("data:")]
    )
    assert b'preauthorizeApiKey("apiKey"' in mock.call("GET", "/docs/start.js").body


@pytest.mark.parametrize(("host", "told"), [("127.0.0.1", True), ("0.0.0.0", False)])
def test_the_docs_page_fills_in_a_given_key_only_on_this_machine(make: Any, host: str, told: bool) -> None:
    """Elsewhere whoever opens the page need not know the key."""
    mock = make(tokens=("s3cret",), host=host)
    pages = b"".join(mock.call("GET", path).body for path in ("/docs/", "/docs/start.js", "/openapi.json"))

    assert (b"s3cret" in pages) is told
