"""What a mutant is: one way in which a server could break the contract, built into a mock on purpose.

Owns: Mutant, and how mutants change the three things where they can: the contract, the settings, and what passes
between client and API.
Knows nothing of: which mutants there are, the mock's store and handlers, or the suite that is to notice them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from starlette.types import ASGIApp

from cancelkit.mockserver.settings import Settings
from cancelkit.spec import Contract

T = TypeVar("T")
Layer = Callable[[ASGIApp], ASGIApp]


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


@dataclass(frozen=True, slots=True)
class Altered:
    """What a mock with mutants is made of. layers: the innermost first."""

    contract: Contract
    settings: Settings
    layers: Sequence[Layer] = field(default=())

    def layered(self, app: ASGIApp) -> ASGIApp:
        """The API with every layer around it."""
        for layer in self.layers:
            app = layer(app)
        return app


def altered(contract: Contract, settings: Settings, mutants: Sequence[Mutant] = ()) -> Altered:
    """Return what a mock of `contract` with these mutants is made of; the right things where there are none."""
    layers = []
    for mutant in mutants:
        if mutant.edit:
            contract = mutant.edit(contract)
        if mutant.settings:
            settings = mutant.settings(settings)
        if mutant.layer:
            layers.append(mutant.layer())
    return Altered(contract, settings, tuple(layers))


def given(value: T | None) -> T:
    """A value that is there wherever it is asked for.

    Raises:
        LookupError: it is not.
    """
    if value is None:
        raise LookupError("a mutant was made of what the contract does not have")
    return value
