"""Calls about what is around records: keys, methods, final slashes, ids that no record has, other scopes.

Owns: which of them are tried for each operation.
Source: the contract's API key, paths and methods; spec/points/.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any, Final

from cancelkit.contract_tests.choices.protocol import LARGE, NO_ID
from cancelkit.contract_tests.comparing.bodies import Bodies
from cancelkit.contract_tests.comparing.calls import Call, Kind, Sequence
from cancelkit.contract_tests.comparing.walks import RECORD, Walks
from cancelkit.contract_tests.context.walking import page_query
from cancelkit.contract_tests.engine.tour import unknown_id
from cancelkit.contract_tests.target.answer import UNSET, Auth
from cancelkit.spec import Operation
from cancelkit.spec.values import NoValue

METHODS: Final = ("POST", "PUT", "PATCH", "DELETE")
KEYS: Final[tuple[Auth, ...]] = ("none", "empty", "wrong")


def sequences(bodies: Bodies, random: Random, *, writes: bool, elsewhere: bool) -> Iterator[Sequence]:
    """Sequences of one call each, but for those in another scope. elsewhere: there is a second scope on both sides."""
    contract = bodies.contract
    identity = contract.resource.identity
    for operation in contract.operations.values():
        own = identity is not None and f"{{{identity.name}}}" in operation.path
        if operation.method != "GET" and not writes:
            continue
        plain = Call(
            operation,
            Kind.PROTOCOL,
            "",
            id=unknown_id(contract.resource) if own else None,
            body=_body(bodies, operation, random),
        )
        yield from ((call,) for call in _keys(bodies, plain, own=own))
        for strange in (plain.id, 0, NO_ID, "-1", LARGE) if own else ():
            point = "large-id" if strange == LARGE else ""
            yield (replace(plain, about=f"the id {str(strange)[:12]}", topic="id", point=point, id=strange),)
        if operation.method == "GET":
            yield from ((call,) for call in _reads(bodies, plain, own=own, writes=writes))
        if own and elsewhere and writes:
            try:
                first = Walks(bodies).made(random, Kind.PROTOCOL)
            except NoValue:
                continue
            there = replace(plain, record=RECORD, elsewhere=True)
            yield first, replace(there, about="in another scope", topic="scope", point="foreign-record")


def _keys(bodies: Bodies, plain: Call, *, own: bool) -> Iterator[Call]:
    key = bodies.contract.api_key
    if key is None or not plain.operation.secured:
        return
    for auth in KEYS:
        yield replace(plain, about=f"{auth} key", topic="key", point="missing-key", auth=auth)
    if key.prefix and (own or not plain.writes):
        yield replace(plain, about="the key alone", topic="key", point="bare-key", auth="bare")


def _reads(bodies: Bodies, plain: Call, *, own: bool, writes: bool) -> Iterator[Call]:
    operation = plain.operation
    if not own:
        point = bodies.contract.slash_point(extra=not operation.path.endswith("/"))
        yield replace(plain, about="the other final slash", topic="path", point=point, slash=True)
        yield replace(plain, about="HEAD", topic="method", point="head", method="HEAD")
        yield replace(plain, about="the whole list", query=tuple(page_query(operation, 5, 1)))
    known = {o.method for o in bodies.contract.operations.values() if o.path == operation.path}
    for method in METHODS if writes else ():
        if method not in known:
            yield replace(plain, about=f"{method} where there is none", topic="method", method=method)


def _body(bodies: Bodies, operation: Operation, random: Random) -> Any:
    if operation.body is None:
        return UNSET
    try:
        return bodies.least(operation, random)
    except NoValue:
        return {}
