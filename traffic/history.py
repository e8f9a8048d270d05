"""What earlier exchanges prove about later ones.

Owns: the few things that hold whoever else talks to the server: what is deleted stays away, identities stand, ids and
    uuids are given once, a record has one scope, final states stay. An answer counts as later only if its request began
    after the other had ended.
Source: behaviours delete-gone, identity-stands, ids-unique, channel-isolation and x-transitions of the contract.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from cancelkit.spec import Contract, Role
from cancelkit.spec.representations import RESULTS
from cancelkit.traffic.codes import CODES
from cancelkit.traffic.comparing import identifier, instant
from cancelkit.traffic.exchange import Finding
from cancelkit.traffic.reading import Call

REMEMBERED: Final = 100_000
Scope = tuple[str, ...]
Key = tuple[str, Scope, str]
"""Realm, scope and id, as texts."""


@dataclass(slots=True)
class _Known:
    """Of one record: its identity as first seen, when it was first seen, deleted, and in a final state."""

    seen: float
    identity: dict[str, str]
    gone: float | None = None
    final: tuple[float, Any] | None = None


class History:
    """One server's past, of the last REMEMBERED records. Not thread-safe."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        resource = contract.resource
        self._id, self._state = resource.id_field, resource.state
        self._named = resource.identity.name if resource.identity else ""
        self._scope = tuple(parameter.name for parameter in resource.scope)
        self._final = resource.transitions.final if resource.transitions else frozenset[Any]()
        self._unique = unique_fields(contract)
        self._identity = tuple(dict.fromkeys((*self._unique, *resource.set_on("create"))))
        self._known: dict[Key, _Known] = {}
        self._owners: dict[tuple[str, str, str], tuple[Scope, str]] = {}

    def __call__(self, call: Call) -> Iterator[Finding]:
        """Compare an exchange with what is known, and learn from it."""
        operation, exchange = call.operation, call.exchange
        realm = exchange.realm
        if operation is None or realm is None or not exchange.ok or not exchange.answered or exchange.method == "HEAD":
            return
        scope = tuple(call.meaning.values.get(name, "") for name in self._scope)
        if operation.role is Role.DESTROY:
            if id := identifier(call.meaning.values.get(self._named)):
                yield from self._deleted((realm, scope, id), call)
            return
        for id, row in self._rows(call.answered):
            yield from self._row((realm, scope, id), row, call, operation.role is Role.CREATE)
            for name in self._unique:
                yield from self._owned((realm, scope, id), name, row.get(name))

    def forget(self, realm: str | None = None) -> None:
        """Forget all, or one realm's records: the server was reset."""
        self._known = {} if realm is None else {k: v for k, v in self._known.items() if k[0] != realm}
        self._owners = {} if realm is None else {k: v for k, v in self._owners.items() if k[0] != realm}

    def _finding(self, code: str, message: str, place: str) -> Finding:
        return Finding("server", code, message, place, CODES[code].level(self._contract))

    def _rows(self, answer: Any) -> Iterator[tuple[str, dict[str, Any]]]:
        found = answer.get(RESULTS) if isinstance(answer, dict) and RESULTS in answer else [answer]
        for row in found if isinstance(found, list) else ():
            if isinstance(row, dict) and (id := identifier(row.get(self._id))):
                yield id, row

    def _deleted(self, key: Key, call: Call) -> Iterator[Finding]:
        known = self._known.get(key)
        if known is not None and known.gone is not None and call.exchange.started > known.gone:
            text = f"{key[2]} was deleted before, and could be deleted again"
            yield self._finding("came-back", text, "response.status")
        if known is None:
            known = _Known(call.exchange.ended, {})
            self._remember(key, known)
        known.gone = call.exchange.ended

    def _owned(self, key: Key, name: str, value: Any) -> Iterator[Finding]:
        """A unique value belongs to one record of one scope."""
        if not isinstance(value, str):
            return
        realm, scope, id = key
        first_scope, first = self._owners.setdefault((realm, name, value.lower()), (scope, id))
        if first != id:
            yield self._finding("uuid-shared", f"{value} is the {name} of {first} and of {id}", f"response.{name}")
        elif first_scope != scope:
            text = f"{id} was answered in {self._placed(first_scope)} and in {self._placed(scope)}"
            yield self._finding("wrong-channel", text, f"response.{self._id}")
        if len(self._owners) > REMEMBERED:
            del self._owners[next(iter(self._owners))]

    def _placed(self, scope: Scope) -> str:
        return ", ".join(f"{name} {value}" for name, value in zip(self._scope, scope, strict=True))

    def _row(self, key: Key, row: dict[str, Any], call: Call, created: bool) -> Iterator[Finding]:
        begun, ended, id = call.exchange.started, call.exchange.ended, key[2]
        state, known = row.get(self._state) if self._state else None, self._known.get(key)
        state = None if isinstance(state, dict | list) else state
        final = (ended, state) if state is not None and state in self._final else None
        if known is None:
            identity = {name: row[name] for name in self._identity if isinstance(row.get(name), str)}
            self._remember(key, _Known(ended, identity, final=final))
            return
        if created and begun > known.seen:
            yield self._finding("id-reused", f"{id} was already given to another record", f"response.{self._id}")
            known.identity, known.gone, known.final = {}, None, final
        elif known.gone is not None and begun > known.gone:
            yield self._finding("came-back", f"{id} was deleted before", f"response.{self._id}")
        elif known.final and begun > known.final[0] and state not in (None, known.final[1]):
            text = f"{id} was {known.final[1]}, which is final, and is {state} now"
            yield self._finding("left-final", text, f"response.{self._state}")
            known.final = None
        for name in self._identity:
            value = row.get(name)
            if isinstance(value, str) and not _same(known.identity.setdefault(name, value), value):
                text = f"{name} of {id} was {known.identity[name]} and is {value} now"
                yield self._finding("identity-changed", text, f"response.{name}")
        known.final = known.final or final

    def _remember(self, key: Key, known: _Known) -> None:
        self._known[key] = known
        if len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]


def unique_fields(contract: Contract) -> tuple[str, ...]:
    """The fields besides the id that identify a record: uuids that no body sets."""
    bodies = [operation.body.fields for operation in contract.operations.values() if operation.body]
    resource = contract.resource
    return tuple(
        name
        for name, field in resource.fields.items()
        if name != resource.id_field
        and field.schema.get("format") == "uuid"
        and not any(name in body and not body[name].read_only for body in bodies)
    )


def _same(one: str, other: str) -> bool:
    if one.lower() == other.lower():
        return True
    try:
        return instant(one) == instant(other)
    except ValueError:
        return False
