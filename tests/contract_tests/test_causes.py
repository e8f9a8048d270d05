"""Broken rules that share a cause stand together, the one that explains the others first."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from made_verdict import verdict_of
from rich.console import Console

from cancelkit.contract_tests.engine.causes import causes
from cancelkit.contract_tests.engine.verdict import Finding, Outcome
from cancelkit.contract_tests.reports import html, json_report, junit, markdown, terminal
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Level

URL = "http://127.0.0.1:1/api/things/"


def listing(id: str, *complaints: str, query: str, outcome: Outcome = Outcome.FAILED) -> Finding:
    answer = Answer(200, json={"count": 1, "results": [{"id": 1, "colour": "red"}]}, url=f"{URL}?{query}")
    return Finding(id, "filters", "It finds.", "s", Level.PUBLISHED, outcome, complaints, exchanges=(answer,))


def writing(id: str, *complaints: str, body: Any, outcome: Outcome = Outcome.FAILED) -> Finding:
    answer = Answer(200, json={"id": 1}, url=URL, method="POST", request_body=body)
    return Finding(id, "create", "It refuses.", "s", Level.PUBLISHED, outcome, complaints, exchanges=(answer,))


def grouped(findings: Iterable[Finding]) -> dict[str, tuple[str, list[str]]]:
    return {c.first.rule_id: (c.about, sorted(f.rule_id for f in c.others)) for c in causes(tuple(findings))}


FILTER = [
    listing(
        "filters/size/with-others",
        "list with size=1 and hue=2 (each): finds 4",
        query="size=1&hue=2",
        outcome=Outcome.WARNED,
    ),
    listing(
        "filters/three",
        "list with size=9 and hue=2 and age=3: finds 3",
        query="size=9&hue=2&age=3",
        outcome=Outcome.WARNED,
    ),
    listing("filters/hue/matches", "list with hue=2: finds 7, whose colour is 'red'", query="hue=2"),
    listing("filters/after-put", "list with hue=2 after a write: finds 7", query="hue=2&pk=7", outcome=Outcome.WARNED),
]


def test_a_rule_about_one_parameter_explains_those_about_it_and_others() -> None:
    """Whichever order they come in, and although two of them are called after another parameter."""
    for findings in (FILTER, FILTER[::-1]):
        assert grouped(findings) == {
            "filters/hue/matches": (
                "the parameter hue",
                ["filters/after-put", "filters/size/with-others", "filters/three"],
            )
        }


def test_two_faults_are_two_causes() -> None:
    """A parameter and a body field of the same name are not the same thing; what shares nothing stands alone."""
    other = [
        writing("create/refuses-hue", "POST {'hue': 0}: answered 200, not 400 naming hue", body={"hue": 0}),
        writing("create/hue-and-size", "POST {'hue': 0, 'size': 1}: stored hue", body={"hue": 0, "size": 1}),
        writing("create/lone", "POST: something of its own", body={"age": 1}),
    ]

    assert grouped([*FILTER, *other]) == {
        "filters/hue/matches": (
            "the parameter hue",
            ["filters/after-put", "filters/size/with-others", "filters/three"],
        ),
        "create/refuses-hue": ("the field hue", ["create/hue-and-size"]),
        "create/lone": ("", []),
    }


def test_the_same_words_about_answers_are_one_cause() -> None:
    """Whatever was called, and whichever status it was; other words are another cause."""
    findings = [
        writing("create/a", "POST with z 7: the 400 has no code", body={"y": 7}),
        writing("retrieve/unknown", "GET with the unknown id 9 (again): the 404 has no code", body={"b": 7}),
        listing("paging/beyond", "list {'page': 3}: the 404 has no code (after 2 steps: POST: x)", query="page=3"),
        writing("delete/a", "DELETE: answered 200, not 204", body={"c": 1}),
        writing("delete/b", "DELETE twice: answered 204, not 404", body={"d": 1}),
    ]

    assert grouped(findings) == {
        "create/a": ("“the … has no code”", ["paging/beyond", "retrieve/unknown"]),
        "delete/a": ("", []),
        "delete/b": ("", []),
    }


def test_every_broken_rule_stands_in_one_group_and_failures_come_first() -> None:
    """Nothing is lost or said twice; a group with a failure stands before one of warnings only."""
    warned = [replace(one, outcome=Outcome.WARNED, rule_id=f"w/{n}") for n, one in enumerate(FILTER)]
    failed = [writing("x/1", "size is wrong", body={"size": 1}), writing("x/2", "size is not right", body={"size": 2})]
    found = causes((*warned, *failed))

    assert sorted(f.rule_id for c in found for f in (c.first, *c.others)) == sorted(
        f.rule_id for f in (*warned, *failed)
    )
    assert found[0].first.rule_id == "x/1"
    assert causes(()) == ()


def test_reports_show_the_cause_and_fold_the_rest() -> None:
    """Console, page and summary explain one rule and name the others; JSON says which explains which; JUnit is flat."""
    verdict = verdict_of(tuple(FILTER), repeat="again", repeat_rule=lambda rule: f"again {rule}")
    out = io.StringIO()
    terminal.show(verdict, console=Console(file=out, width=100))
    told = "3 more rules break with it, all about the parameter hue"
    page = html.render(verdict)

    assert out.getvalue().count("requires ") == 1
    for text in (out.getvalue(), page, markdown.render(verdict)):
        assert told in text
        assert text.index("filters/hue/matches") < text.index(told) < text.index("filters/three", text.index(told))
    assert page.count("<article") == 4
    assert json.loads(json_report.render(verdict))["causes"] == [
        {
            "rule": "filters/hue/matches",
            "about": "the parameter hue",
            "explains": ["filters/size/with-others", "filters/three", "filters/after-put"],
        }
    ]
    assert junit.render(verdict).count("<testcase") == 4


@pytest.mark.parametrize("complaints", [(), ("",), ("(((",), ("a: " * 50,)])
def test_any_complaint_will_do(complaints: tuple[str, ...]) -> None:
    """A finding is never lost for its words."""
    finding = listing("a/b", *complaints, query="a=1")

    assert [cause.first for cause in causes((finding,))] == [finding]
