"""What a complaint is worth, and what is left behind."""

from __future__ import annotations

import pickle
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import httpx
import pytest
from tiny_target import TinyTarget

from cancelkit.contract_tests.configuration.settings import Settings, Waiver
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.engine.run import execute, graded, stale
from cancelkit.contract_tests.engine.verdict import Finding, Outcome, Verdict
from cancelkit.contract_tests.errors import Cause, CouldNotRun, Inconclusive, Skip
from cancelkit.spec import Contract, Level, Role

Make = Callable[..., Rule]
CREATES = "create/first"


@pytest.fixture
def run(target: TinyTarget, settings: Settings, spec: Contract) -> Callable[..., Verdict]:
    def run(*rules: Rule, **changes: object) -> Verdict:
        return execute(replace(settings, **changes), spec, rules=rules, transport=target.transport)

    return run


def finding(verdict: Verdict, id: str = "create/test") -> Finding:
    return next(f for f in verdict.findings if f.rule_id == id)


def in_turn(*answers: object) -> Callable[[Context], object]:
    """An observation that gives, or raises, each of `answers` in turn; the last one for good."""
    waiting = list(answers)

    def observe(bench: Context) -> object:
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return observe


def complains(evidence: object) -> list[str]:
    return [str(evidence)] if evidence else []


@pytest.mark.parametrize(
    ("answers", "fields", "outcome"),
    [
        (["bad"], {}, Outcome.FAILED),
        ([""], {}, Outcome.PASSED),
        (["bad", ""], {}, Outcome.PASSED),
        (["bad", ""], {"once": True}, Outcome.FAILED),
        ([Inconclusive("noise"), ""], {}, Outcome.PASSED),
        ([Inconclusive("noise"), "bad"], {}, Outcome.FAILED),
        ([Inconclusive("noise")], {}, Outcome.INCONCLUSIVE),
        (["bad", Inconclusive("noise")], {}, Outcome.INCONCLUSIVE),
        ([Skip("nothing there")], {}, Outcome.SKIPPED),
        ([KeyError("id")], {}, Outcome.INCONCLUSIVE),
        (["bad"], {"level": Level.ASSUMED}, Outcome.WARNED),
        (["", "bad", "bad"], {"quiet": True}, Outcome.PASSED),
        (["bad", "", "bad"], {"area": "concurrency"}, Outcome.FAILED),
        (["bad", "", ""], {"area": "concurrency"}, Outcome.PASSED),
    ],
)
def test_only_what_is_seen_again_is_reported(run, make_rule: Make, answers, fields, outcome):
    """A complaint counts when it is repeated; what disturbs or lacks evidence never fails."""
    verdict = run(make_rule(in_turn(*answers), complains, **fields))

    assert finding(verdict).outcome is outcome


@pytest.mark.parametrize(
    ("fields", "changes", "why"),
    [
        ({"cost": 2}, {}, "profile quick"),
        ({}, {"read_only": True}, "--read-only"),
        ({"needs_other": True}, {"other_scope": None}, "--other-scope"),
        ({}, {"max_seconds": 0.0}, "--max-time"),
    ],
)
def test_a_rule_that_does_not_run_says_why(run, make_rule: Make, fields, changes, why):
    """A skipped rule names the option that would let it run."""
    verdict = run(make_rule(in_turn("bad"), complains, **fields), **changes)

    assert finding(verdict).outcome is Outcome.SKIPPED
    assert why in finding(verdict).why


def test_what_a_sample_can_not_hold_ends_no_run(target: TinyTarget, run, make_rule: Make):
    """A state that is an object, of which no set can be asked, is for the rules to say."""

    def boxed(request: httpx.Request) -> httpx.Response | None:
        answer = target.answer(request)
        boxes = request.method != "GET" and answer.status_code < 204
        return httpx.Response(answer.status_code, json={**answer.json(), "status": {}}) if boxes else answer

    target.fault = boxed

    verdict = run(make_rule(in_turn("bad"), complains))

    assert finding(verdict).outcome is Outcome.FAILED


def test_what_rules_create_is_removed(target: TinyTarget, run, make_rule: Make):
    """Records go when the rule is done, even if it failed or stumbled."""
    before = set(target.rows)

    def stumble(bench: Context) -> None:
        bench.create()
        bench.fresh("approved", scope=(6,))
        raise KeyError

    verdict = run(make_rule(stumble), make_rule(lambda bench: bench.create(), complains, id="create/other"))

    assert set(target.rows) == before
    assert verdict.leftovers == ()


def test_what_could_not_be_removed_is_named(target: TinyTarget, run, make_rule: Make):
    """A server that refuses to delete leaves records, and the verdict says which."""
    target.fault = lambda request: httpx.Response(403, json={}) if request.method == "DELETE" else None

    verdict = run(make_rule(lambda bench: bench.create()))

    assert all("could not be removed" in text for text in verdict.leftovers)
    assert len(verdict.leftovers) == len(target.rows) - 6


def test_an_interrupted_run_cleans_up(target: TinyTarget, settings: Settings, spec: Contract, make_rule: Make):
    """Ctrl-C while rules run: nothing is left, and the exit code says that the run was cut short."""
    before = set(target.rows)

    def interrupt(finding: Finding | None, rule_id: str) -> None:
        if finding is not None:
            raise KeyboardInterrupt

    rules = [make_rule(lambda bench: bench.create(), id=f"create/{n}") for n in range(20)]
    verdict = execute(settings, spec, interrupt, rules=rules, transport=target.transport)

    assert verdict.interrupted
    assert verdict.exit_code == 2
    assert set(target.rows) == before


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.RemoteProtocolError])
def test_a_target_that_died_is_not_asked_for_ever(
    target: TinyTarget, run, make_rule: Make, monkeypatch: pytest.MonkeyPatch, error: type[httpx.TransportError]
):
    """The run ends, says so, and names the records that still stand there."""
    monkeypatch.setattr("cancelkit.contract_tests.target.client.time.sleep", lambda seconds: None)
    monkeypatch.setattr("cancelkit.contract_tests.target.client.SILENT_SECONDS", 0.0)
    asked = []

    def dies(bench: Context) -> None:
        bench.create()
        target.fault = dead
        bench.create()

    def dead(request: httpx.Request) -> None:
        asked.append(request)
        raise error("gone")

    others = [make_rule(lambda bench: bench.create(), id=f"create/{n:03}") for n in range(300)]
    verdict = run(make_rule(dies, id="create/dies"), *others)

    assert (verdict.lost, verdict.exit_code) == (True, 2)
    assert "stopped answering" in verdict.sentence
    assert any("could not be removed" in text for text in verdict.leftovers)
    assert len(asked) < 300


def test_the_same_seed_gives_the_same_data(run, make_rule: Make):
    """A rule draws the same numbers in every run, another seed draws others."""
    drawn: list[float] = []
    rule = make_rule(lambda bench: drawn.append(bench.rng.random()))

    run(rule)
    run(rule)
    run(rule, seed=2)

    assert drawn[0] == drawn[1] != drawn[2]


def test_a_server_error_anywhere_is_found(target: TinyTarget, run, make_rule: Make):
    """An answer that no rule asked about is judged all the same, once it comes again."""
    target.fault = lambda request: httpx.Response(500) if "nobody" in str(request.url) else None
    rule = make_rule(lambda bench: bench.call("listCancellationRequests", query={"number": "nobody"}))

    verdict = run(rule)

    assert finding(verdict, "robustness/no-server-error").outcome is Outcome.FAILED
    assert verdict.exit_code == 1


def test_one_server_error_by_accident_is_not_held_against_the_target(target: TinyTarget, run, make_rule: Make):
    """A 500 that does not come again is noted, not failed."""
    answers = [httpx.Response(500, text="oops")]
    target.fault = lambda request: answers.pop() if answers and "nobody" in str(request.url) else None
    rule = make_rule(lambda bench: bench.call("listCancellationRequests", query={"number": "nobody"}))

    found = finding(run(rule), "robustness/no-server-error")

    assert found.outcome is Outcome.PASSED
    assert "not when sent again" in found.note


TODAY = date(2026, 3, 1)
FAILED = Finding("filters/sku/sound", "filters", "", "", Level.DOCUMENTED, Outcome.FAILED, ("bad",))


@pytest.mark.parametrize(
    ("expires", "level", "strict", "outcome"),
    [
        (date(2026, 3, 1), Level.DOCUMENTED, False, Outcome.EXPECTED),
        (date(2026, 2, 28), Level.DOCUMENTED, False, Outcome.FAILED),
        (None, Level.DOCUMENTED, False, Outcome.FAILED),
        (None, Level.PUBLISHED, False, Outcome.FAILED),
        (None, Level.ASSUMED, False, Outcome.WARNED),
        (None, Level.ASSUMED, True, Outcome.FAILED),
    ],
)
def test_a_broken_rule_is_graded(settings: Settings, expires, level, strict, outcome):
    """Declared deviations are expected until they expire; what is assumed warns unless --strict."""
    declared = (Waiver("filters/sku", "next release", expires),) if expires else ()

    result = graded(replace(FAILED, level=level), replace(settings, strict=strict, waivers=declared), TODAY)

    assert result.outcome is outcome


def test_a_deviation_that_no_longer_occurs_is_reported():
    """So is one that means no rule at all; one that occurs is not."""
    passed = replace(FAILED, rule_id="paging/next", outcome=Outcome.PASSED)
    declared = [Waiver(rule, "reason", TODAY) for rule in ("filters/sku/*", "paging/next", "no/such")]

    texts = stale([replace(FAILED, outcome=Outcome.EXPECTED), passed], declared)

    assert [text.partition(":")[0] for text in texts] == ["paging/next", "no/such"]


def test_answers_of_rules_that_are_kept_are_not(
    target: TinyTarget, make_rule: Make, run: Callable[..., Verdict]
) -> None:
    """Sixty rules that read two megabytes each need no hundred and twenty; of a complaint the exchanges stay."""

    def reads(context: Context) -> str:
        return "".join(context.call(context.contract.role(Role.LIST)).text[:1] for _ in range(20))

    big = "x" * 100_000
    rules = [make_rule(reads, id=f"paging/{n}", area="paging", writes=False) for n in range(60)]
    bad = make_rule(reads, lambda evidence: ["bad"], id="paging/bad", area="paging", writes=False)
    target.fault = lambda request: answer_of_a_list(request, target.answer, big)
    tracemalloc.start()
    try:
        verdict = run(*rules, bad)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert finding(verdict, "paging/bad").exchanges
    assert all(finding(verdict, rule.id).requests == 20 for rule in rules)
    assert peak < 60_000_000


def answer_of_a_list(
    request: httpx.Request, usual: Callable[[httpx.Request], httpx.Response], big: str
) -> httpx.Response | None:
    found = usual(request)
    if request.method != "GET" or found.status_code != 200:
        return None
    return httpx.Response(200, json={**found.json(), "big": big})


def test_why_a_run_could_not_be_done_comes_out_of_another_process():
    """A worker whose mock does not start says so; an exception that can't be read there breaks the whole pool."""
    again = pickle.loads(pickle.dumps(CouldNotRun(Cause.UNREACHABLE, "the mock did not start")))

    assert isinstance(again, CouldNotRun)
    assert (again.cause, str(again)) == (Cause.UNREACHABLE, "the mock did not start")
