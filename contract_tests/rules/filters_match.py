"""Each filter finds the records whose value matches, and no other: on both lists, judged by the detailed answer.

Owns: filters/<list>/<parameter>/matches, /folds-case, /null, /alone.
Knows nothing of: relations between queries (see filters_relations.py), refusals (filters_refused.py).
Source: x-filter of each parameter; x-behaviours filter-ignores-case, filter-null-never-matches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.oracles.matching import value_at
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules.filters_found import (
    Found,
    ask,
    example_rows,
    example_values,
    find,
    judge,
    made,
    settled,
)
from cancelkit.contract_tests.rules.filters_plan import Probe, Subject, probes, subject
from cancelkit.contract_tests.rules.paging_walks import page_value
from cancelkit.contract_tests.rules.writes import LIST_DETAILED, list_operations, short
from cancelkit.spec import Contract, Filter, Parameter


def judged(spec: Contract, operation_id: str) -> Iterator[tuple[str, Parameter, Filter]]:
    """The operation's filters that rules may depend on: not those whose very being is left open."""
    for parameter in spec.operations[operation_id].parameters:
        itself_open = parameter.fact.open is not None and parameter.fact.open != parameter.schema.get("x-open")
        if parameter.filter is not None and not itself_open:
            yield parameter.name, parameter, parameter.filter


def _chosen(bench: Bench, parameter: Parameter, rule: Filter, subject: Subject, count: int) -> list[Probe]:
    return probes(parameter.name, parameter, rule, subject.rows, subject.unit, bench.rng, count)


def _matches(operation_id: str, parameter: Parameter, rule: Filter, folding: bool, bench: Bench) -> list[Found]:
    known = subject(bench)
    chosen = [p for p in _chosen(bench, parameter, rule, known, bench.scale) if p.folding is folding]
    if not chosen:
        letters = " with letters beyond ASCII" if folding else ""
        raise Skip(f"no record shows a value{letters} that {parameter.name} could be asked for")
    thunks = [
        partial(find, bench, operation_id, known, ((parameter.name, rule, p.value),), p.why, odd=p.odd) for p in chosen
    ]
    return settled(bench, bench.parallel(thunks))


def _null(operation_id: str, parameter: Parameter, rule: Filter, bench: Bench) -> list[Found]:
    known = subject(bench)
    if not any(value_at(row, rule.path) is None for row in known.rows):
        raise Skip(f"no record is known whose {'.'.join(rule.path)} is null")
    chosen = [p for p in _chosen(bench, parameter, rule, known, 1) if not p.odd]
    telling = [p for p in chosen if "own" in p.why or "no record" in p.why or "one of" in p.why]
    telling.sort(key=lambda probe: "nothing" not in probe.why)
    found = [
        find(bench, operation_id, known, ((parameter.name, rule, p.value),), p.why) for p in telling[: 4 + bench.scale]
    ]
    return settled(bench, found)


def _alone(operation_id: str, parameter: Parameter, rule: Filter, bench: Bench) -> list[Found]:
    """Without confining to known ids; rows that turn up are read in detail and judged, too."""
    known = subject(bench)
    chosen = [p for p in _chosen(bench, parameter, rule, known, 1) if not p.odd and not p.folding]
    bench.rng.shuffle(chosen)
    found = []
    for probe in chosen[: 1 + bench.scale]:
        first, ids, complete = ask(bench, operation_id, {parameter.name: probe.value}, most=100)
        new = [id for id in ids if id not in set(known.ids) and isinstance(id, int)][:LIMIT]
        rows = bench.rows(LIST_DETAILED, query={"pk__in": new}, limit=LIMIT) if new else []
        moved = set(ids) ^ set(ask(bench, operation_id, {parameter.name: probe.value}, most=100)[1]) if rows else set()
        rows = [row for row in rows if row["id"] not in moved]
        what = f"{operation_id} with {parameter.name}={probe.value} alone ({probe.why})"
        tests = ((parameter.name, rule, probe.value),)
        count = page_value(first, "count")
        found.append(Found(what, tests, first.status, ids, count, complete, [*known.rows, *rows], known.unit))
    return settled(bench, found)


LIMIT = 40


def _only_nulls(found: list[Found]) -> Iterator[str]:
    yield from judge(found, nulls=True)


def rules(spec: Contract) -> Iterator[Rule]:
    for operation_id in list_operations(spec):
        path = spec.operations[operation_id].path
        for name, parameter, rule in judged(spec, operation_id):
            if rule.lookup == "in":
                continue
            key = f"filters/{short(operation_id)}/{name.replace('__', '-')}"
            asked, hit, miss = example_values(rule)
            tests = ((name, rule, asked),)
            rows = example_rows(rule, hit, miss)
            good, lost = made(tests, rows), made(tests, rows, without=1)
            strange, null = made(tests, rows, plus=rows[1:2]), made(tests, rows, plus=rows[2:])
            wrong = ([lost], [strange], [made(tests, rows, count=9)], [made(tests, rows, status=400, ids=[])])
            where = ".".join(rule.path)

            def build(
                suffix: str,
                requires: str,
                observe: Callable[[Bench], Any],
                *,
                key: str = key,
                name: str = name,
                good: Found = good,
                level: Any = parameter.fact.level,
                source: str | None = None,
                judge: Callable[[Any], Iterator[str]] = judge,
                rejects: tuple[Any, ...] = wrong,
                cost: int = 1,
            ) -> Rule:
                return Rule(
                    id=f"{key}/{suffix}",
                    area="filters",
                    requires=requires,
                    source=source or f"x-filter of {name}",
                    level=level,
                    observe=observe,
                    judge=judge,
                    accepts=([good],),
                    rejects=rejects,
                    writes=False,
                    cost=cost,
                )

            lookup = f"{rule.transform}__{rule.lookup}" if rule.transform else rule.lookup
            requires = f"{name} of {path} finds the records whose {where} matches ({lookup}), and no other."
            yield build("matches", requires, partial(_matches, operation_id, parameter, rule, False))
            requires = f"{name} of {path} alone, in the whole channel, finds records that match, and no other."
            yield build("alone", requires, partial(_alone, operation_id, parameter, rule))
            if rule.lookup == "iexact" and parameter.schema.get("format") != "email":
                behaviour = spec.behaviours["filter-ignores-case"]
                yield build(
                    "folds-case",
                    f"{name} of {path} ignores the case of letters beyond ASCII, and nothing else.",
                    partial(_matches, operation_id, parameter, rule, True),
                    level=behaviour.fact.level,
                    source="x-behaviours: filter-ignores-case",
                )
            if rule.nullable:
                behaviour = spec.behaviours["filter-null-never-matches"]
                yield build(
                    "null",
                    f"{name} of {path} never finds a record whose {where} is null.",
                    partial(_null, operation_id, parameter, rule),
                    level=behaviour.fact.level,
                    source="x-behaviours: filter-null-never-matches",
                    judge=_only_nulls,
                    rejects=([null],),
                )
