"""What a client asks for in a `Prefer` header."""

from __future__ import annotations

import pytest

from cancelkit.mockserver.faults.preferences import Preferences, read


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("code=404", Preferences(404, 0.0, "code=404")),
        ('code="503", delay=250', Preferences(503, 0.25, "code=503, delay=250")),
        ("Delay=1.5s; code=400", Preferences(400, 1.5, "delay=1.5s, code=400")),
        ("delay=40ms", Preferences(None, 0.04, "delay=40ms")),
        ("delay=999999999s", Preferences(None, 600.0, "delay=999999999s")),
        ("example=cat, dynamic=true", None),
        ("code=200", None),
        ("code=abc, delay=fast", None),
        ("xcode=404", None),
        ("code=٤٠٤", None),
        ("", None),
    ],
)
def test_what_can_be_met_is_read_and_the_rest_passed_over(header: str, expected: Preferences | None) -> None:
    """Codes are error codes; delays are milliseconds unless they say seconds."""
    assert read(header) == expected
