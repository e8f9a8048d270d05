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
from cancelkit.spec import Contract, Level, Parameter, Role
from cancelkit.spec.choices import ONE_EACH, comparing


def family(contract: Contract) -> Iterator[Mutant]:
    """In the default set where the choice was learned: of the others most are broken by other mutants as well."""
    maker = Maker(contract, "choices")
    for id, choice in contract.choices.items():
        if choice.binding:
            for option in choice.point.options:
                value = _referring(contract) if id == ONE_EACH and option in choice.point.values else None
                if option != choice.chosen and (value or option not in choice.point.values):
                    edit = _choosing(id, option, value)
                    made = maker.edit(f"choice-{id}-{option}", choice.point.options[option], edit)
                    yield replace(made, sample=choice.fact.level is Level.OBSERVED)


def _referring(contract: Contract) -> str | None:
    """The first reference that a create must name."""
    create = contract.role(Role.CREATE)
    known = create.body.fields if create and create.body else {}
    return next((name for name, field in known.items() if field.reference and field.required), None)


def _choosing(id: str, option: str, value: str | None) -> Edit:
    def edit(contract: Contract) -> Contract:
        choices = {**contract.choices, id: replace(contract.choices[id], chosen=option, value=value)}
        texts = comparing(choices)

        def read(parameter: Parameter) -> Parameter:
            rule = parameter.filter
            return parameter if rule is None else replace(parameter, filter=replace(rule, comparing=texts))

        operations = {
            name: replace(one, parameters=tuple(map(read, one.parameters))) for name, one in contract.operations.items()
        }
        return replace(contract, choices=choices, operations=operations)

    return edit
