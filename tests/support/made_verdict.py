"""A verdict that no run has made, for tests of the reports.

Owns: verdict_of.
Knows nothing of: what a report says.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from cancelkit.contract_tests.engine.verdict import Coverage, Finding, Verdict


def verdict_of(findings: tuple[Finding, ...], **fields: Any) -> Verdict:
    """A quick run of a second and a half with these findings; `fields` over its own."""
    made: dict[str, Any] = {
        "url": "http://127.0.0.1:1",
        "scope": "channel 5",
        "other_scope": "channel 6",
        "profile": "quick",
        "seed": 1,
        "strict": False,
        "read_only": False,
        "spec_version": "1.0.0",
        "started": datetime(2026, 3, 1, tzinfo=UTC),
        "seconds": 1.5,
        "requests": 10,
        "dropped": 0,
        "created": 2,
        "findings": findings,
        "coverage": Coverage({"op": {200: 1, 404: 0}}, {"op": {"limit": (1, 0)}}, {"op": {"iban": (0, 1)}}),
    }
    return Verdict(**{**made, **fields})
