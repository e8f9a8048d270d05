"""Texts that match a regular expression, of a length that is asked for.

Owns: walking what Python's `re` parses and writing texts from it. Lookarounds and word boundaries are skipped, and
    character classes differ a little between Python and ECMA 262: whoever uses a text checks it with a validator.
Source: Python's re._parser; ECMA 262, "Patterns".
"""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from re import _constants as codes
from re import _parser as parser
from typing import Any, Protocol

from cancelkit.spec.values.chance import between, pick

MOST = 10_000
"""The greatest length of a text that is written."""
_POOL = string.ascii_lowercase + string.digits + string.ascii_uppercase + " -_.,:;!?@#$%&*+/()=éöşİ中"
_CATEGORIES = {
    codes.CATEGORY_DIGIT: string.digits,
    codes.CATEGORY_WORD: string.ascii_letters + string.digits + "_",
    codes.CATEGORY_SPACE: " \t",
}
_OPPOSITES = {
    codes.CATEGORY_NOT_DIGIT: codes.CATEGORY_DIGIT,
    codes.CATEGORY_NOT_WORD: codes.CATEGORY_WORD,
    codes.CATEGORY_NOT_SPACE: codes.CATEGORY_SPACE,
}
_PROPERTIES = (
    (re.compile(r"\\p\{(Lu|Uppercase_Letter)\}"), "A-Z"),
    (re.compile(r"\\p\{(Ll|Lowercase_Letter)\}"), "a-z"),
    (re.compile(r"\\p\{(L|Letter|Alphabetic|Script=Latin)\}"), "A-Za-z"),
    (re.compile(r"\\p\{(N|Nd|Number)\}"), "0-9"),
    (re.compile(r"\\p\{(P|Punctuation)\}"), ".,!?"),
    (re.compile(r"\\p\{(Z|Zs|Separator)\}"), " "),
)


class Part(Protocol):
    """A part of a regular expression; `low` and `high` bound the length of what it writes."""

    low: int
    high: int

    def write(self, length: int, random: Random, groups: dict[int, str]) -> str:
        """Return a text, of this length if possible."""
        ...


class Unsupported(ValueError):
    """A regular expression that can't be walked."""


def parsed(pattern: str) -> Part:
    """Return what writes texts for a pattern.

    Raises:
        Unsupported: Python can't parse it, or it holds what is not known here.
    """
    try:
        return _sequence(parser.parse(_in_python(pattern)))
    except (re.error, OverflowError, RecursionError) as error:
        raise Unsupported(str(error)) from error


def _in_python(pattern: str) -> str:
    """Return a pattern of ECMA 262 in Python's words, where they differ by spelling only."""
    out = re.sub(r"\(\?<([A-Za-z_]\w*)>", r"(?P<\1>", pattern)
    out = re.sub(r"\\k<(\w+)>", r"(?P=\1)", out)
    out = re.sub(r"\\u\{([0-9A-Fa-f]{1,6})\}", lambda found: f"\\U{found[1]:0>8}", out)
    for known, chars in _PROPERTIES:
        out = _replaced(out, known, chars)
    return out


def _replaced(pattern: str, known: re.Pattern[str], chars: str) -> str:
    """Return the pattern with characters in place of a Unicode property, in a class of their own if need be."""
    return known.sub(lambda found: chars if _in_class(pattern, found.start()) else f"[{chars}]", pattern)


def _in_class(pattern: str, index: int) -> bool:
    before = re.sub(r"\\.", "", pattern[:index])
    return before.rfind("[") > before.rfind("]")


@dataclass(slots=True)
class _Chars:
    """One character."""

    chars: str
    low: int = 1
    high: int = 1

    def write(self, length: int, random: Random, groups: dict[int, str]) -> str:
        return pick(random, self.chars)


def _spread(parts: Sequence[Part], length: int, random: Random, groups: dict[int, str]) -> str:
    """Return what the parts write one after the other, of this length in all if possible."""
    spare = length - sum(part.low for part in parts)
    room = sum(part.high - part.low for part in parts)
    out = []
    for part in parts:
        own = part.high - part.low
        room -= own
        most = max(0, min(own, spare))
        more = between(random, min(most, max(0, spare - room)), most)
        spare -= more
        out.append(part.write(part.low + more, random, groups))
    return "".join(out)


@dataclass(slots=True)
class _Sequence:
    parts: list[Part]
    group: int | None
    low: int
    high: int

    def write(self, length: int, random: Random, groups: dict[int, str]) -> str:
        text = _spread(self.parts, length, random, groups)
        if self.group is not None:
            groups[self.group] = text
        return text


@dataclass(slots=True)
class _Choice:
    options: list[Part]
    low: int
    high: int

    def write(self, length: int, random: Random, groups: dict[int, str]) -> str:
        fitting = [option for option in self.options if option.low <= length <= option.high]
        return pick(random, fitting or self.options).write(length, random, groups)


@dataclass(slots=True)
class _Repeat:
    part: Part
    least: int
    most: int
    low: int
    high: int

    def write(self, length: int, random: Random, groups: dict[int, str]) -> str:
        part = self.part
        if isinstance(part, _Chars):
            chars = part.chars
            return "".join([pick(random, chars) for _ in range(min(max(length, self.least), self.most))])
        few = max(self.least, -(-length // part.high)) if part.high else self.least
        many = min(self.most, length // part.low if part.low else max(few, min(length, 8)))
        count = between(random, few, many)
        return _spread([part] * count, length, random, groups)


@dataclass(slots=True)
class _Again:
    """What a group has written before."""

    group: int
    low: int
    high: int

    def write(self, length: int, random: Random, groups: dict[int, str]) -> str:
        return groups.get(self.group, "")


def _sequence(tokens: Any, group: int | None = None) -> _Sequence:
    parts = [part for token in tokens if (part := _part(*token)) is not None]
    return _Sequence(parts, group, sum(part.low for part in parts), min(MOST, sum(part.high for part in parts)))


def _part(code: Any, value: Any) -> Part | None:
    """Return the part for one parsed token; None for one that writes nothing."""
    if code in (codes.AT, codes.ASSERT, codes.ASSERT_NOT):
        return None
    if code is codes.LITERAL:
        return _Chars(chr(value))
    if code is codes.NOT_LITERAL:
        return _Chars(_others(chr(value)))
    if code is codes.ANY:
        return _Chars(_POOL)
    if code is codes.IN:
        return _Chars(_class(value))
    if code is codes.SUBPATTERN:
        return _sequence(value[3], value[0])
    if code is codes.ATOMIC_GROUP:
        return _sequence(value)
    if code is codes.BRANCH:
        options: list[Part] = [_sequence(option) for option in value[1]]
        return _Choice(options, min(o.low for o in options), max(o.high for o in options))
    if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
        least, most, tokens = int(value[0]), int(value[1]), list(value[2])
        inner = _sequence(tokens)
        part: Part = inner.parts[0] if len(inner.parts) == 1 else inner
        most = min(most, MOST)
        return _Repeat(part, least, max(least, most), least * part.low, min(MOST, most * part.high))
    if code is codes.GROUPREF:
        return _Again(value, 0, 0)
    raise Unsupported(f"{str(code).lower()} is not known")


def _class(tokens: Any) -> str:
    """Return the characters of a class; of a large one, some from each range."""
    negated = tokens[0][0] is codes.NEGATE
    found: list[str] = []
    for code, value in tokens[1:] if negated else tokens:
        if code is codes.LITERAL:
            found.append(chr(value))
        elif code is codes.RANGE:
            low, high = value
            taken = range(low, high + 1) if high - low < 256 or negated else _some(low, high)
            found += [chr(point) for point in taken if not 0xD800 <= point <= 0xDFFF]
        elif value in _CATEGORIES:
            found += _CATEGORIES[value]
        elif value in _OPPOSITES:
            found += _others(_CATEGORIES[_OPPOSITES[value]])
        else:
            raise Unsupported(f"{str(value).lower()} is not known")
    chars = "".join(dict.fromkeys(found))
    chars = _others(chars) if negated else chars
    chars = chars.replace("\0", "")
    if not chars:
        raise Unsupported("a class holds no usable character")
    return chars


def _some(low: int, high: int) -> list[int]:
    """Return 256 code points of a range, its ends and those of ASCII among them."""
    step = max(1, (high - low) // 200)
    return sorted({*range(low, high + 1, step), high, *range(max(low, 32), min(high, 126) + 1)})


def _others(chars: str) -> str:
    """Return characters that are not among these, ordinary ones first."""
    found = "".join(c for c in _POOL if c not in chars)
    return found or "".join(c for c in map(chr, range(0xA1, 0x2000)) if c not in chars)[:256]
