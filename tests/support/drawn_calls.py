"""Calls of any contract, drawn at random: most well-formed, some odd in one way or another.

Owns: Calls.
Knows nothing of: what should be answered.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any
from urllib.parse import urlencode

from cancelkit.fixtures.world import World, detailed
from cancelkit.mockserver.workbench import Workbench
from cancelkit.spec import Contract, Operation
from cancelkit.spec.values import Values

KEYS = ("{} demo", "demo", "{}", "Other demo", "{} other", "", None)
ODD_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"origin", b"http://shop.test"),
    (b"prefer", b"code=404"),
    (b"authorization", b"Token twice"),
    (b"content-type", b"text/plain"),
    (b"content-type", b"application/json; charset=utf-8"),
    (b"host", b"other.test:99"),
    (b"expect", b"100-continue"),
)


class Calls:
    """Draws calls of a contract: most well-formed, some odd in one way or another."""

    def __init__(self, contract: Contract, app: Workbench, random: Random) -> None:
        self.contract, self.random = contract, random
        store = app.sessions.default.reading()
        self.world = World(tuple(store.catalogue.ordered), store.catalogue.tables, list(store.records()))
        self.scopes = [*store.catalogue.ordered, tuple(999 for _ in contract.resource.scope)]
        self.records = list(store.records())
        self.operations = list(contract.operations.values())
        assert contract.api_key is not None
        self.header, self.prefix = contract.api_key.header.lower().encode(), contract.api_key.prefix or ""
        self.bodies = {
            o.id: {n: Values(f.schema, place=n) for n, f in o.body.fields.items()} for o in self.operations if o.body
        }

    def draw(self) -> tuple[str, bytes, bytes, list[tuple[bytes, bytes]]]:
        """Method, target, body, headers."""
        random, operation = self.random, self.random.choice(self.operations)
        method = operation.method if random.random() < 0.95 else random.choice(["PUT", "HEAD", "OPTIONS", "TRACE"])
        target = self._path(operation)
        if random.random() < 0.6 and (query := self._query(operation)):
            target += f"?{query}"
        body = self._body(operation) if operation.body and random.random() < 0.95 else b""
        headers = self.headers(KEYS[0] if random.random() < 0.9 else random.choice(KEYS))
        if body:
            headers += [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        if random.random() < 0.1:
            headers.append(random.choice(ODD_HEADERS))
        return method, target.encode("utf-8"), body, headers

    def headers(self, key: str | None = KEYS[0]) -> list[tuple[bytes, bytes]]:
        """Of a call with this key."""
        named = [] if key is None else [(self.header, key.format(self.prefix).strip().encode())]
        return [(b"host", b"mock.test"), *named]

    def search(self) -> bytes:
        """The target of a list whose filters one record fits, on some page, in some order; odd in no way."""
        random, record = self.random, self.random.choice(self.records)
        operation = random.choice([o for o in self.operations if o.filters])
        scope = dict(zip([p.name for p in self.contract.resource.scope], record.scope, strict=True))
        whole = detailed(self.contract, self.world, record)
        pairs = {"limit": random.choice(["1", "7", "50"]), "page": random.choice(["1", "1", "2", "9"])}
        for name in random.sample(sorted(operation.filters), min(random.randint(0, 3), len(operation.filters))):
            rule, value = operation.filters[name], whole
            for key in rule.path:
                value = value.get(key) if isinstance(value, dict) else None
            if value is not None:
                pairs[name] = str(value)[:10] if rule.transform else str(value)
        if operation.ordering is not None:
            pairs[operation.ordering.name] = random.choice(operation.ordering.schema["enum"])
        return f"{operation.path.format(**scope)}?{urlencode(pairs)}".encode()

    def _path(self, operation: Operation) -> str:
        random, record = self.random, self.random.choice(self.records)
        scope = record.scope if random.random() < 0.9 else random.choice(self.scopes)
        values = dict(zip([p.name for p in self.contract.resource.scope], scope, strict=True))
        identity = self.contract.resource.identity
        if identity is not None:
            values[identity.name] = record.base[self.contract.resource.id_field]
            if random.random() < 0.1:
                values[identity.name] = random.choice(["0", "-1", "007", "99999", "x", "é", "1" * 30])
        path = operation.path.format(**values)
        if random.random() < 0.05:
            path = random.choice([path.rstrip("/"), f"{path}/", f"/x{path}", path.upper(), f"/s/other{path}"])
        return path

    def _query(self, operation: Operation) -> str:
        pairs = []
        for parameter in self.random.sample(operation.parameters, min(3, len(operation.parameters))):
            if parameter.location == "query":
                values = Values(parameter.schema, place=parameter.name)
                value = values.draw(self.random) if self.random.random() < 0.9 else "?"
                text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
                pairs.append(f"{parameter.name}={text}".replace("&", "%26").replace("#", "%23").replace(" ", "+"))
        return "&".join([*pairs, "token=hidden-word"] if self.random.random() < 0.1 else pairs)

    def _body(self, operation: Operation) -> bytes:
        random, record = self.random, self.random.choice(self.records)
        body: dict[str, Any] = {}
        for name, values in self.bodies[operation.id].items():
            if random.random() < 0.8:
                body[name] = record.base[name] if name in record.base and random.random() < 0.8 else values.draw(random)
        if random.random() < 0.05:
            return random.choice([b"{", b"[]", b"null", b'{"x": "\xff"}', json.dumps(body).encode()[:-1]])
        return json.dumps(body).encode()
