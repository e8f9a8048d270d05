"""Calls at once."""

from __future__ import annotations

from types import ModuleType

from cancelkit.contract_tests.rules.concurrency import (
    apart,
    callers,
    close,
    final,
    lost_changes,
    pairs,
    reads,
    refusals,
    refused,
    times,
    views,
)

MODULES: tuple[ModuleType, ...] = (
    lost_changes,
    times,
    close,
    final,
    pairs,
    apart,
    callers,
    reads,
    refused,
    refusals,
    views,
)
