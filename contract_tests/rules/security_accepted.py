"""A known API key is accepted with the word Token before it, and bare.

Owns: security/bare-key/<operation>, security/refused-create.
Knows nothing of: what operations do.
Source: x-behaviours bare-key, authentication; securitySchemes (x-prefix).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules.calls import good_call, needs_record, reads_only
from cancelkit.contract_tests.rules.evidence import Reply, examples_of_replies, judge_replies
from cancelkit.contract_tests.rules.newest import described
from cancelkit.contract_tests.rules.writes import CREATE, short
from cancelkit.spec import Contract, Operation


def _observe(operation: Operation, bench: Bench) -> tuple[Reply, ...]:
    row = bench.create() if needs_record(operation) else None
    answer = good_call(bench, operation, row, auth="bare")
    return (Reply(f"{operation.method} with the bare key", answer, (operation.success.status,)),)


def _observe_create(bench: Bench) -> list[dict[str, Any]]:
    text = f"unauthorized {bench.marker} {bench.rng.randrange(10**9)}"
    for auth in ("none", "empty", "wrong"):
        bench.call(CREATE, body=bench.body(description=text), auth=auth)
    return described(bench, text)


def _judge_create(found: Iterable[Any]) -> Iterator[str]:
    for row in found:
        yield f"record {row.get('id')} was created by a call without a known key"


def rules(spec: Contract) -> Iterator[Rule]:
    behaviour = spec.behaviours["bare-key"]
    for operation in spec.operations.values():
        if operation.secured:
            status = operation.success.status
            yield Rule(
                id=f"security/{short(operation.id)}/bare",
                area="security",
                requires=f"{operation.method} {operation.path} accepts the bare key, without the word before it.",
                source="x-behaviours: bare-key",
                level=behaviour.fact.level,
                observe=partial(_observe, operation),
                judge=judge_replies,
                **examples_of_replies(status, 401, 403),
                writes=not reads_only(operation) or needs_record(operation),
            )
    yield Rule(
        id="security/create/creates-nothing",
        area="security",
        requires="A create without a known API key leaves no record behind.",
        source="x-behaviours: authentication, refused-changes-nothing",
        level=spec.behaviours["authentication"].fact.level,
        observe=_observe_create,
        judge=_judge_create,
        accepts=([],),
        rejects=([{"id": 9}],),
    )
