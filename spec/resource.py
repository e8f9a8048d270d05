"""What the operations of a contract are about: one kind of record, where it lives, what it looks like.

Owns: Resource and its parts: scope, identity, representations, references, state.
Source: docs/spec-extensions.md, "Roles" and "References".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cancelkit.spec.model import Fact, Field, Level, Parameter, Schema


@dataclass(frozen=True, slots=True)
class Transitions:
    """Which value of the state field may follow which by an update, and what an action sets.

    field: the state field's name. actions: the value that an operation sets, by operationId; refused in a final state.
    unseen: states of an observed table that could not be reached: what may follow them is assumed.
    """

    field: str
    statuses: tuple[str, ...]
    initial: str
    allowed: Mapping[str, frozenset[str]]
    final: frozenset[str]
    actions: Mapping[str, str]
    fact: Fact
    unseen: frozenset[str] = frozenset()

    def level(self, old: str) -> Level:
        """How sure it is what may follow a state."""
        return Level.ASSUMED if old in self.unseen else self.fact.level

    def permits(self, old: str, new: str) -> bool:
        """Whether an update may move a record from `old` to `new`; staying is always allowed."""
        return old == new or new in self.allowed.get(old, frozenset())

    @property
    def rivals(self) -> dict[str, tuple[str, ...]]:
        """States that may follow one state and exclude each other, final ones first: whichever comes first holds."""
        found: dict[str, tuple[str, ...]] = {}
        for old in self.statuses:
            apart: list[str] = []
            for new in sorted(self.allowed.get(old, ()), key=lambda new: (new not in self.final, new)):
                if new != old and not any(self.permits(one, new) or self.permits(new, one) for one in apart):
                    apart.append(new)
            if len(apart) > 1:
                found[old] = tuple(apart)
        return found


@dataclass(frozen=True, slots=True)
class Reference:
    """A body field that names a row of another table by its key.

    field: in bodies. table: as x-reference names it. key: the property that identifies a row (mostly "id").
    opened: where the row stands in the plain and in the detailed representation: the property's name there, or None
        where only the key is answered. schema: of the row as it is answered opened; of the key alone where it never is.
    """

    field: str
    table: str
    key: str
    opened: str | None
    opened_detailed: str | None
    schema: Schema


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of record.

    name: the last fixed segment of the collection's path. collection, item: path templates; item None where no
        operation is about a single record.
    scope: the path parameters in front of the record's own, outermost first: who asks for one scope sees no other.
    identity: the path parameter that names a record, and `id_field` the answer's property that holds its value.
    fields: of the plain representation, by name. detailed_fields: of the most detailed one; the same where there is
        only one. extras: those that only the detailed one has and that are no opened references.
    created: the fields that a create body may set. updated: those of an update's.
    """

    name: str
    collection: str
    item: str | None
    scope: tuple[Parameter, ...]
    identity: Parameter | None
    id_field: str
    schema: Schema
    detailed_schema: Schema
    fields: Mapping[str, Field]
    detailed_fields: Mapping[str, Field]
    extras: tuple[str, ...]
    references: Mapping[str, Reference]
    transitions: Transitions | None

    @property
    def state(self) -> str | None:
        """The field that says how far a record has come."""
        return self.transitions.field if self.transitions else None

    @property
    def judged(self) -> dict[str, Field]:
        """The fields but those that answers alone have and whose values are left open (x-open)."""
        return {name: field for name, field in self.fields.items() if not field.untold}

    @property
    def id_schema(self) -> Schema:
        """The schema of a record's id, as answers hold it."""
        field = self.fields.get(self.id_field)
        return field.schema if field else {"type": "integer"}

    @property
    def numbered(self) -> bool:
        """Whether ids are integers, given in ascending order."""
        return self.id_schema.get("type") == "integer"

    def set_on(self, moment: str) -> tuple[str, ...]:
        """The fields into which the server writes the time of a "create" or of a "change"."""
        return tuple(name for name, field in self.fields.items() if field.set_on == moment)

    def url(self, template: str, scope: Mapping[str, Any], id: Any = None) -> str:
        """A path of the contract with its parameters filled in, percent-encoded."""
        from urllib.parse import quote

        values = dict(scope)
        if self.identity is not None:
            values[self.identity.name] = id
        for name, value in values.items():
            template = template.replace(f"{{{name}}}", quote(str(value), safe=""))
        return template
