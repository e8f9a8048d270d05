"""Why filters on date-times find other records on the two sides: the point of days that explains it.

Owns: Beside (what one call shows of how both servers read days), Days (what all calls show together), and which keys
    are taken first for that.
Knows nothing of: how calls are played; reports.
Source: spec/points/days.py; oracles/zones.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import product, zip_longest
from typing import Any

from cancelkit.contract_tests.choices.asked import LATER, REACHES
from cancelkit.contract_tests.comparing.aligning import Pair, Query
from cancelkit.contract_tests.comparing.calls import Call
from cancelkit.contract_tests.comparing.differences import Difference, finds_others
from cancelkit.contract_tests.comparing.sides import Side as Server
from cancelkit.contract_tests.context.walking import PAGE, page_of
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.observing.filters_values import COMPARISONS
from cancelkit.contract_tests.observing.listing import listings
from cancelkit.contract_tests.oracles.instants import instant
from cancelkit.contract_tests.oracles.matching import value_at
from cancelkit.contract_tests.oracles.zones import DAY, QUARTER, UTC_OFFSET, Reading, Side, agreeing, asked
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Filter

POINTS = {
    "day": ("day-zone", "day-bounds"),
    "day-as-moment": ("no-offset", "day-as-moment"),
    "no-offset": ("no-offset", "no-offset"),
}
"""The choices of zone and bounds, by what a query leaves to them (as of `zones.asked`)."""
MALFORMED = "malformed-filter"
Heard = tuple[Pair, Query, Answer]
"""A side, what it was asked, what it answered."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Known records beside a day, or a date-time without an offset, that a list was asked for.

    topic, reaches: as of `zones`. sides: of the one server, and of the other; none of one that refuses.
    """

    topic: str
    reaches: bool
    sides: tuple[tuple[Side, ...], tuple[Side, ...]]


def beside(call: Call, among: Sequence[str], heard: tuple[Heard, Heard]) -> Beside | None:
    """What the answers of both servers show; None where the call is about something else, or about more.

    among: the records to which the list was restricted.
    """
    known = heard[0][0][0].filter(call.query[0][0]) if call.lists and len(call.query) == 1 else None
    rule = known[1] if known else None
    if rule is None or rule.schema.get("format") != "date-time" or rule.lookup not in COMPARISONS:
        return None
    first, second = (asked(str(query[0][1]), by_day=rule.transform == "date") for _, query, _ in heard)
    if first is None or second is None:
        return None
    topic, start = first
    sides = tuple(_sides(rule, heard[0], among, start)), tuple(_sides(rule, heard[1], among, second[1]))
    return Beside(topic, rule.lookup in REACHES and topic != "no-offset", sides)


def _sides(rule: Filter, heard: Heard, among: Sequence[str], start: datetime) -> Iterator[Side]:
    """Each record beside the value whose first instant in UTC is `start`, but those at which some zone's day begins."""
    (side, names), _, answer = heard
    page = page_of(answer.json) if answer.ok else None
    if page is None or page.count > len(page.rows):
        return
    shown = [row.get(side.contract.resource.id_field) for row in page.rows if isinstance(row, Mapping)]
    for label in among:
        moment = instant(value_at(names.rows.get(label, {}), rule.path))
        after = (moment - start).total_seconds() if moment else 0
        if after % QUARTER:
            yield Side(start, after, (names.ids[label] in shown) is (rule.lookup in LATER))


def nearest_first(side: Server) -> dict[str, tuple[Any, ...]]:
    """The keys of references, those first whose rows show a moment near to midnight, one after it and one before it in
    turns: such tell zones apart. One page of the most detailed list is read.
    """
    listing, near = listings(side.contract)[-1:], dict[tuple[str, Any], float]()
    by_day = [rule for one in listing for _, _, rule in one.judged if rule.transform == "date"]
    with suppress(Inconclusive):
        rows = listing[0].ask(side.context, listing[0].query(limit=PAGE)).rows if by_day else ()
        for row, rule, name in product(rows, by_day, side.keys):
            moment = instant(value_at(row, rule.path))
            if moment and rule.path[0] in (name, side.contract.resource.references[name].opened_detailed):
                near[name, side.context.key_of(row, name)] = _after_midnight(moment.astimezone(rule.comparing.zone))
    found: dict[str, tuple[Any, ...]] = {}
    for name, keys in side.keys.items():
        after = {key: near.get((name, key), float(DAY)) for key in keys}
        ranked = sorted(keys, key=lambda key: abs(after[key]))
        sides = [key for key in ranked if after[key] >= 0], [key for key in ranked if after[key] < 0]
        found[name] = tuple(key for pair in zip_longest(*sides) for key in pair if key is not None)
    return found


def _after_midnight(moment: datetime) -> float:
    """Seconds since the nearest midnight; below 0 until it. As long as can be where some zone's day begins: such a
    moment tells nothing."""
    after = (moment - moment.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds()
    if not after % QUARTER:
        return DAY
    return after if after < DAY / 2 else after - DAY


class Days:
    """How both servers read days, as far as all calls about them show."""

    def __init__(self, heard: Iterable[Beside], contract: Contract) -> None:
        topics: dict[str, list[Beside]] = {}
        for one in heard:
            topics.setdefault(one.topic, []).append(one)
        chosen = contract.choices
        zone, bare = (chosen[point].value or UTC_OFFSET for point in ("day-zone", "no-offset"))
        usual = {
            "day": Reading(zone, chosen["day-bounds"].chosen == "whole"),
            "day-as-moment": Reading(bare, chosen["day-as-moment"].chosen == "whole"),
            "no-offset": Reading(bare, False),
        }
        self._read = {
            topic: (_readings(found, 0, usual[topic]), _readings(found, 1, usual[topic]))
            for topic, found in topics.items()
        }

    def point(self, one: Beside, difference: Difference) -> str:
        """The choice that explains a difference of one call; empty where none does.

        A server that is not seen to read such values as days or moments takes them for malformed.
        """
        refused = difference.place == ("status",) and one.topic != "day"
        if not (refused or finds_others(difference)):
            return ""
        ours, theirs = self._read[one.topic]
        if one.topic != "day" and not (ours and theirs):
            return one.topic if ours or theirs else MALFORMED
        if not ours or not theirs or {*ours} & {*theirs}:
            return ""
        zone, bounds = POINTS[one.topic]
        if not one.reaches:
            return zone
        moved = {r.zone for r in ours}.isdisjoint(r.zone for r in theirs)
        bent = {r.whole for r in ours}.isdisjoint(r.whole for r in theirs)
        if not (moved and bent):
            return bounds if bent else zone
        here = agreeing((), one.sides[0])
        stays = any(r.zone in {t.zone for t in theirs} and r.whole not in {t.whole for t in theirs} for r in here)
        return bounds if stays else zone


def _readings(heard: Sequence[Beside], server: int, usual: Reading) -> list[Reading]:
    """How one of the servers may read them: as the contract says, where that agrees with all that was seen."""
    plain = [side for one in heard if not one.reaches for side in one.sides[server]]
    reaching = [side for one in heard if one.reaches for side in one.sides[server]]
    found = agreeing(plain, reaching, [usual.zone]) if plain or reaching else []
    usual = usual if reaching else Reading(usual.zone, False)
    return [usual] if usual in found else found
