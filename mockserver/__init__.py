"""The stateful mock: the API of the contract, served from memory.

Owns: `create_app`, for those who want it without a socket.
Knows nothing of: the conformance suite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cancelkit.mockserver.app import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> object:
    if name == "create_app":
        from cancelkit.mockserver.app import create_app

        return create_app
    raise AttributeError(name)
