"""What earlier exchanges prove about later ones.

Owns: the few things that hold whoever else talks to the server: what is deleted stays away, identities stand, ids and
    uuids are given once, a request has one channel, final statuses stay.
Knows nothing of: single answers. An answer counts as later only if its request began after the other had ended.
Source: behaviours delete-gone, identity-stands, ids-unique, channel-isolation and x-transitions of spec/openapi.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from cancelkit.spec import Contract
from cancelkit.traffic.codes import CODES
from cancelkit.traffic.exchange import Finding
from cancelkit.traffic.meaning import instant
from cancelkit.traffic.reading import Call

REMEMBERED: Final = 100_000
IDENTITY: Final = ("uuid", "created_date")
Key = tuple[str, str, int]


@dataclass(slots=True)
class _Known:
    """Of one record: its identity as first seen, when it was first seen, deleted, and in a final status."""

    seen: float
    identity: dict[str, str]
    gone: float | None = None
    final: tuple[float, str] | None = None


class History:
    """One server's past, of the last REMEMBERED records. Not thread-safe."""

    def __init__(self, spec: Contract) -> None:
        self._spec = spec
        self._known: dict[Key, _Known] = {}
        self._owners: dict[tuple[str, str], tuple[str, int]] = {}

    def __call__(self, call: Call) -> Iterator[Finding]:
        """Compare an exchange with what is known, and learn from it."""
        operation, exchange = call.operation, call.exchange
        realm, channel = exchange.realm, call.meaning.values.get("channel_id", "")
        if operation is None or not exchange.ok or exchange.cached or exchange.method == "HEAD":
            return
        if operation.method == "DELETE":
            id = call.meaning.values.get("id", "")
            if id.isascii() and id.isdigit() and len(id) < 20:
                yield from self._deleted((realm, channel, int(id)), call)
            return
        created = operation.success.status == 201
        for row in _rows(call.answered):
            yield from self._row((realm, channel, row["id"]), row, call, created)
            yield from self._owned((realm, channel, row["id"]), row.get("uuid"))

    def forget(self, realm: str | None = None) -> None:
        """Forget all, or one realm's records: the server was reset."""
        self._known = {} if realm is None else {k: v for k, v in self._known.items() if k[0] != realm}
        self._owners = {} if realm is None else {k: v for k, v in self._owners.items() if k[0] != realm}

    def _finding(self, code: str, message: str, place: str) -> Finding:
        return Finding("server", code, message, place, CODES[code].level(self._spec))

    def _deleted(self, key: Key, call: Call) -> Iterator[Finding]:
        known = self._known.get(key)
        if known is not None and known.gone is not None and call.exchange.started > known.gone:
            text = f"{key[2]} was deleted before, and could be deleted again"
            yield self._finding("came-back", text, "response.status")
        if known is None:
            known = _Known(call.exchange.ended, {})
            self._remember(key, known)
        known.gone = call.exchange.ended

    def _owned(self, key: Key, uuid: Any) -> Iterator[Finding]:
        """A uuid belongs to one request of one channel."""
        if not isinstance(uuid, str):
            return
        realm, channel, id = key
        first_channel, first = self._owners.setdefault((realm, uuid.lower()), (channel, id))
        if first != id:
            yield self._finding("uuid-shared", f"{uuid} is the uuid of {first} and of {id}", "response.uuid")
        elif first_channel != channel:
            text = f"{id} was answered in channel {first_channel} and in channel {channel}"
            yield self._finding("wrong-channel", text, "response.id")
        if len(self._owners) > REMEMBERED:
            del self._owners[next(iter(self._owners))]

    def _row(self, key: Key, row: dict[str, Any], call: Call, created: bool) -> Iterator[Finding]:
        begun, ended, id = call.exchange.started, call.exchange.ended, key[2]
        status, known = row.get("status"), self._known.get(key)
        final = (ended, str(status)) if status in self._spec.transitions.final else None
        if known is None:
            identity = {name: row[name] for name in IDENTITY if isinstance(row.get(name), str)}
            self._remember(key, _Known(ended, identity, final=final))
            return
        if created and begun > known.seen:
            yield self._finding("id-reused", f"{id} was already given to another request", "response.id")
            known.identity, known.gone, known.final = {}, None, final
        elif known.gone is not None and begun > known.gone:
            yield self._finding("came-back", f"{id} was deleted before", "response.id")
        elif known.final and begun > known.final[0] and isinstance(status, str) and status != known.final[1]:
            text = f"{id} was {known.final[1]}, which is final, and is {status} now"
            yield self._finding("left-final", text, "response.status")
            known.final = None
        for name in IDENTITY:
            value = row.get(name)
            if isinstance(value, str) and not _same(known.identity.setdefault(name, value), value):
                text = f"{name} of {id} was {known.identity[name]} and is {value} now"
                yield self._finding("identity-changed", text, f"response.{name}")
        known.final = known.final or final

    def _remember(self, key: Key, known: _Known) -> None:
        self._known[key] = known
        if len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]


def _rows(answer: Any) -> Iterator[dict[str, Any]]:
    found = answer.get("results") if isinstance(answer, dict) and "results" in answer else [answer]
    for row in found if isinstance(found, list) else ():
        if isinstance(row, dict) and type(row.get("id")) is int:
            yield row


def _same(one: str, other: str) -> bool:
    if one.lower() == other.lower():
        return True
    try:
        return instant(one) == instant(other)
    except ValueError:
        return False
