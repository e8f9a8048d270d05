"""What recorded calls prove of records: what is done twice, what belongs to another scope, how dates are written.

Owns: the sights of action-again, reference-again, delete-again, foreign-record, date-offset, date-digits.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cancelkit.contract_tests.choices.records import DIGITS, OFFSET, required
from cancelkit.contract_tests.choices.written import stamped, written
from cancelkit.contract_tests.context.bodies import key_of
from cancelkit.contract_tests.oracles.zones import has_name, told
from cancelkit.contract_tests.recorded.days import zones_shown
from cancelkit.contract_tests.recorded.sight import Sight
from cancelkit.contract_tests.recorded.tape import Heard, Key, Tape
from cancelkit.spec import Role
from cancelkit.spec.refusing import statuses

ENOUGH = 3
"""Dates from which the digits of a second are told: fewer may be whole by chance."""


def _action(tape: Tape, heard: Heard) -> Iterator[Sight]:
    action, row = heard.operation.action, tape.row_before(heard)
    if action is None or row is None or row.get(action.field) not in action.refused or heard.faults:
        return
    if heard.status == 409 and 400 in statuses(heard.operation):
        yield Sight("action-again", "conflict", (heard,))
    elif heard.refused:
        yield Sight("action-again", "refused", (heard,))
    elif heard.ok and heard.answer:
        shared = [name for name in heard.answer if name in row and not isinstance(row[name], dict)]
        same = all(heard.answer[name] == row[name] for name in shared)
        yield Sight(
            "action-again", "without-effect" if same else None, (heard,), "an action done again changes something"
        )


def _delete(tape: Tape, heard: Heard) -> Iterator[Sight]:
    record = tape.records.get(key) if (key := tape.key(heard)) else None
    if record is None or heard.operation.role is not Role.DESTROY or heard.faults:
        return
    gone = [one for one in record.deleted if one.before(heard)]
    if not gone or any(gone[0].before(one) for one, _ in record.shown):
        return
    option = "not-found" if heard.status == 404 else "done" if heard.ok else None
    if option:
        yield Sight("delete-again", option, (heard, gone[0]))


class _Open:
    """Which records name a row, and stand open while a call is made."""

    def __init__(self, tape: Tape, names: list[str]) -> None:
        self._tape, self._moves, self._naming = tape, tape.contract.resource.transitions, dict[Any, set[Key]]()
        for key, record in tape.records.items():
            for _, row in record.shown:
                for name in names:
                    self._naming.setdefault((key[0], name, self._named(row, name)), set()).add(key)

    def __call__(self, heard: Heard, name: str, value: Any) -> set[Key]:
        known = self._naming.get((heard.exchange.realm, name, str(value)), set())
        return {key for key in known if self._tape.stands(key, heard) and self._fits(key, heard, name, value)}

    def _fits(self, key: Key, heard: Heard, name: str, value: Any) -> bool:
        row = self._tape.records[key].before(heard)[-1][1]
        closed = self._moves is not None and row.get(self._moves.field) in self._tape.contract.closing
        return not closed and self._named(row, name) == str(value)

    def _named(self, row: dict[str, Any], name: str) -> str:
        return str(key_of(self._tape.contract.resource, row, name))


def _references(tape: Tape) -> Iterator[Sight]:
    """A create that names what records that stand open name."""
    create = tape.contract.role(Role.CREATE)
    if create is None or not (names := required(create)):
        return
    beside = _Open(tape, names)
    for heard in tape.calls:
        if heard.operation.role is not Role.CREATE or not heard.known or heard.faults or heard.sent is None:
            continue
        found = {name: beside(heard, name, heard.sent.get(name)) for name in names}
        if heard.ok and set.intersection(*found.values()):
            yield Sight("reference-again", "accepted", (heard,))
        elif heard.refused and len(named := [name for name in names if heard.names(name)]) == 1 and found[named[0]]:
            yield Sight("reference-again", "refused", (heard,), value=named[0])


def _foreign(tape: Tape, heard: Heard, owners: dict[tuple[str, str], set[tuple[str, ...]]]) -> Iterator[Sight]:
    """A record that another scope showed before and shows afterwards, asked for in a scope that is known."""
    key = tape.key(heard)
    option = {404: "not-found", 403: "forbidden"}.get(heard.status)
    if key is None or option is None or heard.operation.role is not Role.RETRIEVE or heard.faults:
        return
    realm, scope, id = key
    if (realm, scope) not in tape.scopes:
        return
    for owner in owners.get((realm, id), set()) - {scope}:
        record = tape.records[realm, owner, id]
        unclear = any(one.before(heard) for one in record.deleted) or _is_in(tape, realm, scope, id)
        if not unclear and record.before(heard) and record.after(heard):
            yield Sight("foreign-record", option, (heard,))
            return


def _is_in(tape: Tape, realm: str, scope: tuple[str, ...], id: str) -> bool:
    record = tape.records.get((realm, scope, id))
    return record is not None and bool(record.shown or record.deleted)


def _dates(tape: Tape) -> Iterator[Sight]:
    changed = [(name,) for name in tape.contract.resource.set_on("change")]
    most, calls = -1, []
    for heard in tape.calls:
        new = heard.operation.role is Role.CREATE
        if heard.ok and heard.answer and (new or heard.operation.role in (Role.UPDATE, Role.ACTION)):
            set_now = stamped(tape.contract) if new else changed
            digits = [len(one[1] or "") for one in written([heard.answer], set_now)]
            most = max([most, *digits])
            calls += [heard] if digits else []
    yield from _offsets(tape)
    if len(calls) < ENOUGH:
        if calls:
            yield Sight("date-digits", None, (), f"fewer than {ENOUGH} recorded writes show a date")
        return
    said = f"date-times have {most} digits of a second"
    yield from (Sight("date-digits", DIGITS.get(most), (call,), said) for call in calls)


def _offsets(tape: Tape) -> Iterator[Sight]:
    """By every date-time at once where a zone with a name has their offsets; else each that the server sets for
    itself."""
    likely = tape.contract.choices["date-offset"].value
    found = told(zones_shown(tape, likely), likely)
    zone = found[0] if found and has_name(found[0]) else None
    for heard in tape.calls:
        for end in {one[2] for one in written(heard.shown, stamped(tape.contract))}:
            option = {"Z": "letter", "+00:00": "number"}.get(end, "zone" if OFFSET.fullmatch(end) else None)
            value = end if option == "zone" else None
            option, value = ("zone", zone) if zone else (option, value)
            yield Sight("date-offset", option, (heard,), "date-times end in no known offset", value)


def sights(tape: Tape) -> Iterator[Sight]:
    owners: dict[tuple[str, str], set[tuple[str, ...]]] = {}
    for realm, scope, id in tape.records:
        owners.setdefault((realm, id), set()).add(scope)
    for heard in tape.calls:
        if heard.known and not heard.call.meaning.slash:
            yield from _action(tape, heard)
            yield from _delete(tape, heard)
            yield from _foreign(tape, heard, owners)
    yield from _references(tape)
    yield from _dates(tape)
