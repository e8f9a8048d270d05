"""Requests that move on by themselves: after so many reads, or after so many seconds.

Owns: the rules of a session, counting reads, and which requests are due when.
Knows nothing of: HTTP; how a record is stored (it asks a `Shelf` for records by status and tells it to move one).

Seconds are those of the session's clock, counted from the record's last change or from when the rules were set,
whichever is later. Reads are those of one record by its id, counted from the same moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

KEYS = ("from", "to", "after_reads", "after_seconds")
MOST_STEPS = 10_000


class ProgressError(ValueError):
    """A rule that makes no sense; the message says which and why."""


class Shelf(Protocol):
    """What progress needs of the records."""

    def with_status(self, status: Any) -> Iterable[tuple[Any, datetime]]:
        """Id and time of the last change of each record in `status`."""

    def status_of(self, id: Any) -> Any:
        """The state of a record, None when there is none."""

    def move(self, id: Any, status: Any, at: datetime) -> None:
        """Set a record's state and the time of its change."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Requests in `before` become `to` after so many reads or seconds, whichever comes first."""

    before: Any
    to: Any
    after_reads: int | None
    after_seconds: float | None

    def shown(self) -> dict[str, Any]:
        facts = asdict(self)
        return {"from": facts.pop("before"), **facts}


def rules(given: object, statuses: Sequence[Any]) -> list[Rule]:
    """Read the rules of a request body.

    Raises:
        ProgressError: naming the rule and the key.
    """
    if not isinstance(given, list):
        raise ProgressError("rules must be a list; [] switches progress off")
    read = [_rule(line, f"rules[{index}]", statuses) for index, line in enumerate(given)]
    if len({rule.before for rule in read}) < len(read):
        raise ProgressError("rules: two of them start from the same status")
    return read


def _rule(line: object, place: str, statuses: Sequence[Any]) -> Rule:
    if not isinstance(line, dict) or not set(line) <= set(KEYS):
        raise ProgressError(f"{place} must be an object of {', '.join(KEYS)}")
    for key in ("from", "to"):
        if line.get(key) not in statuses:
            raise ProgressError(f"{place}.{key} must be one of {', '.join(map(str, statuses))}")
    if line["from"] == line["to"]:
        raise ProgressError(f"{place}: from and to are the same")
    reads, seconds = line.get("after_reads"), line.get("after_seconds")
    if reads is None and seconds is None:
        raise ProgressError(f"{place} needs after_reads, after_seconds or both")
    if reads is not None and (type(reads) is not int or reads < 1):
        raise ProgressError(f"{place}.after_reads must be an integer from 1")
    if seconds is not None and (type(seconds) not in (int, float) or not 0 < seconds <= 10**9):
        raise ProgressError(f"{place}.after_seconds must be a number above 0")
    return Rule(line["from"], line["to"], reads, seconds)


class Progress:
    """The rules of one session; with none it costs a call nothing but asking `if progress`."""

    __slots__ = ("_due", "_reads", "_rules", "_since")

    def __init__(self) -> None:
        self._rules: Mapping[Any, Rule] = {}
        self._since: datetime | None = None
        self._due: datetime | None = None
        self._reads: dict[Any, tuple[Any, int]] = {}

    def __bool__(self) -> bool:
        return bool(self._rules)

    def replace(self, rules: Iterable[Rule], now: datetime) -> None:
        """Set the rules; counting starts anew at `now`."""
        self._rules = {rule.before: rule for rule in rules}
        self._since = self._due = now
        self._reads.clear()

    def shown(self) -> list[dict[str, Any]]:
        return [rule.shown() for rule in self._rules.values()]

    def written(self, now: datetime) -> None:
        """Something was written at `now`: it may be due sooner than what was known."""
        waits = [rule.after_seconds for rule in self._rules.values() if rule.after_seconds is not None]
        if waits:
            soonest = now + timedelta(seconds=min(waits))
            self._due = soonest if self._due is None else min(self._due, soonest)

    def settle(self, now: datetime, shelf: Shelf) -> int:
        """Move everything that is due at `now`, in the order in which it fell due. Returns how many moves."""
        if self._due is None or now < self._due:
            return 0
        moves = 0
        while moves < MOST_STEPS:
            due = self._all_due(shelf)
            ripe = sorted((line for line in due if line[0] <= now), key=lambda line: line[:2])
            if not ripe:
                self._due = min((when for when, _, _ in due), default=None)
                return moves
            for when, number, to in ripe:
                shelf.move(number, to, when)
                self._reads.pop(number, None)
                moves += 1
        return moves

    def _all_due(self, shelf: Shelf) -> list[tuple[datetime, Any, Any]]:
        found = []
        for rule in self._rules.values():
            if rule.after_seconds is None:
                continue
            wait = timedelta(seconds=rule.after_seconds)
            for number, modified in shelf.with_status(rule.before):
                start = modified if self._since is None else max(modified, self._since)
                found.append((start + wait, number, rule.to))
        return found

    def was_read(self, number: Any, now: datetime, shelf: Shelf) -> bool:
        """Count a read of one request, after it was answered. Returns whether that moved the request on."""
        status = shelf.status_of(number)
        rule = self._rules.get(status) if status is not None else None
        if rule is None or rule.after_reads is None or status is None:
            self._reads.pop(number, None)
            return False
        before, count = self._reads.get(number, (status, 0))
        count = count + 1 if before == status else 1
        if count < rule.after_reads:
            self._reads[number] = (status, count)
            return False
        shelf.move(number, rule.to, now)
        self._reads.pop(number, None)
        self.written(now)
        return True
