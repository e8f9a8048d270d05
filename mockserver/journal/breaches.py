"""Every way in which a client's call broke the contract, found from the call alone.

Owns: the breach codes and their messages.
Knows nothing of: sessions, records, what the mock answered. A call may be in breach and still be answered with 200, as
    the contract says that unknown fields and parameters are ignored.
Source: the contract; compiled once per operation, run only when a journal is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import orjson

from cancelkit.mockserver.api.recognition import Recogniser
from cancelkit.mockserver.api.values import Checker
from cancelkit.mockserver.journal.deprecations import Deprecations
from cancelkit.spec import Contract, Field, Operation, Parameter

CODES = (
    "undocumented-parameter",
    "undocumented-field",
    "read-only-field",
    "missing-slash",
    "extra-slash",
    "unknown-enum",
    "wrong-content-type",
    "empty-filter",
    "malformed-body",
    "invalid-parameter",
    "invalid-field",
    "unknown-path",
    "method-not-allowed",
    "bare-key",
    "deprecated",
)
JSON = "application/json"


class Breach(NamedTuple):
    """One broken rule: a code of CODES, and a sentence for people."""

    code: str
    message: str


class Call(NamedTuple):
    """What a client sent. `body` is None when it is not known whole."""

    method: str
    path: str
    query: bytes = b""
    body: bytes | None = b""
    content_type: bytes | None = None
    bare_key: bool = False


class _Checks:
    """What one operation allows, ready to be asked."""

    def __init__(self, operation: Operation, contract: Contract) -> None:
        self.operation = operation
        self.query = {p.name: p for p in operation.parameters if p.location == "query"}
        self.checkers = {p.name: Checker.of(p.schema, many=p.many) for p in operation.parameters}
        self.fields = dict(operation.body.fields) if operation.body else {}
        self.required = [f.name for f in self.fields.values() if f.required]
        self.field_checkers = {f.name: Checker.of(f.schema) for f in self.fields.values()}
        answer = operation.success.schema or {}
        self.known = set(answer.get("properties", {})) | set(contract.resource.fields)
        self.deprecated = Deprecations(operation, contract)


class Breaches:
    """Finds breaches; compiled once from the contract."""

    def __init__(self, contract: Contract, recognise: Recogniser | None = None) -> None:
        self._prefix = contract.api_key.prefix if contract.api_key else None
        self._recognise = recognise or Recogniser(contract)
        self._checks = {operation.id: _Checks(operation, contract) for operation in contract.operations.values()}

    def __call__(self, call: Call) -> list[Breach]:
        """Return what `call` broke, in a fixed order; empty when it kept the contract."""
        meant = self._recognise(call.method, call.path)
        if not meant.methods:
            return [Breach("unknown-path", f"{call.path} is no path of the contract")]
        found: list[Breach] = []
        if meant.slash == "missing":
            found.append(Breach("missing-slash", f"the documented path ends with a slash: {call.path}/"))
        elif meant.slash == "extra":
            found.append(Breach("extra-slash", f"the documented path has no final slash: {call.path.rstrip('/')}"))
        if meant.operation is None:
            if call.method != "OPTIONS":
                offered = ", ".join(meant.methods)
                found.append(Breach("method-not-allowed", f"{call.method} is not offered here; {offered} are"))
            return found
        checks = self._checks[meant.operation.id]
        if call.bare_key and self._prefix:
            found.append(Breach("bare-key", f"the key is to be sent as '{self._prefix} <key>'"))
        found += [Breach("deprecated", text) for text in checks.deprecated.always]
        found += _path(checks, meant.values or {})
        found += _query(checks, call.query)
        found += _body(checks, call)
        return found


def _path(checks: _Checks, values: Mapping[str, str]) -> list[Breach]:
    return [
        Breach("invalid-parameter", f"{name} in the path: {problem}")
        for name, value in values.items()
        if name in checks.checkers and (problem := checks.checkers[name].text(value))
    ]


def _query(checks: _Checks, raw: bytes) -> list[Breach]:
    if not raw:
        return []
    found: list[Breach] = []
    seen: set[str] = set()
    for name, value in parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True):
        parameter = checks.query.get(name)
        if parameter is None:
            found.append(Breach("undocumented-parameter", f"{checks.operation.id} has no parameter {name!r}"))
            continue
        if name in seen and not parameter.many:
            found.append(Breach("invalid-parameter", f"{name} is given more than once"))
        seen.add(name)
        found += _value(parameter, checks.checkers[name], value)
        if name in checks.deprecated.parameters:
            found.append(Breach("deprecated", f"the parameter {name} is deprecated"))
    return found


def _value(parameter: Parameter, checker: Checker, value: str) -> list[Breach]:
    if value == "":
        return [Breach("empty-filter", f"{parameter.name} is there but empty; leave it out instead")]
    problem = checker.text(value)
    if not problem:
        return []
    code = "unknown-enum" if checker.enum else "invalid-parameter"
    return [Breach(code, f"{parameter.name}: {problem}")]


def _body(checks: _Checks, call: Call) -> list[Breach]:
    if call.body == b"" and not checks.required:
        return []
    if checks.operation.body is None:
        if call.body is None or call.body.strip() in (b"", b"{}", b"null"):
            return []
        return [Breach("undocumented-field", f"{checks.operation.id} takes no body")]
    found: list[Breach] = []
    sent = (call.content_type or b"").split(b";")[0].strip().lower().decode("latin-1")
    if sent != JSON:
        found.append(Breach("wrong-content-type", f"a body is to be sent as {JSON}, not {sent or 'without a type'}"))
    if call.body is None:
        return found
    try:
        data = orjson.loads(call.body)
    except orjson.JSONDecodeError as error:
        return [*found, Breach("malformed-body", f"the body is not JSON: {error.msg}")]
    if not isinstance(data, dict):
        return [*found, Breach("malformed-body", "the body is not a JSON object")]
    found += [Breach("invalid-field", f"{name} is required") for name in checks.required if name not in data]
    for name, value in data.items():
        found += _field(checks, name, value)
    return found


def _field(checks: _Checks, name: str, value: Any) -> list[Breach]:
    field: Field | None = checks.fields.get(name)
    if field is None or field.read_only:
        if name in checks.known:
            return [Breach("read-only-field", f"{name} can't be set by {checks.operation.id}; it is ignored")]
        return [Breach("undocumented-field", f"{checks.operation.id} has no field {name!r}")]
    found = [Breach("deprecated", f"the field {name} is deprecated")] if name in checks.deprecated.fields else []
    checker = checks.field_checkers[name]
    problem = checker.value(value)
    if problem:
        code = "unknown-enum" if checker.enum and isinstance(value, str) else "invalid-field"
        found.append(Breach(code, f"{name}: {problem}"))
    return found
