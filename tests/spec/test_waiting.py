"""When an answer asks to come again."""

from __future__ import annotations

import httpx
import pytest

from cancelkit.spec.waiting import retry_after


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [("7", 7, 7), ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0), ("Fri, 31 Dec 9999 23:59:59 GMT", 1e9, 1e12)],
)
def test_retry_after_is_a_number_or_a_date(text: str, least: float, most: float):
    """Both forms of RFC 9110 are read."""
    wait = retry_after(httpx.Headers({"Retry-After": text}))

    assert wait is not None
    assert least <= wait <= most


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "soon"}])
def test_no_retry_after_is_no_wish(headers: dict[str, str]):
    """A missing or senseless header leaves the wait to us."""
    assert retry_after(httpx.Headers(headers)) is None
