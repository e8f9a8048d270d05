"""What answers hold beyond the contract: values of enums that it does not list, and fields that it does not have.

Owns: looking through every answer of a run by the schemas of the contract, and the topics of what was seen.
    Of enums the values are kept, of further fields only the schema: no record's content is written.
Source: docs/learn.md, "Values and fields beyond the contract".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Any

from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.engine.verdict import Finding
from cancelkit.contract_tests.learning.inferring import FIELD, MOST, joined, schema_of
from cancelkit.contract_tests.learning.placing import Place, called, followed, standing
from cancelkit.contract_tests.learning.placing import parts as parts_of
from cancelkit.contract_tests.learning.topic import Node, Statement, Topic, target
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Level

VALUES, FIELDS = "Values of enums that answers hold", "Fields that answers hold"
OPEN = "What it holds."
LONGEST = 64
SHAPES = ("schema/*",)
"""The rules that judge it."""


@dataclass(slots=True)
class _Seen:
    """By the place of a schema in the document: what it says, and what was seen beside it, in the order of sight."""

    node: Mapping[str, Any]
    values: list[Any] = field(default_factory=list)
    fields: dict[str, dict[str, Any]] = field(default_factory=dict)


class Surplus:
    """The look at every answer."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self._seen: dict[Place, _Seen] = {}
        self._answers = 0
        self._lock = Lock()

    def rules(self) -> Iterator[Rule]:
        """None: it looks at what others ask for."""
        yield from ()

    def watch(self, answer: Answer) -> None:
        operation = self.contract.operations.get(answer.operation_id or "")
        response = operation.responses.get(answer.status) if operation else None
        if operation is None or response is None or not (answer.ok and answer.is_json) or response.schema is None:
            return
        place: Place = ("paths", operation.path, operation.method.lower(), "responses", str(answer.status))
        place, node = followed(self.contract.document, place, standing(self.contract.document, place))
        media = next((name for name in node.get("content", {}) if name.startswith(response.media_type)), None)
        if media is not None:
            with self._lock:
                self._answers += 1
                self._look((*place, "content", media, "schema"), node["content"][media]["schema"], answer.json)

    def _look(self, place: Place, node: Any, value: Any) -> None:
        parts = list(parts_of(self.contract.document, place, node))
        if isinstance(value, Mapping):
            self._object(parts, value)
        elif isinstance(value, list):
            for where, part in parts:
                for one in value if "items" in part else ():
                    self._look((*where, "items"), part["items"], one)
        elif value is not None:
            for where, part in parts:
                if "enum" in part and value not in part["enum"] and _is_enum_value(part, value):
                    found = self._seen.setdefault(where, _Seen(part))
                    found.values += [value] if value not in found.values and len(found.values) < MOST else []

    def _object(self, parts: Sequence[tuple[Place, Mapping[str, Any]]], value: Mapping[str, Any]) -> None:
        known = {name: ((*at, "properties", name), one) for at, part in parts for name, one in _properties(part)}
        if not known or any(isinstance(part.get("additionalProperties"), Mapping) for _, part in parts):
            return
        for name, one in value.items():
            if name in known:
                for at, part in parts:
                    if name in part.get("properties", {}):
                        self._look((*at, "properties", name), part["properties"][name], one)
            elif FIELD.fullmatch(name):
                found = self._seen.setdefault(parts[0][0], _Seen(_together(parts)))
                if name in found.fields or len(found.fields) < MOST:
                    found.fields[name] = joined(found.fields.get(name, {}), schema_of(one))

    def topics(self, findings: Mapping[str, Finding]) -> Iterator[Topic]:
        places = sorted(self._seen, key=lambda place: tuple(map(str, place)))
        values = [(place, self._seen[place]) for place in places if self._seen[place].values]
        fields = [(place, self._seen[place]) for place in places if self._seen[place].fields]
        said = [_of_values(place, one, self._answers) for place, one in values]
        yield Topic(VALUES, tuple(said), partial(_values, values, said), self._answers)
        more = [_of_fields(place, one) for place, one in fields]
        yield Topic(FIELDS, tuple(more), partial(_fields, fields, more), self._answers)


def _properties(part: Mapping[str, Any]) -> list[tuple[str, Any]]:
    found = part.get("properties")
    return list(found.items()) if isinstance(found, Mapping) else []


def _together(parts: Sequence[tuple[Place, Mapping[str, Any]]]) -> dict[str, Any]:
    """What the parts of an object say of further fields, and how sure that is."""
    closed = any(part.get("additionalProperties") is False for _, part in parts)
    levels = [part["x-level"] for _, part in parts if "x-level" in part]
    return {"closed": closed, "x-level": levels[0] if levels else Level.DOCUMENTED.value}


def _is_enum_value(schema: Mapping[str, Any], value: Any) -> bool:
    kinds: dict[str, type | tuple[type, ...]] = {"string": str, "integer": int, "number": (int, float), "boolean": bool}
    kind = kinds.get(str(schema.get("type", "string")), str)
    return isinstance(value, kind) and len(str(value)) <= LONGEST


def _of_values(place: Place, seen: _Seen, answers: int) -> Statement:
    level = Level(str(seen.node.get("x-level", Level.DOCUMENTED.value)))
    known = ", ".join(map(str, seen.node["enum"]))
    more = ", ".join(map(str, [*seen.node["enum"], *seen.values]))
    return Statement(f"enum {called(place)}", more, known, None if seen.node.get("x-open") else level, "", SHAPES)


def _of_fields(place: Place, seen: _Seen) -> Statement:
    names = ", ".join(seen.fields)
    level = Level(str(seen.node["x-level"])) if seen.node["closed"] else None
    return Statement(f"fields {called(place)}", f"also {names}", "no others" if level else None, level, "", SHAPES)


Found = Sequence[tuple[Place, _Seen]]


def _told(found: Found, said: Sequence[Statement], accept: bool) -> list[tuple[str, _Seen]]:
    """What is to be written, by target."""
    return [(target(place), one) for (place, one), s in zip(found, said, strict=True) if accept or not s.contradicts]


def _earlier(found: Found, said: Sequence[Statement], accept: bool, before: Sequence[Node]) -> list[tuple[str, Node]]:
    """What was learned before, by target, but for what contradicts the contract and is not accepted any more."""
    gone = {target(place) for (place, _), s in zip(found, said, strict=True) if s.contradicts and not accept}
    return [(str(one["target"]), one["update"]) for one in before if one["target"] not in gone]


def _values(found: Found, said: Sequence[Statement], seen: Node, accept: bool, before: Sequence[Node]) -> list[Node]:
    """Each enum's further values: those that were learned before, then the new ones."""
    told = {at: sorted(one.values, key=str) for at, one in _told(found, said, accept)}
    old = {at: update["enum"] for at, update in _earlier(found, said, accept, before)}
    both = {at: list(dict.fromkeys([*old.get(at, []), *told.get(at, [])])) for at in dict.fromkeys([*old, *told])}
    return [{"target": at, "x-seen": seen, "update": {"enum": values}} for at, values in both.items()]


def _fields(found: Found, said: Sequence[Statement], seen: Node, accept: bool, before: Sequence[Node]) -> list[Node]:
    """Each object's further fields: what was learned before stands, made wider where more was seen."""
    told = {at: one.fields for at, one in _told(found, said, accept)}
    old = {at: update["properties"] for at, update in _earlier(found, said, accept, before)}
    made: list[Node] = []
    for at in dict.fromkeys([*old, *told]):
        then, now = old.get(at, {}), told.get(at, {})
        properties = {
            name: {**joined(_plain(then.get(name, {})), now.get(name, {})), **LEARNED}
            for name in dict.fromkeys([*then, *sorted(now)])
        }
        made.append({"target": at, "x-seen": seen, "update": {"properties": properties}})
    return made


LEARNED = {"readOnly": True, "x-level": Level.OBSERVED.value, "x-open": OPEN}


def _plain(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key not in LEARNED}
