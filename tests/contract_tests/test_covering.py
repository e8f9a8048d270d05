"""Covering arrays hold what they promise, in few rows, the same each time."""

from __future__ import annotations

from itertools import combinations, product

import pytest

from cancelkit.contract_tests.engine.covering import Row, covering

FACTORS = [range(9), range(9), "abcde", "abcd", "ab"]


def parts(rows: list[Row], strength: int) -> set[Row]:
    return {part for row in rows for part in combinations(enumerate(row), strength)}


@pytest.mark.parametrize("strength", [1, 2, 3])
def test_every_combination_of_so_many_factors_is_there(strength: int):
    """Compared with all of them."""
    rows, whole = covering(FACTORS, strength), list(product(*FACTORS))

    assert parts(rows, strength) == parts(whole, strength)
    assert len(rows) < len(whole) / 4


def test_pairs_take_hardly_more_rows_than_they_must():
    """Nine times nine values stand in 81 rows at the least."""
    assert len(covering(FACTORS, 2)) <= 90


def test_what_is_forbidden_is_left_out_and_nothing_else():
    """Of two equal factors each pair once, whichever comes first."""

    def ordered(row: Row) -> bool:
        return None in row[:2] or bool(row[0] < row[1])

    rows = covering(FACTORS, 2, ordered)

    assert all(map(ordered, rows))
    assert parts(rows, 2) == parts([row for row in product(*FACTORS) if ordered(row)], 2)


def test_fewer_factors_than_the_strength():
    """Then every combination of them is there."""
    assert sorted(covering(["ab"], 2)) == [("a",), ("b",)]
