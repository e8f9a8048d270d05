"""What a mock is put together from: contract, settings, handlers, layers; and where a mutant changes them.

Owns: Parts, and the seams that a mutant may use: a wrong contract, wrong settings, a layer in front of the right API.
Knows nothing of: which mutants there are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from starlette.types import ASGIApp

from cancelkit.mockserver.api.handlers import Handler, handlers
from cancelkit.mockserver.settings import Settings
from cancelkit.spec import Contract

Layer = Callable[[ASGIApp], ASGIApp]


class Mutation(Protocol):
    """One fault to be built in.

    edit: makes the wrong contract that the mock is built from. settings: likewise of the settings.
    layer: called once for each app; what it returns goes around the whole API.
    """

    @property
    def edit(self) -> Callable[[Contract], Contract] | None: ...
    @property
    def settings(self) -> Callable[[Settings], Settings] | None: ...
    @property
    def layer(self) -> Callable[[], Layer] | None: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """handlers: by operationId. layers: the innermost first."""

    contract: Contract
    settings: Settings
    handlers: Mapping[str, Handler]
    layers: Sequence[Layer] = ()

    def layered(self, app: ASGIApp) -> ASGIApp:
        """The API with every layer around it."""
        for layer in self.layers:
            app = layer(app)
        return app


def parts(contract: Contract, settings: Settings, mutants: Sequence[Mutation] = ()) -> Parts:
    """The parts of a mock of `contract` with these mutants built in; the right ones where there are none.

    Raises:
        SpecError: an operation can't be served.
    """
    layers = []
    for mutant in mutants:
        if mutant.edit:
            contract = mutant.edit(contract)
        if mutant.settings:
            settings = mutant.settings(settings)
        if mutant.layer:
            layers.append(mutant.layer())
    return Parts(contract, settings, handlers(contract), tuple(layers))
