"""PUT keeps what it leaves out, resets what has a default, and twice is the same as once.

Owns: put/keeps-omitted, put/resets-default, put/twice; patch/applies-no-default, patch/twice.
Knows nothing of: single fields (see update_fields.py).
Source: x-behaviours put-omitted, patch-partial.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules.evidence import Change, examples_of_changes, judge_changes
from cancelkit.contract_tests.rules.update_fields import after_put
from cancelkit.contract_tests.rules.writes import PATCH, PUT, change, fields, filled
from cancelkit.spec import Contract


def _omitted(operation_id: str, bench: Bench) -> tuple[Change, ...]:
    """Bodies that leave out all but one or two fields, on a record where no field is null or at its default."""
    found = []
    for body in ({"description": "only this"}, {"quantity": 7, "iban": None}, {"holder_name": "Zeynep Güneş"}):
        row = filled(bench)
        found.append(change(bench, operation_id, body, row, after_put(bench.spec, operation_id, body)))
    return tuple(found)


def _defaults(operation_id: str, bench: Bench) -> tuple[Change, ...]:
    row = filled(bench)
    flags = {name: field for name, field in fields(bench.spec, operation_id).items() if field.has_default}
    kept = after_put(bench.spec, operation_id, {"holder_name": "Ömer"})
    found = [change(bench, operation_id, {"holder_name": "Ömer"}, row, kept)]
    for value in (True, False, True):
        if not isinstance(found[-1].after, Mapping):
            break
        body = dict.fromkeys(flags, value)
        found.append(change(bench, operation_id, body, dict(found[-1].after), body))
    return tuple(found)


def _twice(operation_id: str, bench: Bench) -> tuple[Change, ...]:
    row = filled(bench)
    body: dict[str, Any] = {"description": "twice", "quantity": 5, "cancellation_type": row["cancellation_type"]}
    body |= {"order_item": row["order_item"], "reason": row["reason"], "status": row["status"]}
    first = change(bench, operation_id, body, row, after_put(bench.spec, operation_id, body))
    if not isinstance(first.after, Mapping):
        return (first,)
    return first, change(bench, operation_id, body, dict(first.after), after_put(bench.spec, operation_id, body))


def rules(spec: Contract) -> Iterator[Rule]:
    put, patch = spec.behaviours["put-omitted"], spec.behaviours["patch-partial"]
    for name, requires, operation_id, behaviour, observe in (
        ("put/keeps-omitted", "PUT keeps the value of a field that it leaves out.", PUT, put, _omitted),
        ("put/resets-default", "PUT resets an omitted field that has a default to it.", PUT, put, _defaults),
        ("put/twice", "The same PUT twice gives the same state as once.", PUT, put, _twice),
        ("patch/keeps-omitted", "PATCH keeps the value of a field that it leaves out.", PATCH, patch, _omitted),
        ("patch/applies-no-default", "PATCH never applies a default.", PATCH, patch, _defaults),
        ("patch/twice", "The same PATCH twice gives the same state as once.", PATCH, patch, _twice),
    ):
        yield Rule(
            id=name,
            area=name.partition("/")[0],
            requires=requires,
            source=f"x-behaviours: {behaviour.id}",
            level=behaviour.fact.level,
            observe=partial(observe, operation_id),
            judge=judge_changes,
            **examples_of_changes(),
        )
