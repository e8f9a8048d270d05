"""The rules about behaviour, area by area: the table of contents.

Owns: `all_rules`, `all_tables`, and in which order areas and their modules stand.
Knows nothing of: how rules are run, and the rules that look at each answer (passive.py) or generate input (fuzz/).
Source: docs/adding-a-rule.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import ModuleType

from cancelkit.contract_tests.engine.cells import Table
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.machine import machine
from cancelkit.contract_tests.rules import (
    actions,
    body_refusals,
    combinations,
    combined_fields,
    concurrency,
    concurrency_apart,
    concurrency_callers,
    concurrency_close,
    concurrency_final,
    concurrency_pairs,
    concurrency_reads,
    concurrency_refusals,
    concurrency_refused,
    concurrency_times,
    concurrency_views,
    create_echo,
    create_ignored,
    create_refused,
    create_unique,
    dates,
    delete,
    detailed_agrees,
    detailed_references,
    filters_after_change,
    filters_combined,
    filters_ids,
    filters_match,
    filters_refused,
    filters_relations,
    history,
    isolation_items,
    isolation_lists,
    isolation_references,
    modified_date,
    neighbours,
    ordering,
    paging_bounds,
    paging_links,
    paging_now,
    paging_records,
    paging_whole,
    put_omitted,
    retrieve,
    robustness_input,
    robustness_methods,
    security_accepted,
    security_near,
    security_refused,
    status_success,
    transitions,
    transitions_ways,
    unknown_records,
    unknown_scopes,
    update_fields,
    values_kept,
    values_open,
)
from cancelkit.spec import Contract

MODULES: tuple[ModuleType, ...] = (
    # status codes and security: every operation
    status_success,
    security_refused,
    security_near,
    security_accepted,
    # one record: its making, its changes, its end
    create_echo,
    create_ignored,
    create_refused,
    create_unique,
    body_refusals,
    retrieve,
    values_kept,
    values_open,
    update_fields,
    combined_fields,
    put_omitted,
    modified_date,
    dates,
    neighbours,
    actions,
    transitions,
    transitions_ways,
    delete,
    history,
    # many records: channels, pages, filters, views
    isolation_items,
    isolation_references,
    isolation_lists,
    unknown_records,
    unknown_scopes,
    paging_records,
    paging_now,
    paging_links,
    paging_bounds,
    paging_whole,
    filters_match,
    filters_ids,
    filters_combined,
    combinations,
    filters_relations,
    filters_refused,
    filters_after_change,
    ordering,
    detailed_agrees,
    detailed_references,
    # whatever a client sends, however often, in whatever order
    robustness_input,
    robustness_methods,
    concurrency,
    concurrency_times,
    concurrency_close,
    concurrency_final,
    concurrency_pairs,
    concurrency_apart,
    concurrency_callers,
    concurrency_reads,
    concurrency_refused,
    concurrency_refusals,
    concurrency_views,
    machine,
)


def all_rules(contract: Contract) -> tuple[Rule, ...]:
    """Every rule about behaviour that the contract gives rise to, in the order of MODULES."""
    found: list[Rule] = []
    for module in MODULES:
        make: Callable[[Contract], Iterable[Rule]] = module.rules
        found.extend(make(contract))
    return tuple(found)


def all_tables(contract: Contract) -> tuple[Table, ...]:
    """Every table of what the rules try, from the modules that have one."""
    made = (module.tables for module in MODULES if hasattr(module, "tables"))
    return tuple(table for make in made for table in make(contract))
