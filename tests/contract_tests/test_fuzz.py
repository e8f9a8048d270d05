"""Schemathesis as one layer among others: it finds what it is there for, and nothing on a right target."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import httpx
import pytest
from tiny_target import TinyTarget, error

from cancelkit.contract_tests.configuration.settings import Profile, Settings
from cancelkit.contract_tests.engine.run import execute
from cancelkit.contract_tests.engine.session import open_session
from cancelkit.contract_tests.engine.verdict import Outcome
from cancelkit.contract_tests.fuzz.driver import Sender
from cancelkit.contract_tests.fuzz.rules import fuzz_rules
from cancelkit.contract_tests.fuzz.tame import never_valid, never_valid_body, tame, tame_body
from cancelkit.spec import Contract
from cancelkit.spec.values import Values

CREATE = "createCancellationRequest"


@pytest.fixture
def run(target: TinyTarget, settings: Settings, spec: Contract):
    def run(id: str):
        rules = [rule for rule in fuzz_rules(spec) if rule.id == f"schemathesis/{id}"]
        chosen = replace(settings, profile=Profile.STANDARD)
        verdict = execute(chosen, spec, rules=rules, transport=target.transport)
        return next(f for f in verdict.findings if f.rule_id == f"schemathesis/{id}")

    return run


@pytest.mark.parametrize(
    "id", [f"{CREATE}/positive", f"{CREATE}/negative", "deleteCancellationRequest/positive", "links"]
)
def test_a_right_target_has_no_finding(run, target: TinyTarget, id: str):
    """Valid data are accepted, invalid ones refused; records of others stay."""
    before = set(target.rows)

    found = run(id)

    assert (found.outcome, found.complaints) == (Outcome.PASSED, ())
    assert set(target.rows) == before


def refuses_what_is_valid(request: httpx.Request) -> httpx.Response | None:
    generated = request.method == "POST" and b"order_item" in request.content and b"cancelkit" not in request.content
    return error(400, "reason", "No.") if generated else None


def accepts_anything(request: httpx.Request) -> httpx.Response | None:
    return (
        httpx.Response(201, json={"id": 1})
        if request.method == "POST" and b"order_item" not in request.content
        else None
    )


def deletes_nothing(request: httpx.Request) -> httpx.Response | None:
    return httpx.Response(204) if request.method == "DELETE" else None


@pytest.mark.parametrize(
    ("id", "fault", "title"),
    [
        (f"{CREATE}/positive", refuses_what_is_valid, "reject"),
        (f"{CREATE}/negative", accepts_anything, "schema"),
        ("links", deletes_nothing, "deleted"),
    ],
)
def test_a_wrong_target_is_found(run, target: TinyTarget, id: str, fault, title: str):
    """Each of the checks that count speaks up, and shows the request."""
    target.fault = fault

    found = run(id)

    assert found.outcome is Outcome.FAILED
    assert title in found.complaints[0].lower()
    assert found.exchanges


TEXT, NUMBER = {"type": "string", "nullable": True}, {"type": "integer", "minimum": 1}


@pytest.mark.parametrize(
    ("value", "schema", "expected"),
    [
        ("\x1f \u0000 x" * 50, TEXT, Values(TEXT).typical()),
        ("", TEXT, Values(TEXT).typical()),
        (None, TEXT, None),
        (10**30, NUMBER, 1),
        (7, NUMBER, 7),
        (
            "9999-12-31T23:59:60+14:00",
            {"type": "string", "format": "date-time"},
            Values({"type": "string", "format": "date-time"}).typical(),
        ),
        ("2024-02-29", {"type": "string", "format": "date"}, "2024-02-29"),
        (
            '"odd one"@[127.0.0.1]',
            {"type": "string", "format": "email"},
            Values({"type": "string", "format": "email"}).typical(),
        ),
        ([], {"type": "array", "items": {"type": "integer"}}, [1]),
    ],
)
def test_values_are_tamed(value, schema, expected):
    """What a right server may refuse does not count as valid."""
    tamed = tame(value, schema)

    assert str(tamed).startswith(str(expected))


@pytest.mark.parametrize(
    ("value", "schema", "never"),
    [
        ("3", NUMBER, False),
        (3.0, NUMBER, False),
        (True, NUMBER, False),
        ("three", NUMBER, True),
        ([3], NUMBER, True),
        (0, NUMBER, True),
        (None, NUMBER, True),
        (None, TEXT, False),
        (5, TEXT, False),
        ({}, TEXT, True),
        ("Cancel", {"type": "string", "enum": ["cancel"]}, False),
        ("other", {"type": "string", "enum": ["cancel"]}, True),
    ],
)
def test_only_what_can_never_be_valid_must_be_refused(value, schema, never: bool):
    """What could be converted is open."""
    assert never_valid(value, schema) is never


def test_bodies(spec: Contract):
    """A status is left out, references are replaced; a missing required field is never valid."""
    body, update = spec.operations[CREATE].body, spec.operations["updateCancellationRequest"].body
    tamed = tame_body(
        {"status": "rejected", "order_item": 9, "unknown": 1}, update, {"order_item": 4, "reason": 5}, "status"
    )

    assert tamed == {"order_item": 4}
    assert never_valid_body({"order_item": 1, "reason": 1}, body)
    assert never_valid_body([], update)
    assert not never_valid_body({}, update)


@pytest.mark.parametrize("chain", [False, True])
def test_a_generated_id_never_hits_another_rules_record(
    target: TinyTarget, settings: Settings, spec: Contract, chain: bool
):
    """It may be in a final status, or be needed as it is: a fresh record takes its place."""
    with open_session(settings, spec, transport=target.transport) as session:
        others = session.context("another/rule").create()["id"]
        case = SimpleNamespace(path_parameters={"channel_id": 5, "id": others})

        Sender(session.context("schemathesis/test"), chain=chain).place(
            case, spec.operations["rejectCancellationRequest"]
        )

    assert case.path_parameters["id"] != others
