"""Points of days, and of date-times without an offset, in filters.

Owns: the detectors of day-zone, day-bounds, day-as-moment, no-offset.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial

from cancelkit.contract_tests.choices.asked import REACHES, Asked, Compared, asking
from cancelkit.contract_tests.choices.detector import Detector, Seen
from cancelkit.contract_tests.choices.written import zones_written
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.observing.filters_values import COMPARISONS, Named
from cancelkit.contract_tests.observing.listing import Listing, listings
from cancelkit.contract_tests.oracles.zones import (
    UTC_OFFSET,
    Reading,
    Side,
    fitting,
    has_name,
    offset,
    open_season,
    several,
    together,
    told,
    zones_of,
)
from cancelkit.spec import Contract

DAYS = ("gte", "lt", *REACHES)
"""Comparisons that tell the zone of days, those first that take days for the same in either reading."""
LONG_AGO, FAR_OFF = "1990-01-01", "2090-01-01"
Left = Callable[[Context, str | None], list[str]]
"""What zones some evidence leaves; the zone that is likely is considered as well."""


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
    asked = asking(listing, compared, context, "day-zone", *DAYS)
    others = (leaves(context, asked.zone) for leaves in (_written, partial(_bare_left, listing, moments)))
    return _zone(together(zones_of(asked.readings()), asked.zone, others), asked.zone, "days")


def _written(context: Context, likely: str | None) -> list[str]:
    """The zones in which known records are written."""
    return zones_written(context.contract, context.sample().rows, likely)


def _days_left(listing: Listing, days: Compared, context: Context, likely: str | None) -> list[str]:
    """The zones in which days may be read, by one look in a run; none where that tells nothing."""

    def look(context: Context) -> tuple[Asked, list[Side]]:
        asked = asking(listing, days, context, "day-zone", *DAYS)
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
            lambda context: asking(listing, moments, context, "no-offset", *COMPARISONS).bare() if moments else [],
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
    return _bounds(asking(listing, compared, context, "day-zone", *REACHES).readings())


def _no_offset(listing: Listing, moments: Compared, days: Compared, context: Context) -> Seen:
    asked, what = asking(listing, moments, context, "no-offset", *COMPARISONS), "date-times without an offset"
    shown = asked.bare()
    if isinstance(shown, Seen):
        return shown
    if not (zones := fitting(shown, asked.zone)):
        return Seen(None, f"{what} are read in {several(offset(int(ahead)) for _, ahead in shown)}, by the season")
    others = (leaves(context, asked.zone) for leaves in (_written, partial(_days_left, listing, days)))
    zones = together(zones, asked.zone, others if days else [])
    return _zone(zones[:1] if has_name(zones[0]) else zones, asked.zone, what)


def _day_as_moment(listing: Listing, moments: Compared, days: Compared, context: Context) -> Seen:
    """As a day's bounds; in the zone of date-times without an offset."""
    asked = asking(listing, moments, context, "no-offset", *REACHES, "gte", "lt")
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
