"""`cancelkit check` on recordings made by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from cancelkit.contract_tests.check.command import check

KEY = "Token very-secret-key"
LIST = "https://shop.example/api/channel/5/cancellation_requests/"
ROW: dict[str, Any] = {
    "id": 7,
    "created_date": "2025-03-01T10:00:00Z",
    "modified_date": "2025-03-01T10:00:00Z",
    "order_item": 1,
    "reason": 1,
    "cancellation_type": "cancel",
    "status": "waiting",
}
PAGE = {"count": 1, "next": None, "previous": None, "results": [ROW]}


def _entry(
    method: str = "GET", url: str = LIST, status: int = 200, answer: Any = None, sent: Any = None, **more: Any
) -> dict[str, Any]:
    key = more.pop("key", KEY)
    headers = [{"name": ":method", "value": method}, {"name": "authorization", "value": key}] if key else []
    text = "" if answer is None else json.dumps(answer)
    request: dict[str, Any] = {"method": method, "url": url, "headers": headers, "bodySize": -1}
    if sent is not None:
        request["postData"] = {"mimeType": "application/json", "text": json.dumps(sent)}
    return {
        "startedDateTime": "2025-03-01T10:00:00.000Z",
        "time": 5,
        "_resourceType": "fetch",
        "request": request,
        "response": {
            "status": status,
            "headers": [{"name": "Content-Type", "value": "application/json"}],
            "content": {"size": len(text.encode()), "mimeType": "application/json", "text": text},
        },
        **more,
    }


GOOD = [
    _entry(answer=PAGE),
    _entry(url=f"{LIST}7/", answer=ROW),
    _entry("OPTIONS", key=None),
    _entry(status=0),
    _entry(url="https://shop.example/app.js", status=500),
    _entry(url="https://other.example/api/v2/things/", status=418),
]


def _call(folder: Path, entries: list[Any], *arguments: str) -> Result:
    path = folder / "shop.har"
    path.write_text(json.dumps({"log": {"entries": entries}}), encoding="utf-8")
    return CliRunner().invoke(check, [str(path), *arguments])


def _found(folder: Path, entries: list[Any], *arguments: str) -> dict[str, str]:
    """Outcomes by rule, where they are not passed or skipped."""
    report = json.loads(_call(folder, entries, "--json", *arguments).stdout)
    return {r["id"]: r["outcome"] for r in report["rules"] if r["outcome"] not in ("passed", "skipped")}


def test_good_traffic_is_clean(tmp_path: Path):
    """Other APIs' calls, preflights and aborted calls are none of ours."""
    result = _call(tmp_path, GOOD)

    assert result.exit_code == 0, result.output
    assert "The traffic keeps the contract." in result.output
    assert "4 of 6 recorded calls are of this API, 1 of them without an answer" in result.output


CLIENT = [_entry(url=f"{LIST}?colour=red", answer=PAGE)]
SERVER = [_entry(answer={**PAGE, "results": [{**ROW, "id": "7"}]})]
ASSUMED = [_entry(answer={**PAGE, "count": 2, "results": [ROW, {**ROW, "id": 6}]})]


@pytest.mark.parametrize(
    ("entries", "arguments", "code", "found"),
    [
        (CLIENT, (), 1, {"client/undocumented-parameter": "failed"}),
        (CLIENT, ("--side", "server"), 0, {}),
        (SERVER, (), 1, {"server/schema": "failed"}),
        (SERVER, ("--side", "client"), 0, {}),
        (SERVER, ("--rule", "client"), 0, {}),
        (SERVER, ("--rule", "server/schema"), 1, {"server/schema": "failed"}),
        (ASSUMED, (), 0, {"server/list-order": "warned"}),
        (ASSUMED, ("--strict",), 1, {"server/list-order": "failed"}),
    ],
)
def test_violations_are_found_on_the_side_that_is_asked_for(
    tmp_path: Path, entries: list[Any], arguments: tuple[str, ...], code: int, found: dict[str, str]
):
    """What is only assumed warns, unless --strict."""
    assert _found(tmp_path, GOOD + entries, *arguments) == found
    assert _call(tmp_path, GOOD + entries, *arguments).exit_code == code


def test_the_same_complaint_is_told_once(tmp_path: Path):
    """With how often it came, and the calls that show it."""
    rows = [{**ROW, "id": n, "status": "lost"} for n in range(1, 6)]
    result = _call(tmp_path, [_entry(answer={**PAGE, "count": 5, "results": rows})] * 2)

    assert result.exit_code == 1
    assert 'listCancellationRequests: results.*.status: "lost" is not one of' in result.output
    assert "(×10)" in result.output
    assert result.output.count("$ curl") == 1


@pytest.mark.parametrize(
    ("arguments", "judged"),
    [
        ((), True),
        (("--base-url", "https://shop.example"), True),
        (("--base-url", "https://other.example"), False),
        (("--base-url", "https://shop.example/below"), False),
        (("--prefix", "/v9"), False),
        (("--prefix", "api"), True),
    ],
)
def test_which_calls_are_of_the_api_can_be_said(tmp_path: Path, arguments: tuple[str, ...], judged: bool):
    """By server and by path; where nothing is left, the exit code is 2 and a line says what was seen."""
    result = _call(tmp_path, GOOD, *arguments)

    assert result.exit_code == (0 if judged else 2)
    assert ("6 calls, to https://shop.example, https://other.example" in result.output) is not judged


def test_a_prefix_and_a_base_path_are_understood(tmp_path: Path):
    """A server below a path, with a prefix of its own."""
    url = LIST.replace("/api/", "/backend/v9/")
    options = ("--base-url", "https://shop.example/backend/", "--prefix", "v9")

    assert _call(tmp_path, [_entry(url=url, answer=PAGE)]).exit_code == 2
    assert _call(tmp_path, [_entry(url=url, answer=PAGE)], *options).exit_code == 0


def test_calls_without_a_key_are_judged_only_where_keys_were_recorded(tmp_path: Path):
    """Browsers leave keys out of an export unless told otherwise."""
    open_call = _entry(answer=PAGE, key=None)
    open_call["request"]["headers"] = [{"name": "Accept", "value": "*/*"}]

    assert _found(tmp_path, [open_call]) == {}
    assert _found(tmp_path, [open_call, *GOOD]) == {"server/unauthenticated": "failed"}


def test_several_files_are_one_story(tmp_path: Path):
    """What was deleted in one file must stay away in the next."""
    (tmp_path / "a.har").write_text(json.dumps({"log": {"entries": [_entry("DELETE", f"{LIST}7/", 204)]}}))
    later = _entry(url=f"{LIST}7/", answer=ROW, startedDateTime="2025-03-01T10:05:00Z")
    result = _call(tmp_path, [later], str(tmp_path / "a.har"), "--json")

    assert [r["id"] for r in json.loads(result.stdout)["rules"] if r["outcome"] == "failed"] == ["server/came-back"]


def test_no_report_shows_the_key(tmp_path: Path):
    """Nor what the server repeats of it."""
    bad = _entry(url=f"{LIST}?token=very-secret-key", status=401, answer={"error": "very-secret-key is unknown"})
    reports = {name: tmp_path / f"r.{name}" for name in ("json", "junit", "html", "md")}
    options = [part for name, path in reports.items() for part in (f"--report-{name}", str(path))]
    result = _call(tmp_path, [*GOOD, bad], *options)

    assert result.exit_code == 1
    for text in (result.output, *(path.read_text(encoding="utf-8") for path in reports.values())):
        assert "very-secret-key" not in text
        assert "TOKEN" in text or text == result.output
    assert ET.parse(reports["junit"]).getroot().get("failures") != "0"
    assert json.loads(reports["json"].read_text(encoding="utf-8"))["exit_code"] == 1


@pytest.mark.parametrize("content", ["", "{}", '{"log": {"entries": []}}'])
def test_what_can_not_be_judged_is_said_in_one_line(tmp_path: Path, content: str):
    """No traceback, exit code 2."""
    path = tmp_path / "x.har"
    path.write_text(content)
    result = CliRunner().invoke(check, [str(path)])

    assert result.exit_code == 2
    assert result.stderr.startswith("cancelkit check: ")
    assert result.stderr.count("\n") == 1


def test_a_missing_file_is_said_in_one_line(tmp_path: Path):
    """With its name."""
    result = CliRunner().invoke(check, [str(tmp_path / "none.har")])

    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "none.har can't be read: No such file" in result.stderr
