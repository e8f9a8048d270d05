"""Right servers that differ in what the contract leaves open or only assumes, and others at work: no rule may fail."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest
from tiny_target import TinyTarget, shown

from cancelkit.contract_tests.configuration.settings import Settings
from cancelkit.contract_tests.engine.run import execute
from cancelkit.contract_tests.engine.verdict import Outcome
from cancelkit.spec import Contract

BODY = {"order_item": 1, "reason": 1, "cancellation_type": "cancel"}


def outcomes(target: TinyTarget, settings: Settings, spec: Contract, *rules: str, **changes: Any) -> set[Outcome]:
    verdict = execute(replace(settings, rules=rules, **changes), spec, transport=target.transport)
    return {finding.outcome for finding in verdict.findings}


@pytest.mark.parametrize(
    "rule",
    [
        "filters/list/pk-in/exactly",
        "paging/list/every-record-once",
        "paging/list/last-page",
        "paging/list/default-limit",
        "paging/list/limit-capped",
        "robustness/unknown-parameter/list",
    ],
)
def test_records_that_their_owner_removes_meanwhile(target: TinyTarget, settings: Settings, spec: Contract, rule: str):
    """In a read-only run every record is somebody else's, and may go at any moment."""
    for _ in range(900):
        target.add(5, dict(BODY))
    lists = [0]

    def remove(request: httpx.Request) -> None:
        """Every second list of a few ids loses one of them, before it is answered."""
        asked = dict(request.url.params).get("pk__in", "").split(",")
        lists[0] += 1
        if 1 < len(asked) < 40 and lists[0] % 2:
            target.rows.pop(int(asked[lists[0] % len(asked)]), None)

    target.fault = remove

    assert Outcome.FAILED not in outcomes(target, settings, spec, rule, read_only=True)


def test_a_server_that_lists_the_newest_first(target: TinyTarget, settings: Settings, spec: Contract):
    """Only the rules about the order, which is assumed, may tell."""
    usual = target.page

    def newest_first(request: httpx.Request, channel: int, detailed: bool) -> httpx.Response:
        target.rows = dict(sorted(target.rows.items(), reverse=True))
        return usual(request, channel, detailed)

    target.page = newest_first  # type: ignore[method-assign]

    assert outcomes(target, settings, spec, "filters/list/pk-in/exactly") == {Outcome.PASSED}
    assert outcomes(target, settings, spec, "paging/list/order") == {Outcome.WARNED}


def test_a_server_whose_put_clears_what_is_left_out(target: TinyTarget, settings: Settings, spec: Contract):
    """That an omitted field stands is assumed; that null clears and that unknown fields are ignored is not."""
    usual = target.change

    def clears(request: httpx.Request, row: dict[str, Any]) -> httpx.Response:
        answer = usual(request, row)
        if request.method == "PUT" and answer.status_code == 200:
            row.update(
                {
                    name: None
                    for name in ("description", "iban", "quantity")
                    if f'"{name}"'.encode() not in request.content
                }
            )
        return httpx.Response(200, json=shown(row)) if answer.status_code == 200 else answer

    target.change = clears  # type: ignore[method-assign]

    assert outcomes(target, settings, spec, "put/clears-iban", "put/ignores-remote_id") == {Outcome.PASSED}
    assert outcomes(target, settings, spec, "put/keeps-omitted") == {Outcome.WARNED}


def test_a_server_that_answers_an_update_with_202(target: TinyTarget, settings: Settings, spec: Contract):
    """The page gives an update no answer, so its status is assumed; that null clears is not."""
    usual = target.change

    def accepted(request: httpx.Request, row: dict[str, Any]) -> httpx.Response:
        answer = usual(request, row)
        return httpx.Response(202, json=answer.json()) if answer.status_code == 200 else answer

    target.change = accepted  # type: ignore[method-assign]

    assert outcomes(target, settings, spec, "patch/clears-iban") == {Outcome.PASSED}
    assert outcomes(target, settings, spec, "status/patch") == {Outcome.WARNED}


def test_a_server_with_a_small_largest_limit(target: TinyTarget, settings: Settings, spec: Contract):
    """Which limit is the largest is left open."""
    for _ in range(300):
        target.add(5, dict(BODY))
    usual = target.page

    def cut(request: httpx.Request, channel: int, detailed: bool) -> httpx.Response:
        asked = request.url.params.get("limit", "10")
        if asked.isdigit() and int(asked) > 10:
            request = httpx.Request("GET", request.url.copy_set_param("limit", 10))
        return usual(request, channel, detailed)

    target.page = cut  # type: ignore[method-assign]

    whole = outcomes(target, settings, spec, "paging/list/whole", read_only=True, strict=True)

    assert Outcome.FAILED not in whole
    for rule in ("paging/list/page-size", "paging/list/count", "paging/list/every-record-once"):
        assert outcomes(target, settings, spec, rule, read_only=True) == {Outcome.PASSED}
