"""Two mocks in this process, compared with each other: other records on each side, and faults on one of them.

Owns: starting them, and a comparison of a few hundred calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cancelkit.contract_tests.comparing.comparing import compare
from cancelkit.contract_tests.comparing.comparison import Comparison
from cancelkit.contract_tests.configuration.settings import Settings
from cancelkit.contract_tests.context.scopes import default_other, default_scope
from cancelkit.fixtures.world import World, generate_world
from cancelkit.mockserver.local import LocalMock
from cancelkit.mockserver.mutants import mutants
from cancelkit.spec import Contract


def compared(
    contract: Contract,
    *,
    served: tuple[Contract, Contract] | None = None,
    mutant: Sequence[str] = (),
    worlds: tuple[World, World] | None = None,
    seed: int = 1,
    calls: int = 400,
    read_only: bool = False,
    **more: Any,
) -> Comparison:
    """What comes of comparing a mock with another one.

    Args:
        contract: by which they are compared. served: what each serves; the same where none are given.
        mutant: the faults of the first. worlds: the records of each; different ones where none are given.
    """
    scope = default_scope(contract)
    known = mutants(contract)
    first, second = served or (contract, contract)
    records = worlds or (generate_world(first, size=60), generate_world(second, size=40, seed=7))
    with (
        LocalMock(None, records[0], [known[name] for name in mutant], contract=first) as one,
        LocalMock(None, records[1], contract=second) as other,
    ):
        settings = [
            Settings(
                mock.url,
                token="key-of-the-tests",
                scope=scope,
                other_scope=default_other(contract, scope),
                seed=seed,
                read_only=read_only,
            )
            for mock in (one, other)
        ]
        transports = (one.transport, other.transport)
        return compare(settings[0], settings[1], contract, calls=calls, transports=transports, **more)


def told(found: Comparison) -> list[str]:
    """Its differences, for the message of a test that fails."""
    return [f"{dict(group.operations)} {group.difference.sentence} after {list(group.about)}" for group in found.groups]
