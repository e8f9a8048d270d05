"""The other side of a comparison: a mock that is started for it, or a second server.

Owns: the settings by which it is reached, and how long the mock lives.
Knows nothing of: how the mock works; it is another program here (prove/proving.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cancelkit.contract_tests.configuration.options import read_settings
from cancelkit.contract_tests.configuration.settings import Settings
from cancelkit.contract_tests.context.bodies import key_of
from cancelkit.contract_tests.context.ground import Scope
from cancelkit.contract_tests.context.scopes import default_other, default_scope
from cancelkit.contract_tests.prove.proving import TOKEN, mock
from cancelkit.contract_tests.target.holdings import ENOUGH
from cancelkit.fixtures.world import generate_world
from cancelkit.spec import Contract

SIZE, SEED = 60, 1
"""So many records does the mock begin with: enough to find keys in."""


@dataclass(frozen=True, slots=True)
class Other:
    """How the other side is reached. name: as reports call it."""

    name: str
    settings: Settings


@contextmanager
def mocked(target: Settings, contract: Contract, options: Sequence[str], data: Path | None) -> Iterator[Other]:
    """A mock of the contract, for as long as the block lasts.

    Args:
        options: of the mock's command line, by which it keeps the same contract. data: a world that it serves.
    Raises:
        CouldNotRun: it does not start.
    """
    given = ["--data", str(data)] if data else ["--size", str(SIZE), "--seed", str(SEED)]
    scope = target.scope if data else default_scope(contract)
    other = target.other_scope and (target.other_scope if data else default_other(contract, scope))
    with mock(*options, *given) as url:
        plain = Settings(url, token=TOKEN, scope=scope, other_scope=other, seed=target.seed, read_only=target.read_only)
        keys = target.references if data else free_keys(contract, scope)
        others = {} if data else free_keys(contract, other)
        yield Other("mock", replace(plain, timeout=target.timeout, references=keys, other_references=others))


def free_keys(contract: Contract, scope: Scope | None) -> dict[str, tuple[Any, ...]]:
    """Keys of the mock's rows that no open record names, where each may have one only.

    Source: what the mock begins with is made of contract, size and seed alone.
    """
    name = contract.one_each
    if name is None or scope is None:
        return {}
    world, resource = generate_world(contract, size=SIZE, seed=SEED), contract.resource
    table = world.tables[resource.references[name].table]
    standing = [one.base for one in world.records if one.base.get(resource.state or "") not in contract.closing]
    named = {key_of(resource, row, name) for row in standing}
    keys = [key for key in table.rows if key not in named and table.scopes.get(key) in (scope, None)]
    return {name: tuple(keys[:ENOUGH])}


def second(options: Mapping[str, Any], contract: Contract, url: str) -> Other:
    """A second server, reached as the first is, but for what is given for it.

    Raises:
        CouldNotRun: the settings are wrong, or its host is not allowed.
    """
    given = dict(options)
    for name in ("token", "token_file", "scope", "other_scope", "references", "other_references", "prefix"):
        own = given.pop(f"with_{name}", None)
        if name == "token" and not own and given.get("with_token_file"):
            given["token"] = None
        elif own:
            given[name] = own
        elif "references" in name:
            given[name] = ()
    return Other("other", read_settings({**given, "url": url}, given["config"], contract=contract))
