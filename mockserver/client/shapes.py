"""What the control endpoints take and give, as types.

Owns: the names and types of their fields. Times are ISO-8601 texts in UTC, sizes are bytes.
Records have the shape of the contract, and are plain mappings here.
Source: docs/workbench.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NotRequired, TypedDict

Record = dict[str, Any]
Tables = dict[str, Any]
FaultKind = Literal["latency", "status", "reset", "truncate", "malformed", "slow_body", "empty"]


class SessionEntry(TypedDict):
    """own_copy: whether it has left the starting state. bytes: what it keeps besides that."""

    name: str
    created: str
    last_used: str
    calls: int
    records: int
    own_copy: bool
    bytes: int
    faults: int
    frozen: bool


class SnapshotEntry(TypedDict):
    name: str
    created: str
    records: int
    bytes: int


class Loaded(TypedDict):
    """records: how many the session has now. created: the ids that a scenario has made."""

    session: str
    records: int
    created: NotRequired[list[Any]]


class RecordPage(TypedDict):
    """results: one row of a table each. count: of all that match."""

    count: int
    page: int
    limit: int
    results: list[Record]


class RecordView(TypedDict):
    """A record as the API gives it: base, and detailed with its references opened."""

    scope: list[Any]
    base: Record
    detailed: Record


class ClockEntry(TypedDict):
    now: str
    frozen: bool
    offset_seconds: float


ProgressRule = TypedDict(
    "ProgressRule",
    {"from": str, "to": str, "after_reads": NotRequired[int | None], "after_seconds": NotRequired[float | None]},
)


class FaultEntry(TypedDict):
    """left: hits to come, None for no end."""

    id: int
    kind: FaultKind
    operation: str | None
    share: float
    count: int | None
    left: int | None
    hits: int
    seed: int


class Violation(TypedDict):
    """One way in which the client broke the contract."""

    code: str
    message: str


class Call(TypedDict):
    """One call of the journal. token: a fingerprint. fault: the kind that struck, or how the call was lost. note: what
    else there is to say. upstream: the real server that it was sent on to. record: the id it was about."""

    seq: int
    time: str
    session: str
    operation: str | None
    method: str
    path: str
    query: str
    status: int
    duration_ms: float
    token: str | None
    request_body: str | None
    response_body: str | None
    truncated: bool
    violations: list[Violation]
    fault: str | None
    note: str | None
    traceparent: str | None
    upstream: str | None
    record: Any


class Expected(TypedDict, total=False):
    """An expected call. body, query: subsets. count: a number or {"min", "max"}; at least one when left out."""

    operation: str
    id: Any
    status: int
    body: Any
    query: Mapping[str, Any]
    count: int | Mapping[str, int]


class Verdict(TypedDict):
    """calls: how many were looked at. problems: {"expected", "found", "nearest"} each."""

    ok: bool
    calls: int
    problems: list[dict[str, Any]]


class OperationCoverage(TypedDict):
    """statuses, parameters: how often each that the contract documents was seen."""

    id: str
    calls: int
    statuses: dict[str, int]
    parameters: dict[str, int]


class CoverageReport(TypedDict):
    """summary: shares such as "7/9"."""

    operations: list[OperationCoverage]
    summary: dict[str, str]
