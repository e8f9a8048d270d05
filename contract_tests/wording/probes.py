"""One call for each kind of fault, with that fault alone, and what the target says of it.

Owns: Said, Probe, and the probes of a contract. Works on records of the run's own.
Source: spec/wording.py; the bodies, paths and states of the contract.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.context.states import movers, reachable
from cancelkit.contract_tests.context.walking import page_query
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.rules.sending import bad_values, fields, kept, unknown_keys, with_body
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Field, Operation, Role
from cancelkit.spec.wording import KINDS

NON_FIELD = "non_field_errors"
SAYING = {"enum": "choice", "minLength": "min-length", "maxLength": "max-length", "nullable": "null"}
"""Keywords whose kind is called otherwise."""
BEYOND = 9_999_999
BROKEN = (b"{", b"[1,]")
MEDIA = ("text/plain", "application/xml")


@dataclass(frozen=True, slots=True)
class Said:
    """What a refusal said. values: what it may show of what was sent, by the kind's places."""

    status: int
    text: str | None
    code: str | None
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Probe:
    """look: (context, turn) -> Said; with another turn other values are sent, where there are others."""

    kind: str
    look: Callable[[Context, int], Said]
    writes: bool = True


def said(answer: Answer, name: str | None, values: Mapping[str, Any]) -> Said:
    """The text about a field, or of the call, and the code.

    Raises:
        Skip: it was not refused, or errors of this kind have a shape of the contract's own.
    """
    if not 400 <= answer.status < 500:
        raise Skip(f"it is answered {answer.status}")
    if answer.own_shape or not isinstance(answer.json, dict):
        raise Skip("its errors have a shape of their own")
    found = [answer.json.get(key) for key in (name, "detail", NON_FIELD) if key]
    texts = [one[0] if isinstance(one, list) and one else one for one in found]
    text = next((one for one in texts if isinstance(one, str)), None)
    code = answer.json.get("code")
    shown = {key: str(value) for key, value in values.items()}
    return Said(answer.status, text, code if isinstance(code, str) else None, shown)


def probes(contract: Contract) -> Iterator[Probe]:
    """One for each kind of fault that the contract's operations can have."""
    found = dict[str, Probe]()
    for probe in (*_of_protocol(contract), *_of_create(contract), *_of_states(contract)):
        found.setdefault(probe.kind, probe)
    yield from (found[id] for id in KINDS if id in found)


# Bodies


def _of_create(contract: Contract) -> Iterator[Probe]:
    create = contract.role(Role.CREATE)
    if create is None:
        return
    yield Probe("parse", partial(_parse, create))
    yield Probe("media", partial(_media, create))
    yield Probe("object", partial(_no_object, create))
    for name, one in fields(create).items():
        if name == contract.resource.state:
            continue
        if one.required and not one.has_default:
            yield Probe("required", partial(_missing, create, name))
        if one.reference and unknown_keys(None, one):
            yield Probe("reference", partial(_unknown, create, name, one))
        for kind in dict.fromkeys(kind for kind, _, _ in _bad(None, name, one, contract)):
            yield Probe(kind, partial(_wrong, create, name, one, kind))


def _bad(
    context: Context | None, name: str, one: Field, contract: Contract
) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """(kind, value, what a text may show) of each bad value of a field."""
    for keyword, value in bad_values(context, name, one, contract):
        kind = SAYING.get(keyword, keyword)
        if keyword == "type":
            kind = str(one.type)
        elif keyword == "format":
            kind = str(one.schema.get("format"))
        elif keyword == "minLength" and value == "":
            kind = "blank"
        if kind in KINDS and keyword != "reference":
            shown = {"limit": one.schema.get(keyword), "value": value, "type": type(value).__name__}
            yield kind, value, {k: v for k, v in shown.items() if k in KINDS[kind].places and v is not None}


def _wrong(create: Operation, name: str, one: Field, kind: str, context: Context, turn: int) -> Said:
    known = [(value, shown) for k, value, shown in _bad(context, name, one, context.contract) if k == kind]
    if not known:
        raise Skip("no such value can be made")
    value, shown = known[turn % len(known)]
    return said(context.call(create, body=context.body(**{name: value})), name, shown)


def _missing(create: Operation, name: str, context: Context, turn: int) -> Said:
    body = {key: value for key, value in context.body().items() if key != name}
    return said(context.call(create, body=body), name, {})


def _unknown(create: Operation, name: str, one: Field, context: Context, turn: int) -> Said:
    value = unknown_keys(context, one)[0]
    return said(context.call(create, body=context.body(**{name: value})), name, {"value": value})


def _no_object(create: Operation, context: Context, turn: int) -> Said:
    value: Any = ([], "text")[turn % 2]
    return said(context.call(create, body=value), None, {"type": type(value).__name__})


def _parse(create: Operation, context: Context, turn: int) -> Said:
    return said(context.call(create, content=BROKEN[turn % 2]), None, {})


def _media(create: Operation, context: Context, turn: int) -> Said:
    media = MEDIA[turn % 2]
    return said(context.call(create, content=b"{}", headers={"Content-Type": media}), None, {"media": media})


# Paths, keys, methods


def _of_protocol(contract: Contract) -> Iterator[Probe]:
    retrieve = contract.role(Role.RETRIEVE) or contract.role(Role.RETRIEVE_DETAILED)
    listing = contract.role(Role.LIST) or contract.role(Role.LIST_DETAILED)
    if retrieve is not None:
        yield Probe("not-found", partial(_not_found, retrieve), writes=False)
    if listing is None:
        return
    if "page" in listing.paging:
        yield Probe("page", partial(_beyond, listing), writes=False)
    if contract.api_key is not None and listing.secured:
        yield Probe("no-key", partial(_keyless, listing), writes=False)
        yield Probe("wrong-key", partial(_wrong_key, listing), writes=False)
    taken = {one.method for one in contract.operations.values() if one.path == listing.path}
    if free := [method for method in ("PATCH", "PUT") if method not in taken]:
        yield Probe("method", partial(_method, listing, free))


def _not_found(retrieve: Operation, context: Context, turn: int) -> Said:
    number = 900_000_000 + context.rng.randrange(10**8)
    schema = context.resource.id_schema
    id: Any = number if context.resource.numbered else f"no-such-id-{number}"
    if schema.get("format") == "uuid":
        id = f"00000000-0000-4000-8000-{number:012}"
    answer = context.call(retrieve, id=id)
    if answer.status != 404:
        raise Skip(f"it is answered {answer.status}")
    return said(answer, None, {})


def _beyond(listing: Operation, context: Context, turn: int) -> Said:
    return said(context.call(listing, query=page_query(listing, page=BEYOND + turn)), listing.paging["page"], {})


def _keyless(listing: Operation, context: Context, turn: int) -> Said:
    return said(context.call(listing, auth="none"), None, {})


def _wrong_key(listing: Operation, context: Context, turn: int) -> Said:
    return said(context.call(listing, auth="wrong"), None, {})


def _method(listing: Operation, free: list[str], context: Context, turn: int) -> Said:
    method = free[turn % len(free)]
    answer = context.send(method, context.url(listing))
    if answer.status != 405:
        raise Skip(f"it is answered {answer.status}")
    return said(answer, None, {"method": method})


# States


def _of_states(contract: Contract) -> Iterator[Probe]:
    moves = contract.resource.transitions
    if moves is None or contract.role(Role.CREATE) is None:
        return
    if movers(contract):
        yield Probe("transition", _transition)
    for operation in contract.actions:
        action = operation.action
        if action and action.field == moves.field and action.refused:
            yield Probe("action", partial(_action, operation))


def _transition(context: Context, turn: int) -> Said:
    moves, operation = context.contract.transitions, movers(context.contract)[0]
    known = [(old, new) for old in reachable(context.contract) for new in moves.statuses if not moves.permits(old, new)]
    if not known:
        raise Skip("every move is permitted")
    old, new = known[turn % len(known)]
    row = context.fresh(old)
    body = {**kept(context, operation, row, whole=False), moves.field: new}
    return said(context.call(operation, id=context.id_of(row), body=body), moves.field, {"old": old, "new": new})


def _action(operation: Operation, context: Context, turn: int) -> Said:
    action = operation.action
    known = [state for state in reachable(context.contract) if action and state in action.refused]
    if not known:
        raise Skip("no state in which the action is refused can be reached")
    row = context.fresh(known[turn % len(known)])
    answer = context.call(operation, id=context.id_of(row), **with_body(context, operation))
    return said(answer, context.resource.state, {})


def agreed(one: Said, other: Said) -> Said:
    """What two looks with the same fault have in common.

    Raises:
        Inconclusive: they have another status or code.
    """
    if (one.status, one.code) != (other.status, other.code):
        raise Inconclusive(f"now {one.status} {one.code}, now {other.status} {other.code}")
    return other
