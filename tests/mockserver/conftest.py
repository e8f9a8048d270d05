"""Mocks that check their own answers; no test sees what another has written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from in_process import Client

from cancelkit.fixtures.world import World, generate_world
from cancelkit.mockserver import create_app
from cancelkit.mockserver.settings import Settings

Make = Callable[..., Client]


@pytest.fixture(scope="session")
def world() -> World:
    return generate_world()


@pytest.fixture
def make(world: World) -> Make:
    """Makes a mock of the default world with other settings."""

    def made(**settings: Any) -> Client:
        return Client(create_app(Settings(**{"self_check": True} | settings), world))

    return made


@pytest.fixture(scope="session")
def shared(world: World) -> Any:
    return create_app(Settings(self_check=True, session_limit=100_000), world)


@pytest.fixture
def mock(shared: Any) -> Client:
    """A session of its own in a mock that many tests share: making an app takes far longer."""
    return Client(shared, session=uuid4().hex)
