"""Relations between queries that hold whatever the values are: no reading of the detailed answer is needed.

Owns: filters/<list>/<parameter>/splits, /spelling, /partitions, /day-is-midnight.
Source: x-filter of the parameters: a comparison and its opposite, an enum's members, a text and its other spelling.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from functools import partial
from itertools import takewhile
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.observing.filters_found import answered, ask, most
from cancelkit.contract_tests.observing.filters_plan import Subject, askable, distinct, subject
from cancelkit.contract_tests.observing.filters_probes import common_probes
from cancelkit.contract_tests.observing.filters_values import COMPARISONS, Named, kind, takes, text
from cancelkit.contract_tests.observing.listing import Listing, key, listings
from cancelkit.contract_tests.observing.stating import Judge, Proof, from_fact
from cancelkit.contract_tests.oracles.instants import instant, written
from cancelkit.contract_tests.oracles.text import case_variants
from cancelkit.contract_tests.rules.filters.sets import (
    NONE,
    OPPOSITE,
    WIDER,
    A,
    B,
    Sets,
    judge_same,
    judge_spelling,
    of_partition,
    of_splits,
    pairs,
    sets,
)
from cancelkit.spec import Contract

Group = dict[str, Named]
Look = Callable[[Judge, Context], list[Sets]]


def _set(context: Context, listing: Listing, known: Subject, query: Mapping[str, Any]) -> frozenset[Any]:
    """What a query finds of the known rows; what of them is there at all is asked each time."""
    asked = {**query, **listing.query(known.ids)}
    find = answered if query else ask
    first, ids, complete = find(context, listing, asked, most(listing))
    if first.status != 200 or not complete:
        raise Inconclusive(f"{listing.operation.id} with {dict(query)} answered {first.status}, {len(ids)} rows read")
    return frozenset(ids)


def _all(
    context: Context, listing: Listing, known: Subject, judge: Judge, look: Callable[[], list[Sets]]
) -> list[Sets]:
    """What `look` saw; where `judge` complains, it stands if the same records were there before and after."""
    kept, key = context.sample().kept, ("found without a filter", listing.name, tuple(known.ids))
    for _ in range(3):
        before = kept[key] if key in kept else kept.setdefault(key, _set(context, listing, known, {}))
        found = [Sets(one.what, before, one.found) for one in look()]
        if not any(judge(found)) or _set(context, listing, known, {}) == before:
            return found
        kept.pop(key, None)
        context.again = True
    raise Inconclusive("another client removed records three times")


def _groups(listing: Listing) -> dict[str, Group]:
    """Groups of parameters that compare the same value, by what their names share: {stem: {lookup: parameter}}."""
    groups: dict[tuple[tuple[str, ...], str | None], Group] = {}
    for named in listing.judged:
        rule = named[2]
        if rule.lookup in COMPARISONS and kind(rule.schema) != "none":
            groups.setdefault((rule.path, rule.transform), {}).setdefault(rule.lookup, named)
    found: dict[str, Group] = {}
    for (path, transform), group in groups.items():
        stem = _stem(group) or "__".join((*path, *([transform] if transform else [])))
        found[stem if stem not in found else f"{stem}__{'__'.join(path)}"] = group
    return found


def _usual(group: Group) -> str | None:
    """What the names share where each of them is that and its lookup: `placed` of placed__gt and placed__lte."""
    stems = {name.removesuffix(f"__{lookup}") for lookup, (name, _, _) in group.items()}
    plain = all(name.endswith(f"__{lookup}") for lookup, (name, _, _) in group.items())
    return stems.pop() if plain and len(stems) == 1 else None


def _stem(group: Group) -> str:
    """What the names of a group begin with; "" where they share nothing."""
    letters = zip(*(name for name, _, _ in group.values()), strict=False)
    shared = "".join(some[0] for some in takewhile(lambda some: len(set(some)) == 1, letters))
    return _usual(group) or shared.rstrip("_-.")


def _splits(listing: Listing, group: Group, judge: Judge, context: Context) -> list[Sets]:
    known = subject(context)
    drawn = common_probes(context, listing, next(iter(group.values())), known)
    chosen = [probe for probe in drawn if all(takes(p.schema, probe.value) for _, p, _ in group.values())]
    if not chosen:
        raise Skip("no record shows a value that could be compared")

    def look() -> list[Sets]:
        def one(value: str) -> Sets:
            sets = {lookup: _set(context, listing, known, {n: value}) for lookup, (n, _, _) in group.items()}
            return Sets(value, frozenset(), sets)

        return context.parallel([partial(one, probe.value) for probe in chosen])

    return _all(context, listing, known, judge, look)


def _splitting(path: str, group: Group) -> str:
    stem = _usual(group)
    if stem and all(lookup in group for lookup in COMPARISONS):
        return f"{stem}__gt and __lte of {path} split the records, as __gte and __lt do; the wider hold the narrower."
    names = {lookup: f"__{lookup}" if stem else name for lookup, (name, _, _) in group.items()}
    said = [f"{names[left]} and {names[right]} split the records" for left, right in pairs(OPPOSITE, group)]
    said += [f"{names[wide]} holds what {names[narrow]} finds" for narrow, wide in pairs(WIDER, group)]
    return f"Of {stem or _stem(group) or 'the filters'} of {path}: {'; '.join(said)}."


def _members(named: Named) -> list[Any]:
    """The values that partition the records: an enum's, or true and false."""
    _, parameter, rule = named
    known = [value for value in parameter.schema.get("enum", ()) if value is not None]
    flags = [True, False] if kind(rule.schema) == "boolean" and parameter.schema.get("type") == "boolean" else []
    return (known or flags) if rule.lookup == "exact" else []


def _whole(named: Named) -> bool:
    """Whether every record has one of the values."""
    rule = named[2]
    return not rule.nullable and set(rule.schema.get("enum", ())) <= set(_members(named))


def _partition(listing: Listing, named: Named, judge: Judge, context: Context) -> list[Sets]:
    known, name = subject(context), named[0]

    def look() -> list[Sets]:
        sets = {text(v): _set(context, listing, known, {name: text(v)}) for v in _members(named)}
        return [Sets(name, frozenset(), sets)]

    return _all(context, listing, known, judge, look)


def _spelling(listing: Listing, named: Named, judge: Judge, context: Context) -> list[Sets]:
    known, (name, parameter, rule) = subject(context), named
    shown = [v for v in distinct(known.rows, rule) if askable(parameter, v)]
    values = [v for v in map(str, shown) if v.isascii() and case_variants(v)]
    if not values:
        raise Skip(f"no record shows a plain value for {name}")
    asked = {probe.value for probe in common_probes(context, listing, named, known)}
    chosen = sorted(context.rng.sample(values, len(values)), key=lambda value: value not in asked)[: context.scale]

    def look() -> list[Sets]:
        def one(value: str) -> Sets:
            spellings = [v for v in (value, *case_variants(value)) if takes(parameter.schema, v)]
            return Sets(value, frozenset(), {v: _set(context, listing, known, {name: v}) for v in spellings})

        return [one(value) for value in chosen]

    return _all(context, listing, known, judge, look)


def _midnight(listing: Listing, daily: Group, exact: Group, judge: Judge, context: Context) -> list[Sets]:
    """A day compared, beside its first and last instant compared: the same records."""
    known = subject(context)
    rule = daily["gte"][2]
    zone, whole = rule.comparing.zone, rule.comparing.whole
    moments = {moment for value in distinct(known.rows, rule) if (moment := instant(value))}
    days = sorted({moment.astimezone(zone).date() for moment in moments})
    if not days:
        raise Skip("no record shows a date")
    asked = {probe.value for probe in common_probes(context, listing, daily["gte"], known)}
    shuffled = context.rng.sample(days, len(days))
    chosen = sorted(shuffled, key=lambda day: day.isoformat() not in asked)[: 2 * context.scale]

    def look() -> list[Sets]:
        found = []
        for day in chosen:
            start, end = _start(day, zone), _start(day + timedelta(days=1), zone)
            bounds = [("gte", "gte", start), ("lt", "lt", start)]
            bounds += [("gt", "gte", end), ("lte", "lt", end)] if whole else []
            for lookup, same, moment in bounds:
                queries = {daily[lookup][0]: day.isoformat()}, {exact[same][0]: moment}
                sets = {str(query): _set(context, listing, known, query) for query in queries}
                found.append(Sets(f"{lookup} {day}", frozenset(), sets))
        return found

    return _all(context, listing, known, judge, look)


def _start(day: date, zone: tzinfo) -> str:
    return written(datetime.combine(day, time(), zone))


def rules(contract: Contract) -> Iterator[Rule]:
    for listing in listings(contract):
        build = partial(_rule, listing)
        yield from _comparing(listing)
        for named in listing.judged:
            name, _, rule = named
            if len(_members(named)) > 1:
                whole = _whole(named)
                words = "find every record once" if whole else "never find a record twice"
                requires = f"The values of {name} of {listing.path} {words}."
                look = partial(_partition, listing, named)
                yield build(f"{key(name)}/partitions", named, requires, look, of_partition(whole=whole))
            if rule.lookup == "iexact" and rule.comparing.case == "unicode":
                requires = f"A value of {name} of {listing.path} finds the same records in upper and in lower case."
                judged = judge_spelling, Proof((sets(x=A, X=A),), (sets(x=A, X=NONE),))
                yield build(f"{key(name)}/spelling", named, requires, partial(_spelling, listing, named), judged)


def _rule(listing: Listing, name: str, named: Named, requires: str, look: Look, judged: tuple[Judge, Proof]) -> Rule:
    id, level = f"filters/{listing.name}/{name}", named[1].fact.level
    return from_fact(
        id, level, "x-filter", requires, partial(look, judged[0]), *judged, writes=False, quiet=not listing.ids
    )


def _comparing(listing: Listing) -> Iterator[Rule]:
    build, groups = partial(_rule, listing), _groups(listing)
    for stem, group in groups.items():
        named = next(iter(group.values()))
        if pairs(OPPOSITE, group) or pairs(WIDER, group):
            judged = of_splits(group, whole=not named[2].nullable)
            look = partial(_splits, listing, group)
            yield build(f"{key(stem)}/splits", named, _splitting(listing.path, group), look, judged)
        rest = (item for item in groups.items() if _same_moments(group, item[1]))
        for plain, exact in rest if len(group) == len(COMPARISONS) else ():
            bound = f"first or last instant ({named[2].comparing.zone})"
            requires = f"A day in {stem}__* of {listing.path} finds what its {bound} does in {plain}__*."
            judged = judge_same, Proof((sets(x=A, y=A),), (sets(x=A, y=B),))
            look = partial(_midnight, listing, group, exact)
            yield build(f"{key(plain)}/day-is-midnight", named, requires, look, judged)


def _same_moments(daily: Group, exact: Group) -> bool:
    """Whether the second group compares by the instant what the first compares by the day."""
    one, other = next(iter(daily.values()))[2], next(iter(exact.values()))[2]
    same = one.path == other.path and one.transform == "date" and other.transform is None
    return same and {"gte", "lt"} <= exact.keys()
