"""The records of one session: the only place where they change.

Owns: records, their ids, which state may follow which, and what a change must keep. The methods after "Steps" are
    what a mutant may override.
Knows nothing of: searching (lookup.py), HTTP, Connexion, JSON bodies' validity (bodies.py), sessions; how rows are
    kept (rows.py).
Source: the contract's resource: x-set-on, x-transitions, x-reference, x-action.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from cancelkit.fixtures.world import Record, Scope, World
from cancelkit.mockserver.problem import Problem
from cancelkit.mockserver.state.block import Blocked
from cancelkit.mockserver.state.catalogue import Catalogue
from cancelkit.mockserver.state.errors import Refused
from cancelkit.mockserver.state.layout import DOC, loaded
from cancelkit.mockserver.state.lookup import Lookup, Now
from cancelkit.mockserver.state.rows import Document, Found
from cancelkit.spec import Action, Contract, Field
from cancelkit.spec.values import NoValue

Base = dict[str, Any]
_TICK = timedelta(microseconds=1)


class Store(Lookup):
    """Records by scope and id; changes are made here alone."""

    @classmethod
    def of(cls, contract: Contract, world: World, now: Now = lambda: datetime.now(UTC)) -> Store:
        """A store that holds the records of `world`."""
        store = cls(contract, Catalogue(world.scopes, world.tables), now)
        store.load(world.records)
        return store

    def load(self, records: Iterable[Record]) -> None:
        """Replace all records by `records`; numbers go on after the highest ever given."""
        if isinstance(records, Blocked):
            self.rows.start(records.block(self.layout))
            return
        numbered, first = self.layout.numbered and bool(self.layout.id_field), self.next_number
        self.rows.replace(
            self.layout.row(
                (number := record.base[self.layout.id_field] if numbered else first + index),
                record.scope,
                self.maker.whole(record.base, number),
                record.extras,
            )
            for index, record in enumerate(records)
        )

    def new_id(self, number: int | None = None) -> Any:
        """An id that no record has; for the next record, or the one with this number."""
        return self.maker.new_id(self.next_number if number is None else number, self.rows.taken)

    def create(self, scope: Scope, body: Mapping[str, Any], fields: Mapping[str, Field]) -> Document:
        """Add a record made of `body` (checked already) and return it as JSON.

        Raises:
            Refused: a reference is not one of the scope's, or the id that was sent is taken.
        """
        self.check_references(scope, body, fields)
        number, name = self.next_number, self.layout.id_field
        if name and name in body:
            id = body[name]
            number = id if self.layout.numbered and isinstance(id, int) else number
            if self.rows.taken(id):
                raise Refused(Problem(name, "This field must be unique.", "unique"))
        else:
            id = self._drawn_id(number)
        base, extras = self.complete(body, id, number)
        return self._keep(number, scope, base, extras)

    def update(self, scope: Scope, id: Any, changes: Mapping[str, Any], fields: Mapping[str, Field]) -> Document:
        """Change the fields of `changes` (checked already) and return the record as JSON.

        Raises:
            Missing: the scope has no such record.
            Refused: a reference or a state is not allowed; nothing has changed then.
        """
        found = self.found(scope, id)
        record: Base = orjson.loads(found.doc)
        self.check_references(scope, changes, fields)
        if (state := self.resource.state) is not None and state in changes:
            self.check_transition(record.get(state), changes[state])
        if not changes:
            return found.doc
        base, extras = self.maker.changes(changes)
        return self.write(scope, found, {**record, **base}, {**loaded(found.extras), **extras})

    def touch(self, scope: Scope, id: Any) -> Document:
        """Count a write that changes no field as a change. Raises Missing."""
        found = self.found(scope, id)
        return self.write(scope, found, orjson.loads(found.doc), loaded(found.extras))

    def act(self, scope: Scope, id: Any, action: Action, changes: Mapping[str, Any] | None = None) -> Document:
        """Set what an action of the contract sets, and return the record as JSON.

        Args:
            changes: further fields, where the action takes a body.
        Raises:
            Missing: the scope has no such record.
            Refused: the action is refused in the record's state.
        """
        found = self.found(scope, id)
        record, extras = orjson.loads(found.doc), loaded(found.extras)
        self.check_action(action, {**record, **extras})
        base, more = self.maker.changes(changes or {})
        into = more if action.field not in self.maker.plain else base
        into[action.field] = action.value
        return self.write(scope, found, {**record, **base}, {**extras, **more})

    def delete(self, scope: Scope, id: Any) -> None:
        """Remove the record; its id is not used again. Raises Missing."""
        self.rows.remove(self.found(scope, id).number)

    def put(self, record: Record) -> Document:
        """Write a whole record as it stands, beyond the API's rules: for scenarios and direct edits."""
        id = record.base.get(self.layout.id_field)
        there = self.rows.one(record.scope, id) if id is not None else None
        number = self.next_number
        if there is not None:
            number = there.number
        elif self.layout.numbered and isinstance(id, int):
            number = id
        return self._keep(number, record.scope, self.maker.whole(record.base, number), record.extras)

    # Steps

    def complete(self, body: Mapping[str, Any], id: Any, number: int) -> tuple[Base, Base]:
        """A new record, and its fields that only detailed answers have."""
        return self.maker.complete(body, id, number, _text(self.now()))

    def write(self, scope: Scope, found: Found, base: Base, extras: Base) -> Document:
        """Write a changed record, with the time of its change, which always moves forward."""
        for name in self.maker.changed:
            before = _moment(base.get(name))
            base[name] = _text(max(self.now(), before + _TICK) if before else self.now())
        return self._keep(found.number, scope, base, extras)

    def check_references(self, scope: Scope, body: Mapping[str, Any], fields: Mapping[str, Field]) -> None:
        """Raises Refused where the body names a row that the scope does not have."""
        problems = [
            Problem(name, f'Invalid pk "{body[name]}" - object does not exist.', "does_not_exist")
            for name, field in fields.items()
            if field.reference
            and body.get(name) is not None
            and not self.catalogue.has(field.reference, scope, body[name])
        ]
        if problems:
            raise Refused(*problems)

    def check_transition(self, old: Any, new: Any) -> None:
        """Raises Refused where an update may not move a record from one state to the other."""
        moves = self.resource.transitions
        if moves is not None and not moves.permits(old, new):
            words = f"A record that is {old} can't become {new}."
            raise Refused(Problem(moves.field, words, "invalid_transition"))

    def check_action(self, action: Action, record: Mapping[str, Any]) -> None:
        """Raises Refused where the action is refused for what the record holds."""
        if (old := record.get(action.field)) in action.refused:
            raise Refused(Problem("", f"This action is not allowed for a record that is {old}.", "not_allowed"))

    def _keep(self, number: int, scope: Scope, base: Base, extras: Base) -> Document:
        row = self.layout.row(number, scope, base, extras)
        self.rows.put(row)
        doc: Document = row[DOC]
        return doc

    def _drawn_id(self, number: int) -> Any:
        try:
            return self.new_id(number)
        except NoValue as error:
            raise Refused(Problem("", str(error), "no_more_ids")) from error


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
