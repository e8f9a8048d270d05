"""Input that no client should send and every server meets: bodies, values, ids and texts.

Owns: these, and filling the names of a contract's own fields into them.
Source: RFC 8259 (what is no JSON), RFC 3986, and what breaks parsers and databases.
"""

from __future__ import annotations

from typing import Any

from cancelkit.contract_tests.observing.sending import fields, text_field
from cancelkit.spec import Contract, Operation

MALFORMED = (
    b"{",
    b'{"TEXT": "x"',
    b'{"TEXT": "x",}',
    b"{'TEXT': 'x'}",
    b"nonsense",
    b'{"a" 1}',
    b"GOOD}",
    b"GOOD GOOD",
)
KINDS = {
    "text/plain": b'{"TEXT": "x"}',
    "application/x-www-form-urlencoded": b"TEXT=x&NUMBER=1",
    "application/xml": b"<TEXT>x</TEXT>",
}
RAW = {
    "NaN": b'{"NUMBER": NaN}',
    "Infinity": b'{"NUMBER": -Infinity}',
    "a huge exponent": b'{"NUMBER": 1e999}',
    "invalid UTF-8": b'{"TEXT": "\xff\xfe"}',
    "a byte order mark": b'\xef\xbb\xbf{"NUMBER": 1}',
    "a key twice": b'{"NUMBER": 1, "NUMBER": 2}',
    "nothing": b"",
    "null": b"null",
    "an array": b"[1, 2]",
    "a text": b'"text"',
}
EXTREMES = {
    "a deep array": b"[" * 20_000 + b"]" * 20_000,
    "a deep object": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "a number of 5000 digits": b'{"NUMBER": ' + b"9" * 5000 + b"}",
    "a lone surrogate": b'{"TEXT": "\\ud800"}',
    "a megabyte of text": b'{"TEXT": "' + b"x" * 2**20 + b'"}',
}
"""Bodies in which TEXT and NUMBER stand for fields of the contract, GOOD (above) for a whole body that is accepted."""
ODD_VALUES: tuple[Any, ...] = (
    10**30,
    -(10**30),
    2**63,
    [[]],
    {"id": None},
    "\u0000",
    "\ud800",
    "a" * 100_000,
)
ODD_NUMBERS = ("0", "-1", "1.5", "abc", "1e3", "9" * 30, "9" * 400, "2147483648", "9223372036854775808", "null")
SAFELY_ODD = ("abc", "9" * 30, "9" * 400, "null")
ODD_DATES = (
    "9999-12-31T23:59:59-12:00",
    "0001-01-01T00:00:00+12:00",
    "9999-12-31",
    "0001-01-01",
    "2025-02-30T25:61:00Z",
)
"""Moments that are beyond what a calendar holds once they are put into another zone, or into none."""
ODD_TEXTS = (
    "\u0000",
    "%",
    "'",
    '"',
    "\\",
    "😀",
    "İ" * 300,
    "a" * 2000,
    "../..",
    "{{7*7}}",
    "' OR 1=1 --",
    "\u202e",
    "\r\n",
)


def filled_in(contract: Contract, operation: Operation, content: bytes) -> bytes:
    """The body with the names of a text and of a number that the operation takes."""
    known = fields(operation)
    references = contract.resource.references
    text = text_field(contract, operation) or next((n for n, f in known.items() if f.type == "string"), "text")
    numbers = (n for n, f in known.items() if f.type in ("integer", "number") and n not in references)
    number = next(numbers, "number")
    return content.replace(b"TEXT", text.encode()).replace(b"NUMBER", number.encode())
