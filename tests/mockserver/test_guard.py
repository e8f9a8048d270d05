"""Who may use the control endpoints."""

from __future__ import annotations

import pytest
from starlette.datastructures import Headers

from cancelkit.mockserver.control.guard import Guard

HERE = {"host": "127.0.0.1:8080"}


@pytest.mark.parametrize(
    ("client", "headers"),
    [
        ("127.0.0.1", HERE),
        ("::1", {"host": "[::1]:8080"}),
        ("127.0.0.1", {"host": "LOCALHOST"}),
        (None, {"host": "localhost"}),
        ("127.0.0.1", HERE | {"origin": "http://127.0.0.1:8080", "sec-fetch-site": "same-origin"}),
        ("127.0.0.1", HERE | {"sec-fetch-site": "none"}),
    ],
)
def test_this_machine_may(client: str | None, headers: dict[str, str]) -> None:
    """Programs and pages of this very server, on this machine, under its loopback names."""
    assert Guard().check(client, Headers(headers)) is None


@pytest.mark.parametrize(
    ("client", "headers", "code"),
    [
        ("192.0.2.7", HERE, "control_token_required"),
        ("testclient", HERE, "control_token_required"),
        ("127.0.0.1", {"host": "evil.example:8080"}, "host_not_loopback"),
        ("127.0.0.1", {"host": "127.0.0.1.evil.example"}, "host_not_loopback"),
        ("127.0.0.1", {"host": "localhost:8080@evil.example"}, "host_not_loopback"),
        ("127.0.0.1", {}, "host_not_loopback"),
        ("127.0.0.1", HERE | {"origin": "http://evil.example"}, "cross_origin"),
        ("127.0.0.1", HERE | {"origin": "null"}, "cross_origin"),
        ("127.0.0.1", HERE | {"origin": "http://127.0.0.1:3000"}, "cross_origin"),
        ("127.0.0.1", HERE | {"sec-fetch-site": "cross-site"}, "cross_origin"),
        ("127.0.0.1", HERE | {"sec-fetch-site": "same-site"}, "cross_origin"),
        ("127.0.0.1", {"host": "evil.example", "x-mock-control": "guess"}, "host_not_loopback"),
    ],
)
def test_others_may_not(client: str, headers: dict[str, str], code: str) -> None:
    """Other machines, other names (DNS rebinding) and other pages are told why not."""
    denied = Guard().check(client, Headers(headers))

    assert denied
    assert denied.code == code


@pytest.mark.parametrize("header", [{"x-mock-control": "s3cret"}, {"authorization": "Bearer s3cret"}])
def test_the_token_opens_from_anywhere(header: dict[str, str]) -> None:
    """With the token it does not matter where the call comes from."""
    guard = Guard("s3cret", public=True)

    assert guard.check("192.0.2.7", Headers({"host": "mock.example"} | header)) is None


def test_a_public_server_with_a_token_wants_it_from_everyone() -> None:
    """A reverse proxy makes every client look local: there the address proves nothing."""
    denied = Guard("s3cret", public=True).check("127.0.0.1", Headers(HERE | {"x-mock-control": "wrong"}))

    assert denied
    assert denied.code == "control_token_required"


def test_a_public_server_without_a_token_is_closed() -> None:
    """Not even this machine may, so that nobody takes it for open by accident."""
    guard = Guard(public=True)
    denied = guard.check("127.0.0.1", Headers(HERE))

    assert guard.off
    assert denied
    assert denied.code == "control_off"


def test_the_page_that_asks_for_the_token_is_open() -> None:
    """The dashboard's files hold no data; without them nobody could enter the token. Off is off for them too."""
    far = Headers({"host": "mock.example", "sec-fetch-site": "cross-site"})

    assert Guard("s3cret", public=True).check("192.0.2.7", far, page=True) is None
    assert Guard(public=True).check("192.0.2.7", far, page=True) is not None
