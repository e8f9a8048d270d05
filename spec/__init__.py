"""The contract, loaded once from spec/openapi.yaml, for the mock, the suite and the fixtures.

Owns: `load`, and the names that others import.
Knows nothing of: the packages that use it; imports none of them.
Source: spec/openapi.yaml, written by hand.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cancelkit.spec.contract import Contract
from cancelkit.spec.document import json_schema
from cancelkit.spec.errors import SpecError
from cancelkit.spec.model import (
    Action,
    ApiKey,
    Behaviour,
    Body,
    Fact,
    Field,
    Filter,
    Level,
    Operation,
    Parameter,
    Response,
    Role,
    Schema,
)
from cancelkit.spec.resource import Reference, Resource, Transitions

PATH = Path(__file__).with_name("openapi.yaml")


@cache
def load(path: Path = PATH) -> Contract:
    """Return the contract written in `path`, read once per process.

    Raises:
        SpecError: the file is broken; the message names the place and what to mend.
    """
    from cancelkit.spec.document import read
    from cancelkit.spec.reading import read_contract

    try:
        return read_contract(read(path), source=str(path))
    except SpecError as error:
        where = error.place if error.place.startswith(path.name) else f"{path.name}, {error.place}"
        raise SpecError(where, error.message) from error


__all__ = [
    "PATH",
    "Action",
    "ApiKey",
    "Behaviour",
    "Body",
    "Contract",
    "Fact",
    "Field",
    "Filter",
    "Level",
    "Operation",
    "Parameter",
    "Reference",
    "Resource",
    "Response",
    "Role",
    "Schema",
    "SpecError",
    "Transitions",
    "json_schema",
    "load",
]
