"""Draws from a random.Random that are the same on every machine and Python version.

Owns: below and pick, made of getrandbits alone; the other methods of Random may change between versions.
Source: Python documentation, "random", "Notes on Reproducibility".
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


def below(random: Random, count: int) -> int:
    """Return an integer of 0 to count - 1; 0 where count is less than 2."""
    if count < 2:
        return 0
    bits = (count - 1).bit_length()
    found = random.getrandbits(bits)
    while found >= count:
        found = random.getrandbits(bits)
    return found


def between(random: Random, low: int, high: int) -> int:
    """Return an integer of low to high, both included; low where high is less."""
    return low + below(random, high - low + 1)


def pick(random: Random, items: Sequence[T]) -> T:
    """Return one of the items, which are not empty."""
    return items[below(random, len(items))]


def shuffled(random: Random, items: Sequence[T]) -> list[T]:
    """Return the items in another order."""
    out = list(items)
    for index in range(len(out) - 1, 0, -1):
        other = below(random, index + 1)
        out[index], out[other] = out[other], out[index]
    return out
