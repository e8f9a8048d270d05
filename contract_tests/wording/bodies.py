"""Faults of bodies, each provoked alone, on creates and on updates of a record of the run's own.

Owns: the probes of bodies; `sent`, a good body with one change.
Source: spec/wording.py; the schemas of the bodies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.observing.names import updates
from cancelkit.contract_tests.observing.sending import bad_values, fields, kept, unknown_keys
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.contract_tests.wording.probe import Probe, Said, further, said
from cancelkit.spec import Contract, Field, Operation, Role
from cancelkit.spec.wording import KINDS

SAYING = {"enum": "choice", "minLength": "min-length", "maxLength": "max-length", "nullable": "null"}
"""Keywords whose kind is called otherwise."""
BROKEN = (b"[1,]", b'{"a": "')
MEDIA = ("text/plain", "application/xml")


def of_create(contract: Contract) -> Iterator[Probe]:
    create = contract.role(Role.CREATE)
    if create is None:
        return
    yield Probe("no-body", create.id, partial(_no_body, create))
    yield Probe("parse", create.id, partial(_parse, create))
    yield Probe("media", create.id, partial(_media, create))
    yield Probe("object", create.id, partial(_no_object, create))
    yield Probe("null-body", create.id, partial(_null_body, create))
    if (name := contract.one_each) is not None:
        yield Probe("open-record", create.id, partial(_open_record, create, name), field=name)
    yield from further(_of_fields(create, contract))


def of_updates(contract: Contract) -> Iterator[Probe]:
    state = contract.resource.state
    for _, operation in updates(contract):
        yield from further(_of_fields(operation, contract), along=True)
        if state and (one := fields(operation).get(state)):
            yield from (replace(probe, name=state) for probe in _of_values(operation, state, one, contract))


def _of_fields(operation: Operation, contract: Contract) -> Iterator[Probe]:
    for name, one in fields(operation).items():
        if name == contract.resource.state:
            continue
        if one.required and not one.has_default and operation.role is not Role.PARTIAL_UPDATE:
            yield Probe("required", operation.id, partial(_missing, operation, name), field=name)
        if one.reference and unknown_keys(None, one):
            yield Probe("reference", operation.id, partial(_unknown, operation, name, one), field=name)
        yield from _of_values(operation, name, one, contract)


def _of_values(operation: Operation, name: str, one: Field, contract: Contract) -> Iterator[Probe]:
    for kind in dict.fromkeys(kind for kind, _, _ in _bad(None, name, one, contract)):
        yield Probe(kind, operation.id, partial(_wrong, operation, name, one, kind), field=name)


def sent(context: Context, operation: Operation, change: Mapping[str, Any], without: str = "") -> Answer:
    """The answer to a good body with a change, on a record of its own where it is an update."""
    if operation.role is Role.CREATE:
        id, body = None, context.body(**change)
    else:
        row = context.create()
        id, body = context.id_of(row), {**kept(context, operation, row, whole=False), **change}
    return context.call(operation, id=id, body={name: value for name, value in body.items() if name != without})


def _bad(
    context: Context | None, name: str, one: Field, contract: Contract
) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """(kind, value, what a text may show) of each bad value of a field that breaks one keyword alone."""
    for keyword, value in bad_values(context, name, one, contract):
        kind = kind_of(one, keyword, value)
        if kind in KINDS and keyword != "reference" and not (keyword == "type" and one.enum):
            yield kind, value, shows(one, kind, keyword, value)


def kind_of(one: Field, keyword: str, value: Any) -> str:
    """The kind of fault that a value of a field has, which breaks a keyword of its schema."""
    if keyword == "type":
        return str(one.type)
    if keyword == "format":
        return str(one.schema.get("format"))
    return "blank" if keyword == "minLength" and value == "" else SAYING.get(keyword, keyword)


def shows(one: Field, kind: str, keyword: str, value: Any) -> dict[str, Any]:
    """What a text of that kind may show."""
    known = {"limit": one.schema.get(keyword), "value": value, "type": type(value).__name__}
    return {place: value for place, value in known.items() if place in KINDS[kind].places and value is not None}


def _wrong(operation: Operation, name: str, one: Field, kind: str, context: Context, turn: int) -> Said:
    known = [(value, shown) for k, value, shown in _bad(context, name, one, context.contract) if k == kind]
    if not known:
        raise Skip("no such value can be made")
    value, shown = known[turn % len(known)]
    return said(sent(context, operation, {name: value}), name, shown)


def _missing(operation: Operation, name: str, context: Context, turn: int) -> Said:
    return said(sent(context, operation, {}, without=name), name, {})


def _unknown(operation: Operation, name: str, one: Field, context: Context, turn: int) -> Said:
    value = unknown_keys(context, one)[0]
    return said(sent(context, operation, {name: value}), name, {"value": value})


def _no_object(create: Operation, context: Context, turn: int) -> Said:
    value: Any = ([], "text")[turn % 2]
    return said(context.call(create, body=value), None, {"type": type(value).__name__})


def _null_body(create: Operation, context: Context, turn: int) -> Said:
    return said(context.call(create, body=None), None, {})


def _open_record(create: Operation, name: str, context: Context, turn: int) -> Said:
    key = context.key_of(context.create(), name)
    body = {**context.body(**{name: key}), name: key}
    return said(context.call(create, body=body), name, {"value": key})


def _no_body(create: Operation, context: Context, turn: int) -> Said:
    answer = context.call(create, content=b"")
    if isinstance(answer.json, Mapping) and answer.json.keys() & fields(create).keys():
        raise Skip("it is read as an object without fields")
    return said(answer, None, {})


def _parse(create: Operation, context: Context, turn: int) -> Said:
    return said(context.call(create, content=BROKEN[turn % 2]), None, {})


def _media(create: Operation, context: Context, turn: int) -> Said:
    media = MEDIA[turn % 2]
    return said(context.call(create, content=b"{}", headers={"Content-Type": media}), None, {"media": media})
