"""The suite on mutants in this process, as `cancelkit verify --prove` does it over the wire.

Owns: the verdict on a mock with mutants, and which rules kill one.
"""

from __future__ import annotations

from typing import Any

from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.engine.verdict import Finding, Outcome, Verdict
from cancelkit.contract_tests.prove.prove import stages
from cancelkit.contract_tests.prove.proving import Mutant
from cancelkit.fixtures.world import World
from cancelkit.mockserver.local import LocalMock
from cancelkit.mockserver.mutants import mutants
from cancelkit.mockserver.settings import Settings as MockSettings
from cancelkit.spec import Contract
from tests.support.verified import verified


def failed(finding: Finding) -> bool:
    return finding.outcome is Outcome.FAILED


def judged(contract: Contract, world: World, rules: list[Rule], *names: str, **more: Any) -> Verdict:
    """The verdict on a mock with these mutants; it ends at the first failure where there are any.

    more: arguments of `verified`.
    """
    wrong = [mutants(contract)[name] for name in names]
    with LocalMock(MockSettings(port=0), world, contract=contract, mutants=wrong) as mock:
        return verified(contract, mock, rules, enough=lambda finding: bool(names) and failed(finding), **more)


def killers(contract: Contract, world: World, rules: list[Rule], name: str) -> list[str]:
    """The rules that kill a mutant: of those most alike, else of its area, else of all."""
    mutant = mutants(contract)[name]
    for stage in stages(Mutant(name, mutant.area, mutant.sample, mutant.summary), rules):
        found = judged(contract, world, stage, name).findings
        if any(map(failed, found)):
            return [finding.rule_id for finding in found if failed(finding)]
    return []
