"""What recorded queries prove of days, and of date-times without an offset, in filters.

Owns: the sights of day-zone, day-bounds, day-as-moment, no-offset.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cancelkit.contract_tests.choices.asked import LATER, REACHES
from cancelkit.contract_tests.choices.written import zones_written
from cancelkit.contract_tests.observing.filters_values import COMPARISONS
from cancelkit.contract_tests.observing.listing import listings
from cancelkit.contract_tests.oracles.instants import instant
from cancelkit.contract_tests.oracles.zones import (
    UTC_OFFSET,
    Reading,
    Side,
    agreeing,
    asked,
    several,
    together,
    told,
    zones_of,
)
from cancelkit.contract_tests.recorded.comparing import texts_at, there
from cancelkit.contract_tests.recorded.sight import Sight
from cancelkit.contract_tests.recorded.tape import Heard, Tape

NO_ZONE = "recorded calls agree with no zone"


@dataclass(frozen=True, slots=True)
class _Beside:
    """A record beside a bound that a list was asked for.

    topic: as of `asked`. reaches: as of `left`.
    """

    topic: str
    reaches: bool
    side: Side
    calls: tuple[Heard, ...]


def _heard(tape: Tape) -> Iterator[_Beside | Sight]:
    filters = {listing.operation.id: list(listing.judged) for listing in listings(tape.contract)}
    texts = texts_at(tape, {rule.path for known in filters.values() for _, _, rule in known})
    for heard in tape.calls:
        if not heard.lists or not heard.query:
            continue
        for name, _, rule in filters.get(heard.operation.id, ()):
            zoned = asked(heard.query.get(name, ""), by_day=rule.transform == "date")
            dated = rule.schema.get("format") == "date-time" and rule.lookup in COMPARISONS
            if not dated or zoned is None or not heard.faults <= {f"query.{name}"}:
                continue
            topic, start = zoned
            if topic != "day" and heard.refuses(f"query.{name}"):
                yield Sight(topic, "malformed", (heard,))
            if heard.rows is None:
                continue
            realm, scope = str(heard.exchange.realm), tape.scope(heard)
            for id, found, calls in there(tape, heard, name):
                shown = texts.get(((realm, scope, id), rule.path), set())
                moment = instant(next(iter(shown))) if len(shown) == 1 else None
                if moment is not None:
                    side = Side(start, (moment - start).total_seconds(), found is (rule.lookup in LATER))
                    yield _Beside(topic, rule.lookup in REACHES and topic != "no-offset", side, calls)


def _left(found: list[_Beside], zone: str | None) -> list[Reading]:
    return agreeing(
        (one.side for one in found if not one.reaches),
        (one.side for one in found if one.reaches),
        [zone],
    )


def zones_shown(tape: Tape, likely: str | None) -> list[str]:
    """The zones in which the answers' date-times may be written."""
    return zones_written(tape.contract, [row for heard in tape.calls for row in heard.shown], likely)


def _zones(point: str, found: list[_Beside], zones: list[str], zone: str | None) -> Iterator[Sight]:
    left = told(zones, zone)
    if len(left) == 1:
        option, value = ("utc", None) if left == [UTC_OFFSET] else ("zone", left[0])
        yield from (Sight(point, option, one.calls, "", value) for one in found)
    else:
        said = f"recorded calls leave several zones: {several(left)}" if left else NO_ZONE
        yield Sight(point, None, (), said)


def _bounds(point: str, found: list[_Beside], readings: list[Reading]) -> Iterator[Sight]:
    kinds = {reading.whole for reading in readings}
    if len(kinds) == 1:
        option = "whole" if kinds.pop() else "first-instant"
        yield from (Sight(point, option, one.calls) for one in found)
    else:
        said = "recorded calls leave both the whole day and its first instant" if kinds else NO_ZONE
        yield Sight(point, None, (), said)


def sights(tape: Tape) -> Iterator[Sight]:
    topics: dict[str, list[_Beside]] = {}
    for one in _heard(tape):
        if isinstance(one, Sight):
            yield one
        else:
            topics.setdefault(one.topic, []).append(one)
    zone, bare_zone = (tape.contract.choices[point].value for point in ("day-zone", "no-offset"))
    days, bare = topics.get("day", []), topics.get("no-offset", [])

    def zones(found: list[_Beside], others: list[_Beside], likely: str | None) -> list[str]:
        beside = (zones_shown(tape, likely), zones_of(_left(others, likely)) if others else [])
        return together(zones_of(_left(found, likely)), likely, beside)

    if days:
        yield from _zones("day-zone", days, zones(days, bare, zone), zone)
        if reaching := [one for one in days if one.reaches]:
            yield from _bounds("day-bounds", reaching, _left(days, zone))
    if bare:
        yield from _zones("no-offset", bare, zones(bare, days, bare_zone), bare_zone)
    if moments := topics.get("day-as-moment"):
        yield from _bounds("day-as-moment", moments, _left(moments, bare_zone))
