"""Several filters at once: every row must match all of them.

Owns: filters/<list>/<parameter>/with-others, filters/<list>/all-of-one-record, /three.
Source: x-behaviours filters-combine.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.oracles.matching import matches
from cancelkit.contract_tests.rules.evidence import Row
from cancelkit.contract_tests.rules.filters_found import Found, find, judge, made, settled
from cancelkit.contract_tests.rules.filters_plan import Subject, matching_value, subject
from cancelkit.contract_tests.rules.filters_probes import probes
from cancelkit.contract_tests.rules.filters_values import Named, Tests, decided, example_pair
from cancelkit.contract_tests.rules.listing import Listing, key, listings
from cancelkit.contract_tests.rules.stating import Observe, Proof, from_behaviour
from cancelkit.spec import Contract, Filter, Parameter


def _pairs(listing: Listing, named: Named, context: Context) -> list[Found]:
    """With each other filter: a value of one record and the other's of another, so that neither may be found."""
    known = subject(context)
    partners = sorted((one for one in listing.judged if one[0] != named[0]), key=lambda one: one[0])
    context.rng.shuffle(partners)
    found = []
    for other in partners:
        tests = _telling(context, known, named, other)
        if tests is not None:
            found.append(find(context, listing, known, tests, "each finds a record that the other does not"))
        if len(found) >= 3 + 3 * context.scale:
            break
    if not found:
        raise Skip(f"no two records are known that {named[0]} and another filter tell apart")
    return settled(context, found)


def _telling(context: Context, known: Subject, one: Named, other: Named) -> Tests | None:
    """Values such that some record matches the first filter only, and some record the second only."""
    rows = list(known.rows)
    for _ in range(12):
        left, right = context.rng.choice(rows), context.rng.choice(rows)
        a, b = matching_value(one[1], one[2], left), matching_value(other[1], other[2], right)
        if a is None or b is None:
            continue
        only_a = any(matches(one[2], a, r, known.unit) and matches(other[2], b, r, known.unit) is False for r in rows)
        only_b = any(matches(other[2], b, r, known.unit) and matches(one[2], a, r, known.unit) is False for r in rows)
        if only_a and only_b:
            return ((one[0], one[2], a), (other[0], other[2], b))
    return _one_sided(context, known, one, other)


def _one_sided(context: Context, known: Subject, one: Named, other: Named) -> Tests | None:
    """Where all records look alike to the first filter: a value of it that misses the record that the second finds."""
    chosen = probes(context, one, known, 1)
    for probe in context.rng.sample(chosen, len(chosen)):
        row = context.rng.choice(known.rows)
        b = matching_value(other[1], other[2], row)
        if b is not None and not probe.odd and matches(one[2], probe.value, row, known.unit) is False:
            return ((one[0], one[2], probe.value), (other[0], other[2], b))
    return None


def _all(listing: Listing, context: Context) -> list[Found]:
    """Every filter that a record has a value for, at once: it must be found; with one value wrong, it must not."""
    known = subject(context)
    found = []
    for row in context.rng.sample(list(known.rows), min(len(known.rows), 2 * context.scale)):
        pairs = [(p, (name, rule, matching_value(p, rule, row))) for name, p, rule in listing.judged]
        named = [(parameter, (name, rule, value)) for parameter, (name, rule, value) in pairs if value is not None]
        tests: Tests = tuple(test for _, test in named)
        id = context.id_of(row)
        found.append(find(context, listing, known, tests, f"all of record {id}"))
        strangers = [r for r in known.rows if r is not row]
        context.rng.shuffle(strangers)
        for number in context.rng.sample(range(len(tests)), min(len(tests), 3)):
            parameter, (name, rule, value) = named[number]
            wrong = _wrong_value(parameter, rule, value, row, strangers)
            if wrong is not None:
                changed = (*tests[:number], (name, rule, wrong), *tests[number + 1 :])
                found.append(find(context, listing, known, changed, f"all of record {id} but {name}"))
    return settled(context, found)


def _wrong_value(parameter: Parameter, rule: Filter, value: str, row: Row, strangers: list[Row]) -> str | None:
    for stranger in strangers:
        other = matching_value(parameter, rule, stranger)
        if other is not None and other != value and matches(rule, other, row) is False:
            return other
    return None


def _three(listing: Listing, context: Context) -> list[Found]:
    known = subject(context)
    filters = list(listing.judged)
    found = []
    for _ in range(6 * context.scale):
        tests = []
        for name, parameter, rule in context.rng.sample(filters, 3):
            value = matching_value(parameter, rule, context.rng.choice(known.rows))
            if value is not None:
                tests.append((name, rule, value))
        if len(tests) > 1:
            found.append(find(context, listing, known, tuple(tests), "values of different records"))
    return settled(context, found)


def _proof(tests: Tests, rows: tuple[Row, Row, Row], id_field: str) -> Proof:
    def evidence(without: int = 0, plus: tuple[Row, ...] = ()) -> list[Found]:
        return [made(tests, rows, id_field, without=without, plus=plus)]

    return Proof((evidence(),), (evidence(plus=rows[1:2]), evidence(plus=rows[2:]), evidence(without=1)))


def rules(contract: Contract) -> Iterator[Rule]:
    for listing in listings(contract):
        filters = list(listing.judged)
        example = example_pair(filters, listing.id_field)
        if example is None:
            continue
        proof = _proof(*example, listing.id_field)
        made_up: list[tuple[str, str, Observe]] = [
            (f"{key(named[0])}/with-others", f"{named[0]} and another filter", partial(_pairs, listing, named))
            for named in filters
            if decided(named[2])
        ]
        made_up.append(("all-of-one-record", "all filters at once", partial(_all, listing)))
        if len(filters) > 2:
            made_up.append(("three", "three filters at once", partial(_three, listing)))
        for suffix, words, observe in made_up:
            yield from from_behaviour(
                contract,
                "filters-combine",
                f"filters/{listing.name}/{suffix}",
                observe,
                judge,
                proof,
                requires=f"On {listing.path}, {words} find the records that match each of them, and no other.",
                writes=False,
                quiet=not listing.ids,
            )
