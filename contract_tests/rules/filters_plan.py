"""Which rows a filter rule judges, and which values it asks for.

Owns: Subject (rows whose values are known), Probe (a value and why it is telling), choosing both.
Knows nothing of: HTTP answers and verdicts.
Source: x-filter of each list parameter; contract, "Filters".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.oracles.instants import EXACT, instant, resolution, written
from cancelkit.contract_tests.oracles.matching import value_at
from cancelkit.contract_tests.oracles.text import EMAIL, case_variants, near_misses
from cancelkit.spec import Filter, Parameter

MOST = 40
FEW = 6
"""A filter on which the known rows show no more different values is tried with a row of each."""
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Probe:
    """A value to filter by, and what it is chosen to show.

    folding: it depends on how letters beyond ASCII are folded. odd: a server may find that it does not parse.
    """

    value: str
    why: str
    folding: bool = False
    odd: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """Rows whose values are known, ascending by id, and the resolution of the date-times that they show."""

    rows: tuple[Row, ...]
    unit: timedelta

    @property
    def ids(self) -> list[int]:
        return [row["id"] for row in self.rows]


def subject(bench: Bench, most: int = MOST) -> Subject:
    """Own rows and rows of the target's, as different from each other as can be had.

    Raises:
        Skip: the channel is empty and nothing could be created.
    """
    sample = bench.sample()
    if not sample.rows:
        raise Skip("the channel holds no record and none could be created")
    unit = resolution(value for row in sample.rows for value in _moments(row))
    own = [row for row in sample.rows if row["id"] in sample.own]
    rest = [row for row in sample.rows if row["id"] not in sample.own]
    Random(str(sorted(sample.own)[:1])).shuffle(rest)
    chosen: list[Row] = list(own[: most // 2])
    few = {name for name, rule in bench.spec.filters.items() if len(distinct(sample.rows, rule)) <= FEW}
    covered: set[tuple[str, str]] = {fact for row in chosen for fact in _facts(bench, row, few)}
    for row in rest:
        fresh = set(_facts(bench, row, few)) - covered
        if len(chosen) < most and fresh:
            chosen.append(row)
            covered |= fresh
    chosen += [row for row in rest if row not in chosen][: most - len(chosen)]
    return Subject(tuple(sorted(chosen, key=lambda row: row["id"])), unit)


def _moments(row: Row) -> Iterator[Any]:
    yield from (row.get("created_date"), row.get("modified_date"))
    yield value_at(row, ("order_item", "order", "date_placed"))


def _facts(bench: Bench, row: Row, few: Collection[str]) -> Iterator[tuple[str, str]]:
    """What makes a row worth having: nulls, letters beyond ASCII, instants near midnight, one of few values."""
    for name, rule in bench.spec.filters.items():
        value = value_at(row, rule.path)
        if value is None:
            yield name, "null"
        elif name in few or rule.schema.get("enum"):
            yield name, str(value)
        elif rule.lookup == "iexact":
            yield name, "ascii" if str(value).isascii() else "letters"
            yield name, "filled"
        elif rule.transform == "date" and (moment := instant(value)):
            yield "hour", str(moment.hour if moment.hour in (0, 1, 2, 21, 22, 23) else "day")


def probes(
    name: str, parameter: Parameter, rule: Filter, rows: Sequence[Row], unit: timedelta, rng: Random, count: int
) -> list[Probe]:
    """Telling values for a filter, `count` records' worth of them, drawn from what `rows` show."""
    return list({p.value: p for p in _probes(name, parameter, rule, rows, unit, rng, count)}.values())


def _probes(
    name: str, parameter: Parameter, rule: Filter, rows: Sequence[Row], unit: timedelta, rng: Random, count: int
) -> Iterator[Probe]:
    if parameter.schema.get("enum"):
        yield from (Probe(str(value), "one of its values") for value in parameter.schema["enum"])
    elif rule.lookup == "iexact":
        yield from _texts(parameter, rule, rows, rng, count)
    elif rule.schema.get("format") == "date-time":
        yield from (
            _days(rule, rows, rng, count) if rule.transform == "date" else _instants(rule, rows, unit, rng, count)
        )
    else:
        yield from _integers(rule, rows, rng, count)


def distinct(rows: Iterable[Row], rule: Filter) -> list[Any]:
    """The different values that rows show for a filter, nulls left out, in the order of the rows."""
    return list({str(value): value for row in rows if (value := value_at(row, rule.path)) is not None}.values())


def _integers(rule: Filter, rows: Sequence[Row], rng: Random, count: int) -> Iterator[Probe]:
    values = distinct(rows, rule)
    for value in rng.sample(values, min(len(values), count)):
        yield Probe(str(value), "a record's own")
    beside = [v for row in rows for path in _integer_paths(row) if (v := value_at(row, path)) not in values]
    for value in rng.sample(sorted(set(beside)), min(len(set(beside)), count)):
        yield Probe(str(value), "the number of something else")
    yield Probe(str(max([*values, 1]) + 987_654), "no record's")


def _integer_paths(row: Row) -> Iterator[tuple[str, ...]]:
    def walk(node: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        if isinstance(node, Mapping):
            for key, value in node.items():
                yield from walk(value, (*path, key))
        elif isinstance(node, int) and not isinstance(node, bool):
            yield path

    yield from walk({key: row[key] for key in ("id", "order_item", "reason") if key in row}, ())


def _texts(parameter: Parameter, rule: Filter, rows: Sequence[Row], rng: Random, count: int) -> Iterator[Probe]:
    email = parameter.schema.get("format") == "email"
    values = [v for v in map(str, distinct(rows, rule)) if v and v == v.strip() and (not email or EMAIL.fullmatch(v))]
    letters = [v for v in values if not v.isascii()]
    chosen = rng.sample(letters, min(len(letters), count))
    plain = [v for v in values if v not in chosen]
    chosen += rng.sample(plain, min(len(plain), max(1, count - len(chosen) // 2)))
    for number, value in enumerate(chosen):
        yield Probe(value, "a record's own")
        for variant in case_variants(value):
            yield Probe(variant, f"{value!r} in another spelling", folding=not value.isascii())
        ascii_only = "".join(c.swapcase() if c.isascii() and c not in "iI" else c for c in value)
        yield Probe(ascii_only, f"{value!r} in another case")
        if number < max(1, count // 2):
            for why, miss in near_misses(value, email=email):
                yield Probe(miss, f"{value!r} {why}", folding="accents" in why, odd=email)
    if not email:
        others = [v for row in rows for path in TEXTS if isinstance(v := value_at(row, path), str) and v not in values]
        others = sorted({v for v in others if v and v == v.strip()})
        yield from (Probe(v, "a text of another field") for v in rng.sample(others, min(len(others), 2 * count)))
        numbers = sorted({str(value_at(row, path)) for row in rows for path in _integer_paths(row)} - set(values))
        yield from (Probe(v, "a number of another field") for v in rng.sample(numbers, min(len(numbers), count)))
        yield from (Probe(word, "a word for nothing, which is no record's") for word in ("null", "None"))
    yield Probe("nobody.has.this@example.com" if email else "hiçbirinde-yok-QX", "no record's")


TEXTS = (
    ("order_item", "sku"),
    ("order_item", "tracking_number"),
    ("order_item", "product_name"),
    ("order_item", "order", "number"),
    ("order_item", "order", "customer", "first_name"),
    ("order_item", "order", "customer", "last_name"),
    ("easy_return", "code"),
    ("easy_return", "tracking_number"),
    ("easy_return", "shipping_company"),
)


def _instants(rule: Filter, rows: Sequence[Row], unit: timedelta, rng: Random, count: int) -> Iterator[Probe]:
    moments = sorted({moment for value in distinct(rows, rule) if (moment := instant(value))})
    for number, moment in enumerate(rng.sample(moments, min(len(moments), 2 * count))):
        yield Probe(written(moment), "a record's own instant")
        offset = (180, -300, 330, 60, -720)[number % 5]
        yield Probe(written(moment, offset), "a record's own instant in another zone")
        step = EXACT if unit == EXACT else 2 * unit
        if number < count:
            yield Probe(written(moment - step), "just before a record's instant")
            yield Probe(written(moment + step), "just after a record's instant")
    if moments:
        yield Probe(written(moments[0] - timedelta(days=400)), "long before all")
        yield Probe(written(moments[-1] + timedelta(days=400)), "long after all")


def _days(rule: Filter, rows: Sequence[Row], rng: Random, count: int) -> Iterator[Probe]:
    moments = sorted({moment for value in distinct(rows, rule) if (moment := instant(value))}, key=_to_midnight)
    late = [m for m in moments if m.hour >= 12][:count]
    early = [m for m in moments if m.hour < 12][:count]
    any_of_them = rng.sample(moments, min(len(moments), count))
    for moment in [*late, *early, *any_of_them]:
        yield Probe(moment.date().isoformat(), f"the day of {written(moment)}")
    for moment in [*late[:1], *early[:1]]:
        yield Probe((moment.date() - timedelta(days=1)).isoformat(), f"the day before {written(moment)}")
        yield Probe((moment.date() + timedelta(days=1)).isoformat(), f"the day after {written(moment)}")
    yield Probe(date(1990, 1, 1).isoformat(), "long before all")
    yield Probe(date(2090, 1, 1).isoformat(), "long after all")


def _to_midnight(moment: datetime) -> float:
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
    return min(seconds, 86400 - seconds)
