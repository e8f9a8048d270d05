"""limit and page: their defaults, what is refused, what lies beyond the last page, what is too much.

Owns: paging/<list>/refuses-<parameter>, /default-limit, /default-page, /beyond-last, /empty, /limit-capped.
Knows nothing of: links (see paging_links.py).
Source: parameters limit and page; x-behaviours paging-bounds, paging-defaults, page-beyond-last, limit-capped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules import examples
from cancelkit.contract_tests.rules.delete import deleted
from cancelkit.contract_tests.rules.evidence import Refusal, examples_of_refusals, judge_refusals
from cancelkit.contract_tests.rules.paging_walks import check_steady, ground, page_ids, page_value
from cancelkit.contract_tests.rules.writes import list_operations, short
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Parameter

HUGE = (1_000_000, 2**31 + 1)
Sizes = list[tuple[str, Answer, Answer]]


def _refused(operation_id: str, parameter: Parameter, bench: Bench) -> tuple[Refusal, ...]:
    least = parameter.schema.get("minimum", 1)
    values: list[Any] = [least - 1, -1, "abc", "1.5", "1e1"]
    name = parameter.name
    found = [(f"{name}={v}", bench.call(operation_id, query={name: v})) for v in values]
    found += [(f"{name}={v} with a filter", bench.call(operation_id, query={name: v, "pk__in": 1})) for v in values[:1]]
    return tuple(Refusal(f"{operation_id} with {what}", answer, name) for what, answer in found)


def _default_limit(default: int, operation_id: str, bench: Bench) -> Sizes:
    """(what, the answer without limit, the answer with the default written out)."""
    ids = ground(bench, least=default + 1)
    found = []
    queries: tuple[dict[str, Any], ...] = ({"pk__in": ids}, {"pk__in": ids, "page": 1}, {})
    for query in queries:
        written = bench.call(operation_id, query={**query, "limit": default})
        found.append((f"{operation_id} {query}", bench.call(operation_id, query=query), written))
    check_steady(bench, ids)
    return found


def _default_page(operation_id: str, bench: Bench) -> Sizes:
    ids = ground(bench)

    def pair(query: dict[str, Any]) -> tuple[str, Answer, Answer]:
        first = bench.call(operation_id, query={**query, "page": 1})
        return f"{operation_id} {query}", bench.call(operation_id, query=query), first

    found = [pair({"pk__in": ids, "limit": 2}), pair({"pk__in": ids})]
    check_steady(bench, ids)
    return found


def judge_default_limit(default: int, found: Sizes) -> Iterator[str]:
    """Without limit a page must hold the default number of rows (there are more)."""
    for what, bare, written in found:
        size = len(page_ids(bare))
        if bare.status != 200 or size != default:
            yield f"{what}: without limit a page holds {size} rows, not {default}"
        if written.status == 200 and len(page_ids(written)) != default:
            yield f"{what}: with limit={default} a page holds {len(page_ids(written))} rows"


def judge_same_page(found: Sizes) -> Iterator[str]:
    """Without page the answer must be page 1."""
    for what, bare, written in found:
        if page_ids(bare) != page_ids(written) or bare.status != 200:
            yield f"{what}: without page the rows are {page_ids(bare)}, page 1 holds {page_ids(written)}"


def _beyond(operation_id: str, bench: Bench) -> tuple[Refusal, ...]:
    ids = ground(bench)[:4]
    queries: list[dict[str, Any]] = [
        {"pk__in": ids, "limit": 2, "page": 3},
        {"pk__in": ids, "limit": 3, "page": 3},
        {"pk__in": ids, "page": 2},
        {"pk__in": ids, "limit": 4, "page": 1_000_000},
        {"limit": 10, "page": 100_000_000},
    ]
    return tuple(
        Refusal(f"{operation_id} {query}", bench.call(operation_id, query=query), statuses=(404,)) for query in queries
    )


def _last(operation_id: str, bench: Bench) -> Sizes:
    """The last page, full and not full, beside the whole."""
    ids = ground(bench)[:4]
    whole = bench.call(operation_id, query={"pk__in": ids, "limit": 20})
    queries: list[dict[str, Any]] = [{"limit": 2, "page": 2}, {"limit": 3, "page": 2}, {"limit": 4, "page": 1}]
    found = [(f"{q}", bench.call(operation_id, query={"pk__in": ids, **q}), whole) for q in queries]
    check_steady(bench, ids)
    return found


def judge_last(found: Sizes) -> Iterator[str]:
    """The last page must be answered, and end as the whole ends."""
    for what, last, whole in found:
        ids = page_ids(last)
        if last.status != 200 or not ids or ids != page_ids(whole)[-len(ids) :]:
            yield f"{what} of four records: answered {last.status} with {ids}"


def _empty(operation_id: str, bench: Bench) -> list[Answer]:
    id = deleted(bench)["id"]
    return [bench.call(operation_id, query={"pk__in": id, **more}) for more in ({}, {"page": 1, "limit": 5})]


def judge_empty(answers: Iterable[Answer]) -> Iterator[str]:
    """Page 1 of nothing must be 200 and empty."""
    for answer in answers:
        if answer.status != 200:
            yield f"page 1 of nothing answered {answer.status}, not 200"
            continue
        for name, wanted in (("count", 0), ("next", None), ("previous", None), ("results", [])):
            if page_value(answer, name) != wanted:
                yield f"page 1 of nothing: {name} is {page_value(answer, name)!r}, not {wanted!r}"


def _capped(operation_id: str, bench: Bench) -> Sizes:
    ids = ground(bench)
    usual = bench.call(operation_id, query={"pk__in": ids, "limit": 20})
    found = [
        (f"limit={value}", bench.call(operation_id, query={"pk__in": ids, "limit": value}), usual) for value in HUGE
    ]
    check_steady(bench, ids)
    return found


def judge_capped(found: Sizes) -> Iterator[str]:
    """A very large limit must be answered with at least as many rows as limit=20 has."""
    for what, huge, usual in found:
        if huge.status != 200:
            yield f"{what}: answered {huge.status}, not 200"
        elif len(page_ids(huge)) < len(page_ids(usual)):
            yield f"{what}: holds {len(page_ids(huge))} rows, limit=20 holds {len(page_ids(usual))}"


def rules(spec: Contract) -> Iterator[Rule]:
    def rows(count: int) -> Answer:
        return examples.page([{"id": n} for n in range(1, count + 1)])

    for operation_id in list_operations(spec):
        operation, key = spec.operations[operation_id], short(operation_id)
        seen = spec.behaviours
        for parameter in operation.parameters:
            if parameter.paging:
                yield Rule(
                    id=f"paging/{key}/refuses-{parameter.name}",
                    area="paging",
                    requires=f"A {parameter.name} of {operation.path} below 1 or not an integer is 400 naming it.",
                    source="x-behaviours: paging-bounds",
                    level=seen["paging-bounds"].fact.level,
                    observe=partial(_refused, operation_id, parameter),
                    judge=judge_refusals,
                    **examples_of_refusals(parameter.name, record=False),
                    writes=False,
                )
        limit = next(p for p in operation.parameters if p.paging == "limit")
        default = limit.schema["default"]
        defaults, beyond, capped = seen["paging-defaults"], seen["page-beyond-last"], seen["limit-capped"]
        full, over, few = rows(default), rows(default + 1), rows(3)
        tail = examples.page([{"id": 2}, {"id": 3}])
        empty, second = examples.page([]), examples.page([{"id": 9}])
        for name, requires, behaviour, observe, judge, accepts, rejects, writes in (
            (
                "default-limit",
                f"Without limit a page of {operation.path} holds {default} rows.",
                defaults,
                partial(_default_limit, default, operation_id),
                partial(judge_default_limit, default),
                ([("a", full, full)],),
                ([("a", over, full)], [("a", few, full)], [("a", full, few)]),
                False,
            ),
            (
                "default-page",
                f"Without page {operation.path} answers the first.",
                defaults,
                partial(_default_page, operation_id),
                judge_same_page,
                ([("a", few, few)],),
                ([("a", second, few)],),
                False,
            ),
            (
                "last-page",
                f"The last page of {operation.path} is answered, full or not.",
                beyond,
                partial(_last, operation_id),
                judge_last,
                ([("a", tail, few)],),
                ([("a", examples.error(404), few)], [("a", empty, few)], [("a", second, few)]),
                False,
            ),
            (
                "empty",
                f"Page 1 of nothing of {operation.path} is 200 and empty.",
                beyond,
                partial(_empty, operation_id),
                judge_empty,
                ([empty],),
                ([examples.error(404)], [examples.page([], count=1)], [examples.page([], next="http://a/")]),
                True,
            ),
            (
                "limit-capped",
                f"A very large limit of {operation.path} is cut, not refused.",
                capped,
                partial(_capped, operation_id),
                judge_capped,
                ([("a", full, few)],),
                ([("a", examples.invalid("limit"), few)], [("a", few, full)]),
                False,
            ),
        ):
            yield Rule(
                id=f"paging/{key}/{name}",
                area="paging",
                requires=requires,
                source=f"x-behaviours: {behaviour.id}",
                level=behaviour.fact.level,
                observe=observe,
                judge=judge,
                accepts=accepts,
                rejects=rejects,
                writes=writes,
            )
        yield Rule(
            id=f"paging/{key}/beyond-last",
            area="paging",
            requires=f"A page of {operation.path} beyond the last is 404 with detail and code.",
            source="x-behaviours: page-beyond-last",
            level=beyond.fact.level,
            observe=partial(_beyond, operation_id),
            judge=judge_refusals,
            **examples_of_refusals(None, 404, record=False),
            writes=False,
        )
