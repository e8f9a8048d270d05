"""Texts: of a length, of a format, matching patterns.

Owns: which texts a flat schema of type string admits, ordinary ones and those at an edge.
Source: OpenAPI 3.0.3: minLength and maxLength (in code points), pattern, format.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from spec.document import Direction
from spec.values.chance import below, between, pick
from spec.values.checking import compiled
from spec.values.flattening import combined
from spec.values.formats import ALIASES, EDGES, FORMATS, ORDINARY
from spec.values.model import Edge, Json, NoValue, Schema
from spec.values.odd_texts import ODD_TEXTS
from spec.values.patterns import MOST, Part, Unsupported, parsed

_WORDS = (
    "amber anchor autumn basket birch bottle bridge candle canvas carpet cedar cherry circle clover copper corner cotton "
    "daisy desert dinner dragon ember engine falcon feather forest garden ginger glacier hammer harbor hazel island "
    "jacket jasmine kettle ladder lantern lemon maple marble meadow mirror morning needle north ocean olive orange "
    "paper pepper pillow planet pocket quartz ribbon river saddle silver spring summer timber tulip valley velvet "
    "violet walnut willow winter"
).split()
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_LENGTHS = (1, 2, 49, 50, 51, 99, 100, 101, 127, 128, 199, 200, 255, 256)
_TRIES = 400


class Texts:
    """The texts of a flat schema of type string."""

    def __init__(self, flat: Schema, place: str, direction: Direction) -> None:
        self.place = place
        self.low, self.high = flat.get("minLength", 0), flat.get("maxLength", MOST)
        if self.low > self.high:
            raise NoValue(place, f"minLength {self.low} is more than maxLength {self.high}")
        formats = [name for name in (flat.get("format"), *combined(flat, "format")) if name in FORMATS]
        patterns = [text for text in (flat.get("pattern"), *combined(flat, "pattern")) if text is not None]
        keywords = {name: value for name, value in flat.items() if name in ("minLength", "maxLength", "pattern", "format")}
        if more := [part for part in flat.get("allOf", ()) if "pattern" in part or "format" in part]:
            keywords["allOf"] = more
        self._check = compiled(keywords, direction, place).is_valid if formats or patterns else None
        self._format = formats[0] if formats else None
        self._patterns = patterns
        self._parts: list[Part] = []
        if patterns and not self._mostly_plain():
            self._parts = self._walked()
        self._span = self._ordinary()

    def typical(self) -> Json:
        """Return one ordinary text."""
        return self.draw(Random(1))

    def draw(self, random: Random) -> Json:
        """Return an ordinary text.

        Raises:
            NoValue: none is found that matches pattern, format and lengths at once.
        """
        low, high = self._span
        if self._check is None:
            return _words(random, low, high)
        for round in range(_TRIES):
            if round in (20, 200):
                low, high = self.low, min(self.high, max(self.low + round, self._span[1]))
            plain = not self._format and not self._parts
            text = _words(random, low, high) if plain else self._written(random, between(random, low, high))
            if self._check(text):
                return text
        return self._found_late()

    def of_length(self, length: int, random: Random) -> str | None:
        """Return a text of that many code points, or None where none is found."""
        for _ in range(50 if self._check else 1):
            text = self._written(random, length)
            if len(text) == length and (self._check is None or self._check(text)):
                return text
        return None

    def edges(self) -> Iterator[Edge]:
        """Yield texts of the least, greatest and other telling lengths, then odd ones or the edges of the format."""
        random = Random(2)
        lengths = dict.fromkeys([self.low, self.low + 1, self.high - 1, self.high, *_LENGTHS])
        for length in lengths:
            least = length <= 1 + self.low or (self.high < MOST and length >= self.high - 1)
            if self.low <= length <= min(self.high, MOST - 1) and (least or not self._format):
                text = self.of_length(length, random)
                if text is not None:
                    yield Edge(text, f"{length} characters" if length != 1 else "1 character")
        if self._format:
            for label, text in EDGES.get(ALIASES.get(self._format, self._format), {}).items():
                yield Edge(text, f"{self._format}: {label}")
        for label, text in ODD_TEXTS.items():
            yield Edge(text, label)

    def every(self) -> Iterator[Json]:
        """Yield the shortest texts in order; not all of them."""
        random = Random(3)
        for length in range(self.low, min(self.high, self.low + 6) + 1):
            for _ in range(200):
                text = self.of_length(length, random)
                if text is None:
                    break
                yield text

    def _written(self, random: Random, length: int) -> str:
        if self._format:
            write, low, high = FORMATS[self._format]
            return write(random, min(max(low, length), high))
        if not self._parts:
            return _plain(random, length)
        part = self._parts[0] if len(self._parts) == 1 else pick(random, self._parts)
        text = part.write(min(max(part.low, length), part.high), random, {})
        missing = length - len(text)
        if missing > 0 and part.high < length:  # a pattern without anchors matches within a longer text
            more = "".join([pick(random, _LETTERS) for _ in range(missing)])
            text = more + text if below(random, 2) else text + more
        return text

    def _mostly_plain(self) -> bool:
        """Return whether ordinary texts match the patterns, so that they need not be written from them."""
        if self._format or self._check is None:
            return False
        random, low = Random(4), self.low
        texts = [_plain(random, between(random, low, min(self.high, low + 40))) for _ in range(30)]
        return sum(map(self._check, texts)) >= 28

    def _walked(self) -> list[Part]:
        found, why = [], ""
        for pattern in self._patterns:
            try:
                found.append(parsed(pattern))
            except Unsupported as error:
                why = str(error)
        if not found:
            raise NoValue(self.place, f"no text is found for the pattern {self._patterns[0]!r}: {why}")
        return found

    def _ordinary(self) -> tuple[int, int]:
        """Return the least and greatest length of an ordinary text."""
        if self._format:
            _, least, most = FORMATS[self._format]
            low, high = ORDINARY.get(self._format, (max(least, min(14, most)), min(most, max(least, 14) + 16)))
        elif self._parts:
            least = min(part.low for part in self._parts)
            most = max(part.high for part in self._parts)
            low, high = least, min(most, least + 12)
        else:
            low, high = 4, 30
        low = max(self.low, min(low, self.high))
        return low, max(low, min(self.high, max(high, low + 8 if self.low > 0 else high)))

    def _found_late(self) -> str:
        for edge in self.edges():
            if self._check is not None and self._check(edge.value):
                return str(edge.value)
        what = f"the pattern {self._patterns[0]!r}" if self._patterns else f"the format {self._format}"
        raise NoValue(self.place, f"no text is found for {what} and lengths from {self.low} to {self.high}")


def _words(random: Random, low: int, high: int) -> str:
    """Return one to four whole words, if the bounds of the length leave it so."""
    text = pick(random, _WORDS)
    for _ in range(below(random, 4)):
        longer = f"{text} {pick(random, _WORDS)}"
        if len(longer) > high:
            break
        text = longer
    return text if low <= len(text) <= high else _plain(random, min(max(low, len(text)), high))


def _plain(random: Random, length: int) -> str:
    """Return words of this length in all, with no blank at an end."""
    if length <= 0:
        return ""
    text = pick(random, _WORDS)
    while len(text) < length:
        text = f"{text} {pick(random, _WORDS)}"
    if len(text) > length:
        text = text[:length]
        if text[-1] == " ":
            text = text[:-1] + pick(random, _LETTERS)
    return text
