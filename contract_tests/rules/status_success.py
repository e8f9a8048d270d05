"""Each operation, called as documented, answers with its documented success status.

Owns: status/<operation>.
Knows nothing of: what the answers hold (the schema layer looks at that).
Source: responses of each operation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules import examples
from cancelkit.contract_tests.rules.calls import good_call, needs_record
from cancelkit.contract_tests.rules.evidence import Reply
from cancelkit.contract_tests.rules.writes import short
from cancelkit.spec import Contract, Operation


def _observe(operation: Operation, bench: Bench) -> tuple[Reply, ...]:
    row = bench.create() if needs_record(operation) else None
    what = f"{operation.method} {operation.path}"
    return (Reply(what, good_call(bench, operation, row), (operation.success.status,)),)


def _judge(has_body: bool, replies: Iterable[Reply]) -> Iterator[str]:
    for reply in replies:
        if reply.answer.status not in reply.statuses:
            yield f"{reply.what}: answered {reply.answer.status}, not {reply.statuses[0]}"
        elif has_body and not reply.answer.is_json:
            yield f"{reply.what}: the answer is not JSON"
        elif not has_body and reply.answer.text:
            yield f"{reply.what}: a {reply.answer.status} has no body, this one has {len(reply.answer.text)} characters"


def rules(spec: Contract) -> Iterator[Rule]:
    for operation in spec.operations.values():
        status, body = operation.success.status, operation.success.schema is not None
        right = examples.answer(status, {} if body else None)
        wrong = examples.answer(200 if status != 200 else 201, {} if body else None)
        odd = examples.answer(status, None if body else {"id": 1})
        yield Rule(
            id=f"status/{short(operation.id)}",
            area="status",
            requires=f"{operation.method} {operation.path} answers {status}{'' if body else ' without a body'}.",
            source=f"responses of {operation.id}",
            level=operation.success.fact.level,
            observe=partial(_observe, operation),
            judge=partial(_judge, body),
            accepts=((Reply("call", right, (status,)),),),
            rejects=tuple((Reply("call", answer, (status,)),) for answer in (wrong, odd, examples.error(404))),
            writes=operation.method != "GET" or needs_record(operation),
        )
