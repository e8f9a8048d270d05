"""The rules that Schemathesis checks: generated data against each operation, and chains of linked operations.

Owns: which rules there are and which of its checks count.
Schemathesis (driver.py) is imported when a rule is observed, not before.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.spec import Contract, Level, Operation

AREAS: Final = {"POST": "create", "GET": "retrieve", "PUT": "put", "PATCH": "patch", "DELETE": "delete"}
SOURCE: Final = "spec, as Schemathesis reads it"


def fuzz_rules(contract: Contract) -> tuple[Rule, ...]:
    return tuple(_rules(contract))


def _rules(contract: Contract) -> Iterator[Rule]:
    for operation in contract.operations.values():
        yield _rule(operation, "positive", f"{operation.id} accepts generated valid data and answers as documented.")
        if operation.body is not None or operation.filters:
            yield _rule(operation, "negative", f"{operation.id} refuses generated invalid data as documented.")
    if not _linked(contract):
        return
    yield Rule(
        id="schemathesis/links",
        area="robustness",
        requires="Along chains of linked operations, what was created is there, and what was deleted is gone.",
        source=SOURCE,
        level=Level.DOCUMENTED,
        observe=_links,
        judge=iter,
        accepts=((),),
        rejects=(("use_after_free: the deleted request is still there",),),
        cost=2,
        long=True,
    )


def _rule(operation: Operation, mode: str, requires: str) -> Rule:
    return Rule(
        id=f"schemathesis/{operation.id}/{mode}",
        area=_area(operation),
        requires=requires,
        source=SOURCE,
        level=operation.success.fact.level,
        observe=partial(_generated, operation_id=operation.id, mode=mode),
        judge=iter,
        accepts=((),),
        rejects=(("not_a_server_error: 500",),),
        writes=operation.method != "GET",
        cost=1 if mode == "positive" else 2,
    )


def _linked(contract: Contract) -> bool:
    """Whether an answer of the contract links to an operation."""
    paths = contract.document.get("paths", {}).values()
    nodes = [node for path in paths for node in path.values() if isinstance(node, dict)]
    return any("links" in answer for node in nodes for answer in node.get("responses", {}).values())


def _area(operation: Operation) -> str:
    if operation.action is not None:
        return operation.action.name
    return "filters" if operation.filters else AREAS[operation.method]


def _generated(context: Context, *, operation_id: str, mode: str) -> tuple[str, ...]:
    from cancelkit.contract_tests.fuzz.driver import generated

    return generated(context, operation_id, mode)


def _links(context: Context) -> tuple[str, ...]:
    from cancelkit.contract_tests.fuzz.driver import links

    return links(context)
