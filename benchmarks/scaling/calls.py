"""The calls that are timed at each size, one after the other on one connection.

Owns: which kinds of call there are, drawing them over values that records have, their times.
Knows nothing of: how a server is started.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import count
from random import Random
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from benchmarks.serving.process import Call
from benchmarks.serving.samples import LIST
from cancelkit.spec import Contract, Role, load

PAGE = 10
FAR = 20_000
Request = tuple[str, str, bytes | None]
"""Method, path with its query, body."""


class Failed(Exception):
    """A call was not answered as it should be; the message says which."""


@dataclass(frozen=True)
class Subject:
    """What a server is asked: makers of requests by kind. right: the status that each method is answered with."""

    kinds: Mapping[str, Callable[[], Request]]
    right: Mapping[str, int]


class Line:
    """One connection that is kept."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=120)

    def ask(self, request: Request, status: int) -> tuple[float, bytes]:
        """Seconds and body. Raises Failed."""
        method, path, body = request
        headers = {"Authorization": "Token bench"} | ({"Content-Type": "application/json"} if body else {})
        begun = perf_counter()
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        answered = response.read()
        spent = perf_counter() - begun
        if response.status != status:
            raise Failed(f"{method} {path} was answered {response.status}: {answered[:200]!r}")
        return spent, answered


def ours(line: Line, size: int, seed: int = 1) -> Subject:
    """Calls of our mock: filters over values of records from all over the data, and writes."""
    random, contract = Random(seed), load()
    total, rows = _total(line), records(line, random)
    ids = [row["id"] for row in rows]
    far = min(FAR, max(1, total // PAGE))
    named = {name: rows[0][name]["id"] for name in ("order_item", "reason")}
    body = json.dumps({**named, "cancellation_type": rows[0]["cancellation_type"]}).encode()
    fresh = count(size + 1)
    patch = json.dumps({"description": "measured"}).encode()

    def search(number: int) -> Callable[[], Request]:
        return lambda: ("GET", f"{LIST}?{urlencode(_filters(contract, random, rows, number))}", None)

    kinds: dict[str, Callable[[], Request]] = {
        "get": lambda: ("GET", f"{LIST}{random.choice(ids)}/", None),
        "one filter": search(1),
        "two filters": search(2),
        "three filters": search(3),
        f"page {far}": lambda: ("GET", f"{LIST}?limit={PAGE}&page={far}", None),
        "detailed list": lambda: ("GET", f"{LIST}detailed?limit={PAGE}&page={random.randint(1, far)}", None),
        "create": lambda: ("POST", LIST, body),
        "patch": lambda: ("PATCH", f"{LIST}{random.choice(ids)}/", patch),
        "delete": lambda: ("DELETE", f"{LIST}{next(fresh)}/", None),
    }
    return Subject(kinds, {"GET": 200, "POST": 201, "PATCH": 200, "DELETE": 204})


def records(line: Line, random: Random) -> list[dict[str, Any]]:
    """Those of twenty pages from all over the data, in detail."""
    last = math.ceil(_total(line) / PAGE)
    return [row for page in (random.randint(1, last) for _ in range(20)) for row in _detailed(line, page)]


def _total(line: Line) -> int:
    found: int = json.loads(line.ask(("GET", f"{LIST}?limit=1", None), 200)[1])["count"]
    return found


def _detailed(line: Line, page: int) -> list[dict[str, Any]]:
    found = json.loads(line.ask(("GET", f"{LIST}detailed?limit={PAGE}&page={page}", None), 200)[1])
    rows: list[dict[str, Any]] = found["results"]
    return rows


def _filters(contract: Contract, random: Random, rows: list[dict[str, Any]], number: int) -> dict[str, str]:
    """So many filters that one record fits."""
    listing = contract.role(Role.LIST)
    names, row, found = list(listing.filters if listing else ()), random.choice(rows), {"limit": str(PAGE)}
    for name in random.sample(names, len(names)):
        value = fitting(contract, row, name)
        if value is not None and len(found) <= number:
            found[name] = value
    return found


def fitting(contract: Contract, row: Any, name: str) -> str | None:
    """What to ask a filter for so that a detailed record fits; None where the record has no value for it."""
    rule = contract.filters[name]
    for key in rule.path:
        row = row.get(key) if isinstance(row, dict) else None
    if row is None:
        return None
    return str(row)[:10] if rule.transform else str(row)


def timed(line: Line, subject: Subject, calls: int, seconds: float = math.inf) -> dict[str, dict[str, float]]:
    """Make so many calls, of every kind in turn, as far as they fit into a time.

    Returns milliseconds of each kind (median, 99th percentile, longest, first), and how many calls there were.
    """
    spent: dict[str, list[float]] = {kind: [] for kind in subject.kinds}
    end = perf_counter() + seconds
    for number in range(calls):
        if perf_counter() > end:
            break
        kind = list(subject.kinds)[number % len(subject.kinds)]
        request = subject.kinds[kind]()
        spent[kind].append(line.ask(request, subject.right[request[0]])[0] * 1000)
    return {kind: _told(times) for kind, times in spent.items() if times}


def _told(times: list[float]) -> dict[str, float]:
    inorder = sorted(times)
    at = {"p50": 0.5, "p99": 0.99, "longest": 1.0}
    found = {name: inorder[min(len(inorder) - 1, int(share * len(inorder)))] for name, share in at.items()}
    return {name: round(value, 3) for name, value in {**found, "first": times[0], "calls": len(times)}.items()}


def of_peer(calls: Mapping[str, Call]) -> Subject:
    """The calls of another server, which always asks the same: one record, a list with filters, a new record."""

    def asked(call: Call) -> Callable[[], Request]:
        body = call.body.read_bytes() if call.body else None
        return lambda: (call.method, call.path, body)

    kinds = {"get": calls["get"], "filtered list": calls["list"], "create": calls["create"]}
    return Subject({kind: asked(call) for kind, call in kinds.items()}, {c.method: c.status for c in kinds.values()})
