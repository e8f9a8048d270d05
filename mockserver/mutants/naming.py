"""Names of mutants, and which of many alike belong to the default set.

Owns: slugs, roles as words, samples.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from cancelkit.mockserver.mutants.mutant import Mutant
from cancelkit.spec import Operation, Role

WORDS = {
    Role.UPDATE: "put",
    Role.PARTIAL_UPDATE: "patch",
    Role.DESTROY: "delete",
    Role.LIST_DETAILED: "list-detailed",
    Role.RETRIEVE_DETAILED: "detailed",
}


def slug(text: object) -> str:
    """Letters, digits and single hyphens: `pk__in` is `pk-in`."""
    return re.sub(r"[^a-z0-9]+", "-", str(text).lower()).strip("-") or "x"


def word(operation: Operation) -> str:
    """An operation as part of a name: an action's own name, else its role's."""
    if operation.action is not None:
        return slug(operation.action.name)
    return WORDS.get(operation.role, operation.role.value)


def area(operation: Operation) -> str:
    """The area of a suite's rules that an operation is about."""
    return "detailed" if operation.role in (Role.LIST_DETAILED, Role.RETRIEVE_DETAILED) else word(operation)


def sampled(mutants: Iterable[Mutant], count: int) -> Iterator[Mutant]:
    """All of them; `count`, spread evenly, are in the default set."""
    every = list(mutants)
    kept = {round(index * (len(every) - 1) / max(count - 1, 1)) for index in range(min(count, len(every)))}
    for index, mutant in enumerate(every):
        yield mutant if index in kept else replace(mutant, sample=False)
