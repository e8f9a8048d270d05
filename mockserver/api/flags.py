"""The words that a filter on a boolean takes, where the contract's choices are not the usual ones.

Owns: wrapping the reader of such a filter.
Source: spec/points/queries.py: boolean-filter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cancelkit.mockserver.api.lenient import Read
from cancelkit.spec import Contract, Parameter

_PLAIN = {"true": True, "false": False}
_DIGITS = {**_PLAIN, "1": True, "0": False}
_TAKEN: Mapping[str, Mapping[str, bool]] = {
    "any-case": _PLAIN,
    "digits": _DIGITS,
    "words": {**_DIGITS, "yes": True, "no": False, "on": True, "off": False},
}


def flags(read: Read, parameter: Parameter, contract: Contract) -> Read:
    """How a parameter is read; `read` itself where it is no filter on a boolean, or the choice is the usual one."""
    taken = _TAKEN.get(contract.chosen("boolean-filter"))
    if taken is None or parameter.filter is None or parameter.schema.get("type") != "boolean":
        return read

    def reading(text: str) -> Any:
        found = taken.get(text.lower())
        return read(text) if found is None else found

    return reading
