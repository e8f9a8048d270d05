"""What a mutant is: one way in which a server could break the contract, built into a mock on purpose.

Owns: Mutant. What it changes is the contract, the settings, or what passes between client and API (parts.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from cancelkit.mockserver.parts import Layer
from cancelkit.mockserver.settings import Settings
from cancelkit.spec import Contract, Field, Role

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault.

    area: which rules of a suite are about it. sample: whether it belongs to the default set; the others are much like
        one that does.
    edit: makes the wrong contract that the mock keeps. settings: likewise of the settings.
    layer: called once for each app, so that what a layer remembers is that app's.
    """

    name: str
    summary: str
    area: str
    sample: bool = True
    edit: Callable[[Contract], Contract] | None = None
    settings: Callable[[Settings], Settings] | None = None
    layer: Callable[[], Layer] | None = None


def sent(contract: Contract, field: Field) -> bool:
    """Whether the body that creates a record sets the field; one that is nullable and not set is null at first."""
    operation = contract.role(Role.CREATE)
    known = operation.body.fields.get(field.name) if operation and operation.body else None
    return known is not None and not known.read_only


def given(value: T | None) -> T:
    """A value that is there wherever it is asked for.

    Raises:
        LookupError: it is not.
    """
    if value is None:
        raise LookupError("a mutant was made of what the contract does not have")
    return value
