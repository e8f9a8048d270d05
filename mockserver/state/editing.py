"""Direct edits: making and changing a record beyond what the API allows.

Owns: filling in what a record needs (order item, reason, dates, an easy return, a plan) and checking that the values
    fit the contract's answers. Transitions and read-only marks do not count here.
Knows nothing of: HTTP, sessions; writes nothing.
Source: spec/openapi.yaml, CancellationRequest, EasyReturn, CancellationPlan; references by x-reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import jsonschema_rs

from cancelkit.fixtures.world import Request
from cancelkit.mockserver.api.values import told
from cancelkit.mockserver.problem import Problem
from cancelkit.mockserver.replies import invalid
from cancelkit.mockserver.state import clock
from cancelkit.mockserver.state.catalogue import Catalogue
from cancelkit.spec import Contract, json_schema

Record = dict[str, Any]
REQUEST, PLAN = "CancellationRequest", "CancellationPlan"
EASY_RETURN, CANCELLATION_PLAN = "easy_return", "cancellation_plan"
RETURN_DAYS = 14


class Editor:
    """Makes whole records for one contract."""

    def __init__(self, spec: Contract) -> None:
        self._spec = spec
        schemas = {name: field.schema for name, field in spec.fields(REQUEST).items()}
        schemas[CANCELLATION_PLAN] = spec.schemas[PLAN]
        self._validators = {
            name: jsonschema_rs.Draft202012Validator(json_schema(schema, "response"), validate_formats=True)
            for name, schema in schemas.items()
        }
        bodies = [operation.body for operation in spec.operations.values() if operation.body]
        self._references = {f.name: f.reference for body in bodies for f in body.fields.values() if f.reference}

    def edited(self, catalogue: Catalogue, found: Request, changes: Mapping[str, Any], now: datetime) -> Request:
        """Return the record with `changes` made; `modified_date` becomes `now` unless it is among them.

        Args:
            changes: any fields of an answer but the id. An object for easy_return or cancellation_plan is laid over
                what is there; what is then still missing is made up.
        Raises:
            ApiError: 400 by field.
        """
        number = found.base["id"]
        if changes.get("id", number) != number:
            raise invalid([Problem("id", "The id of a record does not change.")])
        fields = dict(changes)
        if isinstance(fields.get(EASY_RETURN), dict):
            given, there = fields[EASY_RETURN], found.base.get(EASY_RETURN)
            fields[EASY_RETURN] = {**(there or _easy_return(number, now)), **given}
        if isinstance(fields.get(CANCELLATION_PLAN), dict):
            fields[CANCELLATION_PLAN] = {**(found.plan or self._plan(found)), **fields[CANCELLATION_PLAN]}
        self._check(catalogue, found.channel, fields)
        plan = fields.pop(CANCELLATION_PLAN, found.plan)
        return Request(found.channel, {**found.base, "modified_date": clock.text(now), **fields}, plan)

    def made(
        self, catalogue: Catalogue, channel: object, fields: Mapping[str, Any], number: int, now: datetime
    ) -> Request:
        """Return a new record with the id `number`; what `fields` leaves out is made up so that it fits.

        Raises:
            ApiError: 400 by field.
        """
        if type(channel) is not int or channel not in catalogue.channels:
            known = ", ".join(map(str, sorted(catalogue.channels)))
            raise invalid([Problem("channel", f"There is no such channel; there are {known}.", "does_not_exist")])
        given = {name: value for name, value in fields.items() if name != "id"}
        kind = given.get("cancellation_type") or self._kind_of(catalogue, given.get("reason"))
        created = given.get("created_date", clock.text(now))
        base = {
            "id": number,
            "uuid": str(uuid4()),
            "created_date": created,
            "order_item": _item_for(catalogue, channel, number),
            "reason": _reason_for(catalogue, channel, kind),
            "cancellation_type": kind,
            "status": self._spec.transitions.initial,
            EASY_RETURN: None,
        }
        return self.edited(catalogue, Request(channel, base, None), {"modified_date": created, **given}, now)

    def _check(self, catalogue: Catalogue, channel: int, fields: Mapping[str, Any]) -> None:
        problems = []
        for name, value in fields.items():
            validator = self._validators.get(name)
            if validator is None:
                problems.append(Problem(name, "There is no such field."))
            elif (error := next(validator.iter_errors(value), None)) is not None:
                place = ".".join(map(str, error.instance_path))
                problems.append(Problem(name, f"{place}: {told(error)}" if place else told(error)))
            elif name in self._references and not catalogue.has(self._references[name], channel, value):
                problems.append(Problem(name, f'Invalid pk "{value}" - object does not exist.', "does_not_exist"))
        if problems:
            raise invalid(problems)

    def _kind_of(self, catalogue: Catalogue, reason: object) -> str:
        """The cancellation type of a reason; the contract's first where that says nothing."""
        row = catalogue.reasons.get(reason) if isinstance(reason, int) else None
        kinds: list[str] = self._spec.schemas["CancellationType"]["enum"]
        return (row or {}).get("cancellation_type") or kinds[0]

    def _plan(self, found: Request) -> Record:
        kind = found.base["cancellation_type"]
        known = self._spec.schemas["CancellationPlanStatus"]["enum"]
        status = found.base["status"]
        return {
            "id": found.base["id"],
            "status": status if status in known else known[0],
            "plan_type": f"{kind}_full",
        }


def _easy_return(number: int, now: datetime) -> Record:
    start = clock.text(now)
    return {
        "id": number,
        "uuid": str(uuid4()),
        "created_date": start,
        "modified_date": start,
        "shipping_company": "Example Cargo",
        "code": f"ER{100_000 + number * 17}",
        "start_date": start,
        "end_date": clock.text(now + timedelta(days=RETURN_DAYS)),
        "max_count": 1,
        "status": "waiting",
        "raw_request": {},
        "raw_response": {},
        "tracking_number": None,
        "tracking_url": None,
        "pickup_date": None,
    }


def _item_for(catalogue: Catalogue, channel: int, number: int) -> int:
    """An order item of the channel, another one for each number while there are enough."""
    ids = catalogue.ids("order_items", channel)
    if not ids:
        raise invalid([Problem("order_item", "This channel has no order items.", "does_not_exist")])
    return ids[number % len(ids)]


def _reason_for(catalogue: Catalogue, channel: int, kind: str) -> int:
    """A reason of the channel, one of the right type if there is one."""
    ids = catalogue.ids("reasons", channel)
    if not ids:
        raise invalid([Problem("reason", "This channel has no reasons.", "does_not_exist")])
    return next((id for id in ids if catalogue.reasons[id].get("cancellation_type") == kind), ids[0])
