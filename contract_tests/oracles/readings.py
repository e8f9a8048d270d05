"""A value as a server shows it again: unchanged, or changed in a way that the contract leaves to the server.

Owns: `reading`, and in which ways a right server may keep a text.
Knows nothing of: records, operations, HTTP.
Source: docs/contract.md, "Left open on purpose": blanks around a text, empty texts; what the formats say is equal.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any
from uuid import UUID

from cancelkit.contract_tests.oracles.records import same
from cancelkit.spec import Schema

Choice = tuple[str, str]
"""What is left open, and which way a value was taken."""
BLANKS, ENDS = "blanks around a text", "tabs and line ends around a text"
EMPTY, MARKS = "an empty text", "a decomposed letter"
OUTER = "\u200b\ufeff\x1c\x1d\x1e\x1f"
LOOSE = frozenset({"duration", "time", "byte", "uri", "iri", "uri-reference"})
"""Formats whose texts may be written in other ways that say the same."""


def reading(sent: Any, shown: Any, schema: Schema) -> frozenset[Choice] | None:
    """The ways in which the value was taken, as far as it tells any; None where no right server would show it so."""
    if isinstance(sent, str):
        return _text(sent, shown, schema)
    if isinstance(sent, Mapping) and isinstance(shown, Mapping):
        named = schema.get("properties", {})
        kept = [name for name in sent if not named.get(name, {}).get("writeOnly")]
        if any(name not in shown and sent[name] is not None for name in kept):
            return None
        if not named and shown.keys() - sent.keys():
            return None
        return _all(reading(sent[name], shown.get(name), named.get(name, {})) for name in kept)
    if isinstance(sent, list) and isinstance(shown, list) and len(sent) == len(shown):
        items = schema.get("items", {})
        return _all(reading(one, other, items) for one, other in zip(sent, shown, strict=True))
    return frozenset() if same(sent, shown, schema) else None


def _all(found: Iterator[frozenset[Choice] | None]) -> frozenset[Choice] | None:
    every: frozenset[Choice] = frozenset()
    for one in found:
        if one is None:
            return None
        every |= one
    return every


def _text(sent: str, shown: Any, schema: Schema) -> frozenset[Choice] | None:
    bare, composed = trimmed(sent), unicodedata.normalize("NFC", sent)
    around = BLANKS if sent.strip(" ") != sent else ENDS if sent.strip() != sent else None
    if shown == sent:
        told = ((around, "kept", around), (EMPTY, "kept", not sent), (MARKS, "kept", composed != sent))
        return frozenset((what, way) for what, way, tells in told if what and tells)
    trims = {(around, "trimmed")} if around else set()
    if shown is None:
        return frozenset({(EMPTY, "null")} | trims) if not bare else None
    if not isinstance(shown, str):
        return frozenset() if same(sent, shown, schema) else None
    if bare != sent and trimmed(shown) == bare:
        return frozenset(trims)
    if composed != sent and shown == composed:
        return frozenset({(MARKS, "composed")})
    return frozenset() if same(sent, shown, schema) or _same_form(sent, shown, schema.get("format")) else None


def trimmed(text: str) -> str:
    """The text without what servers take for blanks at its ends."""
    while (shorter := text.strip().strip(OUTER)) != text:
        text = shorter
    return text


def _same_form(sent: str, shown: str, form: str | None) -> bool:
    """Whether both texts of a format mean the same, as far as can be told."""
    if form in LOOSE:
        return bool(shown)
    if form in ("email", "idn-email", "hostname", "idn-hostname"):
        return sent.casefold() == shown.casefold()
    try:
        if form == "uuid":
            return UUID(sent) == UUID(shown)
        return form in ("ipv4", "ipv6") and ip_address(sent) == ip_address(shown)
    except ValueError:
        return False
