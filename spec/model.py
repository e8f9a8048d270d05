"""What the contract says, as small frozen objects.

Owns: the vocabulary of a contract's parts: operation, role, parameter, field, filter, action, level.
Source: docs/spec-extensions.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from enum import StrEnum
from typing import Any, Literal

from cancelkit.spec.media import JSON

Schema = Mapping[str, Any]


class Level(StrEnum):
    """How sure we are of a fact, and whence; only a broken `assumed` one is a warning rather than a failure."""

    DOCUMENTED = "documented"
    PUBLISHED = "published"
    OBSERVED = "observed"
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
class Comparing:
    """How filters compare, as the contract's choices have it (points/).

    Of texts where case is ignored (iexact): reach: equal, starts-with or contains; case: unicode, ascii or exact;
    trims: blanks around what is asked for don't count; composes: a letter is equal in both its forms, NFC and NFD;
    forms_open: a server may do either.
    Of the day of a date-time: zone: whose days are meant; whole: a bound is the whole day, not its first instant.
    """

    reach: str = "equal"
    case: str = "unicode"
    trims: bool = False
    composes: bool = True
    forms_open: bool = False
    zone: tzinfo = UTC
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Filter:
    """What a query parameter selects: rows whose value at `path` of the detailed representation stands in `lookup`.

    path: keys into the most detailed representation, outermost first, such as ("product", "sku").
    lookup: exact, iexact, in, gt, gte, lt, lte; `transform` is "date" where the calendar date is compared.
    schema: of the value at `path`; nullable: whether it, or an object on the way to it, may be null.
    """

    path: tuple[str, ...]
    lookup: str
    transform: str | None
    schema: Schema
    nullable: bool
    comparing: Comparing = Comparing()


@dataclass(frozen=True, slots=True)
class Parameter:
    """A path or query parameter; `schema` is resolved.

    ordering: its values are fields, with "-" before them for descending. many: a comma-separated list.
    identity: of a path parameter, the field of the record that holds its value, where x-identity says so.
    """

    name: str
    location: Literal["path", "query", "header", "cookie"]
    required: bool
    schema: Schema
    fact: Fact
    filter: Filter | None = None
    paging: Literal["limit", "page"] | None = None
    ordering: bool = False
    identity: str | None = None
    many: bool = False
    example: Any = None

    @property
    def any_text(self) -> bool:
        """Whether its values are texts of any kind: no format, no enum."""
        schema = self.schema.get("items", {}) if self.many else self.schema
        return schema.get("type", "string") == "string" and not schema.get("format") and not schema.get("enum")


@dataclass(frozen=True, slots=True)
class Field:
    """One property of a body or an answer; `schema` is resolved.

    reference: the table of the world that holds the ids which the field may name.
    set_on: "create" or "change" where the server writes the time of that into the field.
    """

    name: str
    schema: Schema
    required: bool
    nullable: bool
    read_only: bool
    fact: Fact
    reference: str | None = None
    write_only: bool = False
    set_on: Literal["create", "change"] | None = None

    @property
    def has_default(self) -> bool:
        return "default" in self.schema

    @property
    def untold(self) -> bool:
        """Whether only answers have it, and what it holds is left open."""
        return self.read_only and self.fact.open is not None

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
    """The JSON body of an operation; `schema` is resolved. media_types: those of JSON, first the one to send."""

    schema: Schema
    required: bool
    fields: Mapping[str, Field]
    media_types: tuple[str, ...] = (JSON,)


@dataclass(frozen=True, slots=True)
class Response:
    """One answer of an operation; `schema` is resolved, None where there is no body. media_type: of its JSON."""

    status: int
    schema: Schema | None
    fact: Fact
    media_type: str = JSON


class Role(StrEnum):
    """What an operation does to the resource, whatever it is called."""

    LIST = "list"
    CREATE = "create"
    RETRIEVE = "retrieve"
    UPDATE = "update"
    PARTIAL_UPDATE = "partial_update"
    DESTROY = "destroy"
    LIST_DETAILED = "list_detailed"
    RETRIEVE_DETAILED = "retrieve_detailed"
    ACTION = "action"
    OTHER = "other"
    """Not yet inferred; no operation of a contract that was read has it."""


@dataclass(frozen=True, slots=True)
class Action:
    """What an action does: it sets `field` to `value`, and is refused where the field holds one of `refused`."""

    name: str
    field: str
    value: Any
    refused: frozenset[Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: `path` is the template as documented, `method` in capitals, parameters in the file's order.

    responses: by exact status. ranges: by what stands in place of one, "4XX" or "default".
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
    role: Role = Role.OTHER
    action: Action | None = None
    ranges: Mapping[str, Response] = field(default_factory=dict)
    filters: Mapping[str, Filter] = field(init=False, repr=False, compare=False)
    paging: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        filters = {p.name: p.filter for p in self.parameters if p.filter is not None}
        object.__setattr__(self, "filters", filters)
        object.__setattr__(self, "paging", {p.paging: p.name for p in self.parameters if p.paging})

    @property
    def success(self) -> Response:
        exact = [answer for status, answer in sorted(self.responses.items()) if 200 <= status < 300]
        return exact[0] if exact else replace(self.ranges["2XX"], status=200)

    def response(self, status: int) -> Response | None:
        """What the contract says of an answer with this status: by the status itself, its range, or by default."""
        return self.responses.get(status) or self.ranges.get(f"{status // 100}XX") or self.ranges.get("default")

    @property
    def ordering(self) -> Parameter | None:
        """The parameter that says by which field a list is ordered."""
        return next((p for p in self.parameters if p.ordering), None)

    def parameter(self, name: str) -> Parameter | None:
        return next((p for p in self.parameters if p.name == name), None)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """Where the key stands: `header`, and the word that may precede it (`Token <key>`).

    unknown: a key that no server knows, to see how an unknown one is answered.
    """

    header: str
    prefix: str | None
    unknown: str
