"""An exchange whose query and bodies have been read once, for everyone who judges it.

Owns: Call, and reading JSON strictly.
Knows nothing of: what is right.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final, NoReturn
from urllib.parse import parse_qsl, urlsplit

from cancelkit.spec import Operation
from cancelkit.traffic.exchange import Exchange
from cancelkit.traffic.paths import Meaning

ABSENT: Final[Any] = object()
"""Stands for a JSON value that is not there, or is not JSON."""


@dataclass(frozen=True, slots=True)
class Call:
    """query: in the order sent, decoded. sent, answered: the bodies as JSON values, or ABSENT."""

    exchange: Exchange
    meaning: Meaning
    query: tuple[tuple[str, str], ...]
    sent: Any
    answered: Any

    @property
    def operation(self) -> Operation | None:
        return self.meaning.operation

    def value(self, name: str) -> str | None:
        """The one value of a query parameter; None where it is missing, empty or given more than once."""
        values = [value for known, value in self.query if known == name]
        return values[0] if len(values) == 1 and values[0] else None


def read(exchange: Exchange, meaning: Meaning) -> Call:
    query = urlsplit(exchange.url).query
    return Call(
        exchange,
        meaning,
        tuple(parse_qsl(query, keep_blank_values=True, errors="replace")),
        json_value(exchange.request_body),
        json_value(exchange.response_body),
    )


def json_value(body: bytes | None) -> Any:
    """The JSON value that `body` holds, or ABSENT; NaN and Infinity are no JSON, a byte order mark may be ignored."""
    if not body:
        return ABSENT
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        return ABSENT


def _refuse(text: str) -> NoReturn:
    raise ValueError(text)


def media_type(header: str | None) -> str:
    """A content type without its parameters, in lower case; "" where there is none."""
    return (header or "").partition(";")[0].strip().lower()


def is_json(media: str) -> bool:
    return media == "application/json" or media.endswith("+json")
