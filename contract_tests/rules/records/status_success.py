"""Each operation, called as documented, answers with its documented success status.

Owns: status/<operation>.
Source: responses of each operation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.observing import examples
from cancelkit.contract_tests.observing.evidence import Reply
from cancelkit.contract_tests.observing.names import about_record, short
from cancelkit.contract_tests.observing.stating import Proof, from_fact
from cancelkit.contract_tests.observing.writes import good_call
from cancelkit.spec import Contract, Operation


def _observe(operation: Operation, context: Context) -> tuple[Reply, ...]:
    row = context.ready(operation, context.create()) if about_record(operation) else None
    what = f"{operation.method} {operation.path}"
    return (Reply(what, good_call(context, operation, row), (operation.success.status,)),)


def _judge(has_body: bool, replies: Iterable[Reply]) -> Iterator[str]:
    for reply in replies:
        if reply.answer.status not in reply.statuses:
            yield f"{reply.what}: answered {reply.answer.status}, not {reply.statuses[0]}"
        elif has_body and not reply.answer.is_json:
            yield f"{reply.what}: the answer is not JSON"
        elif not has_body and reply.answer.text:
            yield f"{reply.what}: a {reply.answer.status} has no body, this one has {len(reply.answer.text)} characters"


def rules(contract: Contract) -> Iterator[Rule]:
    for operation in contract.operations.values():
        status, body = operation.success.status, operation.success.schema is not None
        right = examples.answer(status, {} if body else None)
        wrong = examples.answer(200 if status != 200 else 201, {} if body else None)
        odd = examples.answer(status, None if body else {"id": 1})
        yield from_fact(
            f"status/{short(operation)}",
            operation.success.fact.level,
            f"responses of {operation.id}",
            f"{operation.method} {operation.path} answers {status}{'' if body else ' without a body'}.",
            partial(_observe, operation),
            partial(_judge, body),
            Proof(
                ((Reply("call", right, (status,)),),),
                tuple((Reply("call", answer, (status,)),) for answer in (wrong, odd, examples.error(404))),
            ),
            writes=operation.method != "GET" or about_record(operation),
        )
