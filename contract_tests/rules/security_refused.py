"""A call without a known API key is refused, whatever the operation, and does nothing.

Owns: security/<operation>/<credential>, security/<operation>/first.
Knows nothing of: how a key is obtained.
Source: x-behaviours authentication, authentication-first, refused-changes-nothing; securitySchemes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Literal

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules.calls import good_body, good_call, needs_record, reads_only
from cancelkit.contract_tests.rules.evidence import Refusal, Row, examples_of_refusals, judge_refusals
from cancelkit.contract_tests.rules.writes import seen, short
from cancelkit.spec import Contract, Operation

Credential = Literal["none", "empty", "wrong"]
CREDENTIALS: dict[Credential, str] = {
    "none": "without the Authorization header",
    "empty": "with an empty Authorization header",
    "wrong": "with an unknown key",
}


def _observe(operation: Operation, credential: Credential, bench: Bench) -> tuple[Refusal, ...]:
    before: Row | None = None
    if needs_record(operation):
        before = bench.create() if not bench.read_only else _known(bench)
    answer = good_call(bench, operation, before, auth=credential)
    what = f"{operation.method} {CREDENTIALS[credential]}"
    after = seen(bench, before["id"]) if before and not reads_only(operation) else before
    return (Refusal(what, answer, statuses=(401,), before=before, after=after),)


def _first(operation: Operation, bench: Bench) -> tuple[Refusal, ...]:
    """Calls that would be refused for another reason, too: an unknown id, a wrong body, a wrong parameter."""
    id = 900_000_000 + bench.rng.randrange(10**8)
    place: dict[str, Any] = {"id": id} if needs_record(operation) else {}
    wrong: list[tuple[str, dict[str, Any]]] = []
    if place:
        wrong.append(("an unknown id", {} if operation.body is None else {"body": good_body(bench, operation)}))
    if operation.body is not None:
        wrong += [("a wrong body", {"body": {"quantity": 0}}), ("a malformed body", {"content": b"{"})]
    wrong += [
        (f"a wrong {p.name}", {"query": {p.name: p.schema["minimum"] - 1}}) for p in operation.parameters if p.paging
    ]
    found = []
    for what, sent in wrong:
        for credential in ("none", "wrong"):
            answer = bench.call(operation.id, **place, **sent, auth=credential)
            words = f"{operation.method} with {what}, {CREDENTIALS[credential]}"
            found.append(Refusal(words, answer, statuses=(401,)))
    return tuple(found)


def _known(bench: Bench) -> Row | None:
    return next(iter(bench.sample().rows), None)


def rules(spec: Contract) -> Iterator[Rule]:
    behaviour, first = spec.behaviours["authentication"], spec.behaviours["authentication-first"]
    for operation in spec.operations.values():
        if not operation.secured:
            continue
        for credential, words in CREDENTIALS.items():
            yield Rule(
                id=f"security/{short(operation.id)}/{credential}",
                area="security",
                requires=f"{operation.method} {operation.path} {words} is 401 with detail and code, and does nothing.",
                source="x-behaviours: authentication",
                level=behaviour.fact.level,
                observe=partial(_observe, operation, credential),
                judge=judge_refusals,
                **examples_of_refusals(None, 401, record=needs_record(operation)),
                writes=not reads_only(operation) or needs_record(operation),
            )
        yield Rule(
            id=f"security/{short(operation.id)}/first",
            area="security",
            requires=f"{operation.method} {operation.path} without a known key is 401, whatever else is wrong with it.",
            source="x-behaviours: authentication-first",
            level=first.fact.level,
            observe=partial(_first, operation),
            judge=judge_refusals,
            **examples_of_refusals(None, 401, record=False),
            writes=not reads_only(operation),
        )
