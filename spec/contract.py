"""The whole contract, as one frozen object that is handed down to all that need it.

Owns: Contract: finding operations by id, by role, by method and path; what the contract does not have is None.
Source: docs/spec-extensions.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cancelkit.spec.choices import ONE_EACH, Choice
from cancelkit.spec.errors import SpecError
from cancelkit.spec.model import ApiKey, Behaviour, Field, Filter, Level, Operation, Role, Schema
from cancelkit.spec.resource import Resource, Transitions
from cancelkit.spec.wording import Wording


@dataclass(frozen=True, slots=True)
class Contract:
    """The whole contract.

    document: the file as read, overlays applied, references not followed; treat as read-only.
    behaviours: those promised, by id, the choices considered. choices: of every point (spec/choices.py), by id.
    wordings: what errors say, by kind of fault (spec/wording.py), as far as the contract says it.
    schemas: the component schemas by name, resolved (OpenAPI 3.0 dialect; see document.json_schema).
    files: the file and its overlays as they were named; none for a document from memory. fingerprint: 12 hexadecimal
    digits that differ where the content does.
    generator: the tuned generator of records that the contract asks for (x-generator), if any.
    api_key: None where no operation needs one.
    """

    document: Mapping[str, Any]
    version: str
    operations: Mapping[str, Operation]
    schemas: Mapping[str, Schema]
    behaviours: Mapping[str, Behaviour]
    choices: Mapping[str, Choice]
    wordings: Mapping[str, Wording]
    resource: Resource
    api_key: ApiKey | None
    files: tuple[Path, ...]
    fingerprint: str
    generator: str | None
    _fields: Mapping[str, Mapping[str, Field]]

    @property
    def source(self) -> str:
        """The files in one line, for people."""
        return " + ".join(map(str, self.files))

    @property
    def transitions(self) -> Transitions:
        """The transitions of the resource's state field.

        Raises:
            SpecError: the resource has no state field; ask `resource.transitions` where that may be so.
        """
        if self.resource.transitions is None:
            raise SpecError("", "the contract has no x-transitions")
        return self.resource.transitions

    def operation(self, method: str, path: str) -> Operation | None:
        """The operation with exactly this method and path template."""
        return next((o for o in self.operations.values() if o.method == method and o.path == path), None)

    def role(self, role: Role) -> Operation | None:
        """The operation with this role; None where the contract has none. For actions see `actions`."""
        return next((o for o in self.operations.values() if o.role is role), None)

    @property
    def actions(self) -> tuple[Operation, ...]:
        """The operations that act on a record, in the file's order; each has its `action`."""
        return tuple(o for o in self.operations.values() if o.role is Role.ACTION)

    def behaviour(self, id: str) -> Behaviour | None:
        """A behaviour of x-behaviours; None where the contract does not promise it."""
        return self.behaviours.get(id)

    def promised(self, *ids: str) -> str:
        """The first of these behaviours that the contract promises; the first of all where it promises none of them."""
        return next((id for id in ids if id in self.behaviours), ids[0])

    def chosen(self, point: str) -> str:
        """The option that holds at a point of spec/points/; the usual one where the contract says nothing."""
        return self.choices[point].chosen

    def slash(self, *, extra: bool) -> Choice:
        """What holds of a GET with the wrong final slash; of one too many as of any where nothing is said of it."""
        own = self.choices[self.slash_point(extra=extra)]
        return own if own.stated else self.choices["wrong-slash"]

    def slash_point(self, *, extra: bool) -> str:
        """The point that it is about: a slash too many has one of its own where lists have paths of both forms."""
        return "extra-slash" if extra and self.mixes_slashes else "wrong-slash"

    @property
    def mixes_slashes(self) -> bool:
        """Whether the path of one list ends in a slash, and that of another does not."""
        lists = (o.path for o in self.operations.values() if o.role in (Role.LIST, Role.LIST_DETAILED))
        return len({path.endswith("/") for path in lists}) == 2

    @property
    def one_each(self) -> str | None:
        """The reference of which each row may have one open record only; None where it may have several."""
        return self.choices[ONE_EACH].value

    @property
    def closing(self) -> frozenset[str]:
        """The states in which a record is not open: its row may have another."""
        return self.choices[ONE_EACH].closed or frozenset()

    def level(self, behaviour: str, default: Level = Level.ASSUMED) -> Level:
        """How sure the contract is of a behaviour."""
        found = self.behaviours.get(behaviour)
        return found.fact.level if found else default

    @property
    def filters(self) -> Mapping[str, Filter]:
        """Every filter of every list operation, by parameter name."""
        found: dict[str, Filter] = {}
        for operation in self.operations.values():
            found.update(operation.filters)
        return found

    def fields(self, schema: str) -> Mapping[str, Field]:
        """The properties of a component schema, by name."""
        return self._fields[schema]
