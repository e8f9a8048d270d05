"""The soak: its customers know what is right, and its memory line knows what is flat.

Knows nothing of: how fast or how long anything is; no test here depends on time.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from click.testing import CliRunner

from benchmarks.soak import main
from benchmarks.soaking.account import Account, Start
from benchmarks.soaking.customer import LIST, Customer
from benchmarks.soaking.memory import Memory
from cancelkit.fixtures.world import generate_world
from cancelkit.mockserver.local import LocalMock
from cancelkit.mockserver.mutants import Mutant, mutants
from cancelkit.spec import load


async def _shop(wrong: Sequence[Mutant] = ()) -> tuple[list[str], set[str]]:
    """Let three customers take turns at one mock. Returns what was wrong, and which kinds of steps were taken."""
    with LocalMock(world=generate_world(size=20), mutants=wrong) as mock:
        headers = {"Authorization": "Token soak"}
        async with httpx.AsyncClient(transport=mock.transport, base_url=mock.url, headers=headers) as client:
            rows = (await client.get(LIST, params={"limit": 1000})).json()["results"]
            start = Start({row["id"]: row for row in rows})
            customers = [Customer(client, load(), start, seed, stays=False) for seed in range(3)]
            for _ in range(300):
                await asyncio.gather(*(customer.step() for customer in customers))
            for customer in customers:
                await customer.finish()
    return [line for c in customers for line in c.wrong], {name for c in customers for name in c.done}


def test_customers_of_a_right_mock_find_nothing_wrong() -> None:
    """Every kind of step is taken, and each answer is what the customer's own account says."""
    wrong, taken = asyncio.run(_shop())

    assert wrong == []
    assert taken == set(Customer.WEIGHTS)


@pytest.mark.parametrize(
    "name",
    [
        "delete-does-nothing",
        "delete-id-reused",
        "reject-not-kept",
        "reject-always",
        "paging-count-of-page",
        "put-keeps-default",
        "create-ignores-description",
        "error-body-500",
        "filter-status-ignored",
    ],
)
def test_customers_of_a_mock_that_loses_something_notice(name: str) -> None:
    """A fault that is built in shows, so that a soak without findings means something."""
    wrong, _ = asyncio.run(_shop([mutants(load())[name]]))

    assert wrong


def test_customers_who_see_each_other_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three in one session find what is none of theirs."""
    monkeypatch.setattr("benchmarks.soaking.customer.uuid4", lambda: UUID(int=1))
    wrong, _ = asyncio.run(_shop())

    assert wrong


def _memory(megabytes: Sequence[float]) -> Memory:
    memory = Memory()
    for second, value in enumerate(megabytes):
        memory.note(float(second), value)
    return memory


def test_memory_that_settles_is_flat() -> None:
    """The first half, when caches fill, does not count; nor does a little noise."""
    settled = _memory([70 + second for second in range(50)] + [120 + second % 3 for second in range(50)])

    assert settled.flat()
    assert abs(settled.growth()) < 1
    assert (settled.at(0), settled.at(1)) == (70, 121)


def test_memory_that_grows_to_the_end_is_not_flat() -> None:
    """A leak of a tenth of the whole over the second half is one."""
    leaking = _memory([100 + second / 5 for second in range(100)])

    assert not leaking.flat()
    assert leaking.growth() == pytest.approx(9.8, abs=0.2)


def test_an_account_is_what_a_plain_dict_is() -> None:
    """Whatever is changed, made and removed in it, and in a copy."""
    chance, states = random.Random(1), ["waiting", "approved"]
    plain = {id: {"id": id, "status": chance.choice(states)} for id in range(1, 30)}
    account = Account(Start(dict(plain)))
    for step in range(300):
        id = account.any(chance)
        if id is None or chance.random() < 0.3:
            account[100 + step] = plain[100 + step] = {"id": 100 + step, "status": chance.choice(states)}
        elif chance.random() < 0.6:
            del account[id], plain[id]
        else:
            account[id] = plain[id] = {"id": id, "status": chance.choice(states), "step": step}
        account = account.copy()
        found = [one for _, one in sorted(plain.items()) if one["status"] == "waiting"]

        assert account.ids() == sorted(plain)
        assert account.newest == max(plain, default=0)
        assert account.with_status("waiting", 3) == (len(found), found[:3])


@pytest.mark.skipif(os.name == "nt", reason="a kill is POSIX's")
def test_a_soak_with_state_kills_the_mock_and_finds_it_as_it_was(tmp_path: Path) -> None:
    """More records than a page has, too."""
    options = ["--seconds", "4", "--sessions", "5", "--size", "4000", "--state", "--output", str(tmp_path)]
    done = CliRunner().invoke(main, options)

    assert done.exit_code == 0, done.output
    told = json.loads((tmp_path / "soak.json").read_text(encoding="utf-8"))
    assert (told["wrong"], told["wrong_after_kill"]) == ([], 0)


def test_a_short_soak_from_start_to_end(tmp_path: Path) -> None:
    """The command serves, soaks, finds nothing wrong, and writes its figures and a picture."""
    done = CliRunner().invoke(main, ["--seconds", "4", "--sessions", "20", "--output", str(tmp_path)])

    assert done.exit_code == 0, done.output
    told = json.loads((tmp_path / "soak.json").read_text(encoding="utf-8"))
    assert told["wrong"] == []
    assert told["calls"] > 20
    assert told["memory_mb"]["end"] > 10
    assert (tmp_path / "soak.png").read_bytes().startswith(b"\x89PNG")
