"""A call without a known API key is refused, whatever the operation, and does nothing.

Owns: security/<operation>/<credential>, security/<operation>/first.
Source: x-behaviours authentication, authentication-first, refused-changes-nothing; securitySchemes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Literal

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.observing.askers_walk import Told, asked
from cancelkit.contract_tests.observing.evidence import Refusal, Usual, judge_refusals
from cancelkit.contract_tests.observing.filters_malformed import malformed
from cancelkit.contract_tests.observing.names import about_record, short
from cancelkit.contract_tests.observing.sending import FAR, NO_TEXT, bad_values, fields, with_body
from cancelkit.contract_tests.observing.stating import from_behaviour
from cancelkit.contract_tests.observing.writes import good_call
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.oracles.statuses import keyless
from cancelkit.contract_tests.rules.access.unknown_scopes import nobodys
from cancelkit.spec import Contract, Operation

Credential = Literal["none", "empty", "wrong"]
WRONG: tuple[Credential, ...] = ("none", "wrong")


def credentials(contract: Contract) -> dict[Credential, str]:
    """What is wrong with a key, in words."""
    header = contract.api_key.header if contract.api_key else ""
    return {
        "none": f"without the {header} header",
        "empty": f"with an empty {header} header",
        "wrong": "with an unknown key",
    }


def _observe(operation: Operation, credential: Credential, context: Context) -> list[Refusal]:
    """A right call; about records in every state, where it is about one."""
    statuses, said = (keyless(context.contract),), credentials(context.contract)[credential]
    if not about_record(operation):
        answer = good_call(context, operation, auth=credential)
        return [Refusal(f"{operation.method} {said}", answer, statuses=statuses)]

    def refusals(told: Sequence[Told]) -> list[Refusal]:
        return [Refusal(f"{one.what} {said}", one.answer, None, statuses, one.before, one.after) for one in told]

    records = Records(context.contract)
    return refusals(asked(context, operation, credential, lambda told: judge_refusals(records, refusals(told))))


def _first(operation: Operation, context: Context) -> tuple[Refusal, ...]:
    """Calls that would be refused for another reason, too: an unknown id or scope, a wrong body, a wrong parameter."""
    contract = context.contract
    number = FAR + context.rng.randrange(10**8)
    place: dict[str, Any] = (
        {"id": number if contract.resource.numbered else f"{NO_TEXT}-{number}"} if about_record(operation) else {}
    )
    wrong: list[tuple[str, dict[str, Any]]] = []
    if place:
        wrong.append(("an unknown id", dict(with_body(context, operation))))
    if operation.body is not None:
        known = fields(operation).items()
        bad: Any = next(({n: value} for n, field in known for _, value in bad_values(context, n, field, contract)), [])
        wrong += [("a wrong body", {"body": bad}), ("a malformed body", {"content": b"{"})]
    for p in operation.parameters:
        if p.paging:
            wrong.append((f"a wrong {p.name}", {"query": {p.name: p.schema.get("minimum", 1) - 1}}))
    filters = [(p.name, values) for p in operation.parameters if p.filter and (values := malformed(p.schema))]
    wrong += [(f"a wrong {name}", {"query": {name: values[0]}}) for name, values in filters[:1]]
    if scope := nobodys(contract, number):
        wrong.append((f"an unknown {contract.resource.scope[-1].name}", {"scope": scope}))
    found = []
    for what, sent in wrong:
        for credential in WRONG:
            answer = context.call(operation, **place, **sent, auth=credential)
            words = f"{operation.method} with {what}, {credentials(contract)[credential]}"
            found.append(Refusal(words, answer, statuses=(keyless(contract),)))
    return tuple(found)


def rules(contract: Contract) -> Iterator[Rule]:
    usual, status = Usual(contract), keyless(contract)
    for operation in contract.operations.values() if contract.api_key else ():
        if not operation.secured:
            continue
        where, about = f"{operation.method} {operation.path}", about_record(operation)
        for credential, words in credentials(contract).items():
            yield from from_behaviour(
                contract,
                "authentication",
                f"security/{short(operation)}/{credential}",
                partial(_observe, operation, credential),
                *usual.refusals(None, status, record=about),
                requires=f"{where} {words} is {status} with detail and code, and does nothing"
                f"{', whatever state the record is in' if about else ''}.",
                writes=operation.method != "GET" or about,
            )
        yield from from_behaviour(
            contract,
            "authentication-first",
            f"security/{short(operation)}/first",
            partial(_first, operation),
            *usual.refusals(None, status, record=False),
            requires=f"{where} without a known key is {status}, whatever else is wrong with it.",
            writes=operation.method != "GET",
        )
