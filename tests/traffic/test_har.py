"""HAR files as their writers really write them."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from cancelkit.traffic import Exchange
from cancelkit.traffic.har import HarError, read_har

URL = "https://shop.example/api/channel/5/cancellation_requests/"


def _entry(**changes: Any) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "startedDateTime": "2025-03-01T13:00:00.123+03:00",
        "time": 12.5,
        "request": {"method": "GET", "url": URL, "headers": [], "bodySize": 0},
        "response": {"status": 200, "headers": [], "content": {"size": 2, "mimeType": "text/x", "text": "{}"}},
    }
    for name, value in changes.items():
        if isinstance(value, dict):
            entry[name] = {**entry[name], **value}
        else:
            entry[name] = value
    return entry


def _read(folder: Path, *entries: Any) -> tuple[Exchange, ...]:
    path = folder / "a.har"
    path.write_text(json.dumps({"log": {"entries": entries}}), encoding="utf-8")
    return read_har(path).exchanges


def test_times_are_seconds_since_1970(tmp_path: Path):
    """The offset counts, and what milliseconds cut off is added to the duration."""
    (exchange,) = _read(tmp_path, _entry())

    assert exchange.started == pytest.approx(1740823200.123)
    assert 0.0125 < exchange.seconds < 0.02


@pytest.mark.parametrize(
    ("content", "body"),
    [
        ({"size": 2, "text": "{}"}, b"{}"),
        ({"size": 2, "text": b64encode(b"{}").decode(), "encoding": "base64"}, b"{}"),
        ({"size": 4, "text": "Ş Ş"[:1] + "ab"}, "Şab".encode()),
        ({"size": 90, "text": '{"a": 1}'}, b'{"a": 1}'),
        ({"size": 90, "text": '{"a": '}, None),
        ({"size": 90}, None),
        ({"size": 0}, b""),
        ({}, b""),
        ({"size": -1, "text": ""}, None),
        ({"size": 3, "text": "not base64", "encoding": "base64"}, None),
    ],
)
def test_answers_are_read_or_taken_for_unknown(tmp_path: Path, content: dict[str, Any], body: bytes | None):
    """A body is decoded; one that was cut or left out is unknown, never taken for empty."""
    (exchange,) = _read(tmp_path, _entry(response={"content": content}))

    assert exchange.response_body == body


@pytest.mark.parametrize(
    ("request_", "body"),
    [
        ({"method": "POST", "postData": {"mimeType": "application/json", "text": '{"a": 1}'}}, b'{"a": 1}'),
        ({"method": "POST", "postData": {"params": [{"name": "a", "value": "1 2"}]}}, b"a=1+2"),
        ({"method": "POST", "bodySize": 12}, None),
        ({"method": "POST", "headers": [{"name": "Content-Length", "value": "12"}], "bodySize": -1}, None),
        ({"method": "POST", "headers": [{"name": "Content-Length", "value": "0"}], "bodySize": -1}, b""),
        ({"method": "PATCH", "bodySize": 0}, b""),
        ({"method": "DELETE", "bodySize": -1}, b""),
    ],
)
def test_what_was_sent_is_read_or_taken_for_unknown(tmp_path: Path, request_: dict[str, Any], body: bytes | None):
    """So is the body of a request."""
    (exchange,) = _read(tmp_path, _entry(request=request_))

    assert exchange.request_body == body


def test_pseudo_headers_are_left_out(tmp_path: Path):
    """HTTP/2's own headers are none of the request; the type beside a body counts as a header."""
    headers = [{"name": ":authority", "value": "shop.example"}, {"name": "Accept", "value": "*/*"}]
    posted = {"mimeType": "application/json", "text": "{}"}
    (exchange,) = _read(tmp_path, _entry(request={"method": "POST", "headers": headers, "postData": posted}))

    assert exchange.request_headers == (("Accept", "*/*"), ("content-type", "application/json"))


def test_what_came_from_a_cache_is_marked(tmp_path: Path):
    """Chromium says so in fields of its own."""
    fresh, cached = _read(tmp_path, _entry(), _entry(_fromCache="disk"))

    assert (fresh.cached, cached.cached) == (False, True)


def test_hosts_and_sessions_have_records_of_their_own(tmp_path: Path):
    """The same id elsewhere is another record."""
    session = [{"name": "X-Mock-Session", "value": "a"}]
    realms = {
        e.realm
        for e in _read(tmp_path, _entry(), _entry(request={"headers": session}), _entry(request={"url": "http://b/"}))
    }

    assert len(realms) == 3


@pytest.mark.parametrize(
    "entry",
    [None, {}, [], {"request": {}}, {"request": {"method": 1, "url": URL}}, _entry(request={"url": "http://["})],
)
def test_entries_without_a_request_are_counted(tmp_path: Path, entry: Any):
    """They spoil nothing."""
    path = tmp_path / "a.har"
    path.write_text(json.dumps({"log": {"entries": [entry, _entry()]}}), encoding="utf-8")
    recording = read_har(path)

    assert (len(recording.exchanges), recording.unread) == (1, 1)


@pytest.mark.parametrize(
    "entry",
    [
        _entry(response={"status": 0, "content": {}}),
        _entry(response={"status": None}),
        {"request": {"method": "get", "url": URL}},
        _entry(time=-1, startedDateTime="yesterday", response={"headers": [{"name": None}, 3], "content": None}),
    ],
)
def test_odd_entries_are_read(tmp_path: Path, entry: Any):
    """An aborted call, and one that tells nearly nothing."""
    (exchange,) = _read(tmp_path, entry)

    assert (exchange.method, exchange.url) == ("GET", URL)
    assert exchange.status in (0, 200)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"not json", "not JSON"),
        (b"[]", '"log"'),
        (b'{"log": 3}', '"log"'),
        (b'{"log": {"entries": {}}}', '"log"'),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_what_is_no_har_is_refused(tmp_path: Path, content: bytes, said: str):
    """With the file's name and what is missing."""
    path = tmp_path / "a.har"
    path.write_bytes(content)

    with pytest.raises(HarError, match=said):
        read_har(path)


def test_a_byte_order_mark_is_no_obstacle(tmp_path: Path):
    """Some tools write one."""
    path = tmp_path / "a.har"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps({"log": {"entries": [_entry()]}}).encode())

    assert len(read_har(path).exchanges) == 1
