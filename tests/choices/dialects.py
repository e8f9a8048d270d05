"""Mocks that do otherwise than their contract says, at many points at once, and what `learn` says of them.

Owns: dialects of a contract, the contract of a mock that speaks one, a learning run in this process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx

from cancelkit.contract_tests.choices import detectors
from cancelkit.contract_tests.choices.records import required
from cancelkit.contract_tests.configuration.settings import Profile, Settings
from cancelkit.contract_tests.context.bodies import key_of
from cancelkit.contract_tests.context.scopes import default_other, default_scope
from cancelkit.contract_tests.learning.observing import Learned, learn
from cancelkit.fixtures.world import generate_world
from cancelkit.mockserver.local import LocalMock
from cancelkit.spec import Contract, Role
from cancelkit.spec.points import POINTS
from cancelkit.spec.reading import read_contract

Dialect = Mapping[str, str]
VALUES = {("date-offset", "zone"): "-03:30", ("day-zone", "zone"): "+03:00", ("no-offset", "zone"): "-05:00"}
"""What the options are tried with that need a value."""


def dialects(contract: Contract) -> Iterator[Dialect]:
    """Options by point, so that each option of each point that the contract has stands in one of them."""
    points = [detector.point for detector in detectors(contract)]
    for turn in range(max(len(POINTS[point].options) for point in points)):
        dialect = {point: list(POINTS[point].options)[turn % len(POINTS[point].options)] for point in points}
        if dialect.get("text-filter") != "equal" and dialect.get("empty-text-filter") == "compared":
            dialect["empty-text-filter"] = "ignored"  # what it comes to: an empty text stands in every text
        yield dialect


def speaking(contract: Contract, dialect: Dialect, level: str = "observed") -> Contract:
    """The contract with these options chosen."""
    stated: dict[str, Any] = contract.document.get("x-choices", {})
    chosen = {
        point: {
            **stated.get(point, {}),
            "chosen": option,
            "level": level,
            "open": False,
            **_value(contract, point, option),
        }
        for point, option in dialect.items()
    }
    return read_contract({**contract.document, "x-choices": {**stated, **chosen}})


def _value(contract: Contract, point: str, option: str) -> dict[str, str]:
    if option not in POINTS[point].values:
        return {}
    create = contract.role(Role.CREATE)
    return {"value": required(create)[0] if point == "reference-again" and create else VALUES[point, option]}


def _unnamed(contract: Contract) -> dict[str, Any]:
    """Settings that give rows without a record, where each takes one record and no list shows a row without."""
    name, moves = contract.one_each, contract.resource.transitions
    if name is None or (moves and contract.closing):
        return {}
    world = generate_world(contract)
    table = world.tables[contract.resource.references[name].table]
    named = {key_of(contract.resource, record.base, name) for record in world.records}
    keys = tuple(key for key in table.rows if key not in named and table.scopes.get(key) is None)
    return {"references": {name: keys}, "other_references": {name: keys}}


def asking(mock: LocalMock, contract: Contract, **more: Any) -> Settings:
    """The settings of somebody who asks a mock of this process, and knows two scopes."""
    scope = default_scope(contract)
    other = default_other(contract, scope)
    return Settings(mock.url, token="in-process", scope=scope, other_scope=other, profile=Profile.QUICK, **more)


def learned(
    contract: Contract,
    dialect: Dialect,
    through: Callable[[httpx.BaseTransport], httpx.BaseTransport] = lambda one: one,
    **more: Any,
) -> Learned:
    """What is learned of a mock that speaks the dialect, by somebody who knows the contract."""
    spoken = speaking(contract, dialect)
    with LocalMock(contract=spoken) as mock:
        settings = asking(mock, contract, **{**_unnamed(spoken), **more})
        return learn(settings, contract, transport=through(mock.transport))
