"""What is recorded holds no secret, wherever it stood."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cancelkit.traffic import Exchange
from cancelkit.traffic.redaction import Redaction

KEY = "s3cret-key-0123"
CALL = Exchange(
    "POST",
    f"https://user:pass@shop.example/api/x/?token={KEY}&page=2&sig=a",
    (("Authorization", f"Token {KEY}"), ("Cookie", "sid=abcdefgh; theme=dark"), ("X-Team", f"returns {KEY}")),
    b'{"password": "hunter2!", "description": "' + KEY.encode() + b'"}',
    200,
    (("Set-Cookie", "sid=ijklmnop; Path=/"), ("WWW-Authenticate", "Token")),
    b'{"key": "' + KEY.encode() + b'", "authToken": "x", "note": "abcdefgh ijklmnop"}',
)


def test_secrets_are_nowhere():
    """Not in headers, parameters, fields, and not where they are repeated."""
    clean = repr(Redaction(lambda secret: "***")(CALL))

    for secret in (KEY, "abcdefgh", "ijklmnop", "hunter2!", "user:pass"):
        assert secret not in clean


def test_what_is_no_secret_stays():
    """The word before the key, other headers, parameters and fields are kept."""
    clean = Redaction(lambda secret: "***")(CALL)

    assert clean.sent("authorization") == "Token ***"
    assert clean.sent("x-team") == "returns ***"
    assert clean.got("www-authenticate") == "Token"
    assert clean.url == "https://shop.example/api/x/?token=***&page=2&sig=a"


@pytest.mark.parametrize("text", [f"detail: {KEY} is unknown", "a%20b"])
def test_a_text_that_repeats_a_secret_is_cleaned(text: str):
    """Messages about an exchange may quote what it sent, also percent-encoded."""
    redaction = Redaction(lambda secret: "***")
    redaction.learn(CALL)
    redaction.learn(replace(CALL, request_headers=(("authorization", "Token a b long"),)))

    assert KEY not in redaction.text(text)


def test_bytes_that_are_no_text_stay():
    """A body that is not UTF-8 is none in which a field could be found."""
    assert Redaction(lambda secret: "***")(replace(CALL, request_body=b"\xff")).request_body == b"\xff"
