"""Dates that the server sets, and sets wrongly.

Owns: dates that stand still, that move, and that are not UTC.
Source: x-set-on; x-behaviours modified-date-advances, identity-stands, dates-tell-when.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from cancelkit.mockserver.mutants import layers
from cancelkit.mockserver.mutants.api import Api, Note, Record, Shown, showing
from cancelkit.mockserver.mutants.exchange import Exchange
from cancelkit.mockserver.mutants.families.actions import SHOWN
from cancelkit.mockserver.mutants.mutant import Mutant
from cancelkit.mockserver.mutants.naming import slug
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract, Role

HOURS = 3


def family(contract: Contract) -> Iterator[Mutant]:
    """Mutants of each date that the server sets."""
    resource, api = contract.resource, Api(contract)
    changes = any(contract.role(role) for role in (Role.UPDATE, Role.PARTIAL_UPDATE))
    created = [n for n in resource.set_on("create") if resource.fields[n].schema.get("format") == "date-time"]
    changed = [n for n in resource.set_on("change") if resource.fields[n].schema.get("format") == "date-time"]
    if changes and contract.role(Role.RETRIEVE):
        if contract.behaviour("modified-date-advances"):
            for name in changed:
                yield Mutant(
                    f"update-{slug(name)}-stands",
                    f"{name} never moves",
                    "patch",
                    layer=layers.around(contract, SHOWN, showing(api, _stands(api, name))),
                )
        if contract.behaviour("identity-stands"):
            for name in created:
                yield Mutant(
                    f"update-{slug(name)}-moves",
                    f"{name} moves with each update",
                    "patch",
                    layer=layers.around(contract, SHOWN, showing(api, _moves(api, name))),
                )
    if contract.behaviour("dates-tell-when") and contract.role(Role.CREATE) and (names := [*created, *changed]):

        def ahead(row: Record) -> Record:
            return {**row, **{name: _later(row[name]) for name in names if row.get(name)}}

        yield Mutant(
            "create-local-clock",
            f"dates are of a clock {HOURS} hours ahead",
            "create",
            layer=layers.rows(contract, SHOWN, ahead),
        )


def _later(text: str) -> str:
    moved = datetime.fromisoformat(text) + timedelta(hours=HOURS)
    return moved.isoformat().replace("+00:00", "Z")


def _stands(api: Api, name: str) -> Note:
    def note(exchange: Exchange, reply: Reply, before: Record | None, shown: Shown) -> None:
        if before is not None:
            shown[api.id(exchange)] = {name: before[name]}

    return note


def _moves(api: Api, name: str) -> Note:
    def note(exchange: Exchange, reply: Reply, before: Record | None, shown: Shown) -> None:
        if before is not None and before.get(name):
            moved = datetime.fromisoformat(before[name]) + timedelta(seconds=1)
            shown[api.id(exchange)] = {name: moved.isoformat().replace("+00:00", "Z")}

    return note
