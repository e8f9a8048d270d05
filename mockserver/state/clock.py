"""The clock of a session: what time it is for the requests of that session.

Owns: freezing, setting and advancing the time.
Knows nothing of: records, HTTP, or how a time is stored.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

FIRST = datetime(1970, 1, 1, tzinfo=UTC)
LAST = datetime(9998, 12, 31, tzinfo=UTC)
Going = list[str | float | None]
"""How a clock goes: where it is frozen, and by how many seconds it is ahead; None for neither."""


class ClockError(ValueError):
    """A time that can't be read, or lies outside the years 1970 to 9998."""


def text(moment: datetime) -> str:
    """Return `moment` as the contract writes it: UTC, microseconds, Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(value: object) -> datetime:
    """Return the ISO-8601 text `value` as a UTC time; one without an offset is read as UTC.

    Raises:
        ClockError: `value` is no such text.
    """
    if not isinstance(value, str):
        raise ClockError(f"{value!r} is not a time; write one such as 2025-03-01T12:00:00Z")
    try:
        read = datetime.fromisoformat(value.strip())
        read = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ClockError(f"{value!r} is not a time; write one such as 2025-03-01T12:00:00Z") from error
    return _inside(read)


def _inside(when: datetime) -> datetime:
    if not FIRST <= when <= LAST:
        raise ClockError("the time must lie between 1970 and 9998")
    return when


class Clock:
    """The real time until somebody freezes, sets or advances it. told: called before it goes otherwise."""

    __slots__ = ("_frozen", "_offset", "told")

    def __init__(self) -> None:
        self.told: Callable[[Going], None] = lambda going: None
        self._offset: timedelta | None = None
        self._frozen: datetime | None = None

    def now(self) -> datetime:
        """The present time of this session, UTC."""
        if self._frozen is not None:
            return self._frozen
        if self._offset is not None:
            return datetime.now(UTC) + self._offset
        return datetime.now(UTC)

    @property
    def frozen(self) -> bool:
        return self._frozen is not None

    @property
    def offset(self) -> float:
        """Seconds by which this clock is ahead of the real one (negative: behind)."""
        if self._frozen is not None:
            return (self._frozen - datetime.now(UTC)).total_seconds()
        return self._offset.total_seconds() if self._offset is not None else 0.0

    def kept(self) -> Going:
        """What `keep` needs to make another clock go like this one."""
        return going(self._frozen, self._offset)

    def keep(self, kept: Going) -> None:
        """Go like the clock that gave `kept`, and tell nobody. Raises ValueError."""
        frozen, offset = kept
        self._frozen = moment(frozen) if frozen is not None else None
        self._offset = timedelta(seconds=float(offset)) if offset is not None else None

    def freeze(self, at: datetime | None = None) -> None:
        """Stop at `at`, or where the clock stands."""
        self._go(_inside(at) if at is not None else self.now(), self._offset)

    def set(self, to: datetime) -> None:
        """Go on from `to`; a frozen clock stays frozen there."""
        _inside(to)
        if self._frozen is not None:
            self._go(to, self._offset)
        else:
            self._go(None, to - datetime.now(UTC))

    def advance(self, seconds: float) -> None:
        """Move by `seconds`, which may be negative.

        Raises:
            ClockError: the new time lies outside the years 1970 to 9998.
        """
        try:
            target = self.now() + timedelta(seconds=seconds)
        except (OverflowError, ValueError) as error:
            raise ClockError("the time must lie between 1970 and 9998") from error
        self.set(target)

    def release(self) -> None:
        """Back to the real time."""
        self._go(None, None)

    def _go(self, frozen: datetime | None, offset: timedelta | None) -> None:
        self.told(going(frozen, offset))
        self._frozen, self._offset = frozen, offset


def going(frozen: datetime | None = None, offset: timedelta | None = None) -> Going:
    """How a clock goes that is frozen somewhere, or ahead of the real time."""
    return [text(frozen) if frozen is not None else None, offset.total_seconds() if offset is not None else None]
