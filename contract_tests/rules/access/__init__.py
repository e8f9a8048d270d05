"""Who may ask for what: keys, scopes, and what others own."""

from __future__ import annotations

from types import ModuleType

from cancelkit.contract_tests.rules.access import (
    isolation_items,
    isolation_lists,
    isolation_references,
    security_accepted,
    security_near,
    security_refused,
    unknown_records,
    unknown_scopes,
)

MODULES: tuple[ModuleType, ...] = (
    security_refused,
    security_near,
    security_accepted,
    isolation_items,
    isolation_references,
    isolation_lists,
    unknown_records,
    unknown_scopes,
)
