"""What the contract's schemas say of requests and answers, as short sentences with a place.

Owns: validators compiled once per operation, reading values out of paths and queries, the words for what is wrong.
Source: OpenAPI 3.0.3, "Schema Object" and "Parameter Object"; compiled by jsonschema-rs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, Final, NamedTuple

import jsonschema_rs

from cancelkit.spec import Contract, Operation, Parameter, Schema, SpecError, json_schema
from cancelkit.traffic.reading import Call, whole
from cancelkit.traffic.texts import Unreadable, reader

SHAPED: Final = frozenset({400, 401, 404, 405, 406, 415})
"""Statuses whose body looks alike for all operations, whether or not an operation lists them."""
LONGEST: Final = 200
Direction = Any


class Problem(NamedTuple):
    """place: such as ("query", "page") or ("body", "reason"). keyword: of JSON Schema; "cast" for a text that does not
    read as the wanted type. value: what was found there; the text as sent in a query."""

    place: tuple[str, ...]
    message: str
    keyword: str
    value: Any = None


class Validator:
    """One schema, compiled."""

    def __init__(self, schema: Schema, direction: Direction, place: str) -> None:
        """
        Raises:
            SpecError: the schema can't be compiled, as where a pattern is no regular expression.
        """
        try:
            self._validator = jsonschema_rs.Draft202012Validator(_directed(schema, direction), validate_formats=True)
        except ValueError as error:
            raise SpecError(place, f"this schema can't be checked: {error}") from error

    def __call__(self, value: Any, where: tuple[str, ...]) -> Iterator[Problem]:
        """What is wrong with a value that stands at `where`; of several complaints about one null the first."""
        nulls = set[tuple[str, ...]]()
        try:
            if self._validator.is_valid(value):
                return
            for error in self._validator.iter_errors(value):
                problem = _problem(error, where)
                if problem.value is None and problem.keyword != "required":
                    if problem.place in nulls:
                        continue
                    nulls.add(problem.place)
                    problem = problem._replace(message="null is not allowed", keyword="type")
                yield problem
        except ValueError:  # deeper than the validator follows
            yield Problem(where, "is nested too deeply to be checked", "nesting")


def _directed(schema: Schema, direction: Direction) -> dict[str, Any]:
    """JSON Schema of one direction: what only the other one has is not required either."""
    mark = "readOnly" if direction == "request" else "writeOnly"

    def pruned(node: Any) -> Any:
        if isinstance(node, list):
            return [pruned(inner) for inner in node]
        if not isinstance(node, dict):
            return node
        out = {key: inner if key in ("enum", "default", "example") else pruned(inner) for key, inner in node.items()}
        properties = node.get("properties")
        if isinstance(properties, dict):
            gone = {name for name, inner in properties.items() if isinstance(inner, dict) and inner.get(mark)}
            if gone:
                out["properties"] = {name: inner for name, inner in out["properties"].items() if name not in gone}
                out["required"] = [name for name in node.get("required", []) if name not in gone]
        return out

    return json_schema(pruned(schema), direction)


def _problem(error: jsonschema_rs.ValidationError, where: tuple[str, ...]) -> Problem:
    kind, place = error.kind, (*where, *map(str, error.instance_path))
    keyword, instance, message = kind.name, error.instance, error.message
    if isinstance(kind, jsonschema_rs.ValidationErrorKind.Required):
        return Problem((*place, kind.property), "is required", keyword, instance)
    if isinstance(kind, jsonschema_rs.ValidationErrorKind.Enum) and instance is not None:
        listed = ", ".join(json.dumps(option, ensure_ascii=False) for option in kind.options)
        message = f"{json.dumps(instance, ensure_ascii=False)} is not one of {listed}"
    if isinstance(kind, jsonschema_rs.ValidationErrorKind.Format) and kind.format == "email":
        keyword = "email"
    return Problem(place, _short(message), keyword, instance)


class _Checked(NamedTuple):
    """One parameter: how its text is read, and the check of what was read."""

    read: Callable[[str], Any]
    check: Validator


class _Compiled:
    """One operation, each part compiled when it is first needed."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.query = {p.name: p for p in operation.parameters if p.location == "query"}
        self._parameters: dict[tuple[str, str], _Checked] = {}
        self._answers: dict[int, Validator | None] = {}

    @cached_property
    def body(self) -> Validator | None:
        body = self.operation.body
        return Validator(body.schema, "request", f"{self.operation.id}, requestBody") if body else None

    def parameter(self, parameter: Parameter, text: str) -> Iterator[Problem]:
        """What is wrong with one parameter's text."""
        where = (parameter.location, parameter.name)
        checked = self._parameters.get(where)
        if checked is None:
            place = f"{self.operation.id}, {parameter.location} {parameter.name}"
            checked = _Checked(reader(parameter.schema), Validator(parameter.schema, "request", place))
            self._parameters[where] = checked
        value = checked.read(text)
        if isinstance(value, Unreadable):
            yield Problem(where, _short(value.message), "cast", value.text)
            return
        for problem in checked.check(value, where):
            index = problem.place[2] if len(problem.place) > 2 else ""
            raw = text.split(",")[int(index)] if isinstance(value, list) and index.isdigit() else text
            yield problem._replace(place=where, value=raw)

    def answer(self, status: int, schema: Schema) -> Validator:
        found = self._answers.get(status)
        if found is None:
            found = Validator(schema, "response", f"{self.operation.id}, responses/{status}")
            self._answers[status] = found
        return found


class Schemas:
    """Judges by the schemas of one contract."""

    def __init__(self, contract: Contract) -> None:
        self._compiled = {id: _Compiled(operation) for id, operation in contract.operations.items()}
        self._errors = _errors(contract)

    def prepare(self) -> None:
        """Compile what the first judgement would have to wait for."""
        for compiled in self._compiled.values():
            success = compiled.operation.success
            if success.schema is not None:
                compiled.answer(success.status, success.schema)
            getattr(compiled, "body", None)

    def request(self, call: Call) -> Iterator[Problem]:
        """What is wrong with path, query and body; a body that is no JSON object, and empty values, are not judged."""
        operation = call.operation
        if operation is None:
            return
        compiled, sent = self._compiled[operation.id], dict(reversed(call.query))  # the first of each name
        for parameter in operation.parameters:
            if parameter.location == "path" and parameter.name in call.meaning.values:
                yield from compiled.parameter(parameter, call.meaning.values[parameter.name])
            elif parameter.location == "query" and sent.get(parameter.name, "").strip():
                yield from compiled.parameter(parameter, sent[parameter.name])
            elif parameter.location == "query" and parameter.required and parameter.name not in sent:
                yield Problem(("query", parameter.name), "is required", "required")
        if compiled.body is not None and isinstance(call.sent, dict):
            yield from compiled.body(call.sent, ("body",))

    def response(self, call: Call) -> Iterator[Problem]:
        """What is wrong with the JSON of an answer whose status has a schema. Odd e-mail addresses are data."""
        operation, status = call.operation, call.exchange.status
        schema = self.schema(operation, status) if operation else None
        if operation is None or schema is None:
            return
        for problem in self._compiled[operation.id].answer(status, schema)(call.answered, ("response",)):
            if problem.keyword != "email":
                yield problem

    def schema(self, operation: Operation, status: int) -> Schema | None:
        """The schema of an answer, if the contract has one for it: of the operation, or of all errors."""
        response = operation.response(status)
        if response is not None:
            return response.schema
        return self._errors.get(status, self._errors.get(0)) if status in SHAPED else None


def _errors(contract: Contract) -> dict[int, Schema]:
    """What errors look like where an operation does not say: by status as elsewhere; under 0 as most of them do."""
    found: dict[int, Schema] = {}
    general: list[Schema] = []
    for operation in contract.operations.values():
        for status, response in operation.responses.items():
            if status >= 400 and response.schema is not None:
                found.setdefault(status, response.schema)
                general.append(response.schema)
        general += [r.schema for name, r in operation.ranges.items() if name in ("4XX", "default") and r.schema]
    if general:
        found[0] = max(general, key=general.count)
    return found


def _short(message: str) -> str:
    message = whole(message)
    return message if len(message) <= LONGEST else f"{message[: LONGEST // 2]} … {message[-LONGEST // 2 :]}"
