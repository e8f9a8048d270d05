"""Date-times as instants, whatever the offset and the digits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cancelkit.contract_tests.oracles.instants import EXACT, instant, resolution, same_instant, written

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-03-01T12:00:00Z", NOON),
        ("2025-03-01T15:00:00+03:00", NOON),
        ("2025-03-01T12:00:00.5Z", NOON + timedelta(milliseconds=500)),
        ("2025-03-01T06:30:00.000001-05:30", NOON + EXACT),
        ("2025-03-01T12:00:00", None),
        ("2025-03-01", None),
        ("noon", None),
        (None, None),
    ],
)
def test_an_instant_is_read(text: object, expected: datetime | None):
    """Only a date and a time with an offset make one."""
    assert instant(text) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("2025-03-01T12:00:00.123456Z", "2025-03-01T15:00:00.123456+03:00", True),
        ("2025-03-01T12:00:00.123456Z", "2025-03-01T12:00:00.123457Z", False),
        ("2025-03-01T12:00:00.123456Z", "2025-03-01T12:00:00.123Z", True),
        ("2025-03-01T12:00:00.999999Z", "2025-03-01T12:00:00Z", True),
        ("2025-03-01T12:00:00.999999Z", "2025-03-01T12:00:01Z", False),
        ("2025-03-01T12:00:00Z", "soon", None),
    ],
)
def test_instants_are_the_same_to_the_coarser_digits(left: str, right: str, expected: bool | None):
    """A server that cuts its digits somewhere still shows the same instant."""
    assert same_instant(left, right) is expected


def test_what_is_written_is_read_back():
    """In any zone."""
    assert [instant(written(NOON + EXACT, offset)) for offset in (0, 180, -720)] == [NOON + EXACT] * 3


@pytest.mark.parametrize(
    ("shown", "unit"),
    [
        (["2025-03-01T12:00:00Z", "2025-03-01T12:00:00.000001Z"], EXACT),
        (["2025-03-01T12:00:00.123Z"], timedelta(milliseconds=1)),
        (["2025-03-01T12:00:00Z", None], timedelta(seconds=1)),
    ],
)
def test_the_resolution_is_what_is_shown(shown: list[object], unit: timedelta):
    """Six digits anywhere mean that all are exact; fewer stand for an interval."""
    assert resolution(shown) == unit
