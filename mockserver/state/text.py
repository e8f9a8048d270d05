"""When two texts are equal for somebody who searches.

Owns: folding, used for stored columns and query values alike.
Knows nothing of: which fields are text.
Source: spec/points/, letter-case: by default Unicode case folding after NFC, and İ, I, ı and i all equal.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from unicodedata import is_normalized, normalize

_ONE_I = str.maketrans("İIı", "iii")
_DOT = "\u0307"
_ASCII = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def fold(text: str) -> str:
    """Return the form that is the same for all texts that are equal ignoring case."""
    if text.isascii():
        return text.casefold()
    folded = normalize("NFC", text).translate(_ONE_I).casefold().replace("i" + _DOT, "i")
    return folded if is_normalized("NFC", folded) else normalize("NFC", folded)


def _ascii(text: str) -> str:
    return text.translate(_ASCII)


FOLDING: Mapping[str, Callable[[str], str]] = {"unicode": fold, "ascii": _ascii, "exact": str}
"""By the option of letter-case that a contract chooses."""
