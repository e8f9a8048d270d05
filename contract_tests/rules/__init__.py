"""The rules about behaviour, room by room: the table of contents.

Owns: `all_rules`, `all_tables`, and in which order the rooms stand; each room says in which order its modules do.
Knows nothing of: how rules are run, and the rules that look at each answer (passive.py) or generate input (fuzz/).
Source: docs/adding-a-rule.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import ModuleType

from cancelkit.contract_tests.engine.cells import Table
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.machine import machine
from cancelkit.contract_tests.rules import access, bodies, concurrency, filters, paging, records, robustness
from cancelkit.spec import Contract

MODULES: tuple[ModuleType, ...] = (
    *access.MODULES,
    *bodies.MODULES,
    *records.MODULES,
    *paging.MODULES,
    *filters.MODULES,
    *robustness.MODULES,
    *concurrency.MODULES,
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
