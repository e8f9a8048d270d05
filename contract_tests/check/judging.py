"""From recorded exchanges to a verdict of the same shape as that of a run.

Owns: which exchanges count, grouping what was found into rules, and telling it without secrets.
Knows nothing of: files' layouts (har.py), how a breach is found (traffic).
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import Any, Final
from urllib.parse import urlsplit

from cancelkit.contract_tests.check.har import Recording, read_har
from cancelkit.contract_tests.coverage import CoverageCounter
from cancelkit.contract_tests.errors import Cause, CouldNotRun
from cancelkit.contract_tests.registry import matches
from cancelkit.contract_tests.target.answer import TOKEN, UNSET, Answer, shown
from cancelkit.contract_tests.verdict import Finding, Outcome, Verdict
from cancelkit.spec import Contract, Level, load
from cancelkit.traffic import CODES, Code, Exchange, Judge, Judgement
from cancelkit.traffic import Finding as Breach
from cancelkit.traffic.paths import PREFIXES
from cancelkit.traffic.reading import ABSENT, json_value
from cancelkit.traffic.redaction import Redaction

SHOWN: Final = 3
"""Exchanges that are shown in full for a rule."""
LONGEST: Final = 20_000
ROW: Final = re.compile(r"\.\d+(?=\.|$)")
"""The number of a row in a place: the same complaint about each row is one."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to judge. prefixes: empty for those that the platform is known to use. side: client, server or both."""

    files: Sequence[Path]
    base_url: str = ""
    prefixes: Sequence[str] = ()
    side: str = "both"
    strict: bool = False
    rules: Sequence[str] = ()


@dataclass(slots=True)
class _Broken:
    """What was found under one code: how often each complaint came, the best level, the first exchanges."""

    complaints: Counter[tuple[str, Level]] = field(default_factory=Counter)
    exchanges: list[Exchange] = field(default_factory=list)

    def add(self, breach: Breach, exchange: Exchange) -> None:
        said, colon, rest = breach.message.partition(": ")
        place, said = ROW.sub(".*", breach.place), ROW.sub(".*", said)
        where = breach.operation or "no operation"
        if not (colon and place.endswith(f".{said}")):
            where += f", {place}"
        self.complaints[f"{where}: {said}{colon}{rest}", breach.level] += 1
        if len(self.exchanges) < SHOWN and exchange not in self.exchanges:
            self.exchanges.append(exchange)

    @property
    def level(self) -> Level:
        return min((level for _, level in self.complaints), key=list(Level).index)


def judge_files(wanted: Wanted) -> Verdict:
    """Judge every call of the API in the files, in the order in which they began.

    Raises:
        CouldNotRun: a file is no HAR, or none holds a call of the API.
    """
    begun, spec = time.monotonic(), load()
    recordings = [read_har(path) for path in wanted.files]
    judge = _judge(wanted, spec)
    ours = _ours([e for r in recordings for e in r.exchanges], judge, wanted, spec)
    if not ours:
        raise CouldNotRun(Cause.NOT_THIS_API, _nothing(recordings, wanted))
    judged = [(exchange, judgement) for exchange in ours if (judgement := judge(exchange))]
    counter = CoverageCounter(spec)
    redaction = Redaction(lambda secret: TOKEN)
    for exchange, judgement in judged:
        redaction.learn(exchange)
        counter.watch(_answer(exchange, judgement.operation))
    channels = Counter(
        int(id)
        for exchange in ours
        if (meaning := judge.meaning(exchange.method, exchange.url))
        and re.fullmatch("[0-9]{1,9}", id := meaning.values.get("channel_id", ""))
    )
    first, second, *_ = (*[channel for channel, _ in channels.most_common(2)], None, None)
    return Verdict(
        url=wanted.base_url or ", ".join(dict.fromkeys(_origin(exchange) for exchange in ours)),
        channel=first or 0,
        other_channel=second,
        profile="recorded",
        seed=0,
        strict=wanted.strict,
        read_only=True,
        spec_version=spec.version,
        started=datetime.fromtimestamp(min((e.started for e in ours if e.started), default=time.time()), UTC),
        seconds=time.monotonic() - begun,
        requests=len(judged),
        dropped=sum(not exchange.status for exchange in ours),
        created=0,
        findings=tuple(_findings(judged, wanted, spec, redaction)),
        coverage=counter.coverage(),
        repeat=_command(wanted),
        repeat_rule=lambda id: _command(replace(wanted, rules=(id,))),
        subject="The traffic",
        recorded=_effort(recordings, ours),
    )


def _judge(wanted: Wanted, spec: Contract) -> Judge:
    parts = urlsplit(wanted.base_url)
    if wanted.base_url and (parts.scheme not in ("http", "https") or not parts.netloc):
        raise CouldNotRun(Cause.OPTIONS, f"--base-url {wanted.base_url} is not a URL such as https://shop.example.")
    prefixes = tuple(f"/{prefix.strip('/')}" for prefix in wanted.prefixes)
    return Judge(spec, prefixes=prefixes or PREFIXES, base=parts.path)


def _ours(exchanges: Sequence[Exchange], judge: Judge, wanted: Wanted, spec: Contract) -> list[Exchange]:
    """The calls of the API. Where not one has a key, the recorder left keys out."""
    host = urlsplit(wanted.base_url).netloc
    ours = [
        exchange
        for exchange in exchanges
        if (not host or urlsplit(exchange.url).netloc == host) and judge.meaning(exchange.method, exchange.url)
    ]
    secrets = any(exchange.sent(spec.api_key.header) for exchange in ours)
    return sorted((replace(exchange, secrets=secrets) for exchange in ours), key=lambda exchange: exchange.started)


def _nothing(recordings: Sequence[Recording], wanted: Wanted) -> str:
    total = sum(len(recording.exchanges) for recording in recordings)
    paths = Counter(_origin(e) for recording in recordings for e in recording.exchanges)
    hosts = ", ".join(host for host, _ in paths.most_common(3))
    seen = f"{total} calls, to {hosts}{', …' if len(paths) > 3 else ''}" if total else "no calls at all"
    hint = "see --base-url and --prefix" if wanted.base_url or wanted.prefixes else "if it is elsewhere, say --prefix"
    names = ", ".join(str(path) for path in wanted.files)
    return (
        f"nothing in {names} is a call of this API ({seen}). It is known by its paths, below /api or /api/v1; {hint}."
    )


def _findings(
    judged: Sequence[tuple[Exchange, Judgement]], wanted: Wanted, spec: Contract, redaction: Redaction
) -> Iterator[Finding]:
    broken: dict[str, _Broken] = {}
    exercised: Counter[str] = Counter()
    for exchange, judgement in judged:
        exercised.update(judgement.exercised)
        for breach in judgement.findings:
            broken.setdefault(breach.code, _Broken()).add(breach, exchange)
    operations = {id(exchange): judgement.operation for exchange, judgement in judged}
    for code in CODES.values():
        rule_id = f"{code.side}/{code.id}"
        if wanted.side not in ("both", code.side) or (
            wanted.rules and not any(matches(rule_id, pattern) for pattern in wanted.rules)
        ):
            continue
        found = broken.get(code.id)
        if found is None:
            yield _kept(rule_id, code, exercised[code.id], spec)
            continue
        assumed = found.level is Level.ASSUMED and not wanted.strict
        yield replace(
            _kept(rule_id, code, exercised[code.id], spec),
            level=found.level,
            outcome=Outcome.WARNED if assumed else Outcome.FAILED,
            why="the contract only assumes this; --strict makes it a failure" if assumed else "",
            complaints=tuple(redaction.text(text) for text in _complaints(found)),
            exchanges=tuple(_answer(redaction(e), operations[id(e)]) for e in found.exchanges),
        )


def _kept(rule_id: str, code: Code, times: int, spec: Contract) -> Finding:
    return Finding(
        rule_id=rule_id,
        area=code.side,
        requires=code.sentence(spec),
        source=f"behaviour {code.behaviour}" if code.behaviour else "the operations of the contract",
        level=code.level(spec),
        outcome=Outcome.PASSED if times else Outcome.SKIPPED,
        why="" if times else "no recorded call could show it",
        requests=times,
    )


def _complaints(found: _Broken) -> Iterator[str]:
    for (text, level), times in found.complaints.most_common():
        said = f" ({level})" if level is not found.level else ""
        yield f"{text}{said}{f' (×{times})' if times > 1 else ''}"


def _answer(exchange: Exchange, operation: str | None) -> Answer:
    """The exchange as reports show it."""
    answered = json_value(exchange.response_body)
    text = (exchange.response_body or b"").decode("utf-8", "replace")
    return Answer(
        status=exchange.status,
        headers={name.lower(): value for name, value in exchange.response_headers},
        text=text if len(text) <= LONGEST else shown(text, LONGEST),
        json=None if answered is ABSENT else answered,
        method=exchange.method,
        url=exchange.url,
        request_body=_body(exchange.request_body),
        is_json=answered is not ABSENT,
        request_headers=_worth_showing(exchange),
        operation_id=operation,
        elapsed=exchange.seconds,
    )


def _body(body: bytes | None) -> Any:
    if not body:
        return UNSET
    value = json_value(body)
    return body.decode("utf-8", "replace") if value is ABSENT else value


def _worth_showing(exchange: Exchange) -> Mapping[str, str]:
    """What a command that repeats the call needs: not a browser's two dozen headers about itself."""
    kept = ("authorization", "content-type", "accept", "x-mock-session")
    return {name: value for name, value in exchange.request_headers if name.lower() in kept}


def _origin(exchange: Exchange) -> str:
    parts = urlsplit(exchange.url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _effort(recordings: Sequence[Recording], ours: Sequence[Exchange]) -> str:
    total, unread = sum(len(r.exchanges) for r in recordings), sum(r.unread for r in recordings)
    unanswered = sum(not exchange.status for exchange in ours)
    parts = [f"{len(ours)} of {total} recorded calls are of this API"]
    parts += [f"{unanswered} of them without an answer"] if unanswered else []
    parts += [f"{unread} entries could not be read"] if unread else []
    return ", ".join(parts)


def _command(wanted: Wanted) -> str:
    parts = ["cancelkit", "check", *(quote(str(path)) for path in wanted.files)]
    parts += ["--base-url", quote(wanted.base_url)] if wanted.base_url else []
    parts += [text for prefix in wanted.prefixes for text in ("--prefix", quote(prefix))]
    parts += ["--side", wanted.side] if wanted.side != "both" else []
    parts += ["--strict"] * wanted.strict
    parts += [text for rule in wanted.rules for text in ("--rule", quote(rule))]
    return " ".join(parts)
