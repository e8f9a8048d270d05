"""Texts compared ignoring case: equal, different, or left open."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cancelkit.contract_tests.oracles.text import EMAIL, case_variants, equal_ignoring_case, found_by, near_misses
from cancelkit.spec import Comparing


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("Şükrü", "ŞÜKRÜ", True),
        ("çağ", "ÇAĞ", True),
        ("Straße", "STRASSE", True),
        ("ü", "u\u0308", True),
        ("abc", "abd", False),
        ("şükrü", "sukru", False),
        ("ab", "abc", False),
        ("İ", "i", None),
        ("ı", "I", None),
        ("ı", "i", None),
        ("Irmak", "IRMAK", True),
        ("irmak", "IRMAK", None),
        ("İzmir", "İZMİR", None),
    ],
)
def test_texts_are_compared(left: str, right: str, expected: bool | None):
    """Case is folded after NFC; what depends on the Turkish i is left open."""
    assert equal_ignoring_case(left, right) is expected
    assert equal_ignoring_case(right, left) is expected


@given(st.text(max_size=8))
def test_case_variants_are_equal_for_every_server(text: str):
    """No variant depends on what is left open, and none is the text itself."""
    variants = case_variants(text)

    assert text not in variants
    assert all(equal_ignoring_case(text, variant) for variant in variants)


@given(st.text(min_size=1, max_size=8))
def test_near_misses_are_different_for_every_server(text: str):
    """A near miss may not be found by any reading of "ignoring case"."""
    assert all(equal_ignoring_case(text, miss) is False for _, miss in near_misses(text))


def test_variants_leave_the_turkish_i_alone():
    """Swapping the case of an i would ask what the contract leaves open."""
    assert "Işik" not in case_variants("ışık")
    assert "ıŞıK" in case_variants("ışık")


def test_a_decomposed_spelling_is_a_variant():
    """The same letter, typed as a base letter and a mark."""
    assert unicodedata.normalize("NFD", "Gül") in case_variants("Gül")


def test_near_misses_of_an_address_are_addresses():
    """Anything else would be refused rather than not found."""
    misses = [miss for _, miss in near_misses("ayse.kaya@example.com", email=True)]

    assert misses
    assert all(EMAIL.fullmatch(miss) for miss in misses)


@pytest.mark.parametrize("case", ["unicode", "ascii", "exact"])
def test_the_two_forms_of_a_letter_are_equal_apart_or_open_as_the_contract_has_it(case: str) -> None:
    """Whatever is done about case; other letters are another text in any of the three."""
    equal = Comparing(case=case)
    apart, either = replace(equal, composes=False), replace(equal, forms_open=True)
    composed, decomposed = "Gül", unicodedata.normalize("NFD", "Gül")

    assert [found_by(how, composed, decomposed) for how in (equal, apart, either)] == [True, False, None]
    assert [found_by(how, decomposed, decomposed) for how in (equal, apart, either)] == [True, True, True]
    assert [found_by(how, composed, "Gul") for how in (equal, apart, either)] == [False, False, False]
