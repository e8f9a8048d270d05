"""Numbers in a query that are written otherwise than in plain digits, where the contract's choices let them pass.

Owns: wrapping the reader of a limit or page, and of a filter on integers.
Source: spec/points/: paging-digits, paging-fraction, fraction-filter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cancelkit.mockserver.api.lenient import NOTHING, Read
from cancelkit.spec import Contract, Parameter

_PAGING: Mapping[str, re.Pattern[str]] = {
    "zeros": re.compile(r"0*([0-9]{1,300})", re.ASCII),
    "signed": re.compile(r"\+?0*([0-9]{1,300})", re.ASCII),
    "blanks": re.compile(r"\s*\+?0*([0-9]{1,300})\s*", re.ASCII),
}
_WHOLE = re.compile(r"([^.]{1,300})\.0{1,300}")
_FRACTION = re.compile(r"(-?)([0-9]{1,300})\.([0-9]{1,300})", re.ASCII)
_DOWN, _UP = ("gt", "lte"), ("gte", "lt")
"""Comparisons that come to the same with the integer below a fraction, and above it."""


def digits(read: Read, parameter: Parameter, contract: Contract) -> Read:
    """How a parameter is read where the choices are considered; `read` itself where they are the usual ones."""
    if parameter.paging is not None:
        read = _paging(read, _PAGING.get(contract.chosen("paging-digits")))
        return _paging(read, _WHOLE if contract.chosen("paging-fraction") == "whole" else None)
    schema, fractions = parameter.schema, contract.chosen("fraction-filter")
    inner = schema.get("items", {}) if parameter.many else schema
    if parameter.filter is None or inner.get("type") != "integer" or fractions == "malformed":
        return read
    lookup = parameter.filter.lookup
    if not parameter.many:
        return lambda text: NOTHING if (plain := _integer(text, fractions, lookup)) is None else read(plain)

    def read_list(text: str) -> Any:
        parts = [_integer(part, fractions, lookup) for part in text.split(",")]
        known = [part for part in parts if part is not None]
        return read(",".join(known)) if known else NOTHING

    return read_list


def _paging(read: Read, form: re.Pattern[str] | None) -> Read:
    if form is None:
        return read
    return lambda text: read(found[1] if (found := form.fullmatch(text)) else text)


def _integer(text: str, fractions: str, lookup: str) -> str | None:
    """The integer that a fraction is taken for; None for one that equals none, the text where it is no fraction."""
    found = _FRACTION.fullmatch(text)
    if found is None:
        return text
    number = int(found[1] + found[2])
    if fractions == "truncated" or not found[3].strip("0"):
        return str(number)
    if fractions == "whole":
        return text
    below = number - bool(found[1])
    return str(below) if lookup in _DOWN else str(below + 1) if lookup in _UP else None
