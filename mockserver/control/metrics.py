"""/_mock/metrics: the server's counters, for Prometheus.

Owns: which metrics there are, and writing them. No label holds what a client sent: neither sessions' names nor values.
Knows nothing of: how calls are counted (journal/totals.py).
Source: Prometheus, "Exposition formats", text format 0.0.4.

Violations are worked out here and not when calls come in, for SECONDS at most each time; what is left is done the next
time, if it is still in its journal. `cancelkit_mock_judged_calls_total` tells how many calls the violations are of.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from itertools import accumulate
from pathlib import Path
from time import perf_counter

from starlette.requests import Request
from starlette.responses import Response

from cancelkit.mockserver.control.room import Room
from cancelkit.mockserver.journal.totals import BOUNDS

SECONDS = 0.2
TYPE = "text/plain; version=0.0.4; charset=utf-8"
_STATM = Path("/proc/self/statm")
Sample = tuple[str, Mapping[str, object], float]


async def metrics(room: Room, request: Request) -> Response:
    await _judge(room)
    return Response("".join(_families(room)), headers={"content-type": TYPE, "cache-control": "no-store"})


async def _judge(room: Room) -> None:
    """Count the violations of calls that nobody has judged yet."""
    totals, end = room.sessions.totals, perf_counter() + SECONDS
    for session in room.sessions.everyone:
        journal = session.journal
        for entry in journal.since(journal.judged):
            if entry.seq <= journal.judged:
                continue  # another scrape was quicker
            if perf_counter() > end:
                return
            journal.judged = entry.seq
            totals.judged += 1
            totals.violations.update(violation.code for violation in room.reader.violations(entry))
            await asyncio.sleep(0)


def _families(room: Room) -> Iterable[str]:
    sessions, totals = room.sessions, room.sessions.totals
    everyone = sessions.everyone
    for session in everyone:
        session.coverage.settle()
    about = {"version": room.facts.version, "contract": room.contract.fingerprint}
    yield _family("cancelkit_mock_info", "gauge", "Version and contract of this mock.", [("", about, 1)])
    yield _family(
        "cancelkit_mock_calls_total",
        "counter",
        "Calls by operation (empty for a call that is none) and status (0: the client left without an answer).",
        [("", {"operation": id, "status": status}, n) for (id, status), n in sorted(totals.calls.items())],
    )
    if totals.forwarded:
        yield _family(
            "cancelkit_mock_forwarded_calls_total",
            "counter",
            "Those of the calls that were sent on to a real server.",
            [("", {"operation": id, "status": status}, n) for (id, status), n in sorted(totals.forwarded.items())],
        )
    counts = list(accumulate(totals.buckets))
    bounds = [*map(str, BOUNDS), "+Inf"]
    yield _family(
        "cancelkit_mock_call_seconds",
        "histogram",
        "How long calls took in this process.",
        [
            *(("_bucket", {"le": bound}, count) for bound, count in zip(bounds, counts, strict=True)),
            ("_sum", {}, totals.seconds),
            ("_count", {}, counts[-1]),
        ],
    )
    yield _family(
        "cancelkit_mock_violations_total",
        "counter",
        "Ways in which clients (server/: real servers) broke the contract, by code, in the calls judged.",
        [("", {"code": code}, count) for code, count in sorted(totals.violations.items())],
    )
    yield _single("cancelkit_mock_judged_calls_total", "counter", "Calls looked at for violations.", totals.judged)
    yield _family(
        "cancelkit_mock_refused_by_quota_total",
        "counter",
        "Calls that a quota refused, control calls included, by what was too much.",
        [("", {"quota": kind}, count) for kind, count in sorted(totals.refused.items())],
    )
    yield _single("cancelkit_mock_sessions", "gauge", "Sessions, the default one counted.", len(sessions) + 1)
    records = sum(session.records for session in everyone)
    yield _single("cancelkit_mock_records", "gauge", "Records of all sessions together that are not asleep.", records)
    kept = sessions.weight()
    yield _single("cancelkit_mock_sessions_bytes", "gauge", "What sessions keep beside the starting state.", kept)
    if _STATM.exists():
        yield _single("process_resident_memory_bytes", "gauge", "Resident memory size in bytes.", _resident())


def _resident() -> int:
    from resource import getpagesize

    return int(_STATM.read_text().split()[1]) * getpagesize()


def _single(name: str, kind: str, about: str, value: float) -> str:
    return _family(name, kind, about, [("", {}, value)])


def _family(name: str, kind: str, about: str, samples: Iterable[Sample]) -> str:
    lines = [f"# HELP {name} {about}\n# TYPE {name} {kind}\n"]
    for suffix, labels, value in samples:
        pairs = ",".join(f'{label}="{_escaped(str(text))}"' for label, text in labels.items())
        lines.append(f"{name}{suffix}{f'{{{pairs}}}' if pairs else ''} {value}\n")
    return "".join(lines)


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
