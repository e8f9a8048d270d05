"""What earlier exchanges prove about later ones.

Owns: the few things that hold whoever else talks to the server: what is deleted stays away, identities stand, ids are
    given once, final statuses stay.
Knows nothing of: single answers. An answer counts as later only if its request began after the other had ended.
Source: the behaviours delete-gone, identity-stands, ids-unique and x-transitions of spec/openapi.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from spec.model import Spec
from spec.traffic.codes import CODES
from spec.traffic.exchange import Finding
from spec.traffic.meaning import instant
from spec.traffic.reading import Call

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

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._known: dict[Key, _Known] = {}

    def __call__(self, call: Call) -> Iterator[Finding]:
        """Compare an exchange with what is known, and learn from it."""
        operation, exchange = call.operation, call.exchange
        realm, channel = exchange.realm, call.meaning.values.get("channel_id", "")
        if operation is None or not exchange.ok or exchange.cached or exchange.method == "HEAD":
            return
        if operation.method == "DELETE":
            id = call.meaning.values.get("id", "")
            if id.isascii() and id.isdigit() and len(id) < 20:
                key = (realm, channel, int(id))
                if key not in self._known:
                    self._remember(key, _Known(exchange.ended, {}))
                self._known[key].gone = exchange.ended
            return
        created = operation.success.status == 201
        for row in _rows(call.answered):
            yield from self._row((realm, channel, row["id"]), row, call, created)

    def forget(self, realm: str | None = None) -> None:
        """Forget all, or one realm's records: the server was reset."""
        self._known = {} if realm is None else {k: v for k, v in self._known.items() if k[0] != realm}

    def _finding(self, code: str, message: str, place: str) -> Finding:
        return Finding("server", code, message, place, CODES[code].level(self._spec))

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
