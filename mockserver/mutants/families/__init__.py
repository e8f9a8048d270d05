"""The families of mutants, each computed from a contract. Owns: their list, in the order in which mutants are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cancelkit.mockserver.mutants.families import (
    access,
    actions,
    answers,
    bounds,
    choices,
    company,
    concurrency,
    conditions,
    dates,
    deleting,
    detailed,
    errors,
    filters,
    isolation,
    methods,
    mixing,
    ordering,
    paging,
    selections,
    storing,
    transitions,
    wording,
)
from cancelkit.mockserver.mutants.mutant import Mutant
from cancelkit.spec import Contract

Family = Callable[[Contract], Iterator[Mutant]]

FAMILIES: tuple[Family, ...] = (
    filters.family,
    selections.family,
    paging.family,
    ordering.family,
    bounds.family,
    storing.family,
    transitions.family,
    actions.family,
    dates.family,
    detailed.family,
    answers.family,
    deleting.family,
    isolation.family,
    concurrency.family,
    mixing.family,
    company.family,
    conditions.family,
    access.family,
    errors.family,
    methods.family,
    choices.family,
    wording.family,
)
