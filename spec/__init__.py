"""The contract, loaded once from spec/openapi.yaml, for the mock, the suite and the fixtures.

Owns: `load`, and the names that others import.
Knows nothing of: the packages that use it; imports none of them.
Source: spec/openapi.yaml, written by hand.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cancelkit.spec.document import json_schema
from cancelkit.spec.errors import SpecError
from cancelkit.spec.model import (
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
    Schema,
    Spec,
    Transitions,
)

PATH = Path(__file__).with_name("openapi.yaml")


@cache
def load(path: Path = PATH) -> Spec:
    """Return the contract written in `path`, read once per process.

    Raises:
        SpecError: the file is broken; the message names the place and what to mend.
    """
    from cancelkit.spec.document import read
    from cancelkit.spec.reading import read_spec

    try:
        return read_spec(read(path))
    except SpecError as error:
        where = error.place if error.place.startswith(path.name) else f"{path.name}, {error.place}"
        raise SpecError(where, error.message) from error


__all__ = [
    "PATH",
    "ApiKey",
    "Behaviour",
    "Body",
    "Fact",
    "Field",
    "Filter",
    "Level",
    "Operation",
    "Parameter",
    "Response",
    "Schema",
    "Spec",
    "SpecError",
    "Transitions",
    "json_schema",
    "load",
]
