"""Queries and bodies as they go over the wire.

Owns: query strings and JSON, of values that a right client would send and of others.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

Query = Mapping[str, Any] | Sequence[tuple[str, Any]] | str | None


def encode_query(query: Query) -> str:
    """A query string: lists joined by commas, True as "true", None left out; text is taken as it is."""
    if query is None or isinstance(query, str):
        return query or ""
    pairs = query.items() if isinstance(query, Mapping) else query
    return urlencode([(k, _text(v)) for k, v in pairs if v is not None], quote_via=quote, safe=",:@")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple | set | frozenset):
        return ",".join(_text(v) for v in value)
    return str(value)


def json_bytes(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def raw_text(sent: bytes) -> str:
    """Any bytes as text from which `raw_bytes` gets them back: what is no UTF-8 stands as halves of surrogate pairs."""
    return sent.decode("utf-8", "surrogateescape")


def raw_bytes(text: str) -> bytes:
    """The bytes that `raw_text` was given; other halves as CESU-8 writes them."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
