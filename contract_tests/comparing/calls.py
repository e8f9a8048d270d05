"""One call as it is meant for both sides: records by label, keys by number, values by where a record shows them.

Owns: Call, Kind, the symbols that stand for what differs between the sides, and putting one side's own in their place.
Knows nothing of: servers, answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cancelkit.contract_tests.target.answer import UNSET, Auth
from cancelkit.spec import Operation, Role

LISTS = (Role.LIST, Role.LIST_DETAILED)


class Kind(StrEnum):
    """What a call tries."""

    VALID = "valid"
    EDGE = "edge value"
    ODD_BODY = "odd body"
    OPEN = "left open"
    """Values of which the contract leaves open whether they are right."""
    MEDIA = "media type"
    FILTER = "filter"
    ODD_QUERY = "odd query"
    PAGING = "paging"
    SEQUENCE = "sequence over one record"
    PROTOCOL = "path, method, key"


@dataclass(frozen=True, slots=True)
class Key:
    """The key number `number` of those that each side knows for a reference; quoted: as a text."""

    field: str
    number: int
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """What a field was given when a record was created."""

    record: str
    field: str


@dataclass(frozen=True, slots=True)
class Marked:
    """A text with the run's marker on that side in front, cut to `longest` characters."""

    text: str
    longest: int | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a record shows where a filter looks. how: as it is, or changed (queries.py)."""

    record: str
    parameter: str
    how: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One call.

    about: what it tries, in a few words; topic: the field or parameter of that. point: the choice that it is about.
    record: the label of the record that its path names; id: in place of it, an id that no record has.
    makes: the label of the record that it creates. among: the records to which a list is restricted.
    method: in place of the operation's. slash: the path ends in one where it should not, or the other way round.
    """

    operation: Operation
    kind: Kind
    about: str
    topic: str = ""
    point: str = ""
    record: str | None = None
    id: Any = None
    query: tuple[tuple[str, Any], ...] = ()
    body: Any = UNSET
    content: bytes | None = None
    headers: tuple[tuple[str, str | None], ...] = ()
    auth: Auth = "good"
    makes: str | None = None
    among: tuple[str, ...] = ()
    method: str = ""
    slash: bool = False
    elsewhere: bool = False

    @property
    def lists(self) -> bool:
        return self.operation.role in LISTS and self.verb == "GET"

    @property
    def paged(self) -> bool:
        """Whether it asks for a page."""
        return any(name in self.operation.paging.values() for name, _ in self.query)

    @property
    def verb(self) -> str:
        return self.method or self.operation.method

    @property
    def writes(self) -> bool:
        return self.verb not in ("GET", "HEAD", "OPTIONS")

    @property
    def records(self) -> frozenset[str]:
        """The labels of all records that it needs."""
        found = {self.record, *self.among, *(v.record for _, v in self.query if isinstance(v, Shown))}
        return frozenset(one for one in found if one)


Sequence = tuple[Call, ...]


def resolved(value: Any, meaning: Callable[[Any], Any]) -> Any:
    """The value with every symbol in it replaced by what it means."""
    if isinstance(value, Key | Marked | Sent | Shown):
        return meaning(value)
    if isinstance(value, Mapping):
        return {name: resolved(inner, meaning) for name, inner in value.items()}
    return [resolved(inner, meaning) for inner in value] if isinstance(value, list) else value
