"""Contracts: read from a file and overlays, for the mock, the suite and the fixtures alike.

Owns: `load`, and the names that others import. The package imports nothing of ours.
Source: docs/spec-extensions.md. The contract that is packaged is PATH, spec/openapi.yaml, written by hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from cancelkit.spec.choices import Choice
from cancelkit.spec.contract import Contract
from cancelkit.spec.document import json_schema
from cancelkit.spec.errors import SpecError
from cancelkit.spec.model import (
    Action,
    ApiKey,
    Behaviour,
    Body,
    Comparing,
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


def read(path: Path = PATH, overlays: Iterable[Path] = ()) -> Contract:
    """Return the contract written in `path` (YAML or JSON), with the overlays in these files applied in order.

    Raises:
        SpecError: a file is broken or does not fit; the message names file, line, place and what to mend.
    """
    from cancelkit.spec.loading import read_document
    from cancelkit.spec.reading import read_contract

    files = tuple(overlays)
    document = read_document(path, files)
    try:
        return read_contract(document.data, files=(path, *files), fingerprint=document.fingerprint)
    except SpecError as error:
        raise document.located(error) from error


@cache
def load(path: Path = PATH, overlays: tuple[Path, ...] = ()) -> Contract:
    """Return the same as `read`, kept for the next call; for the one front place where no contract is given."""
    return read(path, overlays)


__all__ = [
    "PATH",
    "Action",
    "ApiKey",
    "Behaviour",
    "Body",
    "Choice",
    "Comparing",
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
    "read",
]
