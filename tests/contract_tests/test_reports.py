"""One verdict, several reports."""

from __future__ import annotations

import io
import json
import re
import shlex
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from made_verdict import verdict_of
from rich.console import Console
from tiny_target import TOKEN as TINY_TOKEN
from tiny_target import TinyTarget

from cancelkit.contract_tests.configuration.settings import Settings
from cancelkit.contract_tests.engine.sequence import MOST, shortest
from cancelkit.contract_tests.engine.verdict import Finding, Outcome, Verdict
from cancelkit.contract_tests.reports import html, json_report, junit, markdown, terminal
from cancelkit.contract_tests.target.answer import UNSET, Answer
from cancelkit.contract_tests.target.client import Target
from cancelkit.contract_tests.target.commands import curl, curl_commands, repeat_command, way
from cancelkit.contract_tests.target.ledger import Ledger
from cancelkit.spec import Contract, Level, load
from cancelkit.spec.showing import visible

NASTY = "<script>alert('ş')</script> | `x` \x00 & \"q\""
URL = "http://127.0.0.1:1/api/channel/5/cancellation_requests/"
SENT = {"Authorization": "Token $TOKEN", "Content-Type": "application/json"}
CREATED = Answer(201, {}, '{"id": 41}', {"id": 41}, "POST", URL, {"iban": "it's"}, request_headers=SENT)
PATCHED = Answer(200, {}, NASTY, None, "PATCH", f"{URL}41/", {"iban": None}, False, request_headers=SENT, record="41")


def finding(outcome: Outcome, id: str = "patch/test", **fields: object) -> Finding:
    values = {"complaints": (NASTY,) if outcome.broken else (), "why": NASTY, "exchanges": (CREATED, PATCHED), **fields}
    return Finding(id, id.partition("/")[0], NASTY, "a source", Level.DOCUMENTED, outcome, **values)


@pytest.fixture
def verdict() -> Verdict:
    settings = Settings("http://127.0.0.1:1", token="secret-token", other_scope=(6,))
    return verdict_of(
        tuple(finding(outcome, f"patch/{outcome.value}") for outcome in Outcome),
        url=settings.url,
        repeat=repeat_command(settings, load()),
        repeat_rule=lambda rule: repeat_command(settings, load(), rule),
        leftovers=(NASTY,),
        stale=(NASTY,),
    )


class Outline(HTMLParser):
    """Which tags a page has, and which places it would load from."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [str(v) for k, v in attrs if k in ("src", "href") and not str(v).startswith("#")]


def test_the_page_is_self_contained_and_escaped(verdict: Verdict):
    """Whatever a server sends stays text, and nothing is loaded."""
    outline = Outline()

    outline.feed(html.render(verdict))

    assert outline.tags.count("script") == 1
    assert outline.loads == []
    assert "http" not in re.sub(r"http://127\.0\.0\.1:1|http-equiv", "", html.render(verdict))


def test_the_junit_report_is_well_formed(verdict: Verdict):
    """A failure for each failed rule; skipped where nothing was judged; characters that XML forbids are replaced."""
    root = ET.fromstring(junit.render(verdict))

    cases = {case.get("name"): [child.tag for child in case] for case in root.iter("testcase")}
    assert root.get("failures") == "1"
    assert cases["patch/failed"] == ["failure"]
    assert cases["patch/inconclusive"] == cases["patch/skipped"] == cases["patch/expected"] == ["skipped"]
    assert cases["patch/passed"] == []


def test_the_json_report_is_as_described(verdict: Verdict):
    """Every key of the report stands in docs/report-schema.md, and its version is there."""
    data = json.loads(json_report.render(verdict))
    text = (Path(__file__).parents[2] / "docs/report-schema.md").read_text(encoding="utf-8")

    def keys(value: object, free: bool = False) -> set[str]:
        if isinstance(value, dict):
            own = set() if free else set(value)
            return own.union(
                *(keys(v, k in ("statuses", "parameters", "fields", "areas", "headers")) for k, v in value.items())
            )
        return set().union(*(keys(v) for v in value)) if isinstance(value, list) else set()

    assert data["cancelkit_report"] == json_report.VERSION
    assert [key for key in sorted(keys(data) - {"op", "200", "404", "iban", "limit"}) if f"`{key}`" not in text] == []


def test_the_markdown_summary_keeps_text_as_text(verdict: Verdict):
    """No HTML and no table cell comes from what a server said."""
    text = markdown.render(verdict)

    outside = re.sub(r"````.*?````", "", text, flags=re.DOTALL)
    assert "<script" not in re.sub(r"\\<", "", outside)
    assert "| patch | 1 | 1 | 1 | 1 | 1 | 1 |" in text


def test_the_terminal_explains_failures(verdict: Verdict):
    """Requirement, complaint, commands and the command that repeats it."""
    out = io.StringIO()

    terminal.show(verdict, console=Console(file=out, width=80))

    assert "FAILED patch/failed" in out.getvalue()
    assert f"requires {visible(NASTY)}" in out.getvalue()
    assert "--rule patch/failed" in out.getvalue()
    assert "The target breaks 1 rule of the contract." in out.getvalue()


@pytest.mark.parametrize("render", [html.render, junit.render, json_report.render, markdown.render])
def test_no_report_shows_the_token(verdict: Verdict, render):
    """Commands name $TOKEN instead."""
    assert "secret-token" not in render(verdict)
    assert "$TOKEN" in render(verdict)


def test_a_sequence_hands_on_the_id_of_what_it_created():
    """The second command works on the record that the first one makes."""
    first, second = curl_commands([CREATED, PATCHED])

    assert first.startswith("ID1=$(curl ")
    assert first.endswith("| jq -r .id)")
    assert second.endswith('/cancellation_requests/$ID1/"')


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (Answer(200, url=URL), f"curl -sS {URL}"),
        (Answer(200, url=f"{URL}?number=a%20b&limit=1"), f"curl -sS '{URL}?number=a%20b&limit=1'"),
        (Answer(200, url=URL, method="HEAD"), f"curl -sS -I {URL}"),
        (Answer(200, url=URL, method="DELETE"), f"curl -sS -X DELETE {URL}"),
        (Answer(200, url=URL, method="POST", request_body="{"), "curl -sS -H Content-Type: --data-binary '{' " + URL),
        (Answer(200, url=URL, method="POST", request_body=UNSET), f"curl -sS -X POST {URL}"),
        (
            Answer(200, url=URL, request_headers={"Authorization": "Token $TOKEN", "X-Empty": ""}),
            f"curl -sS -H \"Authorization: Token $TOKEN\" -H 'X-Empty;' {URL}",
        ),
    ],
)
def test_a_request_as_a_command(answer: Answer, text: str):
    """What is pasted into a shell sends what was sent."""
    assert curl(answer) == text


def test_the_shortest_sequence_keeps_what_the_complaint_names():
    """Of many answers, those with its ids and values stay, in order."""
    trace = [Answer(200, url=f"{URL}{n}/", json={"id": n}) for n in range(100, 160)]

    chosen = shortest(trace, ["record 107 was changed by 151"])

    assert [a.url for a in chosen if a.url.endswith(("107/", "151/"))] == [f"{URL}107/", f"{URL}151/"]
    assert len(chosen) == MOST


@pytest.mark.parametrize(
    ("outcomes", "interrupted", "code"),
    [
        ([Outcome.PASSED, Outcome.WARNED, Outcome.EXPECTED, Outcome.SKIPPED], False, 0),
        ([Outcome.PASSED, Outcome.FAILED], False, 1),
        ([Outcome.PASSED, Outcome.FAILED], True, 1),
        ([Outcome.PASSED], True, 2),
        ([Outcome.SKIPPED, Outcome.INCONCLUSIVE], False, 2),
    ],
)
def test_the_exit_code(verdict: Verdict, outcomes, interrupted: bool, code: int):
    """0 conforms, 1 violations, 2 where nothing could be judged or the run was cut short."""
    findings = tuple(finding(outcome) for outcome in outcomes)

    assert replace(verdict, findings=findings, interrupted=interrupted).exit_code == code


def test_commands_reach_the_target_as_the_run_did(target: TinyTarget, spec: Contract):
    """Proxy, TLS and the user's headers; a header's value and a proxy's password stand as shell variables."""
    settings = Settings(
        "https://tiny.invalid",
        token=TINY_TOKEN,
        proxy="http://joe:hunter2@proxy.invalid:3128",
        verify_tls=False,
        headers={"X-Team": "hidden"},
        other_scope=(6,),
        other_references={"order_item": (11,), "reason": (21,)},
        rps=5,
        schemathesis=False,
    )
    client = Target(replace(settings, proxy=None), spec, Ledger(), transport=target.transport)

    answer = client.exchange("GET", "/api/channel/5/cancellation_requests/")
    command = curl(replace(answer, way=way(settings)))
    repeat = repeat_command(settings, spec, "a/b")

    assert answer.way == ("-k", "-H", '"X-Team: $X_TEAM"')
    assert shlex.split(command)[2:7] == ["-x", "$PROXY", "-k", "-H", "X-Team: $X_TEAM"]
    for words in (
        '--header "X-Team: $X_TEAM"',
        '--proxy "$PROXY"',
        "--insecure",
        "--rps 5",
        "--other-reference order_item=11",
        "--other-reference reason=21",
        "--no-schemathesis",
    ):
        assert words in repeat
    assert not any(secret in command + repeat for secret in ("hunter2", "hidden", TINY_TOKEN))


def test_a_thousand_inconclusive_rules_are_not_a_thousand_lines(verdict: Verdict):
    """The terminal names the first and counts the others by reason."""
    many = tuple(finding(Outcome.INCONCLUSIVE, f"patch/{n}", why="no answer") for n in range(1000))
    console = Console(file=io.StringIO(), width=100)

    terminal.show(replace(verdict, findings=many), console=console)
    told = console.file.getvalue()

    assert "patch/0 " in told
    assert f"{1000 - terminal.MOST_SHOWN} more inconclusive: no answer" in told
    assert len(told.splitlines()) < terminal.MOST_SHOWN + 10
