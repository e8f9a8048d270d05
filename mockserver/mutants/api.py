"""The right API as a mutant's layer calls it, beside the client's own call.

Owns: calls by role in the scope of a client's call; records that a layer shows otherwise than they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import orjson

from cancelkit.mockserver.mutants.exchange import Around, Exchange, json_of, with_json
from cancelkit.mockserver.mutants.maker import LISTS, Record
from cancelkit.mockserver.mutants.mutant import given
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract, Operation, Role
from cancelkit.spec.media import JSON


class Api:
    """Calls of the right API, with the client's own key."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        resource = contract.resource
        self.identity = resource.identity.name if resource.identity else ""
        self.id_field = resource.id_field
        self.scope_names = tuple(parameter.name for parameter in resource.scope)

    def scope(self, exchange: Exchange) -> tuple[str, ...]:
        """The scope of a call, as text."""
        return tuple(exchange.values[name] for name in self.scope_names)

    def id(self, exchange: Exchange) -> str:
        """The record's id, as text; empty where the call names no record."""
        return exchange.values.get(self.identity, "")

    def path(
        self, exchange: Exchange, operation: Operation, id: Any = None, scope: tuple[str, ...] | None = None
    ) -> str:
        """The path of an operation in the scope of a call, or in another one."""
        names = dict(zip(self.scope_names, self.scope(exchange) if scope is None else scope, strict=True))
        return self.contract.resource.url(operation.path, names, id)

    async def call(self, exchange: Exchange, role: Role, id: Any = None, body: Any = None) -> Reply:
        """What the right API answers to a call of this role in the same scope."""
        operation = given(self.contract.role(role))
        content = b"" if body is None else orjson.dumps(body)
        kept = [(k, v) for k, v in exchange.scope["headers"] if k not in (b"content-type", b"content-length")]
        kind = operation.body.media_types[0] if operation.body else JSON
        headers = [*kept, (b"content-type", kind.encode()), (b"content-length", str(len(content)).encode())]
        path = self.path(exchange, operation, id)
        other = exchange.at(path).changed(method=operation.method, headers=headers, query_string=b"")
        return await other.with_body(content).reply()

    async def record(self, exchange: Exchange, id: Any = None) -> Record | None:
        """The record of a call as it is now, or another one; None where there is none."""
        found = await self.call(exchange, Role.RETRIEVE, self.id(exchange) if id is None else id)
        value: Record | None = json_of(found) if found.status == 200 else None
        return value


Note = Callable[[Exchange, Reply, Record | None, dict[str, Record]], None]
Shown = dict[str, Record]
"""Fields that are shown otherwise, by the record's id as text."""


def showing(api: Api, note: Note, *, later: bool = False) -> Callable[[], Around]:
    """Show records otherwise than they are.

    note: sees each write that succeeded with the record as it was before, and says in `shown` what is to be shown.
    later: the response of that write is still the right one.
    """

    def make() -> Around:
        shown: defaultdict[str, Record] = defaultdict(dict)

        def covered(value: Any) -> Any:
            if isinstance(value, dict) and api.id_field in value:
                cover = shown.get(str(value[api.id_field]), {})
                return {**value, **{name: one for name, one in cover.items() if name in value}}
            return value

        async def one(exchange: Exchange) -> Reply:
            operation = exchange.called
            writes = operation.method not in ("GET", "HEAD")
            before = None
            if writes and operation.role is not Role.CREATE and api.contract.role(Role.RETRIEVE):
                before = covered(await api.record(exchange))
            reply = await exchange.reply()
            value = json_of(reply)
            if not 200 <= reply.status < 300 or value is None:
                return reply
            if operation.role in LISTS:
                return with_json(reply, {**value, "results": [covered(row) for row in value["results"]]})
            now = covered(value)
            if writes:
                note(exchange, reply, before, shown)
            return with_json(reply, now if later else covered(value))

        return one

    return make
