"""When two texts are equal for somebody who searches.

Owns: folding, used for stored columns and query values alike.
Knows nothing of: which fields are text.
Source: spec/points/, letter-case and letter-forms: by default Unicode case folding after NFC, and İ, I, ı and i all
    equal.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from unicodedata import is_normalized, normalize

from cancelkit.spec import Comparing

_ONE_I = str.maketrans("İIı", "iii")
_DOT = "\u0307"
_ASCII = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def fold(text: str) -> str:
    """Return the form that is the same for all texts that are equal ignoring case."""
    if text.isascii():
        return text.casefold()
    folded = normalize("NFC", text).translate(_ONE_I).casefold().replace("i" + _DOT, "i")
    return folded if is_normalized("NFC", folded) else normalize("NFC", folded)


def _apart(text: str) -> str:
    """As `fold`, but that composed and decomposed letters are not equal."""
    return text.translate(_ONE_I).casefold().replace("i" + _DOT, "i")


def _ascii(text: str) -> str:
    return text.translate(_ASCII)


def _composed(text: str) -> str:
    return normalize("NFC", text)


_FOLDING: Mapping[tuple[str, bool], Callable[[str], str]] = {
    ("unicode", True): fold,
    ("unicode", False): _apart,
    ("ascii", True): lambda text: _ascii(_composed(text)),
    ("ascii", False): _ascii,
    ("exact", True): _composed,
    ("exact", False): str,
}


def folding(how: Comparing) -> Callable[[str], str]:
    """The form that is the same for all texts that a contract's filters find equal."""
    return _FOLDING[how.case, how.composes]
