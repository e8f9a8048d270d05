"""What a list finds, and in which order."""

from __future__ import annotations

from types import ModuleType

from cancelkit.contract_tests.rules.filters import (
    after_change,
    combinations,
    combined,
    ids,
    match,
    ordering,
    refused,
    relations,
)

MODULES: tuple[ModuleType, ...] = (
    match,
    ids,
    combined,
    combinations,
    relations,
    refused,
    after_change,
    ordering,
)
