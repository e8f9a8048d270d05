"""What becomes of a record: its reading, states, history, dates and end."""

from __future__ import annotations

from types import ModuleType

from cancelkit.contract_tests.rules.records import (
    actions,
    dates,
    delete,
    detailed_agrees,
    detailed_references,
    history,
    modified_date,
    neighbours,
    retrieve,
    status_success,
    transitions,
    transitions_ways,
)

MODULES: tuple[ModuleType, ...] = (
    status_success,
    retrieve,
    modified_date,
    dates,
    neighbours,
    actions,
    transitions,
    transitions_ways,
    delete,
    history,
    detailed_agrees,
    detailed_references,
)
