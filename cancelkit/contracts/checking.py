"""Everything that is wrong with a contract, and what each tool can't do with it.

Owns: `check`: the order of the checks, and how the reader is asked for more than its first error.
Source: docs/contract-of-your-own.md, "Checking it".
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from cancelkit.contracts.finding import Finding
from cancelkit.contracts.limits import limits
from cancelkit.contracts.schemas import faults
from cancelkit.spec import SpecError
from cancelkit.spec.choosing import ContractFiles
from cancelkit.spec.errors import Place, rendered
from cancelkit.spec.loading import Document
from cancelkit.spec.places import as_keys
from cancelkit.spec.reading import read_contract

MOST = 200
CASCADING = frozenset({"x-transitions", "x-action", "x-role", "x-table", "x-identity"})
"""Extensions without which other parts of the contract would be wrong as well."""


def check(document: Document, contract_files: ContractFiles) -> list[Finding]:
    """Return the errors in the file's order; the tools' limits where there are no errors."""
    found = [_error(document, place, message) for place, message in faults(document.data)]
    found += [_error(document, keys, error.message, error.place) for keys, error in _refused(document.data)]
    if not found:
        found += _structure(document)
    unique = {(f.location, f.message): f for f in found}
    errors = sorted(unique.values(), key=lambda f: (f.location.file, f.location.line or 0, f.location.column or 0))
    return errors or limits(document, contract_files.read())


def _error(document: Document, place: Place, message: str, shown: str | None = None) -> Finding:
    return Finding("error", "contract", document.locate(place), rendered(place) if shown is None else shown, message)


def _refused(data: dict[str, Any]) -> Iterator[tuple[Place, SpecError]]:
    """The reader's errors; after one about an annotation it is asked again, with that annotation left out."""
    pruned: dict[str, Any] | None = None
    for _ in range(MOST):
        try:
            read_contract(data if pruned is None else pruned)
            return
        except SpecError as error:
            where = data if pruned is None else pruned
            keys = as_keys(error.place if error.keys is None else error.keys, where)
            yield keys, error
            if pruned is None:
                pruned = copy.deepcopy(data)
            if not _prune(pruned, keys):
                return


def _prune(data: Any, keys: Place) -> bool:
    """Remove the annotation that an error is about; False where that would make other parts wrong."""
    depth = next((i for i, key in enumerate(keys) if str(key).startswith("x-")), None)
    if depth is None or keys[depth] in CASCADING:
        return False
    path: tuple[str | int, ...] = keys[: depth + 1]
    if keys[depth] == "x-behaviours" and len(keys) > depth + 1:
        path = keys[: depth + 2]
    elif keys[depth] == "x-why":
        path = (*keys[:depth], "x-level")
    holder = data
    for key in path[:-1]:
        try:
            holder = holder[key]
        except (KeyError, IndexError, TypeError):
            return False
    if not isinstance(holder, dict) or path[-1] not in holder:
        return False
    del holder[path[-1]]
    return True


def _structure(document: Document) -> Iterator[Finding]:
    """What OpenAPI itself does not allow, of what our own reader does not look at."""
    from openapi_spec_validator import OpenAPIV30SpecValidator

    for error in OpenAPIV30SpecValidator(copy.deepcopy(document.data)).iter_errors():
        place = tuple(getattr(error, "absolute_path", ()))
        message = " ".join(str(getattr(error, "message", error)).partition("\n")[0].split())
        yield _error(document, place, message if len(message) <= 300 else f"{message[:299]}…")
