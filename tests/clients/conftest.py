"""The servers that the clients' tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients.running import mock

KEY = "clients-key"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The base URL of a mock with the default data, which knows one key and checks its own answers."""
    with mock("--self-check", "--token", KEY) as base:
        yield base


@pytest.fixture(scope="module")
def key() -> str:
    """The key that the mock knows."""
    return KEY
