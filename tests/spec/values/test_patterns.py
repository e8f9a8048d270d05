"""Regular expressions that contracts use have texts that match them."""

from __future__ import annotations

from random import Random

import pytest

from cancelkit.spec.values import NoValue, Values

PATTERNS = [
    r"^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$",
    r"^\+?[1-9]\d{1,14}$",
    r"^[a-z0-9]+(?:-[a-z0-9]+)*$",
    r"^(?:\d{3}-)?\d{4}$",
    r"^#[0-9a-fA-F]{6}$",
    r"^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[A-Za-z\d@$!%*?&]{8,}$",
    r"^(?!.*--)[a-z-]{2,8}$",
    r"^\S+@\S+\.\S+$",
    r"^[^\x00]+$",
    r"^[^a-z]+$",
    r"^(\w)\1$",
    r"^(?<year>\d{4})/(?<month>0[1-9]|1[0-2])$",
    r"^\p{Lu}[\p{Ll} ]+$",
    r"^[\u0400-\u04FF]+$",
    r"^\u{1F600}$",
    r"^https?:\/\/[^\s\/]+$",
    r"\.pdf$",
    r"^[A-Z]|^[0-9]{4}$",
    r"^\s*$",
    r"^.{0,3}$",
    r"\bcat\b",
    r"^([01]?\d|2[0-3]):[0-5]\d$",
    r"^-?\d+(\.\d{1,2})?$",
    "",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_texts_match_the_pattern(pattern: str) -> None:
    """Drawn texts match as ECMA 262 reads the pattern, and more than one is found where there are more."""
    values = Values({"type": "string", "pattern": pattern})
    random = Random(1)

    assert all(values.admits(values.draw(random)) for _ in range(50))
    assert len(values.distinct(2, random)) == (1 if "1F600" in pattern else 2)


@pytest.mark.parametrize(("low", "high"), [(5, 5), (12, 12), (10, 40), (30, 30)])
def test_texts_match_pattern_and_length_at_once(low: int, high: int) -> None:
    """The lengths steer what is written from the pattern."""
    values = Values({"type": "string", "pattern": "^([a-z]{2,9}-)*[a-z]{2,9}$", "minLength": low, "maxLength": high})
    random = Random(2)

    assert all(low <= len(values.draw(random)) <= high for _ in range(50))


@pytest.mark.parametrize("pattern", ["^(?=a)b$", "^a(?!b)b$", r"$a"])
def test_a_pattern_that_nothing_matches_is_said(pattern: str) -> None:
    """NoValue names the place and the pattern."""
    with pytest.raises(NoValue, match="fields/code: no text is found for the pattern"):
        Values({"type": "string", "pattern": pattern}, place="fields/code").draw(Random(1))
