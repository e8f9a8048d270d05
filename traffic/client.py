"""Every way in which the request of an exchange breaks the contract.

Owns: what is held against a client; which problems of schemas are left open.
    A request may break the contract and be answered 200, as servers ignore what they don't know.
Source: the operations of the contract; x-open says what is not held against a client.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cancelkit.spec import Contract, Field, Level, Operation, Parameter
from cancelkit.spec.document import resolved
from cancelkit.spec.media import is_json, media_type
from cancelkit.traffic.codes import CODES
from cancelkit.traffic.exchange import Finding
from cancelkit.traffic.reading import ABSENT, Call
from cancelkit.traffic.schemas import Problem

OPEN_KEYWORDS: Final = frozenset({"pattern", "maximum", "maxLength"})
"""What an x-open at a field or parameter leaves open; its type and its lower bound stay."""
HALF: Final = "holds half of a surrogate pair, which is no character"


class Client:
    """Judges requests by one contract."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._deprecated = {o.id: _deprecated(o, contract) for o in contract.operations.values()}
        resource = contract.resource
        self._fields = frozenset(resource.fields) | frozenset(resource.detailed_fields)

    def __call__(self, call: Call, problems: tuple[Problem, ...]) -> Iterator[Finding]:
        """problems: what the schemas say of the request."""
        meaning, method = call.meaning, call.exchange.method
        if not meaning.methods:
            yield self._finding("unknown-path", f"{meaning.path} is no path of the contract", "path")
            return
        if meaning.slash == "missing":
            yield self._finding("missing-slash", f"the documented path ends with a slash: {meaning.path}/", "path")
        elif meaning.slash == "extra":
            documented = meaning.path.rstrip("/")
            yield self._finding("extra-slash", f"the documented path has no final slash: {documented}", "path")
        operation = call.operation
        if operation is None:
            if method != "OPTIONS":
                offered = ", ".join(meaning.methods)
                yield self._finding("method-not-allowed", f"{method} is not offered here; {offered} are", "method")
            return
        yield from self._key(call)
        yield from self._query(call, operation)
        yield from self._body(call, operation)
        for problem in problems:
            yield from self._problem(problem, operation)

    def _finding(self, code: str, message: str, place: str, level: Level | None = None) -> Finding:
        return Finding("client", code, message, place, level or CODES[code].level(self._contract))

    def _key(self, call: Call) -> Iterator[Finding]:
        key = self._contract.api_key
        sent = call.exchange.sent(key.header) if key else None
        if key and sent and key.prefix and not sent.lower().startswith(f"{key.prefix} ".lower()):
            yield self._finding("bare-key", f"the key is to be sent as '{key.prefix} <key>'", f"header.{key.header}")

    def _query(self, call: Call, operation: Operation) -> Iterator[Finding]:
        deprecated, seen = self._deprecated[operation.id], set[str]()
        if "" in deprecated:
            yield self._finding("deprecated", f"{operation.id} is deprecated", "path")
        query = {p.name for p in operation.parameters if p.location == "query"}
        for name, value in call.query:
            place = f"query.{name}"
            if name not in query:
                yield self._finding("undocumented-parameter", f"{operation.id} has no parameter {name!r}", place)
                continue
            if not value.strip():
                yield self._finding("empty-filter", f"{name} is there but empty; leave it out instead", place)
            if name in seen:
                yield self._finding("invalid-parameter", f"{name} is given more than once", place, Level.ASSUMED)
            elif name in deprecated:
                yield self._finding("deprecated", f"the parameter {name} is deprecated", place)
            seen.add(name)

    def _body(self, call: Call, operation: Operation) -> Iterator[Finding]:
        exchange = call.exchange
        if exchange.request_body is None:
            return
        if operation.body is None:
            if exchange.request_body.strip() not in (b"", b"{}", b"null"):
                yield self._finding("undocumented-field", f"{operation.id} takes no body", "body")
            return
        if not exchange.request_body:
            if operation.body.required and any(f.required for f in operation.body.fields.values()):
                yield self._finding("invalid-field", f"{operation.id} needs a body", "body")
            return
        kind = media_type(exchange.sent("content-type"))
        if not is_json(kind) and exchange.request_headers:
            text = f"a body is to be sent as {operation.body.media_types[0]}, not {kind or 'without a type'}"
            yield self._finding("wrong-content-type", text, "header.content-type")
        if not isinstance(call.sent, dict):
            what = "is not JSON" if call.sent is ABSENT else "is not a JSON object"
            yield self._finding("malformed-body", f"the body {what}", "body")
            return
        for half in call.halves_sent:
            yield self._finding("invalid-field", f"{'.'.join(half)}: {HALF}", ".".join(("body", *half)), Level.ASSUMED)
        answered = (operation.success.schema or {}).get("properties", {})
        known, deprecated = self._fields | frozenset(answered), self._deprecated[operation.id]
        for name in call.sent:
            field = operation.body.fields.get(name)
            if field is not None and not field.read_only:
                if f"body.{name}" in deprecated:
                    yield self._finding("deprecated", f"the field {name} is deprecated", f"body.{name}")
            elif name in known:
                text = f"{name} can't be set by {operation.id}; it is ignored"
                yield self._finding("read-only-field", text, f"body.{name}")
            else:
                yield self._finding("undocumented-field", f"{operation.id} has no field {name!r}", f"body.{name}")

    def _problem(self, problem: Problem, operation: Operation) -> Iterator[Finding]:
        item = subject(problem, operation)
        if problem.keyword == "readOnly" or (item and item.fact.open and problem.keyword in OPEN_KEYWORDS):
            return
        in_body = problem.place[0] == "body"
        code = "invalid-field" if in_body else "invalid-parameter"
        if problem.keyword == "enum":
            code = "unknown-enum"
        name, level = ".".join(problem.place[1:]), None
        if item:
            inner = Level(item.schema.get("x-level", item.fact.level)) if in_body else item.fact.level
            level = max(item.fact.level, inner, key=list(Level).index)
        message = problem.message
        if problem.keyword == "format" and " " in str(problem.value) and not in_body:
            message += " (a '+' in a query is to be sent as %2B)"
        yield self._finding(code, f"{name}: {message}" if name else message, ".".join(problem.place), level)


def subject(problem: Problem, operation: Operation) -> Parameter | Field | None:
    """The parameter, or the field of the body, that a problem is about."""
    where, *rest = problem.place
    if not rest:
        return None
    if where == "body":
        return operation.body.fields.get(rest[0]) if operation.body else None
    return next((p for p in operation.parameters if p.location == where and p.name == rest[0]), None)


def _deprecated(operation: Operation, contract: Contract) -> frozenset[str]:
    """Names of deprecated parameters, "body." and the names of fields; "" where the operation itself is."""
    path = resolved(contract.document, contract.document["paths"][operation.path], operation.id)
    node = path[operation.method.lower()]
    parameters = {(p["in"], p["name"]): p for p in (*path.get("parameters", ()), *node.get("parameters", ()))}
    fields = operation.body.fields.values() if operation.body else ()
    found = {name for (_, name), p in parameters.items() if p.get("deprecated")}
    found |= {f"body.{f.name}" for f in fields if f.schema.get("deprecated")}
    return frozenset(found | ({""} if node.get("deprecated") else set()))
