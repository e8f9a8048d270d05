"""What a proxy makes of the calls that pass: judged in a thread of its own, given to journal, page and recorders.

Owns: the queue between the wire and the judge, the headers that mark violations, the counts. The judge is
    traffic's, as in `cancelkit check`.
"""

from __future__ import annotations

import asyncio
import json
import logging
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

from cancelkit.mockserver.journal.calls import Violation
from cancelkit.mockserver.journal.events import Events
from cancelkit.mockserver.journal.masking import masked
from cancelkit.mockserver.journal.ring import BODY, Entry, fingerprint
from cancelkit.mockserver.journal.totals import BOUNDS, NO_OPERATION
from cancelkit.mockserver.journal.tracing import traceparent
from cancelkit.mockserver.serving.lost import Lost
from cancelkit.mockserver.sessions import DEFAULT, Session, Sessions
from cancelkit.spec import Contract, Level
from cancelkit.spec.showing import visible
from cancelkit.traffic import Exchange, Finding, Judge, Judgement
from cancelkit.traffic.paths import Meaning

log = logging.getLogger("mockserver")

MOST_WAITING = 1000
"""Calls that may wait for the judge; beyond, they pass unjudged and are counted."""
MOST_BYTES = 64 * 1024 * 1024
"""And their bodies, all together."""
HEADER = b"x-contract-violations"
COUNT = b"x-contract-violation-count"
MARKED = 8
LONGEST = 200
Recorder = Callable[[Exchange, Judgement], None]


@dataclass(frozen=True, slots=True)
class Passed:
    """One call that has passed.

    exchange: as it went over the wire, for the judge; sent, answered: the sizes of the bodies.
    ours: whether it is a call of the API; the bodies of others are nobody's business and never here.
    fault: what struck it, or why there was no answer. said: the journal's note. upstream: the server that it was sent
    on to; None where it was answered here. operation: that was called, if any.
    """

    exchange: Exchange
    path: str
    query: bytes
    session: str
    ours: bool
    sent: int = 0
    answered: int = 0
    fault: str | None = None
    shown_status: int = 0
    said: str | None = None
    upstream: str | None = None
    operation: str | None = None


class Watch:
    """Watches one proxy's calls."""

    def __init__(
        self,
        contract: Contract,
        sessions: Sessions,
        events: Events,
        *,
        prefixes: Sequence[str],
        recorders: Sequence[Recorder],
    ) -> None:
        self._judge = Judge(contract, prefixes=prefixes)
        self._key = contract.api_key
        self._sessions = sessions
        self._events = events
        self._recorders = tuple(recorders)
        self._thread = ThreadPoolExecutor(1, "judge")
        self._pending: set[asyncio.Task[None]] = set()
        self._waiting = 0
        self.counts: Counter[str] = Counter()

    def meaning(self, method: str, path: str) -> Meaning | None:
        """What a call of the API means; None for any other."""
        return self._judge.meaning(method, path)

    def session(self, name: str | None) -> Session:
        """The session that a call belongs to. Raises SessionRefused for a name that is none."""
        return self._sessions.get(name) if name else self._sessions.default

    def forget(self, session: str) -> None:
        """Start the story of a session anew: nothing of before is held against later answers."""
        self._judge.forget("" if session == DEFAULT else session)

    def start(self) -> None:
        """Have the judge ready before the first call, without waiting for it."""
        self._thread.submit(self._judge.prepare)

    async def judge(self, exchange: Exchange) -> Judgement | None:
        """What is wrong with a call; None for one of another API. Where the judge fails, traffic goes on."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._judge, exchange)
        except Exception:
            self.counts["unjudged"] += 1
            path = visible(urlsplit(exchange.url).path)
            log.exception("%s %s could not be judged; please report it", exchange.method, path)
            return Judgement(None, ())

    async def aside(self, work: Callable[[], None]) -> None:
        """Do something between two judgements, where no recorder is at work."""
        await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def note(self, passed: Passed, judgement: Judgement | None = None) -> None:
        """Keep a call; it is judged first, later, if it has not been."""
        if not passed.ours or judgement is not None:
            self._keep(passed, judgement)
        elif len(self._pending) >= MOST_WAITING or self._waiting > MOST_BYTES:
            self.counts["unjudged"] += 1
            self._keep(passed, None)
        else:
            task = asyncio.ensure_future(self._later(passed))
            self._pending.add(task)
            task.add_done_callback(self._pending.discard)

    def lost(self, lost: Lost) -> None:
        """Keep what was no call: a request that can't be parsed, or broke off in its head."""
        exchange = Exchange(lost.method, lost.path, started=lost.at)
        self.note(
            Passed(
                exchange,
                lost.path,
                lost.query,
                DEFAULT,
                ours=False,
                fault=lost.fault,
                shown_status=lost.status,
                said=lost.note,
            )
        )

    async def _later(self, passed: Passed) -> None:
        size = passed.sent + passed.answered
        self._waiting += size
        try:
            self._keep(passed, await self.judge(passed.exchange))
        finally:
            self._waiting -= size

    async def close(self) -> None:
        """Finish what is waiting."""
        while self._pending:
            await asyncio.wait(self._pending)
        await asyncio.to_thread(self._thread.shutdown)

    def _keep(self, passed: Passed, judgement: Judgement | None) -> None:
        findings = judgement.findings if judgement else ()
        self.counts.update(["calls", *(["ours"] if passed.ours else []), *(finding.side for finding in findings)])
        session = self._sessions.find(passed.session) or self._sessions.default
        entry = self._entry(passed, None if passed.ours and judgement is None else findings)
        session.journal.add(entry[1:], len(entry.request) + len(entry.response))
        session.coverage.count(passed.exchange.method, passed.path, entry.status, passed.query)
        self._count(passed, entry)
        if self._events.watched:
            self._events.called(session.name, session.journal.since(session.journal.last - 1)[-1])
        if judgement is not None:
            for record in self._recorders:
                self._thread.submit(_recorded, record, passed.exchange, judgement)

    def _count(self, passed: Passed, entry: Entry) -> None:
        totals = self._sessions.totals
        totals.buckets[bisect_left(BOUNDS, entry.seconds)] += 1
        totals.seconds += entry.seconds
        if passed.upstream is not None:
            totals.forwarded[passed.operation or NO_OPERATION, entry.status] += 1

    def _entry(self, passed: Passed, findings: Sequence[Finding] | None) -> Entry:
        exchange = passed.exchange
        token, bare = self._token(exchange)
        query, request, response = passed.query, exchange.request_body or b"", exchange.response_body or b""
        if clean := masked(passed.path, query, request, response):
            query, request, response = clean
        return Entry(
            seq=0,
            at=exchange.started,
            method=exchange.method,
            path=passed.path,
            query=query,
            status=passed.shown_status or exchange.status,
            seconds=exchange.seconds,
            key=fingerprint(token.encode("latin-1", "replace")) if token else None,
            bare=bare,
            content_type=(exchange.sent("content-type") or "").encode("latin-1", "replace") or None,
            request=request[:BODY],
            request_size=max(passed.sent, len(request)),
            response=response[:BODY],
            response_size=max(passed.answered, len(response)),
            fault=passed.fault,
            judged=None if findings is None else tuple(map(violation, findings)),
            note=passed.said,
            trace=traceparent(
                (n.lower().encode(), v.encode("latin-1", "replace")) for n, v in exchange.request_headers
            ),
            upstream=passed.upstream,
        )

    def _token(self, exchange: Exchange) -> tuple[str, bool]:
        """The key without its prefix, and whether it came without one; "" where there is none."""
        key = exchange.sent(self._key.header) if self._key else None
        if not key or self._key is None:
            return "", False
        prefix = f"{self._key.prefix} " if self._key.prefix else ""
        bare = not key.lower().startswith(prefix.lower())
        return (key if bare else key[len(prefix) :]), bare


def _recorded(record: Recorder, exchange: Exchange, judgement: Judgement) -> None:
    try:
        record(exchange, judgement)
    except Exception:
        log.exception("a call could not be recorded")


def violation(finding: Finding) -> Violation:
    """A finding as the journal shows it: what a server broke is marked as such."""
    code = finding.code if finding.side == "client" else f"server/{finding.code}"
    return Violation(code, finding.message)


def counted(findings: Sequence[Finding], *, strict: bool) -> list[Finding]:
    """The findings that are no mere warnings."""
    return [finding for finding in findings if strict or finding.level is not Level.ASSUMED]


def marks(findings: Sequence[Finding]) -> list[tuple[bytes, bytes]]:
    """The headers that name violations: how many, and the first few as JSON in plain ASCII."""
    if not findings:
        return []
    told = [
        {
            "side": finding.side,
            "code": finding.code,
            "level": finding.level.value,
            "place": finding.place[:LONGEST],
            "message": finding.message[:LONGEST],
        }
        for finding in findings[:MARKED]
    ]
    return [(COUNT, b"%d" % len(findings)), (HEADER, json.dumps(told).encode("ascii"))]
