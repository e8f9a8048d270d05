"""A filter finds a record by what it is now, not by what it was.

Owns: filters/<list>/after-<write>.
Knows nothing of: records that stand still (see filters_match.py).
Source: x-filter; x-behaviours patch-partial, reject-effect.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.oracles.instants import resolution
from cancelkit.contract_tests.oracles.matching import value_at
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules.filters_combined import matching_value
from cancelkit.contract_tests.rules.filters_found import Found, ask, judge, made
from cancelkit.contract_tests.rules.filters_match import judged
from cancelkit.contract_tests.rules.filters_plan import Row
from cancelkit.contract_tests.rules.paging_walks import page_value
from cancelkit.contract_tests.rules.writes import PATCH, PUT, REJECT, fields, list_operations, other_value, read, short
from cancelkit.contract_tests.target.answer import UNSET
from cancelkit.spec import Contract


def _observe(operation_id: str, write: str, bench: Bench) -> list[Found]:
    """Filter by each value that a record had and has, on both sides of a write."""
    id = bench.create()["id"]
    rows: list[Row] = [read(bench, id, detailed=True)]
    found = _look(bench, operation_id, rows[0], rows)
    plain = read(bench, id)
    body: dict[str, Any] = {}
    for name, field in fields(bench.spec, write).items():
        known = bench.order_items if field.reference == "order_items" else bench.reasons
        if not field.reference or len(known) > 1:
            body[name] = other_value(bench, name, field, plain)
    bench.call(write, id=id, body=body or UNSET)
    rows.append(read(bench, id, detailed=True))
    return found + _look(bench, operation_id, rows[1], rows)


def _look(bench: Bench, operation_id: str, now: Row, rows: list[Row]) -> list[Found]:
    unit = resolution([now.get("created_date"), value_at(now, ("order_item", "order", "date_placed"))])
    found = []
    for name, parameter, rule in judged(bench.spec, operation_id):
        for value in dict.fromkeys(matching_value(parameter, rule, row) for row in rows):
            if value is None or rule.lookup == "in":
                continue
            answer, ids, complete = ask(bench, operation_id, {name: value, "pk__in": now["id"]})
            what = f"{operation_id} with {name}={value} of a record {'before' if len(rows) == 1 else 'after'} a write"
            count = page_value(answer, "count")
            found.append(Found(what, ((name, rule, value),), answer.status, ids, count, complete, [now], unit))
    return found


def rules(spec: Contract) -> Iterator[Rule]:
    for operation_id in list_operations(spec):
        filters = {name: rule for name, _, rule in judged(spec, operation_id)}
        tests = (("status", filters["status"], "rejected"),)
        now, old = {"id": 1, "status": "rejected"}, {"id": 2, "status": "waiting"}
        for name, write in (("patch", PATCH), ("put", PUT), ("reject", REJECT)):
            behaviour = spec.behaviours["reject-effect" if write == REJECT else "patch-partial"]
            yield Rule(
                id=f"filters/{short(operation_id)}/after-{name}",
                area="filters",
                requires=f"After {'a reject' if write == REJECT else name.upper()} the filters of "
                f"{spec.operations[operation_id].path} find the record by its new values, not by its old ones.",
                source=f"x-filter; x-behaviours: {behaviour.id}",
                level=behaviour.fact.level,
                observe=partial(_observe, operation_id, write),
                judge=judge,
                accepts=([made(tests, [now, old])],),
                rejects=([made(tests, [now, old], without=1)], [made(tests, [now, old], plus=[old])]),
            )
