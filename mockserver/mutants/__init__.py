"""Mocks that are wrong on purpose, to see whether a conformance suite notices.

Owns: every mutant of a contract by name, and finding one by its name or its old one.
"""

from __future__ import annotations

from dataclasses import replace

from cancelkit.mockserver.mutants.mutant import Mutant
from cancelkit.spec import Contract

__all__ = ["Mutant", "find", "mutants"]


def mutants(contract: Contract) -> dict[str, Mutant]:
    """Every mutant of the contract, by name, family by family; `sample` says which belong to the default set."""
    from cancelkit.mockserver.mutants.families import FAMILIES

    found: dict[str, Mutant] = {}
    for family in FAMILIES:
        for mutant in family(contract):
            name, number = mutant.name, 1
            while name in found:
                number += 1
                name = f"{mutant.name}-{number}"
            found[name] = replace(mutant, name=name)
    return found


def find(name: str, contract: Contract) -> Mutant | None:
    """The mutant with this name, else with the name that took its place; None where the contract has none."""
    from cancelkit.mockserver.mutants.names import present

    known = mutants(contract)
    return known[name] if name in known else known.get(present(name))
