"""An exchange whose query and bodies have been read once, for everyone who judges it.

Owns: Call, and reading JSON strictly.
Source: RFC 8259; RFC 9110, 8.3.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final, NoReturn
from urllib.parse import parse_qsl, urlsplit

from cancelkit.spec import Operation
from cancelkit.traffic.exchange import Exchange
from cancelkit.traffic.paths import Meaning

ABSENT: Final[Any] = object()
"""Stands for a JSON value that is not there, or is not JSON."""
SURROGATE: Final = re.compile("[\ud800-\udfff]")
_ESCAPED: Final = re.compile(rb"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True)
class Call:
    """query: in the order sent, decoded. sent, answered: the bodies as JSON values, or ABSENT.

    halves_sent, halves_answered: where a JSON text holds half of a surrogate pair, such as ("description",). In the
    values U+FFFD stands in its place, as no report could write it.
    """

    exchange: Exchange
    meaning: Meaning
    query: tuple[tuple[str, str], ...]
    sent: Any
    answered: Any
    halves_sent: tuple[tuple[str, ...], ...] = ()
    halves_answered: tuple[tuple[str, ...], ...] = ()

    @property
    def operation(self) -> Operation | None:
        return self.meaning.operation

    def value(self, name: str) -> str | None:
        """The one value of a query parameter; None where it is missing, empty or given more than once."""
        values = [value for known, value in self.query if known == name]
        return values[0] if len(values) == 1 and values[0] else None


def read(exchange: Exchange, meaning: Meaning) -> Call:
    sent, halves_sent = json_and_halves(exchange.request_body)
    answered, halves_answered = json_and_halves(exchange.response_body)
    query = parse_qsl(urlsplit(exchange.url).query, keep_blank_values=True, errors="replace")
    return Call(exchange, meaning, tuple(query), sent, answered, halves_sent, halves_answered)


def json_value(body: bytes | None) -> Any:
    """The JSON value that `body` holds, or ABSENT; NaN and 1e400 are no JSON, a byte order mark is ignored."""
    return json_and_halves(body)[0]


def json_and_halves(body: bytes | None) -> tuple[Any, tuple[tuple[str, ...], ...]]:
    """The JSON value that `body` holds, or ABSENT; and where it held half of a surrogate pair, now U+FFFD."""
    if not body:
        return ABSENT, ()
    halves: list[tuple[str, ...]] = []
    try:
        value = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse, parse_float=_finite)
        if _ESCAPED.search(body):
            value = _whole(value, (), halves)
    except (ValueError, RecursionError):
        return ABSENT, ()
    return value, tuple(halves)


def _whole(value: Any, place: tuple[str, ...], halves: list[tuple[str, ...]]) -> Any:
    """The value with U+FFFD for each half of a surrogate pair; their places are added to `halves`."""
    if isinstance(value, str) and SURROGATE.search(value):
        halves.append(place)
        return whole(value)
    if isinstance(value, list):
        return [_whole(inner, (*place, str(index)), halves) for index, inner in enumerate(value)]
    if isinstance(value, dict):
        clean = {}
        for name, inner in value.items():
            here = (*place, whole(name))
            if SURROGATE.search(name):
                halves.append(here)
            clean[here[-1]] = _whole(inner, here, halves)
        return clean
    return value


def whole(text: str) -> str:
    """The text with U+FFFD for each half of a surrogate pair, which no file can hold."""
    return SURROGATE.sub("\ufffd", text)


def _refuse(text: str) -> NoReturn:
    raise ValueError(text)


def _finite(text: str) -> float:
    value = float(text)
    return value if value not in (float("inf"), float("-inf")) else _refuse(text)
