"""When two texts are equal for somebody who searches.

Owns: fold, used for stored columns and query values alike.
Knows nothing of: which fields are text.
Source: contract, "Filters": Unicode case folding after NFC; that İ, I, ı and i are all equal is the mock's choice.
"""

from __future__ import annotations

from unicodedata import is_normalized, normalize

_ONE_I = str.maketrans("İIı", "iii")
_DOT = "\u0307"


def fold(text: str) -> str:
    """Return the form that is the same for all texts that are equal ignoring case."""
    if text.isascii():
        return text.casefold()
    folded = normalize("NFC", text).translate(_ONE_I).casefold().replace("i" + _DOT, "i")
    return folded if is_normalized("NFC", folded) else normalize("NFC", folded)
