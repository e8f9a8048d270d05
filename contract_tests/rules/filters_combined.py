"""Several filters at once: every row must match all of them.

Owns: filters/<list>/<parameter>/with-others, filters/<list>/all-of-one-record, /three.
Knows nothing of: single filters (see filters_match.py).
Source: x-behaviours filters-combine.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.oracles.instants import instant, written
from cancelkit.contract_tests.oracles.matching import matches, value_at
from cancelkit.contract_tests.oracles.text import EMAIL
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules.filters_found import Found, Tests, find, judge, made, settled
from cancelkit.contract_tests.rules.filters_match import judged
from cancelkit.contract_tests.rules.filters_plan import Row, Subject, probes, subject
from cancelkit.contract_tests.rules.writes import list_operations, short
from cancelkit.spec import Contract, Filter, Parameter


def matching_value(parameter: Parameter, rule: Filter, row: Row) -> str | None:
    """A query value that finds `row`; None where the row is null there or its value can't be asked for."""
    value = value_at(row, rule.path)
    if value is None or (isinstance(value, str) and (not value or value != value.strip())):
        return None
    if parameter.schema.get("format") == "email" and not EMAIL.fullmatch(str(value)):
        return None
    moment = instant(value) if rule.schema.get("format") == "date-time" else None
    if moment is None:
        return str(value)
    if rule.transform == "date":
        return (moment + timedelta(days={"gt": -1, "lt": 1}.get(rule.lookup, 0))).date().isoformat()
    return written(moment + timedelta(seconds={"gt": -2, "lt": 2}.get(rule.lookup, 0)))


def _pairs(operation_id: str, name: str, bench: Bench) -> list[Found]:
    """With each other filter: a value of one record and the other's of another, so that neither may be found."""
    known = subject(bench)
    filters = {key: (parameter, rule) for key, parameter, rule in judged(bench.spec, operation_id)}
    parameter, rule = filters.pop(name)
    partners = sorted(filters.items())
    bench.rng.shuffle(partners)
    found = []
    for other, (its_parameter, its_rule) in partners:
        tests = _telling(bench, known, (name, parameter, rule), (other, its_parameter, its_rule))
        if tests is not None:
            found.append(find(bench, operation_id, known, tests, "each finds a record that the other does not"))
        if len(found) >= 3 + 3 * bench.scale:
            break
    if not found:
        raise Skip(f"no two records are known that {name} and another filter tell apart")
    return settled(bench, found)


Named = tuple[str, Parameter, Filter]


def _telling(bench: Bench, known: Subject, one: Named, other: Named) -> Tests | None:
    """Values such that some record matches the first filter only, and some record the second only."""
    rows = list(known.rows)
    for _ in range(12):
        left, right = bench.rng.choice(rows), bench.rng.choice(rows)
        a, b = matching_value(one[1], one[2], left), matching_value(other[1], other[2], right)
        if a is None or b is None:
            continue
        only_a = any(matches(one[2], a, r, known.unit) and matches(other[2], b, r, known.unit) is False for r in rows)
        only_b = any(matches(other[2], b, r, known.unit) and matches(one[2], a, r, known.unit) is False for r in rows)
        if only_a and only_b:
            return ((one[0], one[2], a), (other[0], other[2], b))
    return _one_sided(bench, known, one, other)


def _one_sided(bench: Bench, known: Subject, one: Named, other: Named) -> Tests | None:
    """Where all records look alike to the first filter: a value of it that misses the record that the second finds."""
    chosen = probes(*one, known.rows, known.unit, bench.rng, 1)
    for probe in bench.rng.sample(chosen, len(chosen)):
        row = bench.rng.choice(known.rows)
        b = matching_value(other[1], other[2], row)
        if b is not None and not probe.odd and matches(one[2], probe.value, row, known.unit) is False:
            return ((one[0], one[2], probe.value), (other[0], other[2], b))
    return None


def _all(operation_id: str, bench: Bench) -> list[Found]:
    """Every filter that a record has a value for, at once: it must be found; with one value wrong, it must not."""
    known = subject(bench)
    found = []
    for row in bench.rng.sample(list(known.rows), min(len(known.rows), 2 * bench.scale)):
        pairs = [(key, rule, matching_value(p, rule, row)) for key, p, rule in judged(bench.spec, operation_id)]
        tests: Tests = tuple((key, rule, value) for key, rule, value in pairs if value is not None)
        found.append(find(bench, operation_id, known, tests, f"all of record {row['id']}"))
        strangers = [r for r in known.rows if r is not row]
        bench.rng.shuffle(strangers)
        for number in bench.rng.sample(range(len(tests)), min(len(tests), 3)):
            key, rule, value = tests[number]
            parameter = bench.spec.operations[operation_id].parameter(key)
            wrong = _wrong_value(parameter, rule, value, row, strangers)
            if wrong is not None:
                changed = (*tests[:number], (key, rule, wrong), *tests[number + 1 :])
                found.append(find(bench, operation_id, known, changed, f"all of record {row['id']} but {key}"))
    return settled(bench, found)


def _wrong_value(parameter: Parameter | None, rule: Filter, value: str, row: Row, strangers: list[Row]) -> str | None:
    for stranger in strangers:
        other = matching_value(parameter, rule, stranger) if parameter else None
        if other is not None and other != value and matches(rule, other, row) is False:
            return other
    return None


def _three(operation_id: str, bench: Bench) -> list[Found]:
    known = subject(bench)
    filters = list(judged(bench.spec, operation_id))
    found = []
    for _ in range(6 * bench.scale):
        tests = []
        for key, parameter, rule in bench.rng.sample(filters, 3):
            value = matching_value(parameter, rule, bench.rng.choice(known.rows))
            if value is not None:
                tests.append((key, rule, value))
        if len(tests) > 1:
            found.append(find(bench, operation_id, known, tuple(tests), "values of different records"))
    return settled(bench, found)


def rules(spec: Contract) -> Iterator[Rule]:
    behaviour = spec.behaviours["filters-combine"]
    for operation_id in list_operations(spec):
        path, key = spec.operations[operation_id].path, short(operation_id)
        filters = {name: rule for name, _, rule in judged(spec, operation_id)}
        tests: Tests = (("status", filters["status"], "waiting"), ("order_id", filters["order_id"], "11"))
        rows: list[dict[str, Any]] = [
            {"id": 1, "status": "waiting", "order_item": {"order": {"id": 11}}},
            {"id": 2, "status": "rejected", "order_item": {"order": {"id": 11}}},
            {"id": 3, "status": "waiting", "order_item": {"order": {"id": 12}}},
        ]
        accepts = ([made(tests, rows)],)
        rejects = (
            [made(tests, rows, plus=rows[1:2])],
            [made(tests, rows, plus=rows[2:])],
            [made(tests, rows, without=1)],
        )
        single = [
            (f"{name.replace('__', '-')}/with-others", name, partial(_pairs, operation_id, name)) for name in filters
        ]
        for suffix, words, observe in (
            *((suffix, f"{name} and another filter", observe) for suffix, name, observe in single),
            ("all-of-one-record", "all filters at once", partial(_all, operation_id)),
            ("three", "three filters at once", partial(_three, operation_id)),
        ):
            yield Rule(
                id=f"filters/{key}/{suffix}",
                area="filters",
                requires=f"On {path}, {words} find the records that match each of them, and no other.",
                source="x-behaviours: filters-combine",
                level=behaviour.fact.level,
                observe=observe,
                judge=judge,
                accepts=accepts,
                rejects=rejects,
                writes=False,
            )
