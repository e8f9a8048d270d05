"""Pages of a list."""

from __future__ import annotations

from types import ModuleType

from cancelkit.contract_tests.rules.paging import (
    bounds,
    links,
    now,
    records,
    whole,
)

MODULES: tuple[ModuleType, ...] = (
    records,
    now,
    links,
    bounds,
    whole,
)
