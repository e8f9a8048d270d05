"""Relations between queries that hold whatever the values are: no reading of the detailed answer is needed.

Owns: filters/<list>/<parameter>/splits, /spelling, filters/<list>/<enum>/partitions, /date_placed/day-is-midnight.
Knows nothing of: which record has which value.
Source: x-filter of the parameters: a comparison and its opposite, an enum's members, a text and its other spelling.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.oracles.instants import instant
from cancelkit.contract_tests.oracles.text import case_variants
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules.filters_found import ask
from cancelkit.contract_tests.rules.filters_match import judged
from cancelkit.contract_tests.rules.filters_plan import Subject, distinct, probes, subject
from cancelkit.contract_tests.rules.writes import list_operations, short
from cancelkit.spec import Contract, Filter, Level

OPPOSITE = {"gt": "lte", "gte": "lt"}
WIDER = {"gt": "gte", "lt": "lte"}
LOOKUPS = ("gt", "gte", "lt", "lte")


@dataclass(frozen=True, slots=True)
class Sets:
    """Sets of ids that queries found among the same records, by what was asked; `all` is what no filter finds."""

    what: str
    all: frozenset[int]
    found: Mapping[str, frozenset[int]]


def _set(bench: Bench, operation_id: str, known: Subject, query: Mapping[str, Any]) -> frozenset[int]:
    first, ids, complete = ask(bench, operation_id, {**query, "pk__in": known.ids})
    if first.status != 200 or not complete:
        raise Inconclusive(f"{operation_id} with {dict(query)} answered {first.status}")
    return frozenset(ids)


def _all(bench: Bench, operation_id: str, known: Subject, look: Callable[[], list[Sets]]) -> list[Sets]:
    """What `look` saw, if the same records were there before and after."""
    for _ in range(3):
        before = _set(bench, operation_id, known, {})
        seen = look()
        if _set(bench, operation_id, known, {}) == before:
            return [Sets(one.what, before, one.found) for one in seen]
    raise Inconclusive("another client removed records three times")


def _groups(spec: Contract, operation_id: str) -> dict[str, dict[str, tuple[str, Filter]]]:
    """Groups of parameters that compare the same value: {stem: {lookup: (name, filter)}}; not all need be offered."""
    groups: dict[str, dict[str, tuple[str, Filter]]] = {}
    for name, _, rule in judged(spec, operation_id):
        stem, _, lookup = name.rpartition("__")
        if lookup in LOOKUPS:
            groups.setdefault(stem, {})[lookup] = (name, rule)
    return groups


def _splits(operation_id: str, group: Mapping[str, tuple[str, Filter]], bench: Bench) -> list[Sets]:
    known = subject(bench)
    name, rule = next(iter(group.values()))
    parameter = bench.spec.operations[operation_id].parameter(name)
    if parameter is None:
        raise Skip(f"{name} is no parameter of {operation_id}")
    chosen = probes(name, parameter, rule, known.rows, known.unit, bench.rng, bench.scale)
    chosen = bench.rng.sample(chosen, min(len(chosen), 4 * bench.scale))

    def look() -> list[Sets]:
        def one(value: str) -> Sets:
            sets = {key: _set(bench, operation_id, known, {n: value}) for key, (n, _) in group.items()}
            return Sets(value, frozenset(), sets)

        return bench.parallel([partial(one, probe.value) for probe in chosen])

    return _all(bench, operation_id, known, look)


def judge_splits(whole: bool, found: list[Sets]) -> Iterator[str]:
    """A comparison and its opposite must share nothing and leave nothing out; the wider must hold the narrower.

    whole: every record has a value; one that has none is found by neither.
    """
    for one in found:
        for left, right in _pairs(OPPOSITE, one.found):
            both = one.found[left] & one.found[right]
            neither = one.all - one.found[left] - one.found[right]
            if both:
                yield f"{one.what}: {left} and {right} both find {sorted(both)[:5]}"
            if neither and whole:
                yield f"{one.what}: neither {left} nor {right} finds {sorted(neither)[:5]}"
        for narrow, wide in _pairs(WIDER, one.found):
            lost = one.found[narrow] - one.found[wide]
            if lost:
                yield f"{one.what}: {narrow} finds {sorted(lost)[:5]}, {wide} does not"


def _pairs(relation: Mapping[str, str], offered: Container[str]) -> list[tuple[str, str]]:
    return [(one, other) for one, other in relation.items() if one in offered and other in offered]


def _splitting(stem: str, path: str, group: Container[str]) -> str:
    if all(lookup in group for lookup in LOOKUPS):
        return f"{stem}__gt and __lte of {path} split the records, as __gte and __lt do; the wider hold the narrower."
    said = [f"__{left} and __{right} split the records" for left, right in _pairs(OPPOSITE, group)]
    said += [f"__{wide} holds what __{narrow} finds" for narrow, wide in _pairs(WIDER, group)]
    return f"Of {stem} of {path}: {'; '.join(said)}."


def _partition(operation_id: str, name: str, rule: Filter, bench: Bench) -> list[Sets]:
    known = subject(bench)

    def look() -> list[Sets]:
        sets = {str(v): _set(bench, operation_id, known, {name: v}) for v in rule.schema["enum"]}
        return [Sets(name, frozenset(), sets)]

    return _all(bench, operation_id, known, look)


def judge_partition(whole: bool, found: list[Sets]) -> Iterator[str]:
    """No record may be found by two members; `whole`: every record must be found by one."""
    for one in found:
        seen: dict[int, str] = {}
        for value, ids in one.found.items():
            for id in sorted(ids):
                if id in seen:
                    yield f"{one.what}: record {id} is found by {seen[id]} and by {value}"
                seen[id] = value
        left = one.all - seen.keys()
        if whole and left:
            yield f"{one.what}: no value finds {sorted(left)[:5]}"


def _spelling(operation_id: str, name: str, rule: Filter, bench: Bench) -> list[Sets]:
    known = subject(bench)
    values = [v for v in map(str, distinct(known.rows, rule)) if v == v.strip() and v.isascii() and case_variants(v)]
    if not values:
        raise Skip(f"no record shows a plain value for {name}")
    chosen = bench.rng.sample(values, min(len(values), 1 + bench.scale))

    def look() -> list[Sets]:
        def one(value: str) -> Sets:
            spellings = [value, *case_variants(value)]
            return Sets(value, frozenset(), {v: _set(bench, operation_id, known, {name: v}) for v in spellings})

        return [one(value) for value in chosen]

    return _all(bench, operation_id, known, look)


def judge_spelling(found: list[Sets]) -> Iterator[str]:
    """All spellings must find the same."""
    for one in found:
        sets = set(one.found.values())
        if len(sets) > 1:
            shown = ", ".join(f"{spelling!r}: {sorted(ids)[:5]}" for spelling, ids in one.found.items())
            yield f"its spellings find different records: {shown}"


def _midnight(operation_id: str, stem: str, bench: Bench) -> list[Sets]:
    """A day compared, beside its first and last instant compared: the same records."""
    known = subject(bench)
    rule = bench.spec.operations[operation_id].filters[f"{stem}__gte"]
    days = sorted({moment.date() for value in distinct(known.rows, rule) if (moment := instant(value))})
    if not days:
        raise Skip("no record shows a date")
    chosen = bench.rng.sample(days, min(len(days), 2 * bench.scale))

    def look() -> list[Sets]:
        found = []
        for day in chosen:
            start, end = _start(day), _start(day + timedelta(days=1))
            for lookup, same, moment in (
                ("gt", "gte", end),
                ("gte", "gte", start),
                ("lt", "lt", start),
                ("lte", "lt", end),
            ):
                queries = {f"{stem}__date__{lookup}": day.isoformat()}, {f"{stem}__{same}": moment}
                sets = {str(query): _set(bench, operation_id, known, query) for query in queries}
                found.append(Sets(f"{lookup} {day}", frozenset(), sets))
        return found

    return _all(bench, operation_id, known, look)


def _start(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def judge_same(found: list[Sets]) -> Iterator[str]:
    """Both queries must find the same."""
    for one in found:
        names, sets = list(one.found), list(one.found.values())
        if sets[0] != sets[1]:
            yield f"{names[0]} and {names[1]} find different records: {sorted(sets[0] ^ sets[1])[:5]}"


def rules(spec: Contract) -> Iterator[Rule]:
    a, b, none = frozenset({1}), frozenset({2, 3}), frozenset[int]()
    everything = a | b

    def split(offered: Container[str], **sets: frozenset[int]) -> list[Sets]:
        right = {"gt": a, "gte": everything, "lt": none, "lte": b}
        return [Sets("v", everything, {name: found for name, found in {**right, **sets}.items() if name in offered})]

    def sets(**found: frozenset[int]) -> list[Sets]:
        return [Sets("v", everything, found)]

    for operation_id in list_operations(spec):
        path, key = spec.operations[operation_id].path, short(operation_id)

        def build(
            suffix: str,
            requires: str,
            observe: Callable[[Bench], Any],
            judge: Callable[[Any], Iterator[str]],
            accepts: Any,
            *rejects: Any,
            level: Level,
            key: str = key,
        ) -> Rule:
            return Rule(
                id=f"filters/{key}/{suffix}",
                area="filters",
                requires=requires,
                source="x-filter",
                level=level,
                observe=observe,
                judge=judge,
                accepts=(accepts,),
                rejects=rejects,
                writes=False,
            )

        for stem, group in _groups(spec, operation_id).items():
            opposite, wider = _pairs(OPPOSITE, group), _pairs(WIDER, group)
            if not opposite and not wider:
                continue
            name, rule = next(iter(group.values()))
            whole = not rule.nullable
            pairs = [{left: everything, right: everything} for left, right in opposite]
            pairs += [{left: none, right: none} for left, right in opposite if whole]
            pairs += [{narrow: everything, wide: none} for narrow, wide in wider]
            level = next(p.fact.level for n, p, _ in judged(spec, operation_id) if n == name)
            yield build(
                f"{stem.replace('__', '-')}/splits",
                _splitting(stem, path, group),
                partial(_splits, operation_id, group),
                partial(judge_splits, whole),
                split(group),
                *(split(group, **pair) for pair in pairs),
                level=level,
            )
            plain = stem.removesuffix("__date")
            if plain != stem and len(group) == len(_groups(spec, operation_id).get(plain, ())) == len(LOOKUPS):
                yield build(
                    f"{plain.replace('__', '-')}/day-is-midnight",
                    f"A day in {stem}__* of {path} finds what its first or last instant (UTC) does in {plain}__*.",
                    partial(_midnight, operation_id, plain),
                    judge_same,
                    sets(x=a, y=a),
                    sets(x=a, y=b),
                    level=level,
                )
        for name, parameter, rule in judged(spec, operation_id):
            if parameter.schema.get("enum"):
                whole = not rule.nullable
                words = "find every record once" if whole else "never find a record twice"
                yield build(
                    f"{name.replace('__', '-')}/partitions",
                    f"The values of {name} of {path} {words}.",
                    partial(_partition, operation_id, name, rule),
                    partial(judge_partition, whole),
                    sets(x=a, y=b),
                    sets(x=a, y=everything),
                    *([sets(x=a, y=none)] if whole else []),
                    level=parameter.fact.level,
                )
            if rule.lookup == "iexact":
                yield build(
                    f"{name.replace('__', '-')}/spelling",
                    f"A value of {name} of {path} finds the same records in upper and in lower case.",
                    partial(_spelling, operation_id, name, rule),
                    judge_spelling,
                    sets(x=a, X=a),
                    sets(x=a, X=none),
                    level=parameter.fact.level,
                )
