"""Whatever a client sends."""

from __future__ import annotations

from types import ModuleType

from cancelkit.contract_tests.rules.robustness import (
    input,
    methods,
)

MODULES: tuple[ModuleType, ...] = (
    input,
    methods,
)
