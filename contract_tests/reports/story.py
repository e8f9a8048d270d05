"""One broken rule as plain text, for tools that show text: pytest, JUnit.

Owns: `story`.
Knows nothing of: colours, markup.
"""

from __future__ import annotations

from cancelkit.contract_tests.engine.verdict import Finding
from cancelkit.contract_tests.reports.presenting import presented_finding, steps
from cancelkit.contract_tests.target.answer import shown


def story(finding: Finding, repeat: str, id_field: str = "id") -> str:
    """What the contract requires, what is wrong, what was sent and got, and the command that repeats it."""
    finding = presented_finding(finding)
    lines = [
        f"{finding.rule_id} ({finding.level.value})",
        f"requires: {finding.requires}",
        f"source: {finding.source}",
        *finding.complaints,
    ]
    for command, answer in steps(finding.exchanges, id_field):
        lines += [f"$ {command}", f"-> {answer.status} {shown(answer.text, 2000)}"]
    return "\n".join([*lines, f"repeat: {repeat}"])
