"""A look at a target as a rule that the runner can run: it never complains, and keeps what it saw.

Owns: `looking`, `confirmed`, and why a look came to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.engine.verdict import Finding, Outcome
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.observing.stating import Observe
from cancelkit.spec import Level

T = TypeVar("T")


def looking(name: str, observe: Observe, **more: Any) -> Rule:
    """The rule learn/<name>. more: writes, needs_other, quiet as of a Rule."""
    return Rule(
        id=f"learn/{name}",
        area="choices",
        requires=name,
        source="docs/learn.md",
        level=Level.OBSERVED,
        observe=observe,
        judge=lambda seen: (),
        accepts=(),
        rejects=(),
        **more,
    )


def confirmed(look: Callable[[], T], known: T) -> T:
    """What a look sees; where that is not what is known, only what it sees again.

    Raises:
        Inconclusive: it sees something else then.
    """
    found = look()
    if found != known and found != (again := look()):
        raise Inconclusive(f"now {found}, now {again}")
    return found


def failed(findings: Mapping[str, Finding], name: str) -> str:
    """Why the look came to nothing; empty where it did not."""
    finding = findings.get(f"learn/{name}")
    if finding is None:
        return "it was interrupted"
    return "" if finding.outcome is Outcome.PASSED else finding.why
