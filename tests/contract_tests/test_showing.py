"""What a target sends, in each report and on each console: escaped, never in charge of the terminal, never fatal."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import httpx
import pytest
from made_verdict import verdict_of
from rich.console import Console
from tiny_target import TOKEN, TinyTarget, served

from cancelkit.contract_tests.configuration.settings import Settings
from cancelkit.contract_tests.engine.run import execute
from cancelkit.contract_tests.engine.verdict import Finding, Outcome, Verdict
from cancelkit.contract_tests.reports import html, json_report, junit, markdown, terminal
from cancelkit.contract_tests.reports.story import story
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Level
from cancelkit.spec.showing import STEERING

ROOT = Path(__file__).parents[2]
STEERS = "\x1b]0;owned\x07\x1b[2J\r\x9b31m\u202eevil\ud83d"
URL = "http://127.0.0.1:1/api/channel/5/cancellation_requests/7/"


def on_a_terminal(verdict: Verdict) -> str:
    console = Console(file=io.StringIO(), width=100)
    terminal.show(verdict, verbose=True, console=console)
    return str(console.file.getvalue())


def as_a_story(verdict: Verdict) -> str:
    return "\n".join(story(finding, "again") for finding in verdict.findings)


REPORTS = [html.render, junit.render, json_report.render, markdown.render, on_a_terminal, as_a_story]


def made(text: str) -> Verdict:
    answer = Answer(200, {"x-odd": text}, text, {"a": [text]}, "PATCH", URL + text, {"iban": text}, record="7")
    kinds = (Outcome.FAILED, Outcome.WARNED, Outcome.INCONCLUSIVE, Outcome.PASSED)
    findings = tuple(
        Finding(
            f"patch/{kind.value}",
            "patch",
            text,
            "s",
            Level.PUBLISHED,
            kind,
            (text,) * kind.broken,
            text,
            (answer,),
            text,
        )
        for kind in kinds
    )
    return verdict_of(findings, repeat="again", repeat_rule=lambda rule: "again", leftovers=(text,), stale=(text,))


@pytest.mark.parametrize("render", REPORTS)
def test_no_report_is_steered_by_what_a_server_sent(render: Callable[[Verdict], str]) -> None:
    """Controls, writing directions and halves of characters are escaped, and the report can be written as UTF-8."""
    text = render(made(STEERS))

    assert STEERING.findall(text) == []
    assert "ud83d" in text.encode().decode()
    assert "evil" in text


def test_the_json_report_keeps_what_json_can_say() -> None:
    """A reader gets the controls back as they were; half of a character as the text that stood for it."""
    found = json.loads(json_report.render(made(STEERS)))["rules"][0]["complaints"][0]

    assert found == STEERS.replace("\ud83d", "\\ud83d")


def test_an_xml_reader_sees_the_escapes() -> None:
    """Not the replacement character, which says nothing."""
    failure = ET.fromstring(junit.render(made(STEERS))).find(".//failure")

    assert failure is not None
    assert failure.text is not None
    assert "\\x1b]0;owned\\x07" in failure.text


def _half_of_a_character(request: httpx.Request) -> httpx.Response | None:
    """Stands for a server that stores texts as UTF-16 and cuts them in the middle of a character."""
    answer = TARGET.answer(request)
    if answer.status_code != 200:
        return answer
    data = json.loads(answer.content)
    for row in data.get("results", [data]):
        row["description"], row["holder_name"] = "\ud83d", 3
    return httpx.Response(200, content=json.dumps(data).encode(), headers={"content-type": "application/json"})


TARGET = TinyTarget()


def test_half_of_a_character_is_named_as_what_the_server_sent(settings: Settings, spec: Contract) -> None:
    """In every format; no rule stumbles over it, and what else is wrong with the same answers is found, too."""
    TARGET.fault = _half_of_a_character
    chosen = ("schema/characters", "schema/retrieve*", "patch", "retrieve", "detailed")

    verdict = execute(replace(settings, rules=chosen), spec, transport=TARGET.transport)
    findings = {finding.rule_id: finding for finding in verdict.findings}
    found = findings["schema/characters"]

    assert found.outcome is Outcome.WARNED
    assert "description: holds half of a surrogate pair" in found.complaints[0]
    assert findings["schema/retrieveCancellationRequest/200"].outcome is Outcome.FAILED
    assert not [f.why for f in verdict.findings if "could not be read" in f.why]
    for render in REPORTS:
        assert "holds half of a surrogate pair" in render(replace(verdict, findings=(found,))).encode().decode()


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_small_console_shows_what_it_can(tmp_path: Path, encoding: str, options: list[str]) -> None:
    """verify ends with its verdict; JSON stays JSON; the files are UTF-8 whatever the console is."""
    target = TinyTarget()
    target.fault = lambda r: httpx.Response(418, json={"ş": "☕"}) if r.method == "DELETE" else None
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHONIOENCODING": encoding,
        "PYTHONUTF8": "0",
        "CANCELKIT_TOKEN": TOKEN,
    }
    with served(target) as url:
        done = subprocess.run(
            [
                sys.executable, "-m", "cancelkit", "verify", url, "--scope", "5", "--profile", "quick",
                "--rule", "status/deleteCancellationRequest", "--rule", "retrieve",
                "--report-html", "r.html", "--report-md", "r.md", "--report-json", "r.json", "--report-junit", "r.xml",
                *options,
            ],
            cwd=tmp_path, env=environment, capture_output=True, timeout=120, check=False,
        )  # fmt: skip
    text = done.stdout.decode(encoding)

    assert done.returncode == 1, done.stderr
    assert b"Traceback" not in done.stderr
    assert "status/deleteCancellationRequest/documented" in text
    if options:
        assert "☕" in json.dumps(json.loads(text), ensure_ascii=False)
    else:
        assert ("☕" in text) is (encoding == "utf-8")
    for name in ("r.html", "r.md", "r.json", "r.xml"):
        assert "☕" in (tmp_path / name).read_text(encoding="utf-8")


def test_a_key_that_is_a_word_of_the_answers_is_hidden_only_in_what_is_written(spec: Contract) -> None:
    """Rules read the answers as they were: keys are found, no shape is broken. Reports never show the key."""
    target = TinyTarget()
    key = "order_item"

    def as_with_the_usual_key(request: httpx.Request) -> httpx.Response | None:
        request.headers["authorization"] = request.headers.get("authorization", "").replace(key, TOKEN)
        return httpx.Response(404, json={"wrong": key}) if request.method == "DELETE" else None

    target.fault = as_with_the_usual_key
    settings = Settings("http://tiny.invalid", token=key, areas=("schema", "delete", "status"))

    verdict = execute(settings, spec, transport=target.transport)
    outcomes = {finding.rule_id: finding.outcome for finding in verdict.findings}

    assert outcomes["schema/retrieveCancellationRequest/200"] is Outcome.PASSED
    assert outcomes["schema/deleteCancellationRequest/404"] is Outcome.FAILED
    wrong = next(f for f in verdict.findings if f.rule_id == "schema/deleteCancellationRequest/404")
    assert '{"wrong":"$TOKEN"}' in wrong.exchanges[-1].text.replace(" ", "")
    assert not [a for f in verdict.findings for a in f.exchanges if key in a.text or key in str(a.json)]
    assert not [text for f in verdict.findings for text in (*f.complaints, f.why, f.note) if key in text]
