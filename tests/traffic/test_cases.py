"""Recordings as odd clients, servers and exporters leave them: judged, or named, and never a crash."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from cancelkit.contract_tests.check.command import check

CASES = Path(__file__).with_name("cases")
FILES = sorted(CASES.glob("*.har"))
LIST = "https://shop.example/api/channel/5/cancellation_requests/"
JSON = [{"name": "Content-Type", "value": "application/json"}]
ROW: dict[str, Any] = {
    "id": 7,
    "created_date": "2025-03-01T10:00:00Z",
    "modified_date": "2025-03-01T10:00:00Z",
    "order_item": 1,
    "reason": 1,
    "cancellation_type": "cancel",
    "status": "waiting",
}


def _entry(
    method: str = "GET", url: str = f"{LIST}7/", status: int = 200, answer: Any = ROW, at: Any = 0, **more: Any
) -> dict[str, Any]:
    text = "" if answer is None else answer if isinstance(answer, str) else json.dumps(answer)
    started = f"2025-03-01T10:00:0{at}.000Z" if type(at) is int else at[0]
    response = {"status": status, "headers": JSON, "content": {"size": -1 if text else 0, "text": text}}
    entry: dict[str, Any] = {
        "startedDateTime": started,
        "time": 5,
        "request": {"method": method, "url": url, "headers": JSON, "bodySize": 0, **more.pop("request", {})},
        "response": {**response, **more.pop("response", {})},
        "timings": {"send": 0, "wait": 5, "receive": 0},
        "cache": {},
    }
    return {**entry, **more}


def _check(folder: Path, *entries: Any, arguments: tuple[str, ...] = ("--json",)) -> Result:
    path = folder / "a.har"
    path.write_text(json.dumps({"log": {"entries": entries}}), encoding="utf-8")
    result = CliRunner().invoke(check, [str(path), *arguments])
    assert result.exit_code in (0, 1, 2)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def _found(folder: Path, *entries: Any) -> dict[str, str]:
    """Outcomes by rule, where they are not passed or skipped."""
    report = json.loads(_check(folder, *entries).stdout)
    return {r["id"]: r["outcome"] for r in report["rules"] if r["outcome"] not in ("passed", "skipped")}


EXPECTED: dict[str, dict[str, str]] = {
    "har-globbing": {"client/undocumented-parameter": "failed"},
    "har-lone-surrogate": {"client/undocumented-field": "failed", "client/invalid-field": "warned"},
    "har-lone-surrogate-answer": {"client/undocumented-field": "failed", "server/error-shape": "warned"},
    "har-playwright_missing_postdata": {},
    "har-post-body-not-recorded": {"server/schema": "failed"},
    "har-size0-but-content-length": {},
    "har-sw_cache_after_delete": {},
    "har-terminal-escape": {"client/undocumented-parameter": "failed", "server/not-json": "failed"},
    "har-time-dotnet-min": {},
    "har-turkish": {"client/undocumented-parameter": "failed"},
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_recording_is_judged_as_it_should_be(path: Path) -> None:
    """What is only the recorder's doing is held against nobody."""
    result = CliRunner().invoke(check, [str(path), "--json"])
    rules = json.loads(result.stdout)["rules"]

    assert {r["id"]: r["outcome"] for r in rules if r["outcome"] in ("failed", "warned")} == EXPECTED[path.stem]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_recording_is_shown_in_every_format(path: Path, tmp_path: Path) -> None:
    """Files are UTF-8, and nothing in them or on the console steers a terminal."""
    formats = ("json", "junit", "html", "md")
    options = [text for name in formats for text in (f"--report-{name}", str(tmp_path / name))]
    result = CliRunner().invoke(check, [str(path), "--verbose", *options])

    assert result.exception is None or isinstance(result.exception, SystemExit)
    for text in (result.output, *((tmp_path / name).read_text(encoding="utf-8") for name in formats)):
        assert not set(text) & {chr(code) for code in (*range(9), *range(11, 32), *range(127, 160))}
    ET.parse(tmp_path / "junit")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
@pytest.mark.parametrize("name", ["har-turkish", "har-lone-surrogate", "har-terminal-escape"])
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_console_that_can_not_show_all_shows_the_rest(name: str, encoding: str, options: tuple[str, ...]) -> None:
    """The verdict is there, the exit code is that of the verdict, and JSON stays JSON."""
    program = "from cancelkit.contract_tests.check.command import check; check()"
    done = subprocess.run(
        [sys.executable, "-c", program, str(CASES / f"{name}.har"), *options],
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=False,
    )

    assert done.returncode == 1, done.stderr.decode(errors="replace")
    assert b"Traceback" not in done.stderr
    if options:
        assert json.loads(done.stdout.decode(encoding))["exit_code"] == 1


HALVES = ["\ud83d", "a \udc00 b"]


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("place", ["value", "key", "nested", "answered value", "answered key", "text", "url", "header"])
def test_half_a_surrogate_pair_is_named_wherever_it_stands(tmp_path: Path, half: str, place: str) -> None:
    """As an escape in JSON it is a warning; in a HAR's own texts U+FFFD stands in its place."""
    body: dict[str, Any] = {"quantity": 2}
    row: Any = dict(ROW)
    entry_url, headers = f"{LIST}7/", list(JSON)
    match place:
        case "value":
            body["description"] = half
        case "key":
            body[half] = 1
        case "nested":
            body["description"] = {"a": [half]}
        case "answered value":
            row["description"] = half
        case "answered key":
            row[half] = 1
        case "text":
            row = f"half {half}"
        case "url":
            entry_url += f"?a={half}"
        case "header":
            headers.append({"name": f"X-{half}", "value": half})
    posted = {"mimeType": "application/json", "text": json.dumps(body)}
    entry = _entry("PATCH", entry_url, answer=row, request={"headers": headers, "bodySize": -1, "postData": posted})
    formats = ("json", "junit", "html", "md")
    options = [text for name in formats for text in (f"--report-{name}", str(tmp_path / name))]
    result = _check(tmp_path, entry, arguments=("-v", *options))
    rules = {r["id"]: r for r in json.loads((tmp_path / "json").read_text(encoding="utf-8"))["rules"]}
    said = " ".join(c for rule in rules.values() for c in rule.get("complaints", []))

    assert result.exit_code in (0, 1)
    assert ("half of a surrogate pair" in said) is (place not in ("text", "url", "header"))
    assert all((tmp_path / name).read_bytes().decode("utf-8") for name in formats)


@pytest.mark.parametrize(
    "started",
    [
        "0001-01-01T00:00:00+03:00",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00",
        "9999-12-31T23:59:59.9999999-03:00",
        "9999-12-31T23:59:59Z",
        "1970-01-01T00:00:00Z",
        "yesterday",
        "",
        None,
        1740823200123,
        {},
    ],
)
def test_a_time_that_no_clock_showed_is_unknown(tmp_path: Path, started: Any) -> None:
    """The order is that of the file, nothing is concluded from it, and that is said."""
    entries = [
        _entry(at=0),
        _entry("DELETE", status=204, answer=None, at=(started,)),
        _entry(at=5),
        _entry(at=(started,)),
    ]

    assert _found(tmp_path, *entries) == {}
    assert "2 calls have no usable time" in _check(tmp_path, *entries, arguments=()).output


def test_a_call_without_a_time_stays_where_it_stands(tmp_path: Path) -> None:
    """Behind the one before it, wherever that goes by its own time."""
    asked = [("a", 5), ("b", (None,)), ("c", 0), ("d", (None,))]
    entries = [_entry(url=f"{LIST}7/?{name}=1", at=at) for name, at in asked]
    (rule,) = (r for r in json.loads(_check(tmp_path, *entries).stdout)["rules"] if r["outcome"] == "failed")

    assert re.findall(r"parameter '(\w)'", " ".join(rule["complaints"])) == ["c", "d", "a", "b"]


GONE = _entry("DELETE", status=204, answer=None, at=1)
CACHED: dict[str, dict[str, Any]] = {
    "chromium": {"_fromCache": "disk"},
    "chromium, memory": {"_fromCache": "memory"},
    "chromium, service worker": {"response": {"_fetchedViaServiceWorker": True}},
    "puppeteer": {"response": {"fromDiskCache": True}},
    "safari": {"_fetchType": "Memory Cache"},
    "firefox": {"cache": {"afterRequest": {"fetchCount": 2}}, "timings": {}},
    "firefox, zeros": {"cache": {"afterRequest": {"fetchCount": 2}}, "timings": {"send": 0, "wait": 0, "receive": 0}},
}


@pytest.mark.parametrize("exporter", CACHED)
def test_an_answer_from_a_cache_is_not_judged(tmp_path: Path, exporter: str) -> None:
    """Neither for what was deleted before, nor for its shape; it is said how many there were."""
    later = _entry(at=3, **CACHED[exporter])
    broken = _entry(at=3, answer={**ROW, "id": "7"}, **CACHED[exporter])

    assert _found(tmp_path, _entry(at=0), GONE, later, broken) == {}
    assert "2 answers came from a cache" in _check(tmp_path, _entry(at=0), GONE, later, broken, arguments=()).output


@pytest.mark.parametrize(
    "marks",
    [
        {},
        {"response": {"_fetchedViaServiceWorker": False}},
        {"cache": {"afterRequest": {"fetchCount": 1}}},
        {"_fetchType": "Network Load"},
        {"_fromCache": None},
    ],
)
def test_an_answer_of_the_server_is_judged(tmp_path: Path, marks: dict[str, Any]) -> None:
    """Firefox describes its cache after any answer that it stored."""
    assert _found(tmp_path, _entry(at=0), GONE, _entry(at=3, **marks)) == {"server/came-back": "failed"}


def _posted(text: str, size: int = -1) -> dict[str, Any]:
    return {"bodySize": size, "postData": {"mimeType": "application/json", "text": text}}


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_a_recorders_garbled_text_is_read_as_what_it_was(tmp_path: Path, encoding: str) -> None:
    """UTF-8 that was written down as Latin-1 is the recorder's fault, and said."""
    sent = '{"description": "değişti"}' if encoding == "latin-1" else '{"description": "şükür"}'
    garbled = sent.encode().decode(encoding)
    entry = _entry("PATCH", answer={**ROW, **json.loads(sent)}, request=_posted(garbled))

    assert _found(tmp_path, entry) == {}
    assert "1 body was recorded as Latin-1" in _check(tmp_path, entry, arguments=()).output


def test_a_client_that_garbles_its_own_text_sent_just_that(tmp_path: Path) -> None:
    """The size says so."""
    garbled = '{"description": "değişti"}'.encode().decode("latin-1")
    entry = _entry("PATCH", answer={**ROW, "description": "değişti"}, request=_posted(garbled, len(garbled.encode())))

    assert _found(tmp_path, entry) == {"server/not-applied": "warned"}


@pytest.mark.parametrize(
    ("location", "found"),
    [
        ("https://login.example/sso?next=x", {}),
        ("//login.example/", {}),
        ("http://shop.example/elsewhere/", {}),
        ("https://shop.example/elsewhere/", {"server/undocumented-status": "failed"}),
        ("/login/", {"server/undocumented-status": "failed"}),
        ("https://[", {"server/undocumented-status": "failed"}),
    ],
)
def test_a_redirect_to_another_host_is_not_judged(tmp_path: Path, location: str, found: dict[str, str]) -> None:
    """It is somebody else's: a login, a gateway. One on the same host is the server's own answer."""
    headers = [*JSON, {"name": "Location", "value": location}]

    assert _found(tmp_path, _entry(status=302, answer=None, response={"headers": headers})) == found


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "identity", "rot13"])
@pytest.mark.parametrize("kept", ["plain", "encoded", "broken"])
def test_an_encoded_request_is_decoded_before_it_is_judged(tmp_path: Path, encoding: str, kept: str) -> None:
    """Where it is kept in the plain, or can be decoded, it is judged; else it is not held against the client."""
    import zlib
    from base64 import b64encode

    plain = b'{"colour": 1}'
    window = {"gzip": 31, "deflate": 15}.get(encoding)
    made = zlib.compressobj(wbits=window) if window else None
    packed = made.compress(plain) + made.flush() if made else plain if encoding == "identity" else b"\x8b\x06\x80"
    body = {"plain": plain, "encoded": packed, "broken": b"\x1f\x8b\x08broken"}[kept]
    text = {"text": b64encode(body).decode(), "encoding": "base64", "mimeType": "application/json"}
    headers = [*JSON, {"name": "Content-Encoding", "value": encoding}]
    found = _found(tmp_path, _entry("PATCH", request={"headers": headers, "bodySize": len(body), "postData": text}))
    judged = kept == "plain" or (kept == "encoded" and encoding in ("gzip", "deflate", "identity"))

    if kept == "broken" and encoding == "identity":
        assert "client/malformed-body" in found
    else:
        assert found == ({"client/undocumented-field": "failed"} if judged else {})


def test_a_report_that_can_not_be_written_is_one_line(tmp_path: Path) -> None:
    """The verdict is shown all the same; exit code 2."""
    (tmp_path / "file").touch()
    result = _check(tmp_path, _entry(), arguments=("--report-json", str(tmp_path / "file" / "x.json")))

    assert result.exit_code == 2
    assert "can't be written" in result.output
    assert "The traffic keeps the contract." in result.output
