"""Texts that filters compare "ignoring case": what is equal, what is not, what is left open; and probes for each.

Owns: the three-valued equality, case variants of a text, near misses of a text.
Knows nothing of: filters, records, HTTP.
Source: the choices text-filter, letter-case, letter-forms and filter-blanks; by default Unicode case folding,
    and the dotted and dotless i are left open.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from operator import contains, eq

from cancelkit.spec import Comparing

I_FAMILY = frozenset("iIİı\u0307")
EMAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*[A-Za-z0-9]@[a-z0-9]+([.-][a-z0-9]+)*\.[a-z]{2,10}", re.IGNORECASE)


@lru_cache(maxsize=4096)
def _settled(text: str) -> str:
    """`text` folded, except for the letters whose folding depends on the language: equal here means equal anywhere."""
    return "".join(c if c in I_FAMILY else c.casefold() for c in unicodedata.normalize("NFC", text))


@lru_cache(maxsize=4096)
def _loose(text: str) -> str:
    """`text` folded as far as any server may: different here means different anywhere."""
    folded = unicodedata.normalize("NFC", text).casefold().replace("\u0307", "").replace("ı", "i")
    return unicodedata.normalize("NFC", folded)


def equal_ignoring_case(left: str, right: str) -> bool | None:
    """Whether both are equal when case is ignored; None where the contract leaves it open (the Turkish i)."""
    if _settled(left) == _settled(right):
        return True
    return None if _loose(left) == _loose(right) else False


def _ascii(text: str) -> str:
    return "".join(c.lower() if c.isascii() else c for c in text)


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _settled_apart(text: str) -> str:
    return "".join(c if c in I_FAMILY else c.casefold() for c in text)


def _loose_apart(text: str) -> str:
    return text.casefold().replace("\u0307", "").replace("ı", "i")


_Fold = Callable[[str], str]
_FOLDS: Mapping[str, tuple[_Fold, _Fold, _Fold, _Fold]] = {
    "unicode": (_settled, _loose, _settled_apart, _loose_apart),
    "ascii": (lambda text: _ascii(_composed(text)), lambda text: _ascii(_composed(text)), _ascii, _ascii),
    "exact": (_composed, _composed, str, str),
}
"""By letter-case: what makes texts equal for sure, and what makes them perhaps equal, where both forms of a letter are
equal; and the same where they are not."""


def _folds(comparing: Comparing) -> tuple[_Fold, _Fold]:
    """What makes texts equal for sure, and what makes them perhaps equal."""
    sure, loose, sure_apart, loose_apart = _FOLDS[comparing.case]
    if comparing.forms_open:
        return sure_apart, loose
    return (sure, loose) if comparing.composes else (sure_apart, loose_apart)


_REACHES: Mapping[str, Callable[[str, str], bool]] = {
    "equal": eq,
    "starts-with": str.startswith,
    "contains": contains,
}


def found_by(comparing: Comparing, value: str, wanted: str) -> bool | None:
    """Whether a filter that ignores case finds a text; None where the contract leaves it open."""
    wanted = wanted.strip() if comparing.trims else wanted
    reaches = _REACHES[comparing.reach]
    sure, loose = _folds(comparing)
    if reaches(sure(value), sure(wanted)):
        return True
    return None if reaches(loose(value), loose(wanted)) else False


def case_variants(text: str) -> list[str]:
    """Other spellings of `text`, which are equal by default: upper, lower, swapped case, and decomposed."""
    found: list[str] = []
    for change in (str.swapcase, str.upper, str.lower):
        variant = "".join(_recased(c, change(c)) for c in unicodedata.normalize("NFC", text))
        if variant != text and variant not in found:
            found.append(variant)
    decomposed = unicodedata.normalize("NFD", text)
    if decomposed != text and not set(text) & {"İ", "ı"}:
        found.append(decomposed)
    return found


def _recased(old: str, new: str) -> str:
    """`new` where it is the same letter in the other case beyond doubt, else `old`."""
    safe = old not in I_FAMILY and len(new) == 1 and new.casefold() == old.casefold() and new.lower() == old.lower()
    return new if safe else old


def near_misses(text: str, *, email: bool = False) -> Iterator[tuple[str, str]]:
    """Yield (what is wrong, value) for values close to `text` that must not find it.

    email: keep to values that are e-mail addresses, since others are refused.
    """
    candidates = [
        ("without its last character", text[:-1]),
        ("without its first character", text[1:]),
        ("its middle", text[1:-1]),
        ("with one character more", text + "x"),
        ("with one character before", "x" + text),
        ("with _ for its last character", text[:-1] + "_"),
        ("with _ for its first character", "_" + text[1:]),
        ("with % for its end", text[: max(1, len(text) // 2)] + "%"),
        ("with * for its end", text[: max(1, len(text) // 2)] + "*"),
        ("with . for its last character", text[:-1] + "."),
        ("as a regular expression", text[:1] + ".*"),
        ("without its accents", _unaccented(text)),
    ]
    if email:
        name, _, domain = text.partition("@")
        candidates = [
            ("without its first character", text[1:]),
            ("without its last character", text[:-1]),
            ("with one character more", text + "x"),
            ("with one character before", "x" + text),
            ("with _ for a character", name[:1] + "_" + name[2:] + "@" + domain),
            ("at another domain", name + "@x" + domain),
        ]
    for what, value in candidates:
        usable = value and value == value.strip() and equal_ignoring_case(value, text) is False
        if usable and (not email or EMAIL.fullmatch(value)):
            yield what, value


def _unaccented(text: str) -> str:
    """`text` without marks, the i-family left as it is."""
    out = []
    for c in unicodedata.normalize("NFC", text):
        plain = "".join(p for p in unicodedata.normalize("NFD", c) if not unicodedata.combining(p))
        out.append(c if c in I_FAMILY else plain or c)
    return "".join(out)
