"""Answers judged by the way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tiny_target import TinyTarget

from cancelkit.contract_tests.configuration.settings import Settings
from cancelkit.contract_tests.engine.coverage import CoverageCounter
from cancelkit.contract_tests.engine.run import execute
from cancelkit.contract_tests.engine.watch import PassiveWatch
from cancelkit.contract_tests.observing.names import with_article
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract
from cancelkit.spec.values import Values

RETRIEVE = "retrieveCancellationRequest"
JSON = {"content-type": "application/json"}


@pytest.fixture
def record(spec: Contract) -> dict[str, object]:
    return dict(Values(spec.schemas["CancellationRequest"], direction="response").typical())


def complained(spec: Contract, answer: Answer) -> set[str]:
    watch = PassiveWatch(spec)
    watch.watch(answer)
    return {r.rule.id for r in watch.rules if watch.seen(r.rule.id).complained}


@pytest.mark.parametrize(
    "change",
    [
        {"uuid": "no-uuid"},
        {"created_date": "2025-03-01"},
        {"created_date": "2025-03-01T00:00:00"},
        {"id": "1"},
        {"status": "unknown"},
        {"quantity": 0},
        {"order_item": None},
        {"attributes": []},
        {"easy_return": {}},
    ],
)
def test_a_wrong_field_is_seen(spec: Contract, record, change):
    """Types, formats, enums, bounds and nulls of a record are those of the spec."""
    answer = Answer(200, JSON, json={**record, **change}, operation_id=RETRIEVE)

    assert complained(spec, answer) == {f"schema/{RETRIEVE}/200"}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"remote_id": 7},
        {"created_date": "2025-03-01T03:00:00.5+03:00"},
        {"description": None, "easy_return": None},
        {"id": 2**62},
    ],
)
def test_what_is_open_is_left_alone(spec: Contract, record, change):
    """Further fields, offsets, fractions and large ids are as right as any."""
    assert complained(spec, Answer(200, JSON, json={**record, **change}, operation_id=RETRIEVE)) == set()


@pytest.mark.parametrize(
    ("answer", "rules"),
    [
        (Answer(500, JSON, operation_id=RETRIEVE), {"robustness/no-server-error"}),
        (Answer(202, JSON, operation_id=RETRIEVE), {f"status/{RETRIEVE}/documented"}),
        (
            Answer(204, JSON, '{"id": 1}', operation_id="deleteCancellationRequest"),
            {"schema/deleteCancellationRequest/204"},
        ),
        (Answer(405, JSON, json={"detail": "No."}, operation_id=RETRIEVE), {"schema/errors"}),
        (Answer(404, JSON, json={"detail": "No.", "code": "x"}, operation_id=RETRIEVE), set()),
        (
            Answer(404, {"content-type": "text/html"}, "<!doctype html>", operation_id=RETRIEVE, is_json=False),
            {f"schema/{RETRIEVE}/404", "robustness/no-html"},
        ),
        (Answer(404, {"content-type": "text/html"}, "<!doctype html>", is_json=False), set()),
    ],
)
def test_each_answer_meets_the_rules_that_are_about_it(spec: Contract, answer: Answer, rules: set[str]):
    """Status, shape and manners are judged apart; what is no operation's is nobody's concern but for a 5xx."""
    assert complained(spec, answer) == rules


def test_coverage_counts_what_was_exercised(spec: Contract):
    """Statuses never seen stand there with nought; parameters and fields count as accepted or refused."""
    counter = CoverageCounter(spec)
    url = "http://x/api/channel/5/cancellation_requests/?limit=2&status="
    counter.watch(Answer(200, JSON, url=url, operation_id="listCancellationRequests"))
    counter.watch(Answer(400, JSON, url=url, operation_id="listCancellationRequests"))
    counter.watch(Answer(201, JSON, request_body={"iban": None}, operation_id="createCancellationRequest"))

    coverage = counter.coverage()

    assert coverage.statuses["listCancellationRequests"] == {200: 1, 400: 1, 401: 0, 404: 0}
    assert coverage.parameters["listCancellationRequests"]["status"] == (1, 1)
    assert coverage.fields["createCancellationRequest"]["iban"] == (1, 0)


def test_errors_that_operations_describe_are_not_said_to_be_unseen(
    target: TinyTarget, settings: Settings, spec: Contract
):
    """A partial run sends 400s; the rule about errors that nobody describes says why there was none to judge."""
    verdict = execute(
        replace(settings, rules=("schema/errors", "schema/createCancellationRequest/400")),
        spec,
        transport=target.transport,
    )
    why = {finding.rule_id: finding.why for finding in verdict.findings}

    assert why == {
        "schema/createCancellationRequest/400": "",
        "schema/errors": "every error that was seen is described by its operation, whose own rules judge it",
    }


@pytest.mark.parametrize(
    ("word", "text"),
    [("reject", "a reject"), ("approve", "an approve"), ("undo", "an undo"), ("use", "a use"), ("unify", "a unify")],
)
def test_actions_have_the_article_that_is_spoken(word: str, text: str):
    """The sentences of rules are read by people."""
    assert with_article(word) == text
