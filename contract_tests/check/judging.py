"""From recorded exchanges to a verdict of the same shape as that of a run.

Owns: the verdict. Which exchanges count is selecting.py's; they are judged by traffic.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from cancelkit.contract_tests.check.findings import answer_of, findings
from cancelkit.contract_tests.check.selecting import Wanted, origin, select
from cancelkit.contract_tests.context.scopes import written_scope
from cancelkit.contract_tests.engine.coverage import CoverageCounter
from cancelkit.contract_tests.engine.latency import LatencyLog
from cancelkit.contract_tests.engine.rule import areas
from cancelkit.contract_tests.engine.run import source_name
from cancelkit.contract_tests.engine.verdict import Verdict
from cancelkit.contract_tests.target.answer import TOKEN
from cancelkit.spec import Contract
from cancelkit.traffic import Exchange, Judge
from cancelkit.traffic.curl import word
from cancelkit.traffic.har import Recording
from cancelkit.traffic.redaction import Redaction


def judge_files(wanted: Wanted, contract: Contract) -> Verdict:
    """Judge every call of the API in the files, in the order in which they began.

    Raises:
        CouldNotRun: a file is no HAR, or none holds a call of the API.
    """
    begun = time.monotonic()
    selected = select(wanted, contract)
    judge, ours = selected.judge, selected.ours
    judged = [(exchange, judgement) for exchange in ours if (judgement := judge(exchange))]
    counter, log = CoverageCounter(contract), LatencyLog(contract)
    redaction = Redaction(lambda secret: TOKEN, contract.api_key.header if contract.api_key else "")
    for exchange, judgement in judged:
        redaction.learn(exchange)
        answer = answer_of(exchange, judgement.operation, contract)
        counter.watch(answer)
        log.watch(answer)
    first, second = _scopes(ours, judge, contract)
    found = findings(judged, contract, redaction, side=wanted.side, rules=wanted.rules, strict=wanted.strict)
    return Verdict(
        url=wanted.base_url or ", ".join(dict.fromkeys(origin(exchange) for exchange in ours)),
        scope=written_scope(contract, first),
        other_scope=written_scope(contract, second),
        profile="recorded",
        seed=0,
        strict=wanted.strict,
        read_only=True,
        spec_version=contract.version,
        started=datetime.fromtimestamp(min((e.started for e in ours if e.started), default=time.time()), UTC),
        seconds=time.monotonic() - begun,
        requests=len(judged),
        dropped=sum(not exchange.status for exchange in ours),
        created=0,
        findings=tuple(found),
        coverage=counter.coverage(),
        repeat=_command(wanted),
        repeat_rule=lambda id: _command(replace(wanted, rules=(id,))),
        subject="The traffic",
        recorded=_effort(selected.recordings, ours),
        contract=source_name(contract),
        fingerprint=contract.fingerprint,
        area_order=areas(contract),
        id_field=contract.resource.id_field,
        latency=log.latency(),
    )


def _scopes(exchanges: Sequence[Exchange], judge: Judge, contract: Contract) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The two scopes that most calls are about, as sent; () where there are fewer, or the contract has none."""
    names = [parameter.name for parameter in contract.resource.scope]
    counted = Counter[tuple[str, ...]]()
    for exchange in exchanges:
        meaning = judge.meaning(exchange.method, exchange.url)
        if meaning is not None and names and all(name in meaning.values for name in names):
            counted[tuple(meaning.values[name] for name in names)] += 1
    first, second, *_ = (*[scope for scope, _ in counted.most_common(2)], (), ())
    return first, second


def _effort(recordings: Sequence[Recording], ours: Sequence[Exchange]) -> str:
    total, unread = sum(len(r.exchanges) for r in recordings), sum(r.unread for r in recordings)
    unanswered = sum(not exchange.status for exchange in ours)
    parts = [f"{len(ours)} of {total} recorded calls are of this API"]
    parts += [f"{unanswered} of them without an answer"] if unanswered else []
    parts += [f"{unread} entries could not be read"] if unread else []
    cached, repaired = sum(exchange.cached for exchange in ours), sum(r.repaired for r in recordings)
    undated = sum(not exchange.started for exchange in ours)
    parts += [f"{cached} answers came from a cache and are not judged"] if cached else []
    bodies = "1 body was" if repaired == 1 else f"{repaired} bodies were"
    parts += [f"{bodies} recorded as Latin-1 though sent as UTF-8"] if repaired else []
    parts += [f"{undated} calls have no usable time, so nothing is concluded from their order"] if undated else []
    return ", ".join(parts)


def _command(wanted: Wanted) -> str:
    parts = ["cancelkit", "check", *(word(str(path)) for path in wanted.files)]
    parts += ["--base-url", word(wanted.base_url)] if wanted.base_url else []
    parts += [text for prefix in wanted.prefixes for text in ("--prefix", word(prefix))]
    parts += ["--side", wanted.side] if wanted.side != "both" else []
    parts += ["--strict"] * wanted.strict
    parts += [text for rule in wanted.rules for text in ("--rule", word(rule))]
    return " ".join(parts)
