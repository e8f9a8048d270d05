"""The table that answers well-formed calls gives what Connexion's stages give, to the byte."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from in_process import Client

from cancelkit.fixtures.world import generate_world
from cancelkit.mockserver import create_app
from cancelkit.mockserver.settings import Settings
from cancelkit.mockserver.state import making
from cancelkit.mockserver.workbench import Workbench
from cancelkit.spec import Contract, Operation, load
from cancelkit.spec.values import Values

CONTRACTS = (None, Path(__file__).parents[2] / "examples/contracts/reviews.yaml")
CALLS = 10_000
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
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
        headers = [(b"host", b"mock.test")]
        key = KEYS[0] if random.random() < 0.9 else random.choice(KEYS)
        if key is not None:
            headers.append((self.header, key.format(self.prefix).strip().encode()))
        if body:
            headers += [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        if random.random() < 0.1:
            headers.append(random.choice(ODD_HEADERS))
        return method, target.encode("utf-8"), body, headers

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


@pytest.fixture
def numbered(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Ids that are drawn are the same in both mocks: they follow from the number of the call."""
    number = [0]
    monkeypatch.setattr(making, "uuid4", lambda: UUID(int=number[0]))
    return number


@pytest.mark.parametrize("file", CONTRACTS, ids=["shipped", "reviews"])
def test_both_ways_answer_the_same_bytes(file: Path | None, numbered: list[int]) -> None:
    contract = load(file) if file else load()
    world, settings = generate_world(contract), Settings(tokens=("demo",))
    quick, slow = (create_app(settings, world, contract) for _ in range(2))
    assert quick._express is not None
    slow._express = None
    calls = Calls(contract, quick, Random(f"express {file and file.name}"))
    taken = [0]
    found = quick._express.find

    def counted(*given: Any) -> Any:
        result = found(*given)
        taken[0] += result is not None
        return result

    quick._express.find = counted  # type: ignore[method-assign]

    async def compare() -> None:
        for number in range(CALLS):
            numbered[0] = number
            if number % 200 == 0:
                for app in (quick, slow):
                    app.sessions.start = NOW
                    app.sessions.default.reset()
            method, target, body, headers = calls.draw()
            ours = await Client(quick).exchange(method, target, [body], headers)
            theirs = await Client(slow).exchange(method, target, [body], headers)
            assert ours == theirs, (method, target, body, headers)

    asyncio.run(compare())
    assert CALLS * 0.5 < taken[0] < CALLS * 0.95
    journals = [
        [entry._replace(at=0.0, seconds=0.0) for entry in app.sessions.default.journal] for app in (quick, slow)
    ]
    assert journals[0] == journals[1]
    reports = [app.sessions.default.coverage.report(contract) for app in (quick, slow)]
    assert reports[0] == reports[1]


def test_a_failure_behind_the_table_is_the_same_500(monkeypatch: pytest.MonkeyPatch) -> None:
    contract = load()
    world = generate_world(contract)
    answers = []
    for express in (True, False):
        app = create_app(Settings(), world, contract)
        if not express:
            app._express = None
        path = next(o.path for o in contract.operations.values() if o.method == "GET" and o.filters)
        store = app.sessions.default.reading()
        monkeypatch.setattr(store, "page", None)
        scope = dict(zip([p.name for p in contract.resource.scope], store.catalogue.ordered[0], strict=True))
        answers.append(Client(app).call("GET", path.format(**scope)))
    assert answers[0].status == 500
    assert (answers[0].status, answers[0].json) == (answers[1].status, answers[1].json)
    assert answers[0].headers == answers[1].headers
