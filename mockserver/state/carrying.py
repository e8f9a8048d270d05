"""The state of a mock carried over to another version of its contract.

Owns: which scopes, rows and records still fit, what is added to them and dropped from them, and what is left out.
Knows nothing of: files, sessions, HTTP.
Source: the resources of both contracts; fields that are new are filled in as those of a new record (making.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from cancelkit.fixtures.world import Record, Row, Scope, Table, World
from cancelkit.mockserver.api.values import told
from cancelkit.mockserver.problem import Problem
from cancelkit.mockserver.state.catalogue import Catalogue
from cancelkit.mockserver.state.editing import Editor
from cancelkit.mockserver.state.errors import Refused
from cancelkit.mockserver.state.fitting import fitted
from cancelkit.mockserver.state.searched import key_of
from cancelkit.mockserver.state.store import Store
from cancelkit.spec import Contract, Role, Schema
from cancelkit.spec.values.checking import compiled


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A record that does not fit: its id and the first field in the way (empty: the whole record), and why."""

    id: Any
    field: str
    why: str

    def __str__(self) -> str:
        return f"record {self.id}: {f'{self.field}: ' if self.field else ''}{self.why}"


@dataclass(frozen=True, slots=True)
class Carried:
    """world: what fits, in terms of the new contract. next: the number after the highest ever given."""

    world: World
    left: tuple[LeftOut, ...]
    next: int

    @property
    def any(self) -> bool:
        """Whether there is a state to go on with: a record fits, or there was none."""
        return bool(self.world.records) or not self.left

    def store(self, contract: Contract) -> Store:
        """A store that holds the world."""
        made = Store.of(contract, self.world)
        made.next_number = max(made.next_number, self.next)
        return made


class Carrier:
    """Carries stores of one contract over to another."""

    def __init__(self, contract: Contract, fresh: World, before: World) -> None:
        """
        Args:
            contract: the new one. fresh: the world that its mock would start with. before: that of the old contract;
                scopes that only `fresh` has are added to what is carried over.
        """
        resource = contract.resource
        self._contract, self._resource, self._fresh = contract, resource, fresh
        self._added = [scope for scope in fresh.scopes if scope not in before.scopes]
        self._editor = Editor(contract)
        self._fields = {**resource.fields, **{name: resource.detailed_fields[name] for name in resource.extras}}
        self._opened = {reference.opened for reference in resource.references.values() if reference.opened}
        self._plain = compiled(resource.schema, "response", resource.name)
        self._detailed = compiled(resource.detailed_schema, "response", resource.name)
        self._scope = [compiled(parameter.schema, "request", parameter.name) for parameter in resource.scope]
        create = contract.role(Role.CREATE)
        bodies = create.body.fields if create is not None and create.body else {}
        self._optional = {name for name in resource.references if name not in bodies or not bodies[name].required}
        self._rows: dict[str, tuple[Schema, Any]] = {}
        for reference in resource.references.values():
            if reference.opened or reference.opened_detailed:
                validator = compiled(reference.schema, "response", reference.table)
                self._rows[reference.table] = (reference.schema, validator)

    def carried(self, store: Store) -> Carried:
        """Return what of `store` fits. Nothing is written to it."""
        old = store.resource
        names = [parameter.name for parameter in old.scope]
        places = [names.index(p.name) for p in self._resource.scope if p.name in names]
        if old.name != self._resource.name or len(places) < len(self._resource.scope):
            why = f"the contract is about {self._resource.name} in other scopes now"
            return Carried(self._fresh, (LeftOut("*", "", why),), 1)
        cut = _Cut(places)
        scopes = [scope for scope in dict.fromkeys(map(cut, store.catalogue.ordered)) if self._valid(scope)]
        scopes += [scope for scope in self._added if scope not in scopes]
        tables = self._tables(store.catalogue, cut, frozenset(scopes))
        blank = Store(self._contract, Catalogue(scopes, tables))
        records, left = [], list[LeftOut]()
        for number, record in enumerate(store.records(), 1):
            id = record.base.get(store.layout.id_field) if store.layout.id_field else None
            try:
                records.append(self._record(blank, store, record, cut(record.scope), number, id))
            except Refused as refused:
                first = refused.problems[0]
                left.append(LeftOut(number if id is None else id, first.field, first.message))
        return Carried(World(tuple(scopes), tables, records, self._fresh.seed), tuple(left), store.next_number)

    def _record(self, blank: Store, store: Store, record: Record, scope: Scope, number: int, id: Any) -> Record:
        """The record as the new contract has it. Raises Refused."""
        there = {**record.base, **record.extras}
        keys = {name: key_of(reference, record.base) for name, reference in store.resource.references.items()}
        news = {name: key_of(reference, record.base) for name, reference in self._resource.references.items()}
        known = {**there, **{name: key for name, key in news.items() if key is not None}, **keys}
        given: dict[str, Any] = {name: known.get(name) for name in self._optional}
        for name in self._resource.references:
            if name in known:
                given[name] = known[name]
        for name, field in self._fields.items():
            if name in known and name not in given and name not in self._opened and not field.write_only:
                given[name] = fitted(field.schema, known[name], f"{name} {id}")
        count = id if isinstance(id, int) else number
        made = self._editor.made(blank, scope, given, datetime.now(UTC), number=count, id=id)
        for name, value in given.items():
            if name not in self._resource.references:
                (made.base if name in made.base else made.extras)[name] = value
        self._check(blank, made)
        return made

    def _check(self, blank: Store, record: Record) -> None:
        extras = orjson.dumps(record.extras) if record.extras else None
        detailed = orjson.loads(blank.opened(orjson.dumps(record.base), extras))
        for validator, value in ((self._plain, record.base), (self._detailed, detailed)):
            error = next(iter(validator.iter_errors(value)), None)
            if error is not None:
                path = [str(step) for step in error.instance_path]
                raise Refused(Problem(".".join(path) or str(getattr(error.kind, "property", "")), told(error)))

    def _valid(self, scope: Scope) -> bool:
        return all(validator.is_valid(value) for validator, value in zip(self._scope, scope, strict=True))

    def _tables(self, old: Catalogue, cut: _Cut, scopes: frozenset[Scope]) -> dict[str, Table]:
        """The tables of the new contract: old rows that fit, new ones where there were none, and added scopes."""
        made = {}
        for name, fresh in self._fresh.tables.items():
            before = old.tables.get(name, Table())
            rows = dict(self._fitting(name, before.rows, fresh.rows))
            named = {key: before.scopes.get(key) for key in rows}
            owners = {key: None if scope is None else cut(scope) for key, scope in named.items()}
            for key, row in fresh.rows.items():
                owner = fresh.scopes.get(key)
                if key not in rows and (not before.rows or owner in self._added):
                    rows[key], owners[key] = row, owner
            there = [key for key in rows if owners[key] is None or owners[key] in scopes]
            made[name] = Table({key: rows[key] for key in there}, {key: owners[key] for key in there})
        return made

    def _fitting(self, name: str, rows: Mapping[Any, Row], fresh: Mapping[Any, Row]) -> Iterator[tuple[Any, Row]]:
        schema, validator = self._rows.get(name, ({}, None))
        for key, row in rows.items():
            found = fitted(schema, row, f"{name} {key}")
            if validator is None or validator.is_valid(found):
                yield key, found
            elif key in fresh:
                yield key, fresh[key]


class _Cut:
    """Takes a scope's values to their places in the new contract's scope."""

    def __init__(self, places: list[int]) -> None:
        self._places = places

    def __call__(self, scope: Scope) -> Scope:
        return tuple(scope[place] for place in self._places)
