"""placeholder"""

from __future__ import annotations

from contract_tests.rule import Rule
from spec import Spec


def fuzz_rules(spec: Spec) -> tuple[Rule, ...]:
    return ()
