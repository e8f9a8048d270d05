"""What the tests of the suite's core share: a target in memory and settings that point to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from tiny_target import TOKEN, TinyTarget

from cancelkit.contract_tests.configuration.settings import Profile, Settings
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.spec import Contract, Level, load


@pytest.fixture(scope="session")
def spec() -> Contract:
    return load()


@pytest.fixture
def target() -> TinyTarget:
    return TinyTarget()


@pytest.fixture
def settings() -> Settings:
    return Settings("http://tiny.invalid", token=TOKEN, other_scope=(6,), profile=Profile.QUICK)


@pytest.fixture
def make_rule() -> Callable[..., Rule]:
    """A rule with an observation and a judgement of the test's own."""

    def make(
        observe: Callable[..., Any] = lambda bench: None,
        judge: Callable[[Any], Iterable[str]] = lambda evidence: (),
        id: str = "create/test",
        **fields: Any,
    ) -> Rule:
        values = {"area": "create", "requires": "A test.", "source": "a test", "level": Level.DOCUMENTED, **fields}
        return Rule(id=id, observe=observe, judge=judge, accepts=(), rejects=(None,), **values)

    return make
