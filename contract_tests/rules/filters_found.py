"""What a filtered list answered, beside rows whose values are known; and the oracle's judgement.

Owns: Found, asking a list for all rows of a query, judging sets of rows against x-filter.
Knows nothing of: which values are asked for (see filters_plan.py).
Source: x-filter; x-behaviours filters-combine, filter-null-never-matches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.oracles.instants import EXACT
from cancelkit.contract_tests.oracles.matching import all_match, value_at
from cancelkit.contract_tests.oracles.records import same
from cancelkit.contract_tests.rules.filters_plan import Row, Subject
from cancelkit.contract_tests.rules.paging_walks import page_ids, page_value
from cancelkit.contract_tests.rules.writes import LIST_DETAILED
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Filter

LIMIT = 50
Tests = tuple[tuple[str, Filter, str], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a list found for `tests` (name, filter, value), all together.

    ids: what it showed; complete: whether that is all it found. known: rows that stood still, with their values.
    """

    what: str
    tests: Tests
    status: int
    ids: Sequence[Any]
    count: Any
    complete: bool
    known: Sequence[Row]
    unit: timedelta = EXACT
    odd: bool = False


def ask(bench: Bench, operation_id: str, query: Mapping[str, Any], most: int = 200) -> tuple[Answer, list[Any], bool]:
    """(the first page, the ids of the first `most` rows, whether these are all).

    Raises:
        Inconclusive: the count moved in each of three walks over several pages: others write to the list.
    """
    for _ in range(3):
        first = bench.call(operation_id, query={**query, "limit": LIMIT})
        ids, count = page_ids(first), page_value(first, "count")
        number, size, still = 2, len(ids), True
        while size and isinstance(count, int) and len(ids) < min(count, most):
            page = bench.call(operation_id, query={**query, "limit": LIMIT, "page": number})
            still = still and (page.status != 200 or page_value(page, "count") == count)
            if not page_ids(page):
                break
            ids, number = [*ids, *page_ids(page)], number + 1
        if number > 2:
            again = bench.call(operation_id, query={**query, "limit": LIMIT})
            still = still and page_value(again, "count") == count
        if still:
            return first, ids, isinstance(count, int) and len(ids) >= count
    raise Inconclusive(f"{operation_id} changed while it was walked: others write to it")


def find(
    bench: Bench,
    operation_id: str,
    subject: Subject,
    tests: Tests,
    why: str,
    *,
    confined: bool = True,
    odd: bool = False,
) -> Found:
    """Ask for `tests`, among the subject's rows only (or, unless `confined`, in the whole channel)."""
    query: dict[str, Any] = {name: value for name, _, value in tests}
    words = " and ".join(f"{name}={value}" for name, _, value in tests)
    if confined and "pk__in" not in query:
        query["pk__in"] = subject.ids
    first, ids, complete = ask(bench, operation_id, query)
    what = f"{operation_id} with {words} ({why})"
    return Found(what, tests, first.status, ids, page_value(first, "count"), complete, subject.rows, subject.unit, odd)


def settled(bench: Bench, found: list[Found], extra: Sequence[Row] = ()) -> list[Found]:
    """The same, with only those rows known that still show the same values."""
    known = {row["id"]: row for one in found for row in one.known}
    ids = sorted(known)
    now = {row["id"]: row for row in bench.rows(LIST_DETAILED, query={"pk__in": ids}, limit=LIMIT)} if ids else {}
    paths = [rule.path for rule in bench.spec.filters.values()]
    steady = {
        id
        for id, row in known.items()
        if id in now and all(same(value_at(row, path), value_at(now[id], path)) for path in paths)
    }
    return [
        Found(
            one.what,
            one.tests,
            one.status,
            one.ids,
            one.count,
            one.complete,
            [row for row in one.known if row["id"] in steady],
            one.unit,
            one.odd,
        )
        for one in found
    ]


def judge(found: Iterable[Found], *, nulls: bool = False) -> Iterator[str]:
    """Known rows that match must be found, others must not. nulls: judge only rows that are null at a filter's path."""
    for one in found:
        if one.status != 200:
            if not (one.odd and one.status == 400):
                yield f"{one.what}: answered {one.status}, not 200"
            continue
        if len(set(map(str, one.ids))) != len(one.ids):
            yield f"{one.what}: shows records more than once"
        if one.complete and not nulls and one.count != len(one.ids):
            yield f"{one.what}: counts {one.count!r}, shows {len(one.ids)}"
        for row in one.known:
            empty = any(value_at(row, rule.path) is None for _, rule, _ in one.tests)
            if empty is not nulls:
                continue
            wanted = all_match([(rule, value) for _, rule, value in one.tests], row, one.unit)
            shown = ", ".join(f"{'.'.join(rule.path)} is {value_at(row, rule.path)!r}" for _, rule, _ in one.tests)
            if wanted is False and row["id"] in one.ids:
                yield f"{one.what}: finds record {row['id']}, whose {shown}"
            elif wanted and one.complete and row["id"] not in one.ids:
                yield f"{one.what}: does not find record {row['id']}, whose {shown}"


def made(tests: Tests, rows: Sequence[Row], *, without: int = 0, plus: Sequence[Row] = (), **over: Any) -> Found:
    """A made-up answer: the rows that match, less the first `without`, plus others; `over` replaces any part."""
    pairs = [(rule, value) for _, rule, value in tests]
    ids = [row["id"] for row in rows if all_match(pairs, row)][without:] + [row["id"] for row in plus]
    parts: dict[str, Any] = {"status": 200, "ids": ids, "count": len(ids), "complete": True, "known": rows}
    return Found("a list", tests, **{**parts, **over})


def example_rows(rule: Filter, value: str, other: str) -> tuple[Row, Row, Row]:
    """Three made-up detailed rows: with `value` at the filter's path, with `other`, and with null there."""
    kind = rule.schema.get("type")

    def row(id: int, text: str | None) -> Row:
        held: Any = int(text) if text is not None and kind == "integer" else text
        for key in reversed(rule.path):
            held = {key: held}
        return {"id": id, **held} if rule.path != ("id",) else {"id": held}

    return row(1, value), row(2, other), row(3, None)


def example_values(rule: Filter) -> tuple[str, str, str]:
    """(a query value, a record's value that it matches, one that it does not)."""
    if rule.schema.get("format") == "date-time":
        base = {"gt": (2, 1), "gte": (1, 0), "lt": (0, 1), "lte": (1, 2), "exact": (1, 2)}[rule.lookup]
        hit, miss = (f"2025-03-0{3 + days}T10:00:00Z" for days in base)
        return ("2025-03-04" if rule.transform else "2025-03-04T10:00:00Z"), hit, miss
    if rule.schema.get("type") == "integer":
        return "11", "11", "12"
    if rule.schema.get("enum"):
        return rule.schema["enum"][0], rule.schema["enum"][0], rule.schema["enum"][1]
    return "ÇAĞ-1", "çağ-1", "cag-1"
