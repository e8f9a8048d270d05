"""What is written: the fields of a body, their values, their refusal, in create, PUT and PATCH."""

from __future__ import annotations

from types import ModuleType

from cancelkit.contract_tests.rules.bodies import (
    body_refusals,
    combined_fields,
    create_echo,
    create_ignored,
    create_refused,
    create_unique,
    put_omitted,
    update_fields,
    values_kept,
    values_open,
)

MODULES: tuple[ModuleType, ...] = (
    create_echo,
    create_ignored,
    create_refused,
    create_unique,
    body_refusals,
    values_kept,
    values_open,
    update_fields,
    combined_fields,
    put_omitted,
)
