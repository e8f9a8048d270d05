"""An order item or a reason of another channel can't be used: not to create, not to update.

Owns: isolation/<create|put|patch>-<field>.
Knows nothing of: ids that exist nowhere (see body_refusals.py).
Source: x-behaviours references-exist (they exist in the channel), channel-isolation.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules.evidence import Refusal, examples_of_refusals, judge_refusals
from cancelkit.contract_tests.rules.writes import CREATE, PATCH, PUT, fields, filled, refused
from cancelkit.spec import Contract


def foreign_ids(bench: Bench, table: str) -> list[int]:
    """Ids of the other channel that can't be of this one too.

    Reasons may be shared: they count only where the two channels are seen to use different ones throughout.
    """
    own, other = (
        (bench.order_items, bench.other_order_items) if table == "order_items" else (bench.reasons, bench.other_reasons)
    )
    shared = set(own) & set(other)
    if not other:
        raise Skip(f"no {table} of the other channel are known")
    if table == "reasons" and (shared or len(own) < 2 or len(other) < 2):
        raise Skip("the channels may share their reasons")
    return [id for id in other if id not in shared]


def _observe(operation_id: str, name: str, table: str, bench: Bench) -> tuple[Refusal, ...]:
    ids = foreign_ids(bench, table)
    if not ids:
        raise Skip(f"the channels share their {table}")
    found = []
    for id in bench.rng.sample(ids, min(2, len(ids))):
        if operation_id == CREATE:
            answer = bench.call(CREATE, body=bench.body(**{name: id}))
            found.append(Refusal(f"POST with {name} {id} of another channel", answer, name))
        else:
            row = filled(bench)
            body = {"description": "must not be stored", name: id}
            found.append(refused(bench, operation_id, body, row, name))
    return tuple(found)


def rules(spec: Contract) -> Iterator[Rule]:
    behaviour = spec.behaviours["references-exist"]
    for area, operation_id in (("create", CREATE), ("put", PUT), ("patch", PATCH)):
        for name, field in fields(spec, operation_id).items():
            if field.reference:
                yield Rule(
                    id=f"isolation/{area}-{name}",
                    area="isolation",
                    requires=f"{spec.operations[operation_id].method} with {name} of another channel is 400 naming it.",
                    source="x-behaviours: references-exist",
                    level=behaviour.fact.level,
                    observe=partial(_observe, operation_id, name, field.reference),
                    judge=judge_refusals,
                    **examples_of_refusals(name, record=area != "create"),
                    needs_other=True,
                )
