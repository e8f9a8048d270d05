"""Which option a target does at each point where right servers differ.

Owns: every detector that a contract gives rise to, and the rules that hold a target to what the contract chooses.
Source: spec/points/; docs/adding-a-choice.md.
"""

from __future__ import annotations

from collections.abc import Iterator

from cancelkit.contract_tests.choices import bodies, days, digits, flags, paging, protocol, queries, records
from cancelkit.contract_tests.choices.detector import Detector
from cancelkit.spec import Contract

MODULES = (protocol, paging, queries, days, flags, digits, bodies, records)


def detectors(contract: Contract) -> Iterator[Detector]:
    """One for each point that the contract's operations have."""
    for module in MODULES:
        yield from module.detectors(contract)


__all__ = ["Detector", "detectors"]
