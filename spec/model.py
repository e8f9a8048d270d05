"""What the contract says, as small frozen objects.

Owns: the vocabulary that mock, suite and fixtures share: operation, parameter, field, filter, transitions, level.
Knows nothing of: YAML, files, HTTP servers or clients.
Source: docs/spec-extensions.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

Schema = Mapping[str, Any]


class Level(StrEnum):
    """How sure we are of a fact; only a broken `assumed` one is a warning rather than a failure."""

    DOCUMENTED = "documented"
    PUBLISHED = "published"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class Fact:
    """The standing of one statement: its level, why we believe it, and what about it is left open on purpose."""

    level: Level = Level.DOCUMENTED
    why: str | None = None
    open: str | None = None


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A rule of the API that no schema can say: `requires` is the sentence that a server must keep."""

    id: str
    requires: str
    fact: Fact


@dataclass(frozen=True, slots=True)
class Filter:
    """What a query parameter selects: rows whose value at `path` of the detailed representation stands in `lookup`.

    path: keys into DetailedCancellationRequest, outermost first, such as ("order_item", "order", "number").
    lookup: exact, iexact, in, gt, gte, lt, lte; `transform` is "date" where the calendar date (UTC) is compared.
    schema: of the value at `path`; nullable: whether it, or an object on the way to it, may be null.
    """

    path: tuple[str, ...]
    lookup: str
    transform: str | None
    schema: Schema
    nullable: bool


@dataclass(frozen=True, slots=True)
class Parameter:
    """A path or query parameter; `schema` is resolved. `many`: a comma-separated list."""

    name: str
    location: Literal["path", "query", "header"]
    required: bool
    schema: Schema
    fact: Fact
    filter: Filter | None = None
    paging: Literal["limit", "page"] | None = None
    many: bool = False
    example: Any = None


@dataclass(frozen=True, slots=True)
class Field:
    """One property of a body or an answer; `schema` is resolved.

    reference: the table of the world (order_items, reasons) that holds the ids which the field may name.
    """

    name: str
    schema: Schema
    required: bool
    nullable: bool
    read_only: bool
    fact: Fact
    reference: str | None = None

    @property
    def has_default(self) -> bool:
        return "default" in self.schema

    @property
    def default(self) -> Any:
        return self.schema.get("default")

    @property
    def type(self) -> str | None:
        return self.schema.get("type")

    @property
    def enum(self) -> tuple[Any, ...]:
        return tuple(self.schema.get("enum", ()))


@dataclass(frozen=True, slots=True)
class Body:
    """The JSON body of an operation; `schema` is resolved."""

    schema: Schema
    required: bool
    fields: Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Response:
    """One answer of an operation; `schema` is resolved, None where there is no body."""

    status: int
    schema: Schema | None
    fact: Fact


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: `path` is the template as documented, `method` in capitals, parameters in the file's order.

    filters: by parameter name, in the file's order. paging: the parameters' names by what they do (limit, page).
    """

    id: str
    method: str
    path: str
    summary: str
    parameters: tuple[Parameter, ...]
    body: Body | None
    responses: Mapping[int, Response]
    fact: Fact
    secured: bool = True
    filters: Mapping[str, Filter] = field(init=False, repr=False, compare=False)
    paging: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        filters = {p.name: p.filter for p in self.parameters if p.filter is not None}
        object.__setattr__(self, "filters", filters)
        object.__setattr__(self, "paging", {p.paging: p.name for p in self.parameters if p.paging})

    @property
    def success(self) -> Response:
        return next(answer for status, answer in sorted(self.responses.items()) if 200 <= status < 300)

    def parameter(self, name: str) -> Parameter | None:
        return next((p for p in self.parameters if p.name == name), None)


@dataclass(frozen=True, slots=True)
class Transitions:
    """Which status may follow which by PUT or PATCH, and what an action sets.

    actions: the status that an operation sets, by operationId; it is refused in a final status.
    """

    statuses: tuple[str, ...]
    initial: str
    allowed: Mapping[str, frozenset[str]]
    final: frozenset[str]
    actions: Mapping[str, str]
    fact: Fact

    def permits(self, old: str, new: str) -> bool:
        """Whether PUT or PATCH may move a request from `old` to `new`; staying is always allowed."""
        return old == new or new in self.allowed.get(old, frozenset())


@dataclass(frozen=True, slots=True)
class ApiKey:
    """Where the key stands: `header`, and the word that may precede it (`Token <key>`).

    unknown: a key that no server knows, for whoever wants to see how an unknown one is answered.
    """

    header: str
    prefix: str | None
    unknown: str


@dataclass(frozen=True, slots=True)
class Spec:
    """The whole contract.

    document: the file as read (references not followed); treat as read-only.
    schemas: the component schemas by name, resolved (OpenAPI 3.0 dialect; see document.json_schema).
    """

    document: Mapping[str, Any]
    version: str
    operations: Mapping[str, Operation]
    schemas: Mapping[str, Schema]
    behaviours: Mapping[str, Behaviour]
    transitions: Transitions
    api_key: ApiKey

    def operation(self, method: str, path: str) -> Operation | None:
        """The operation with exactly this method and path template."""
        return next((o for o in self.operations.values() if o.method == method and o.path == path), None)

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

    _fields: Mapping[str, Mapping[str, Field]]
