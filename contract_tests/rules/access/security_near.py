"""A key that is close to a right one is no right one: on every operation it is refused, does nothing, tells nothing.

Owns: security/<operation>/near-key.
Source: x-behaviours authentication, refused-changes-nothing; securitySchemes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.cells import Cell, Table
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.observing import examples
from cancelkit.contract_tests.observing.evidence import Refusal, Usual, judge_refusals
from cancelkit.contract_tests.observing.names import about_record, short
from cancelkit.contract_tests.observing.newest import described, findable, marked
from cancelkit.contract_tests.observing.sending import current_value, good_body, kept
from cancelkit.contract_tests.observing.stating import Proof, from_behaviour
from cancelkit.contract_tests.observing.writes import seen
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.oracles.statuses import keyless
from cancelkit.contract_tests.target.near_keys import NearKey, near_keys
from cancelkit.spec import Contract, Operation, Role

TABLE: Final = "keys"
EXAMPLE: Final = "aB3dE6gH9jK2"
STRANGER: Final = "8c0f5a7e6d1b4f3a9e2c"


@dataclass(frozen=True, slots=True)
class Tried:
    """Calls with nearly right keys, what of the record must stand in no answer, and records that were made by them."""

    refusals: tuple[Refusal, ...]
    secret: str = ""
    made: tuple[Any, ...] = ()


def of_scale(operations: list[Operation], operation: Operation, keys: tuple[NearKey, ...], scale: int) -> list[NearKey]:
    """The keys that an operation is tried with: all of them; in quick each key on one operation, and one at least."""
    if scale > 1:
        return list(keys)
    place = operations.index(operation)
    return [key for number, key in enumerate(keys) if number % len(operations) == place] or [keys[place % len(keys)]]


def secured(contract: Contract) -> list[Operation]:
    """The operations that need a key."""
    return [operation for operation in contract.operations.values() if operation.secured]


def _observe(operation: Operation, context: Context) -> Tried:
    contract = context.contract
    if not context.near_keys:
        raise Skip("no key is given")
    if context.shared("strangers", _knows_strangers):
        raise Skip("the target accepts any key but a few: give it keys to know")
    text, mark = marked(context, "nearly")
    before, place = None, dict[str, Any]()
    if about_record(operation):
        before = next(iter(context.sample().rows), None) if context.read_only else context.create(**mark)
        if before is None:
            raise Skip("there is no record")
        place = {"id": context.id_of(before)}
    if operation.role is Role.CREATE:
        place = {"body": context.body(**mark)}
    elif operation.body is not None and before is not None:
        body = {**kept(context, operation, before, whole=False), **good_body(context, operation)}
        place |= {"body": body}
    found = []
    known = {parameter.name for parameter in operation.parameters}
    for key in of_scale(secured(contract), operation, context.near_keys, context.scale):
        query = {name: value for name, value in key.query.items() if name not in known}
        answer = context.call(operation, **place, **_sent(contract, key), query=query, auth="none")
        found.append(Refusal(f"{operation.method} with a key {key.name}", answer, statuses=(keyless(contract),)))
        context.cover(TABLE, operation=short(operation), key=key.name)
    made: list[Any] = []
    if operation.role is Role.CREATE and findable(contract):
        made = described(context, text)
    elif before is not None and found:
        last = found.pop()
        found.append(Refusal(last.what, last.answer, None, last.statuses, before, seen(context, context.id_of(before))))
    shown = {current_value(context, name, before) for name in mark} if before else set()
    return Tried(tuple(found), next((str(value) for value in shown if value), ""), tuple(made))


def _sent(contract: Contract, key: NearKey) -> dict[str, Any]:
    header = contract.api_key.header if contract.api_key else ""
    return {"headers": {header: key.value}} if key.value is not None else {}


def _knows_strangers(context: Context) -> bool:
    """Whether a key is accepted that nobody was given; near keys tell nothing then."""
    listing = context.contract.role(Role.LIST) or context.contract.role(Role.LIST_DETAILED)
    key = context.contract.api_key
    if key is None or listing is None or not listing.secured:
        return False
    value = f"{key.prefix} {STRANGER}" if key.prefix else STRANGER
    return context.call(listing, headers={key.header: value}, auth="none").ok


def judge(records: Records, tried: Tried) -> Iterator[str]:
    """Each call is refused, leaves the record as it was and names nothing of it; and none makes one."""
    yield from judge_refusals(records, tried.refusals)
    for one in tried.refusals:
        if tried.secret and json.dumps(tried.secret, ensure_ascii=False)[1:-1] in one.answer.text:
            yield f"{one.what}: the answer tells of the record"
    yield from (f"a record was made by a create with a nearly right key: {id}" for id in tried.made)


def _proof(usual: Usual, status: int, about: bool) -> Proof:
    _, proof = usual.refusals(None, status, record=about)
    right: tuple[Refusal, ...] = proof.accepts[0]
    leaking = examples.answer(status, {"detail": "not for nearly 17", "code": "no"})
    leak = Tried((Refusal("call", leaking, statuses=(status,)),), "nearly 17")
    wrong: Iterable[tuple[Refusal, ...]] = proof.rejects
    return Proof((Tried(right),), (*(Tried(one) for one in wrong), leak, Tried(right, made=(9,))))


def rules(contract: Contract) -> Iterator[Rule]:
    usual = Usual(contract)
    for operation in secured(contract) if contract.api_key else ():
        yield from from_behaviour(
            contract,
            "authentication",
            f"security/{short(operation)}/near-key",
            partial(_observe, operation),
            partial(judge, usual.records),
            _proof(usual, keyless(contract), about_record(operation)),
            requires=f"{operation.method} {operation.path} with a key that is nearly right (cut, longer, in another "
            f"case, quoted, in the query and the like) is {keyless(contract)}, does nothing and tells nothing.",
            source="x-behaviours: authentication, refused-changes-nothing",
            writes=operation.method != "GET" or about_record(operation),
        )


def tables(contract: Contract) -> Iterator[Table]:
    key = contract.api_key
    if key is None:
        return
    keys, operations = near_keys(key, EXAMPLE), secured(contract)

    def cells(scale: int) -> Iterator[Cell]:
        for operation in operations:
            yield from ((short(operation), near.name) for near in of_scale(operations, operation, keys, scale))

    says = "an operation called with a key that is nearly right; in quick each key on one operation"
    yield Table(TABLE, says, ("operation", "key"), cells)
