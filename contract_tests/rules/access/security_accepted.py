"""A known API key is accepted with the word before it, and bare.

Owns: security/<operation>/bare, security/create/creates-nothing.
Source: x-behaviours bare-key, authentication; securitySchemes (x-prefix).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.observing.evidence import Reply, judge_nothing, replies
from cancelkit.contract_tests.observing.names import about_record, short
from cancelkit.contract_tests.observing.newest import described, findable, marked
from cancelkit.contract_tests.observing.stating import Proof, from_behaviour
from cancelkit.contract_tests.observing.writes import good_call
from cancelkit.spec import Contract, Operation, Role


def _observe(operation: Operation, context: Context) -> tuple[Reply, ...]:
    row = context.ready(operation, context.create()) if about_record(operation) else None
    answer = good_call(context, operation, row, auth="bare")
    return (Reply(f"{operation.method} with the bare key", answer, (operation.success.status,)),)


def _observe_create(context: Context) -> list[Any]:
    text, mark = marked(context, "unauthorized")
    for auth in ("none", "empty", "wrong"):
        context.call(Role.CREATE, body=context.body(**mark), auth=auth)
    return described(context, text)


def rules(contract: Contract) -> Iterator[Rule]:
    if contract.api_key is None:
        return
    for operation in contract.operations.values():
        if operation.secured and contract.api_key.prefix:
            yield from from_behaviour(
                contract,
                "bare-key",
                f"security/{short(operation)}/bare",
                partial(_observe, operation),
                *replies(operation.success.status, 401, 403),
                requires=f"{operation.method} {operation.path} accepts the bare key, without the word before it.",
                writes=operation.method != "GET" or about_record(operation),
            )
    create = contract.role(Role.CREATE)
    if create and create.secured and findable(contract):
        yield from from_behaviour(
            contract,
            "authentication",
            "security/create/creates-nothing",
            _observe_create,
            judge_nothing,
            Proof(([],), ([9],)),
            requires="A create without a known API key leaves no record behind.",
            source="x-behaviours: authentication, refused-changes-nothing",
        )
