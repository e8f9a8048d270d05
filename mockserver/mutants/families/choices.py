"""Another option than the contract chooses, at each point where it chooses one.

Owns: a mutant for each other option of each choice that a server must keep.
Source: x-choices; spec/points/.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cancelkit.mockserver.mutants.editing import Edit
from cancelkit.mockserver.mutants.maker import Maker
from cancelkit.mockserver.mutants.mutant import Mutant
from cancelkit.spec import Contract, Level, Parameter
from cancelkit.spec.choices import comparing


def family(contract: Contract) -> Iterator[Mutant]:
    """In the default set where the choice was learned: of the others most are broken by other mutants as well."""
    maker = Maker(contract, "choices")
    for id, choice in contract.choices.items():
        if choice.binding:
            for option in choice.point.options:
                if option != choice.chosen and option not in choice.point.values:
                    made = maker.edit(f"choice-{id}-{option}", choice.point.options[option], _choosing(id, option))
                    yield replace(made, sample=choice.fact.level is Level.OBSERVED)


def _choosing(id: str, option: str) -> Edit:
    def edit(contract: Contract) -> Contract:
        choices = {**contract.choices, id: replace(contract.choices[id], chosen=option, value=None)}
        texts = comparing(choices)

        def read(parameter: Parameter) -> Parameter:
            rule = parameter.filter
            return parameter if rule is None else replace(parameter, filter=replace(rule, comparing=texts))

        operations = {
            name: replace(one, parameters=tuple(map(read, one.parameters))) for name, one in contract.operations.items()
        }
        return replace(contract, choices=choices, operations=operations)

    return edit
