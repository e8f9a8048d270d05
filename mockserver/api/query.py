"""A query string as parsed values: compiled once for each operation from its parameters.

Owns: splitting and decoding the query, reading each value by its type, refusing what does not parse.
Knows nothing of: what the values are used for.
Source: the contract's parameters: unknown parameters are ignored, bad values are 400 naming them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus

from cancelkit.mockserver.api import words
from cancelkit.mockserver.api.digits import digits
from cancelkit.mockserver.api.flags import flags
from cancelkit.mockserver.api.lenient import Ignored, Read, Unreadable, lenient
from cancelkit.mockserver.api.moments import moments
from cancelkit.mockserver.problem import Problem
from cancelkit.mockserver.replies import invalid
from cancelkit.mockserver.state import instants
from cancelkit.mockserver.state.columns import decimal
from cancelkit.spec import Contract, Operation, Parameter, Schema
from cancelkit.spec.values.checking import compiled

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)", re.ASCII)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,300})(?:\.[0-9]{1,300})?(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)
_LENGTHS = ("minItems", "maxItems", "uniqueItems")
_LONGEST_INTEGER = 400
_EMPTY = "A value is needed here, or leave the parameter out."

_KEPT, _SHORT = 1024, 200
"""How many texts of each parameter are remembered with their values, and how long one may be."""


class Query:
    """The query parameters of one operation, ready to be read from requests."""

    def __init__(self, operation: Operation, contract: Contract) -> None:
        parameters = [p for p in operation.parameters if p.location == "query"]
        readers = {p.name: lenient(_chosen(p, contract), p, contract, _EMPTY) for p in parameters}
        self._readers = {name: lru_cache(maxsize=_KEPT)(read) for name, read in readers.items()}
        self._refuses_unknown = contract.chosen("unknown-parameter") == "refused"
        self._many = frozenset(p.name for p in parameters if p.many)
        self._pair = lru_cache(maxsize=_KEPT)(self._decoded)
        self._known = lru_cache(maxsize=_KEPT)(self._whole)
        self._defaults = {p.name: p.schema["default"] for p in parameters if "default" in p.schema}
        self._required = [p.name for p in parameters if p.required]

    def read(self, raw: bytes) -> dict[str, Any]:
        """The values by name, defaults filled in; instants and days as microseconds.

        Raises:
            ApiError: 400 naming each parameter that does not parse.
        """
        values = dict(self._defaults)
        if not raw and not self._required:
            return values
        seen = set()
        for pair in raw.split(b"&"):
            known = self._known(pair) if len(pair) <= _SHORT else None
            if known is None or known[0] in seen:
                return self._read(raw)
            if known[0] is not None:
                seen.add(known[0])
                values[known[0]] = known[1]
        return values if seen.issuperset(self._required) else self._read(raw)

    def _whole(self, pair: bytes) -> tuple[str | None, Any] | None:
        """Name and value of a part of the query, no name where the operation knows no such parameter; None where there
        is more to say."""
        name, text = self._decoded(pair)
        if name is None:
            return None if self._refuses_unknown and pair else (None, None)
        try:
            return None if text is None else (name, self._readers[name](text))
        except (Ignored, Unreadable):
            return None

    def _read(self, raw: bytes) -> dict[str, Any]:
        """The same for any query: with parameters that stand there twice, and with what does not parse."""
        values = dict(self._defaults)
        texts, problems = self._texts(raw)
        for name, text in texts.items():
            try:
                read = self._readers[name]
                values[name] = read(text) if len(text) <= _SHORT else read.__wrapped__(text)
            except Ignored:
                continue
            except Unreadable as error:
                problems.append(Problem(name, error.message, error.code))
        problems += [
            Problem(name, "This parameter is required.", "required") for name in self._required if name not in texts
        ]
        if problems:
            raise invalid(problems)
        return values

    def _texts(self, raw: bytes) -> tuple[dict[str, str], list[Problem]]:
        texts: dict[str, str] = {}
        problems: list[Problem] = []
        for pair in raw.split(b"&"):
            name, text = self._pair(pair) if len(pair) <= _SHORT else self._decoded(pair)
            if name is None:
                if self._refuses_unknown and pair:
                    raw_name = unquote_plus(pair.partition(b"=")[0].decode("latin-1"), errors="replace")
                    problems.append(Problem(raw_name, *words.UNKNOWN_PARAMETER))
                continue
            if text is None:
                problems.append(Problem(name, "This is not UTF-8 text."))
            else:
                texts[name] = f"{texts[name]},{text}" if name in texts and name in self._many else text
        return texts, problems

    def _decoded(self, pair: bytes) -> tuple[str | None, str | None]:
        """Name and text of a part of the query: no name where the operation knows no such parameter, no text where it
        is not UTF-8."""
        raw, _, text = pair.partition(b"=")
        name = raw.decode("latin-1")
        if name not in self._readers:
            name = unquote_plus(name, errors="replace")
            if name not in self._readers:
                return None, None
        try:
            return name, unquote_plus(text.decode("utf-8"), errors="strict")
        except UnicodeDecodeError:
            return name, None


def _chosen(parameter: Parameter, contract: Contract) -> Read:
    """The reader of a parameter, with what else the contract's choices let it take."""
    return digits(flags(moments(_reader(parameter), parameter, contract), parameter, contract), parameter, contract)


def _reader(parameter: Parameter) -> Read:
    schema = parameter.schema
    if not parameter.many:
        read = _scalar(schema, parameter.name)
        return _alone(read) if schema.get("type") in ("integer", "number", "boolean") else read
    item = _scalar(schema.get("items", {}), parameter.name)
    lengths = compiled({key: schema[key] for key in _LENGTHS if key in schema}, "request", parameter.name)

    def read_list(text: str) -> list[Any]:
        if not text:
            raise Unreadable(_EMPTY)
        values = [item(part) for part in text.split(",")]
        if not lengths.is_valid(values):
            raise Unreadable(*words.said(next(lengths.iter_errors(values))))
        return values

    return read_list


def _alone(read: Read) -> Read:
    """Of a value in which no comma can stand."""

    def read_one(text: str) -> Any:
        try:
            return read(text)
        except Unreadable:
            if "," in text:
                raise Unreadable(*words.SEVERAL) from None
            raise

    return read_one


def _scalar(schema: Schema, place: str) -> Read:
    """How a text is read as a value of `schema`: first by its type, then every other keyword is checked."""
    kind, form = schema.get("type"), schema.get("format")
    if form == "date-time":
        return _moment(instants.instant, form)
    if form == "date":
        return _moment(instants.day, form)
    reading = {"integer": _integer, "number": _number, "boolean": _boolean}.get(kind or "", _text)
    validator = compiled(schema, "request", place)
    empty = kind != "string" or bool(schema.get("minLength") or form or schema.get("enum"))

    def read(text: str) -> Any:
        if not text and empty:
            raise Unreadable(_EMPTY)
        value = reading(text)
        if not validator.is_valid(value):
            raise Unreadable(*words.said(next(validator.iter_errors(value))))
        return _sortable(value, form)

    return read


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise Unreadable(*words.INTEGER)
    return int(text) if len(text) < _LONGEST_INTEGER else (-1 if text[0] == "-" else 1) * 10**_LONGEST_INTEGER


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise Unreadable(*words.NUMBER)
    return float(text)


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise Unreadable(*words.BOOLEAN)
    return text == "true"


def _text(text: str) -> str:
    return text


def _sortable(value: Any, form: str | None) -> Any:
    """As the store compares it: decimal texts by their size."""
    return decimal(value) if form == "decimal" else value


def _moment(parse: Callable[[str], int | None], form: str) -> Read:
    def read(text: str) -> int:
        if not text:
            raise Unreadable(_EMPTY)
        value = parse(text)
        if value is None:
            raise Unreadable(*words.of_format(form))
        return value

    return read
