"""The table that answers well-formed calls gives what Connexion's stages give, to the byte."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from drawn_calls import Calls
from in_process import Client

from cancelkit.fixtures.world import generate_world
from cancelkit.mockserver import create_app
from cancelkit.mockserver.settings import Settings
from cancelkit.mockserver.state import making
from cancelkit.spec import load

CONTRACTS = (None, Path(__file__).parents[2] / "examples/contracts/reviews.yaml")
CALLS = 10_000
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def numbered(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Ids that are drawn are the same in both mocks: they follow from the number of the call."""
    number = [0]
    monkeypatch.setattr(making, "urandom", lambda size: number[0].to_bytes(size))
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
