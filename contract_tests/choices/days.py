"""Points of days, and of date-times without an offset, in filters.

Owns: the detectors of day-zone, day-bounds, day-as-moment, no-offset.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import chain
from typing import Any

from cancelkit.contract_tests.choices.detector import Detector, Seen
from cancelkit.contract_tests.choices.finding import finding
from cancelkit.contract_tests.choices.written import zones_written
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.observing.filters_found import ask
from cancelkit.contract_tests.observing.filters_malformed import malformed
from cancelkit.contract_tests.observing.filters_values import COMPARISONS, Named
from cancelkit.contract_tests.observing.listing import Listing, listings
from cancelkit.contract_tests.oracles.instants import instant
from cancelkit.contract_tests.oracles.matching import value_at
from cancelkit.contract_tests.oracles.zones import (
    MINUTE,
    OFFSETS,
    UTC_OFFSET,
    Reading,
    Side,
    fitting,
    has_name,
    left,
    offset,
    open_season,
    several,
    telling,
    together,
    told,
    zones_of,
)
from cancelkit.spec import Contract

LATER = ("gt", "gte")
REACHES = ("gt", "lte")
"""Comparisons whose bound is the end of a day that is read as a whole."""
DAYS = ("gte", "lt", *REACHES)
"""Comparisons that tell the zone of days, those first that take days for the same in either reading."""
LONG_AGO, FAR_OFF = "1990-01-01", "2090-01-01"
NEAR, MOST_NEAR = 70 * MINUTE, 6
"""Records so near to the bound that was found, on either side, are looked at as well: they tell where it moves."""
MARGIN = 7 * MINUTE
MOST_AT_ONCE = 40
SEASONS = ((12, 1, 2), (6, 7, 8))
HALVES = ((10, 11, 12, 1, 2, 3), (4, 5, 6, 7, 8, 9))
Compared = Mapping[str, Named]
"""The comparisons of one field of a list, by lookup."""
Left = Callable[[Context, str | None], list[str]]
"""What zones some evidence leaves; the zone that is likely is considered as well."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A comparison with date-times that a list is asked for, and the moments that known records show, by id.

    zone: that the contract names, if it does.
    """

    context: Context
    listing: Listing
    name: str
    lookup: str
    moments: Mapping[Any, datetime]
    wrong: str
    zone: str | None

    def finds(self, id: Any, value: str) -> bool | None:
        """Whether a value finds a record; None where it is refused."""
        found = finding(self.listing, self.context, self.name, value, [id])
        return None if found is None else id in found

    def beyond(self, id: Any, value: str) -> bool:
        """Whether a record lies beyond the bound that a value is, for the server."""
        found = self.finds(id, value)
        if found is None:
            raise Inconclusive(f"{self.name}={value} is refused, and others like it are not")
        return found is (self.lookup in LATER)

    def check(self, ids: Iterable[Any]) -> None:
        """Look whether records are still there, where a list can be asked for them.

        Raises:
            Inconclusive: one is not, so that it was not found says nothing.
        """
        wanted = list(dict.fromkeys(ids))
        for start in range(0, len(wanted) if self.listing.ids else 0, MOST_AT_ONCE):
            some = wanted[start : start + MOST_AT_ONCE]
            _, shown, _ = ask(self.context, self.listing, self.listing.query(some))
            if not set(some) <= set(shown):
                raise Inconclusive("another client removed records meanwhile")

    def not_taken(self, id: Any, early: str, late: str) -> Seen | None:
        """What becomes of values that the server does not compare by; None where it does.

        Args:
            early, late: such as lie before and after the record in every zone.
        """
        found = self.finds(id, early), self.finds(id, late)
        if found == ((True, False) if self.lookup in LATER else (False, True)):
            return None
        if found[0] == found[1] == self.finds(id, self.wrong):
            self.check([id])
            return Seen("malformed")
        return Seen(None, f"{self.name}={early} and {late} find a record that lies between: {found[0]}, {found[1]}")

    def readings(self) -> list[Reading]:
        """How days may be read.

        Raises:
            Inconclusive: no zone explains what was found.
        """
        found = self.read_by(self.sides(), self.zone)
        if not found:
            raise Inconclusive(f"{self.name}: no zone explains which records it finds")
        return found

    def sides(self) -> list[Side]:
        """The records between which the bound lies, and all that are near to it; where no one offset explains them,
        those of the winter and of the summer, each for themselves."""
        sides: dict[tuple[float, Any, date], Side] = {}
        self._look(self.moments, sides)
        if all(has_name(reading.zone) for reading in self.read_by(sides.values(), self.zone)):
            for season in SEASONS:
                self._look({id: m for id, m in self.moments.items() if m.month in season}, sides)
        self.check(id for _, id, _ in sides)
        return list(sides.values())

    def read_by(self, sides: Iterable[Side], zone: str | None) -> list[Reading]:
        return left(sides, reaches=self.lookup in REACHES, names=[zone])

    def bare(self) -> Seen | list[tuple[datetime, float]]:
        """What becomes of moments written as in each zone, without its offset: a record's of the winter, and one's of
        the summer. Each with the offset that they were read with, in seconds; else what is told of them."""
        found = list[tuple[datetime, float]]()
        for id, moment in _seasons(self.moments):
            if seen := self.not_taken(id, _bare(moment, OFFSETS[0] - MARGIN), _bare(moment, OFFSETS[-1] + MARGIN)):
                return seen
            low, high = 0, len(OFFSETS) - 1
            while low < high:
                middle = (low + high) // 2
                later = self.beyond(id, _bare(moment, OFFSETS[middle] + MARGIN))
                low, high = (middle + 1, high) if later else (low, middle)
            if not self.beyond(id, _bare(moment, OFFSETS[low] - MARGIN)):
                return Seen(None, "date-times without an offset are read in a zone that is none")
            found.append((moment, OFFSETS[low]))
        self.check(id for id, _ in _seasons(self.moments))
        return found

    def _look(self, moments: Mapping[Any, datetime], sides: dict[tuple[float, Any, date], Side]) -> None:
        """Add the sides between which the bound lies for these moments, and those that are near to it: of either half
        of the year some, so that a bound that moves by the season shows."""
        tried = [(after, id, day) for id, m in moments.items() for day, after in telling(m)]
        tried.sort(key=lambda one: one[0])
        low, high = 0, len(tried)

        def beyond(one: tuple[float, Any, date]) -> bool:
            if one not in sides:
                after, id, day = one
                start = datetime.combine(day, time(), UTC)
                sides[one] = Side(start, after, self.beyond(id, day.isoformat()))
            return sides[one].beyond

        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if beyond(tried[middle]) else (middle + 1, high)
        bound = tried[min(low, len(tried) - 1)][0] if tried else 0
        for near in (tried[:low][::-1], tried[low:]):
            close = [one for one in near if abs(one[0] - bound) < NEAR]
            halves = ([one for one in close if moments[one[1]].month in half][: MOST_NEAR // 2] for half in HALVES)
            for one in (*close[:MOST_NEAR], *chain(*halves)):
                beyond(one)


def _asking(listing: Listing, compared: Compared, context: Context, point: str, *lookups: str) -> _Asked:
    """The first of some comparisons that the list has. point: whose zone is meant."""
    name, parameter, rule = compared[next(lookup for lookup in lookups if lookup in compared)]
    sample = context.sample()
    shown = ((row[sample.id_field], instant(value_at(row, rule.path))) for row in sample.rows)
    moments = {id: moment for id, moment in shown if moment is not None}
    if not moments:
        raise Skip(f"no known record shows a date-time for {name}")
    zone = context.contract.choices[point].value
    return _Asked(context, listing, name, rule.lookup, moments, malformed(parameter.schema)[0], zone)


def _zone(zones: Sequence[str], likely: str | None, what: str) -> Seen:
    found = told(zones, likely)
    if len(found) > 1:
        raise Inconclusive(f"the known records leave several zones for {what}: {several(found)}")
    (zone,) = found
    said = f"{what} are read in {zone}"
    return Seen("utc", said) if zone == UTC_OFFSET else Seen("zone", said, zone, open_season(zone, zones))


def _bounds(found: list[Reading]) -> Seen:
    kinds = {reading.whole for reading in found}
    if len(kinds) > 1:
        raise Inconclusive("the known records leave both the whole day and its first instant")
    return Seen("whole" if kinds.pop() else "first-instant")


def _day_zone(listing: Listing, compared: Compared, moments: Compared, context: Context) -> Seen:
    asked = _asking(listing, compared, context, "day-zone", *DAYS)
    others = (left(context, asked.zone) for left in (_written, partial(_bare_left, listing, moments)))
    return _zone(together(zones_of(asked.readings()), asked.zone, others), asked.zone, "days")


def _written(context: Context, likely: str | None) -> list[str]:
    """The zones in which known records are written."""
    return zones_written(context.contract, context.sample().rows, likely)


def _days_left(listing: Listing, days: Compared, context: Context, likely: str | None) -> list[str]:
    """The zones in which days may be read, by one look in a run; none where that tells nothing."""

    def look(context: Context) -> tuple[_Asked, list[Side]]:
        asked = _asking(listing, days, context, "day-zone", *DAYS)
        return asked, asked.sides()

    with suppress(Inconclusive, Skip):
        asked, sides = context.shared("zones of days", look)
        return zones_of(asked.read_by(sides, likely))
    return []


def _bare_left(listing: Listing, moments: Compared, context: Context, likely: str | None) -> list[str]:
    """The zones in which date-times without an offset may be read, as `_days_left`."""
    with suppress(Inconclusive, Skip):
        shown = context.shared(
            "zones of no-offset",
            lambda context: _asking(listing, moments, context, "no-offset", *COMPARISONS).bare() if moments else [],
        )
        return [] if isinstance(shown, Seen) else fitting(shown, likely)
    return []


def steady(contract: Contract) -> list[Left]:
    """What leaves zones by filters, of a list that other clients do not disturb."""
    found = list[Left]()
    for listing in [one for one in listings(contract)[:1] if one.ids]:
        if days := _compared(listing, by_day=True):
            found.append(partial(_days_left, listing, days))
        if moments := _compared(listing, by_day=False):
            found.append(partial(_bare_left, listing, moments))
    return found


def _day_bounds(listing: Listing, compared: Compared, context: Context) -> Seen:
    return _bounds(_asking(listing, compared, context, "day-zone", *REACHES).readings())


def _no_offset(listing: Listing, moments: Compared, days: Compared, context: Context) -> Seen:
    asked, what = _asking(listing, moments, context, "no-offset", *COMPARISONS), "date-times without an offset"
    shown = asked.bare()
    if isinstance(shown, Seen):
        return shown
    if not (zones := fitting(shown, asked.zone)):
        return Seen(None, f"{what} are read in {several(offset(int(ahead)) for _, ahead in shown)}, by the season")
    others = (left(context, asked.zone) for left in (_written, partial(_days_left, listing, days)))
    zones = together(zones, asked.zone, others if days else [])
    return _zone(zones[:1] if has_name(zones[0]) else zones, asked.zone, what)


def _seasons(moments: Mapping[Any, datetime]) -> list[tuple[Any, datetime]]:
    """A record of the winter and one of the summer, as far as there are such; else any."""
    found = [next(((id, m) for id, m in moments.items() if m.month in season), None) for season in SEASONS]
    return [one for one in found if one] or [next(iter(moments.items()))]


def _bare(moment: datetime, ahead: int) -> str:
    return (moment.astimezone(UTC) + timedelta(seconds=ahead)).replace(tzinfo=None).isoformat(timespec="seconds")


def _day_as_moment(listing: Listing, moments: Compared, days: Compared, context: Context) -> Seen:
    """As a day's bounds; in the zone of date-times without an offset."""
    asked = _asking(listing, moments, context, "no-offset", *REACHES, "gte", "lt")
    if seen := asked.not_taken(next(iter(asked.moments)), LONG_AGO, FAR_OFF):
        return seen
    bare, found = _no_offset(listing, moments, days, context), asked.readings()
    fitting = [reading for reading in found if reading.zone == (bare.value or UTC_OFFSET)]
    if bare.option and fitting:
        return _bounds(fitting)
    zones = several(told(zones_of(found)))
    return Seen(None, f"days are read in {zones}; {bare.said or 'date-times without an offset are not read'}")


def _compared(listing: Listing, *, by_day: bool) -> Compared:
    """The comparisons of the first field that has some: with a day, or with a date-time."""
    found: dict[tuple[str, ...], dict[str, Named]] = {}
    for named in listing.judged:
        _, parameter, rule = named
        form = "date" if by_day else "date-time"
        dated = rule.schema.get("format") == "date-time" and parameter.schema.get("format") == form
        if dated and rule.lookup in COMPARISONS and (rule.transform == "date") is by_day:
            found.setdefault(rule.path, {}).setdefault(rule.lookup, named)
    return next(iter(found.values()), {})


def detectors(contract: Contract) -> Iterator[Detector]:
    listing = next(iter(listings(contract)), None)
    if listing is None:
        return
    state = partial(Detector, writes=False, quiet=not listing.ids)
    moments = _compared(listing, by_day=False)
    days = _compared(listing, by_day=True)
    if days:
        yield state("day-zone", partial(_day_zone, listing, days, moments))
        if days.keys() & {*REACHES}:
            yield state("day-bounds", partial(_day_bounds, listing, days))
    if moments:
        yield state("day-as-moment", partial(_day_as_moment, listing, moments, days))
        yield state("no-offset", partial(_no_offset, listing, moments, days))
