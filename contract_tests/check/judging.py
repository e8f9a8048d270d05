"""From recorded exchanges to a verdict of the same shape as that of a run.

Owns: which exchanges count, their order, and the verdict. Exchanges are read and judged by traffic.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from cancelkit.contract_tests.check.findings import answer_of, findings
from cancelkit.contract_tests.context.scopes import written_scope
from cancelkit.contract_tests.engine.coverage import CoverageCounter
from cancelkit.contract_tests.engine.latency import LatencyLog
from cancelkit.contract_tests.engine.rule import areas
from cancelkit.contract_tests.engine.run import source_name
from cancelkit.contract_tests.engine.verdict import Verdict
from cancelkit.contract_tests.errors import Cause, CouldNotRun
from cancelkit.contract_tests.target.answer import TOKEN
from cancelkit.spec import Contract
from cancelkit.traffic import Exchange, Judge
from cancelkit.traffic.curl import word
from cancelkit.traffic.har import HarError, Recording, read_har
from cancelkit.traffic.paths import prefixes
from cancelkit.traffic.redaction import Redaction


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to judge. prefixes: empty for those that the platform is known to use. side: client, server or both."""

    files: Sequence[Path]
    base_url: str = ""
    prefixes: Sequence[str] = ()
    side: str = "both"
    strict: bool = False
    rules: Sequence[str] = ()


def judge_files(wanted: Wanted, contract: Contract) -> Verdict:
    """Judge every call of the API in the files, in the order in which they began.

    Raises:
        CouldNotRun: a file is no HAR, or none holds a call of the API.
    """
    begun = time.monotonic()
    recordings = [_recording(path) for path in wanted.files]
    judge = _judge(wanted, contract)
    ours = _ours([e for r in recordings for e in r.exchanges], judge, wanted, contract)
    if not ours:
        raise CouldNotRun(Cause.NOT_THIS_API, _nothing(recordings, wanted, contract))
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
        url=wanted.base_url or ", ".join(dict.fromkeys(_origin(exchange) for exchange in ours)),
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
        recorded=_effort(recordings, ours),
        contract=source_name(contract),
        fingerprint=contract.fingerprint,
        area_order=areas(contract),
        id_field=contract.resource.id_field,
        latency=log.latency(),
    )


def _recording(path: Path) -> Recording:
    try:
        return read_har(path)
    except HarError as error:
        raise CouldNotRun(Cause.OPTIONS, f"{path} {error}") from error


def _judge(wanted: Wanted, contract: Contract) -> Judge:
    try:
        parts = urlsplit(wanted.base_url)
        usable = parts.scheme in ("http", "https") and bool(parts.netloc) and parts.port != 0
    except ValueError:
        usable = False
    if wanted.base_url and not usable:
        raise CouldNotRun(Cause.OPTIONS, f"--base-url {wanted.base_url} is not a URL such as https://shop.example.")
    given = tuple(f"/{prefix.strip('/')}" for prefix in wanted.prefixes)
    return Judge(contract, prefixes=given, base=parts.path if wanted.base_url else "")


def _ours(exchanges: Sequence[Exchange], judge: Judge, wanted: Wanted, contract: Contract) -> list[Exchange]:
    """The calls of the API, by time. Where not one has a key, the recorder left keys out."""
    host, key = urlsplit(wanted.base_url).netloc, contract.api_key
    ours = [
        exchange
        for exchange in exchanges
        if (not host or urlsplit(exchange.url).netloc == host) and judge.meaning(exchange.method, exchange.url)
    ]
    secrets = key is not None and any(exchange.sent(key.header) for exchange in ours)
    return _in_order(replace(exchange, secrets=secrets) for exchange in ours)


def _in_order(exchanges: Iterator[Exchange]) -> list[Exchange]:
    """By the time at which they began; one without a time stays behind the one that stands before it in its file."""
    dated, last = [], 0.0
    for exchange in exchanges:
        last = exchange.started or last
        dated.append((last, exchange))
    return [exchange for _, exchange in sorted(dated, key=lambda pair: pair[0])]


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


def _nothing(recordings: Sequence[Recording], wanted: Wanted, contract: Contract) -> str:
    total = sum(len(recording.exchanges) for recording in recordings)
    paths = Counter(_origin(e) for recording in recordings for e in recording.exchanges)
    hosts = ", ".join(host for host, _ in paths.most_common(3))
    seen = f"{total} calls, to {hosts}{', …' if len(paths) > 3 else ''}" if total else "no calls at all"
    hint = "see --base-url and --prefix" if wanted.base_url or wanted.prefixes else "if it is elsewhere, say --prefix"
    names = ", ".join(str(path) for path in wanted.files)
    below = " or ".join(prefix for prefix in reversed(prefixes(contract)) if prefix)
    known = f"its paths, below {below}" if below else f"its paths, such as {contract.resource.collection}"
    return f"nothing in {names} is a call of this API ({seen}). It is known by {known}; {hint}."


def _origin(exchange: Exchange) -> str:
    parts = urlsplit(exchange.url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


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
