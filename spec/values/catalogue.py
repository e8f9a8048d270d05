"""All the kinds of values that a field is worth trying with: the edges of its schema, and what else servers get wrong.

Owns: `catalogue`, and the texts, lengths, numbers and dates that edges.py of a maker does not give.
Source: the kinds of faults that web services have with values; Unicode 15; the calendar and its daylight-saving days.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from random import Random

from cancelkit.spec.values.making import Node, kind_of
from cancelkit.spec.values.model import Edge, Json, NoValue, Schema, key
from cancelkit.spec.values.numbers import Numbers
from cancelkit.spec.values.texts import Texts

LENGTHS = (48, 254, 257, 499, 500, 501, 512, 998, 999, 1000, 1001, 1024, 2000, 4096, 9999, 10_000)
LETTERS = {"ş": "two-byte letters", "中": "three-byte letters", "👍": "letters beyond the BMP"}
REPEATED = (50, 100, 255, 256, 1000)
TEXTS: dict[str, str] = {
    "two zeros": "00",
    "leading zeros and more": "0012300",
    "twenty digits": "12345678901234567890",
    "sixty digits": "1234567890" * 6,
    "looks like a negative number": "-5",
    "looks like a number with a sign": "+5",
    "looks like a number without its zero": ".5",
    "looks like a number with a comma": "1.234,50",
    "looks like a grouped number": "1_000",
    "looks like a hexadecimal number": "0x1F",
    "looks like an octal number": "0o17",
    "looks like zero": "0.0",
    "looks like yes": "yes",
    "looks like no": "no",
    "looks like on": "on",
    "looks like True": "True",
    "looks like False": "FALSE",
    "looks like NULL": "NULL",
    "looks like nil": "nil",
    "looks like a day first": "01.02.2025",
    "looks like a short date": "2025-3-1",
    "looks like a time": "12:30",
    "looks like an empty array": "[]",
    "looks like an empty object": "{}",
    "looks like a JSON text": '"a"',
    "looks like an e-mail address": "Ada.Byron@Example.COM",
    "looks like a URL": "HTTPS://Example.com/A?b=C%20d#e",
    "looks like a UUID": "3F2504E0-4F89-41D3-9A0C-0305E82C3301",
    "looks like an account in groups": "tr33 0006 1005 1978 6457 8413 26",
    "looks like a telephone number": "+90 (532) 123-45 67",
    "HTML entities": "&lt;b&gt; &#39; &nbsp; &amp;amp;",
    "HTML comment": "a<!-- b -->c",
    "angle brackets": "1 < 2 > 0",
    "encoded percent": "100%25 %E2%82%AC %zz %",
    "template": "{{ 7*7 }} ${7*7} <%= 7 %> #{7}",
    "one percent sign": "50%",
    "Unicode escape": "\\u0041\\n\\x41",
    "blank before": " before",
    "blank after": "after ",
    "blanks around": "  around  ",
    "newline after": "after\n",
    "newline before": "\nbefore",
    "tab around": "\taround\t",
    "one blank": " ",
    "several lines": "one\n\ntwo\n  three",
    "carriage return": "a\rb",
    "vertical tab": "a\x0bb\x0cc",
    "control characters": "a\x01b\x1fc\x7fd",
    "next line": "a\x85b",
    "one apostrophe": "'",
    "doubled quotes": "''a'' \"\"b\"\"",
    "backtick": "`a`",
    "one backslash": "\\",
    "backslash at the end": "a\\",
    "slashes": "a/b//c",
    "semicolon": "a;b;",
    "pipe": "a|b||c",
    "commas": ",a,,b,",
    "brackets": "(a) [b] {c}",
    "at sign": "@a",
    "hash": "#a",
    "dollar": "$1 a$b",
    "dots": "...",
    "hyphens": "--a--b",
    "underscores": "__a__",
    "asterisks": "*a**b",
    "tilde": "~a",
    "caret": "^a$",
    "exclamation": "a!?",
    "title case": "Ada Byron",
    "lower case": "abc def",
    "accents": "Àéîõü ñ ç ß ø å",
    "Polish letters": "Zażółć gęślą jaźń",
    "Cyrillic": "Привет, мир",
    "Greek sigma": "ΣΊΣΥΦΟΣ Σίσυφος",
    "Japanese": "テスト ひらがな ｶﾅ",
    "Korean": "한국어",
    "Hindi": "हिन्दी",
    "ligature": "ﬁn ﬂ",
    "full-width letters": "ＡＢＣ１２３",
    "Arabic digits": "١٢٣",
    "superscript": "x² ½ №",
    "soft hyphen": "a\u00adb",
    "byte order mark": "\ufeffa",
    "right-to-left override": "a\u202eb\u202cc",
    "stacked marks": "a\u0301\u0302\u0303\u0304",
    "variation selector": "☎\ufe0f ☎\ufe0e",
    "non-character": "a\ufffeb",
    "private use": "\ue000",
    "replacement character": "a\ufffdb",
    "last code point": "\U0010ffff",
}
FORMATS: dict[str, dict[str, str]] = {
    "date": {
        "clocks go forward": "2025-03-30",
        "clocks go back": "2025-10-26",
        "end of a short month": "2025-06-30",
        "first of March": "2025-03-01",
        "day after a leap day": "2024-03-01",
        "last of January": "2025-01-31",
        "last of a leap year": "2024-12-31",
        "week 53": "2021-01-01",
        "day and month alike": "2025-05-05",
        "day above twelve": "2025-01-13",
        "2038": "2038-01-20",
    },
    "date-time": {
        "noon": "2025-03-01T12:00:00Z",
        "hour that clocks skip": "2025-03-30T02:30:00Z",
        "hour that clocks repeat": "2025-10-26T01:30:00Z",
        "American clocks": "2025-03-09T02:30:00-05:00",
        "next day in another offset": "2025-03-01T23:30:00-02:00",
        "last year in another offset": "2025-01-01T00:30:00+03:00",
        "leap day in another offset": "2024-03-01T00:30:00+01:00",
        "greatest offset": "2025-03-01T00:00:00+14:00",
        "one microsecond": "2025-03-01T12:30:00.000001Z",
        "2038": "2038-01-19T03:14:08Z",
    },
}
_POWERS = sorted({*(10**n for n in range(19)), *(2**n for n in range(64))})
_OUTER = ("least", "greatest", "next to the least", "next to the greatest")


@lru_cache(maxsize=1000)
def _most(kind: str | None) -> int:
    return 500 if kind in ("string", "integer", "number") else 60


def catalogue(node: Node) -> list[Edge]:
    """The values of a schema that are worth trying, each once, with the kind of each; null is among them if it fits.

    Raises:
        NoValue: the schema has no value.
    """
    node.typical()
    kind = kind_of(node.flat)
    found: dict[object, Edge] = {}
    names: set[str] = set()
    for edge in (*_made(node, kind), *node.edges()):
        label = edge.label
        if key(edge.value) in found or not node.admits(edge.value):
            continue
        while label in names:
            label = f"another {label}"
        names.add(label)
        found[key(edge.value)] = Edge(edge.value, label)
    return list(found.values())[: _most(kind)]


def _made(node: Node, kind: str | None) -> Iterator[Edge]:
    flat: Schema = node.flat
    if "enum" in flat:
        return
    if kind in ("integer", "number"):
        yield from _numbers(flat, node.place)
    elif kind == "string":
        yield from _texts(node)
    elif kind == "boolean":
        yield from (Edge(True, "true"), Edge(False, "false"))


def _numbers(flat: Schema, place: str) -> Iterator[Edge]:
    """The bounds, and powers of ten and of two with their neighbours."""
    yield from (edge for edge in Numbers(flat, place).edges() if edge.label in (*_OUTER, "zero"))
    for power in _POWERS:
        for near, label in ((power - 1, f"below {power}"), (power, str(power)), (power + 1, f"above {power}")):
            if power > 2 or near >= power:
                yield Edge(_written(near), label)


def _written(number: int) -> Json:
    return int(Fraction(number))


def _texts(node: Node) -> Iterator[Edge]:
    for label, text in FORMATS.get(str(node.flat.get("format")), {}).items():
        yield Edge(text, label)
    if "format" in node.flat:
        return
    made, random = Texts(node.flat, node.place, node.direction), Random(5)
    for length in LENGTHS:
        if made.low <= length <= made.high and (made_up := _of(made, length, random)) is not None:
            yield Edge(made_up, f"{length} characters")
    yield from (Edge(text, label) for label, text in TEXTS.items())
    for letter, says in LETTERS.items():
        yield from (Edge(letter * count, f"{count} {says}") for count in REPEATED)


def _of(made: Texts, length: int, random: Random) -> str | None:
    try:
        return made.of_length(length, random)
    except NoValue:
        return None
