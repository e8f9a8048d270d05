"""Refusals in other words than the contract says.

Owns: a mutant for the text, the code and the places of each kind of error of which the contract speaks.
Source: x-errors; spec/wording.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from cancelkit.mockserver.mutants.editing import Edit
from cancelkit.mockserver.mutants.maker import Maker
from cancelkit.mockserver.mutants.mutant import Mutant
from cancelkit.spec import Contract, Level
from cancelkit.spec.wording import ANY, Wording


def family(contract: Contract) -> Iterator[Mutant]:
    """In the default set where the words were learned: of others it is not sure that such a fault can be made."""
    maker = Maker(contract, "choices")
    for id, wording in contract.wordings.items():
        about, found = wording.kind.about, list[tuple[str, str, Callable[[Wording], Wording]]]()
        if wording.text not in (None, ANY):
            found.append(("text", f"a refusal of {about} has another text", _text))
        if wording.code is not None:
            found.append(("code", f"a refusal of {about} has another code", _code))
        if wording.under is not None and wording.under != wording.kind.under:
            found.append(("member", f"a refusal of {about} has its text where it usually stands", _usual))
        if wording.at:
            found.append(("everywhere", f"a refusal of {about} says the same everywhere", _everywhere))
        for name, says, change in found:
            made = maker.edit(f"wording-{id}-{name}", says, _saying(id, change))
            yield replace(made, sample=wording.fact.level is Level.OBSERVED)


def _saying(id: str, change: Callable[[Wording], Wording]) -> Edit:
    def edit(contract: Contract) -> Contract:
        return replace(contract, wordings={**contract.wordings, id: change(contract.wordings[id])})

    return edit


def _text(wording: Wording) -> Wording:
    return replace(wording, text=f"Other words: {wording.text}", at={})


def _code(wording: Wording) -> Wording:
    return replace(wording, code=f"other_{wording.code}", at={})


def _usual(wording: Wording) -> Wording:
    return replace(wording, under=None, at={})


def _everywhere(wording: Wording) -> Wording:
    return replace(wording, at={})
