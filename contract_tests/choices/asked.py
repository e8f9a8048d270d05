"""Comparisons with days and date-times that a list is asked for, and the bounds that the server takes them for.

Owns: Asked, `asking`; the search for a bound among moments that known records show.
Knows nothing of: points and their options.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from typing import Any

from cancelkit.contract_tests.choices.detector import Seen
from cancelkit.contract_tests.choices.finding import finding
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.observing.filters_found import ask
from cancelkit.contract_tests.observing.filters_malformed import malformed
from cancelkit.contract_tests.observing.filters_values import Named
from cancelkit.contract_tests.observing.listing import Listing
from cancelkit.contract_tests.oracles.instants import instant
from cancelkit.contract_tests.oracles.matching import value_at
from cancelkit.contract_tests.oracles.zones import (
    MINUTE,
    OFFSETS,
    Reading,
    Side,
    has_name,
    left,
    telling,
)

LATER = ("gt", "gte")
REACHES = ("gt", "lte")
"""Comparisons whose bound is the end of a day that is read as a whole."""
NEAR, MOST_NEAR = 70 * MINUTE, 6
"""Records so near to the bound that was found, on either side, are looked at as well: they tell where it moves."""
MARGIN = 7 * MINUTE
MOST_AT_ONCE = 40
SEASONS = ((12, 1, 2), (6, 7, 8))
HALVES = ((10, 11, 12, 1, 2, 3), (4, 5, 6, 7, 8, 9))
Compared = Mapping[str, Named]
"""The comparisons of one field of a list, by lookup."""


@dataclass(frozen=True, slots=True)
class Asked:
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


def asking(listing: Listing, compared: Compared, context: Context, point: str, *lookups: str) -> Asked:
    """The first of some comparisons that the list has. point: whose zone is meant."""
    name, parameter, rule = compared[next(lookup for lookup in lookups if lookup in compared)]
    sample = context.sample()
    shown = ((row[sample.id_field], instant(value_at(row, rule.path))) for row in sample.rows)
    moments = {id: moment for id, moment in shown if moment is not None}
    if not moments:
        raise Skip(f"no known record shows a date-time for {name}")
    zone = context.contract.choices[point].value
    return Asked(context, listing, name, rule.lookup, moments, malformed(parameter.schema)[0], zone)


def _seasons(moments: Mapping[Any, datetime]) -> list[tuple[Any, datetime]]:
    """A record of the winter and one of the summer, as far as there are such; else any."""
    found = [next(((id, m) for id, m in moments.items() if m.month in season), None) for season in SEASONS]
    return [one for one in found if one] or [next(iter(moments.items()))]


def _bare(moment: datetime, ahead: int) -> str:
    return (moment.astimezone(UTC) + timedelta(seconds=ahead)).replace(tzinfo=None).isoformat(timespec="seconds")
