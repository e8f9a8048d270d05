"""The values that filter rules ask for, by the kind of value that a filter compares.

Owns: Probe (a value and why it is telling), choosing probes from what rows show.
Source: x-filter of each list parameter; x-behaviours filter-ignores-case.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.observing.crowds import crowd, drawn
from cancelkit.contract_tests.observing.filters_plan import LONGEST, Subject, askable, distinct, leaves
from cancelkit.contract_tests.observing.filters_values import COMPARISONS, Named, kind, takes, text
from cancelkit.contract_tests.observing.listing import Listing, listings
from cancelkit.contract_tests.oracles.instants import EXACT, instant, written
from cancelkit.contract_tests.oracles.matching import value_at
from cancelkit.contract_tests.oracles.text import case_variants, near_misses
from cancelkit.spec import Filter, Parameter

FAR = 987_654
OWN = 25
"""So many of the records' own values stand among very many."""
STRANGER = "00000000-0000-4000-8000-000000987654"
LONG_AGO, FAR_OFF = date(1990, 1, 1), date(2090, 1, 1)


@dataclass(frozen=True, slots=True)
class Probe:
    """A value to filter by, and what it is chosen to show.

    folding: it depends on how letters beyond ASCII are folded. odd: a server may find that it does not parse.
    """

    value: str
    why: str
    folding: bool = False
    odd: bool = False


def probes(context: Context, named: Named, known: Subject, count: int) -> list[Probe]:
    """Telling values for a filter, `count` records' worth of them, drawn from what the known rows show."""
    return _probes(context, context.rng, named, known, count)


def common_probes(context: Context, listing: Listing, named: Named, known: Subject) -> list[Probe]:
    """The values that every rule about a filter of a list asks for, and about others that compare the same value.

    So one answer serves several rules (filters_found.py: `answered`). Of a second list they are drawn from a record
    less, if that leaves one.
    """
    rule = named[2]
    random = Random(f"{context.seed}/filters/{listing.name}/{'.'.join(rule.path)}/{rule.transform}")
    number = [one.name for one in listings(context.contract)].index(listing.name)
    return _probes(context, random, named, known, max(1, context.scale - number))


def _probes(context: Context, random: Random, named: Named, known: Subject, count: int) -> list[Probe]:
    _, parameter, rule = named
    found = _Chooser(context, random, parameter, rule, known, count).all()
    fitting = (probe for probe in found if probe.odd or takes(parameter.schema, probe.value))
    return list({probe.value: probe for probe in fitting}.values())


class _Chooser:
    """Chooses the values for one filter."""

    def __init__(
        self, context: Context, random: Random, parameter: Parameter, rule: Filter, known: Subject, count: int
    ) -> None:
        self.parameter, self.rule, self.rows, self.unit = parameter, rule, known.rows, known.unit
        self.rng, self.count = random, count
        self.values = [value for value in distinct(known.rows, rule) if askable(parameter, value)]
        paths = [filter.path for filter in context.contract.filters.values()]
        near = {path[:-1] for path in paths if len(path) > 1}
        # texts beside the filtered ones: what else a record holds has no place in a URL
        beside = [(path, kind(s)) for path, s in leaves(context.resource.detailed_schema) if not s.get("enum")]
        self.texts = [path for path, form in beside if form == "text" and (path in paths or path[:-1] in near)]
        self.numbers = [path for path, form in beside if form == "integer"]

    def all(self) -> Iterator[Probe]:
        form = kind(self.rule.schema)
        if self.rule.lookup == "in":
            return self._several()
        if self.parameter.schema.get("enum"):
            known = [value for value in self.parameter.schema["enum"] if value is not None]
            return (Probe(text(value), "one of its values") for value in known)
        if self.rule.lookup == "iexact":
            return self._texts()
        if form == "date-time":
            return self._days() if self.rule.transform == "date" else self._instants()
        if form in ("integer", "number"):
            return self._numbers(form)
        return {"date": self._dates, "boolean": self._flags, "uuid": self._uuids}.get(form, self._exact_texts)()

    def _some(self, values: Sequence[Any], count: int) -> list[Any]:
        return self.rng.sample(list(values), min(len(values), count))

    def _elsewhere(self, paths: Sequence[tuple[str, ...]], kinds: type) -> list[Any]:
        """What the rows show at other paths."""
        found = {v for row in self.rows for path in paths if isinstance(v := value_at(row, path), kinds)}
        return sorted(v for v in found if v not in self.values and not isinstance(v, bool))

    def _several(self) -> Iterator[Probe]:
        for _ in range(self.count):
            for size in (1, 2, 3):
                yield Probe(text(self._some(self.values, size)), "some records' own")
        own = self._some(self.values, len(self.values))[:OWN]
        many = crowd(self.parameter, own, drawn(self.rng, self.parameter, own))
        yield from ([Probe(text(many), "some records' own among very many")] if many else [])

    def _flags(self) -> Iterator[Probe]:
        yield from (Probe(value, "one of its values") for value in ("true", "false"))

    def _uuids(self) -> Iterator[Probe]:
        yield from (Probe(text(value), "a record's own") for value in self._some(self.values, self.count))
        yield Probe(STRANGER, "no record's")

    def _numbers(self, form: str) -> Iterator[Probe]:
        for value in self._some(self.values, self.count):
            yield Probe(text(value), "a record's own")
            if self.rule.lookup in COMPARISONS:
                yield Probe(str(Decimal(str(value)) - 1), "just below a record's")
                yield Probe(str(Decimal(str(value)) + 1), "just above a record's")
        if form == "integer":
            for value in self._some(self._elsewhere(self.numbers, int), self.count):
                yield Probe(text(value), "the number of something else")
        yield Probe(str(max([*(Decimal(str(value)) for value in self.values), Decimal(1)]) + FAR), "no record's")

    def _dates(self) -> Iterator[Probe]:
        for value in self._some(self.values, 2 * self.count):
            yield Probe(text(value), "a record's own")
            day = instant(f"{value}T12:00:00Z")
            for step, why in ((-1, "the day before a record's"), (1, "the day after a record's")):
                if day:
                    yield Probe((day + timedelta(days=step)).date().isoformat(), why)
        yield Probe(LONG_AGO.isoformat(), "long before all")
        yield Probe(FAR_OFF.isoformat(), "long after all")

    def _exact_texts(self) -> Iterator[Probe]:
        for value in self._some(self.values, self.count):
            yield Probe(text(value), "a record's own")
            yield from (
                Probe(miss, f"{value!r} {why}", folding="accents" in why) for why, miss in near_misses(text(value))
            )
        others = [v for v in self._elsewhere(self.texts, str) if askable(self.parameter, v)]
        yield from (Probe(v, "a text of another field") for v in self._some(others, 2 * self.count))
        yield Probe("hiçbirinde-yok-QX", "no record's")

    def _texts(self) -> Iterator[Probe]:
        email, count = self.parameter.schema.get("format") == "email", self.count
        values = [text(value) for value in self.values]
        letters = [v for v in values if not v.isascii()]
        chosen = self._some(letters, count)
        chosen += self._some([v for v in values if v not in chosen], max(1, count - len(chosen) // 2))
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
            others = [v for v in self._elsewhere(self.texts, str) if v and v == v.strip() and len(v) <= LONGEST]
            yield from (Probe(v, "a text of another field") for v in self._some(others, 2 * count))
            numbers = sorted({str(v) for v in self._elsewhere(self.numbers, int)} - set(values))
            yield from (Probe(v, "a number of another field") for v in self._some(numbers, count))
            yield from (Probe(word, "a word for nothing, which is no record's") for word in ("null", "None"))
        yield Probe("nobody.has.this@example.com" if email else "hiçbirinde-yok-QX", "no record's")

    def _moments(self) -> list[datetime]:
        return sorted({moment for value in self.values if (moment := instant(value))})

    def _instants(self) -> Iterator[Probe]:
        moments = self._moments()
        for number, moment in enumerate(self._some(moments, 2 * self.count)):
            yield Probe(written(moment), "a record's own instant")
            offset = (180, -300, 330, 60, -720)[number % 5]
            yield Probe(written(moment, offset), "a record's own instant in another zone")
            step = EXACT if self.unit == EXACT else 2 * self.unit
            if number < self.count:
                yield Probe(written(moment - step), "just before a record's instant")
                yield Probe(written(moment + step), "just after a record's instant")
        if moments:
            yield Probe(written(moments[0] - timedelta(days=400)), "long before all")
            yield Probe(written(moments[-1] + timedelta(days=400)), "long after all")

    def _days(self) -> Iterator[Probe]:
        moments = sorted((m.astimezone(self.rule.comparing.zone) for m in self._moments()), key=_to_midnight)
        late = [m for m in moments if m.hour >= 12][: self.count]
        early = [m for m in moments if m.hour < 12][: self.count]
        for moment in [*late, *early, *self._some(moments, self.count)]:
            yield Probe(moment.date().isoformat(), f"the day of {written(moment)}")
        for moment in [*late[:1], *early[:1]]:
            yield Probe((moment.date() - timedelta(days=1)).isoformat(), f"the day before {written(moment)}")
            yield Probe((moment.date() + timedelta(days=1)).isoformat(), f"the day after {written(moment)}")
        yield Probe(LONG_AGO.isoformat(), "long before all")
        yield Probe(FAR_OFF.isoformat(), "long after all")


def _to_midnight(moment: datetime) -> float:
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
    return min(seconds, 86400 - seconds)
