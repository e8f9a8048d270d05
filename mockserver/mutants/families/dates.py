"""Dates that the server sets, and sets wrongly.

Owns: dates that stand still, that move, and that are not UTC.
Source: x-set-on; x-behaviours modified-date-advances, identity-stands, dates-tell-when.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from cancelkit.mockserver.mutants.api import Api, Shown, showing
from cancelkit.mockserver.mutants.exchange import Exchange
from cancelkit.mockserver.mutants.maker import SHOWN, UPDATES, Maker, Record
from cancelkit.mockserver.mutants.mutant import Mutant, given
from cancelkit.mockserver.mutants.naming import area, slug, word
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract, Operation, Role

HOURS = 3


def family(contract: Contract) -> Iterator[Mutant]:
    """Mutants of each date that the server sets."""
    resource = contract.resource
    created, changed = (
        [n for n in resource.set_on(when) if resource.fields[n].schema.get("format") == "date-time"]
        for when in ("create", "change")
    )
    if any(contract.role(role) for role in UPDATES) and contract.role(Role.RETRIEVE):
        maker = Maker(contract, "patch")
        if contract.behaviour("modified-date-advances"):
            yield from (_shown(maker, name, "stands", "never moves", 0) for name in changed)
            yield from (m for one in contract.actions for m in _kept_by(contract, one, changed[0]) if changed)
        if contract.behaviour("identity-stands"):
            yield from (_shown(maker, name, "moves", "moves with each update", 1) for name in created)
    if contract.behaviour("dates-tell-when") and contract.role(Role.CREATE) and (names := [*created, *changed]):

        def ahead(row: Record) -> Record:
            return {**row, **{n: _moved(row[n], timedelta(hours=HOURS)) for n in names if row.get(n)}}

        says = f"dates are of a clock {HOURS} hours ahead"
        yield Maker(contract, "create").rows("create-local-clock", says, SHOWN, ahead)


def _kept_by(contract: Contract, operation: Operation, name: str) -> Iterator[Mutant]:
    """The action leaves the date of records in one state: the last that it is for."""
    moves, action, api = contract.resource.transitions, given(operation.action), Api(contract)
    states = [s for s in moves.statuses if s not in action.refused] if moves and moves.field == action.field else []
    if len(states) < 2:
        return

    def note(exchange: Exchange, reply: Reply, before: Record | None, shown: Shown) -> None:
        old = before or {}
        here = exchange.called.id == operation.id and old.get(action.field) == states[-1]
        shown[api.id(exchange)] = {name: old[name]} if here and name in old else {}

    says = f"{word(operation)} of what is {states[-1]} leaves {name} as it was"
    maker = Maker(contract, area(operation))
    yield maker.around(f"{word(operation)}-keeps-{slug(name)}", says, SHOWN, showing(api, note))


def _moved(text: str, by: timedelta) -> str:
    return (datetime.fromisoformat(text) + by).isoformat().replace("+00:00", "Z")


def _shown(maker: Maker, name: str, kind: str, says: str, seconds: int) -> Mutant:
    """After a write, the date is shown `seconds` after what it was before."""
    api = Api(maker.contract)

    def note(exchange: Exchange, reply: Reply, before: Record | None, shown: Shown) -> None:
        if before is not None and before.get(name):
            old = before[name]
            shown[api.id(exchange)] = {name: _moved(old, timedelta(seconds=seconds)) if seconds else old}

    return maker.around(f"update-{slug(name)}-{kind}", f"{name} {says}", SHOWN, showing(api, note))
