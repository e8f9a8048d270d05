"""FOLDED, an SQLite collation under which texts that differ only in case are equal, in any alphabet.

Case is folded after NFC, so `S` with a cedilla is one letter however it was typed. The Turkish dotted and
dotless i stay apart: İ is not i, and I is not ı.
"""

import unicodedata
from functools import lru_cache

FOLDED = "FOLDED"


@lru_cache(maxsize=100_000)
def fold(text):
    return unicodedata.normalize("NFC", text).casefold()


def compare(left, right):
    left, right = fold(left), fold(right)
    return (left > right) - (left < right)


def add_collation(connection, **kwargs):
    connection.connection.create_collation(FOLDED, compare)
