"""A record of one channel does not exist for another: every operation on one record, in both directions.

Owns: isolation/<operation>, isolation/own-still-works.
Knows nothing of: lists and references (see isolation_lists.py, isolation_references.py).
Source: x-behaviours channel-isolation, refused-changes-nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules.calls import good_body
from cancelkit.contract_tests.rules.evidence import Refusal, examples_of_refusals, judge_refusals
from cancelkit.contract_tests.rules.writes import item_operations, seen, short
from cancelkit.spec import Contract, Operation


def both_ways(bench: Bench) -> tuple[tuple[int, int], ...]:
    """(a channel, the other one), each way in which records can be created."""
    if bench.other_channel is None:
        raise Skip("no other channel is given (--other-channel)")
    ways = ((bench.channel, bench.other_channel), (bench.other_channel, bench.channel))
    return ways if bench.other_order_items and bench.other_reasons else ways[:1]


def _observe(operation: Operation, bench: Bench) -> tuple[Refusal, ...]:
    found = []
    for home, away in both_ways(bench):
        row = bench.create(channel=home, quantity=2)
        more = {} if operation.body is None else {"body": good_body(bench, operation)}
        answer = bench.call(operation.id, channel=away, id=row["id"], **more)
        what = f"{operation.method} in channel {away} of a record of channel {home}"
        after = seen(bench, row["id"], channel=home)
        found.append(Refusal(what, answer, statuses=(404,), before=row, after=after))
    return tuple(found)


def rules(spec: Contract) -> Iterator[Rule]:
    behaviour = spec.behaviours["channel-isolation"]
    for name in item_operations(spec):
        operation = spec.operations[name]
        yield Rule(
            id=f"isolation/{short(name)}",
            area="isolation",
            requires=f"{operation.method} {operation.path} with an id of another channel is 404 and does nothing.",
            source="x-behaviours: channel-isolation",
            level=behaviour.fact.level,
            observe=partial(_observe, operation),
            judge=judge_refusals,
            **examples_of_refusals(None, 404),
            needs_other=True,
        )
