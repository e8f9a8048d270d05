"""What can go wrong between a test and the mock's control endpoints.

Owns: the exceptions and their words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cancelkit.mockserver.client.shapes import Verdict


class MockError(Exception):
    """The mock could not be asked, or said no."""


class MockUnreachable(MockError):
    """No answer from the mock's address, or not within the timeout."""


class ControlError(MockError):
    """A control endpoint refused. status: of HTTP. code, detail: the mock's own words. fields: errors by field."""

    def __init__(self, call: str, status: int, answer: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(answer.get("code", ""))
        self.detail = str(answer.get("detail", ""))
        self.fields = {name: texts for name, texts in answer.items() if isinstance(texts, list)}
        super().__init__(f"{call}: {status} {self.code}: {self.detail}".rstrip(": "))


class VerifyFailed(AssertionError):
    """The calls that were made are not those that were expected; the message shows each difference."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        super().__init__("\n".join(_shown(problem) for problem in verdict["problems"]))


def _shown(problem: Mapping[str, Any]) -> str:
    lines = [f"expected {problem['expected']}", f"found {problem['found']}"]
    return "\n".join([*lines, *(f"  {line}" for line in problem.get("nearest", ()))])
