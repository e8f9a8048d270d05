"""A run that can't be done says why, before a single rule runs."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from tiny_target import TOKEN, TinyTarget, error

from cancelkit.contract_tests.configuration.settings import Settings
from cancelkit.contract_tests.engine.session import open_session
from cancelkit.contract_tests.errors import Cause, CouldNotRun
from cancelkit.spec import Contract


def unreachable(request: httpx.Request) -> None:
    raise httpx.ConnectError("Connection refused")


def no_create(request: httpx.Request) -> httpx.Response | None:
    return error(403, "Read-only key.") if request.method == "POST" else None


def html(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, html="<html>Welcome</html>")


def elsewhere(request: httpx.Request) -> httpx.Response:
    return httpx.Response(301, headers={"location": "https://tiny.invalid/"})


def nothing_here(request: httpx.Request) -> httpx.Response:
    return httpx.Response(404, text="404 page not found")


def no_trust(request: httpx.Request) -> None:
    raise httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate")


def no_tls(request: httpx.Request) -> None:
    raise httpx.ConnectError("[SSL: WRONG_VERSION_NUMBER] wrong version number")


def gateway(request: httpx.Request) -> httpx.Response:
    return httpx.Response(502, html="<h1>Bad Gateway</h1>")


def who_asks(request: httpx.Request) -> httpx.Response:
    return httpx.Response(407, html="<h1>Proxy Authentication Required</h1>")


def not_this_channel(request: httpx.Request) -> httpx.Response | None:
    return error(403, "No.") if request.headers["authorization"] == f"Token {TOKEN}" else None


@pytest.mark.parametrize(
    ("fault", "changes", "cause", "words"),
    [
        (unreachable, {"proxy": "http://joe:secret@proxy.invalid:3128"}, Cause.PROXY, "proxy proxy.invalid:3128"),
        (no_trust, {}, Cause.TLS, "--ca"),
        (no_tls, {}, Cause.TLS, "http rather than https"),
        (gateway, {}, Cause.GATEWAY, "502"),
        (who_asks, {}, Cause.PROXY, "407"),
        (not_this_channel, {}, Cause.SCOPE, "may not list channel 5"),
        (unreachable, {}, Cause.UNREACHABLE, "Is it running"),
        (None, {"token": "wrong"}, Cause.TOKEN, "not accepted"),
        (None, {"token": ""}, Cause.TOKEN, "no token was given"),
        (None, {"scope": (99,)}, Cause.SCOPE, "--scope"),
        (None, {"other_scope": (98,)}, Cause.SCOPE, "--other-scope"),
        (None, {"references": {"order_item": (77,), "reason": (1,)}}, Cause.REFERENCES, "--reference order_item"),
        (no_create, {}, Cause.TOKEN, "--read-only"),
        (html, {}, Cause.NOT_THIS_API, "a page to log in"),
        (elsewhere, {}, Cause.NOT_THIS_API, "https://tiny.invalid/"),
        (nothing_here, {}, Cause.NOT_THIS_API, "--prefix"),
    ],
)
def test_what_stands_in_the_way_is_told_apart(
    target: TinyTarget,
    settings: Settings,
    spec: Contract,
    fault,
    changes,
    cause,
    words,
    monkeypatch: pytest.MonkeyPatch,
):
    """Each cause has its own explanation, which names what to do."""
    monkeypatch.setattr("cancelkit.contract_tests.target.client.time.sleep", lambda seconds: None)
    target.fault = fault or target.fault

    with (
        pytest.raises(CouldNotRun) as caught,
        open_session(replace(settings, **changes), spec, transport=target.transport),
    ):
        pass

    assert caught.value.cause is cause
    assert words in str(caught.value)
    assert "joe:secret" not in str(caught.value)


def test_order_items_and_reasons_are_discovered(target: TinyTarget, settings: Settings, spec: Contract):
    """They are read from the rows, in both channels, and those that a create refuses are left out."""
    target.rows[1]["order_item"] = 99

    with open_session(settings, spec, transport=target.transport) as session:
        ground = session.ground

    assert set(ground.references["order_item"]) == {1, 2}
    assert ground.references["reason"] == (1,)
    assert set(ground.other_references["order_item"]) == {11, 12}


def test_an_empty_channel_needs_ids(target: TinyTarget, settings: Settings, spec: Contract):
    """Without rows nothing can be discovered; given ids do."""
    target.rows.clear()

    with (
        pytest.raises(CouldNotRun, match="--reference order_item"),
        open_session(settings, spec, transport=target.transport),
    ):
        pass
    given = replace(settings, references={"order_item": (1, 2), "reason": (1,)})
    with open_session(given, spec, transport=target.transport) as session:
        assert session.ground.references["order_item"] == (1, 2)


def test_the_probe_leaves_nothing(target: TinyTarget, settings: Settings, spec: Contract):
    """What it created to try ids is removed."""
    before = set(target.rows)

    with open_session(settings, spec, transport=target.transport):
        pass

    assert set(target.rows) == before


@pytest.mark.parametrize(
    "said",
    [
        {"quantity": ["Required."], "code": "required"},
        {"title": "Wrong.", "errors": {"quantity": ["Required."]}},
        {"message": "quantity: Required."},
        {"message": 'Give "quantity".'},
    ],
)
def test_a_refusal_that_blames_another_field_is_left_to_the_rules(
    target: TinyTarget, settings: Settings, spec: Contract, said: dict[str, object]
):
    """The ids are not at fault where a server asks for more than the contract: a rule says what is."""

    def demanding(request: httpx.Request) -> httpx.Response | None:
        refused = request.method == "POST" and b"quantity" not in request.content
        return httpx.Response(400, json=said) if refused else None

    target.fault = demanding

    with open_session(settings, spec, transport=target.transport) as session:
        ground = session.ground

    assert ground.references["order_item"]
    assert ground.references["reason"]


def test_a_page_with_a_wrong_content_type_is_left_to_the_rules(target: TinyTarget, settings: Settings, spec: Contract):
    """JSON that is called a text is the API all the same, and a finding."""

    def mislabelled(request: httpx.Request) -> httpx.Response | None:
        answer = target.answer(request)
        return httpx.Response(answer.status_code, text=answer.text)

    target.fault = mislabelled

    with open_session(settings, spec, transport=target.transport) as session:
        ground = session.ground

    assert ground.references["order_item"]
