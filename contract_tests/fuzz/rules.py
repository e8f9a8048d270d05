"""The rules that Schemathesis checks: generated data against each operation, and chains of linked operations.

Owns: which rules there are and which of its checks count.
Knows nothing of: how Schemathesis is driven (driver.py), and does not import it before a rule is observed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.rule import Rule
from cancelkit.spec import Contract, Level, Operation

AREAS: Final = {"POST": "create", "GET": "retrieve", "PUT": "put", "PATCH": "patch", "DELETE": "delete"}
SOURCE: Final = "spec, as Schemathesis reads it"


def fuzz_rules(spec: Contract) -> tuple[Rule, ...]:
    return tuple(_rules(spec))


def _rules(spec: Contract) -> Iterator[Rule]:
    for operation in spec.operations.values():
        yield _rule(operation, "positive", f"{operation.id} accepts generated valid data and answers as documented.")
        if operation.body is not None or operation.filters:
            yield _rule(operation, "negative", f"{operation.id} refuses generated invalid data as documented.")
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
    area = "filters" if operation.filters else AREAS[operation.method]
    return Rule(
        id=f"schemathesis/{operation.id}/{mode}",
        area="reject" if operation.body is None and operation.method == "POST" else area,
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


def _generated(bench: Bench, *, operation_id: str, mode: str) -> tuple[str, ...]:
    from cancelkit.contract_tests.fuzz.driver import generated

    return generated(bench, operation_id, mode)


def _links(bench: Bench) -> tuple[str, ...]:
    from cancelkit.contract_tests.fuzz.driver import links

    return links(bench)
