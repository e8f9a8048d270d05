"""What openapi-core finds wrong with requests and answers, as short sentences with a place.

Owns: the one use of openapi-core, the document that it is given, the meaning of its errors.
Knows nothing of: levels, and what of all this is a breach (client.py, server.py). Imports openapi-core when first used.
Source: OpenAPI 3.0.3; openapi-core 0.23.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from cancelkit.spec import Contract, Operation
from cancelkit.spec.document import resolved
from cancelkit.traffic.reading import Call

SHAPED: Final = frozenset({400, 401, 404, 405, 406, 415})
"""Statuses of which the contract says how their body looks, whether or not the operation lists them."""
KEPT: Final = 200
"""Combinations of operation and query parameters that are kept compiled."""
LONGEST = 200


class Problem(NamedTuple):
    """place: such as ("query", "page") or ("body", "reason"). keyword: of JSON Schema; "cast" for a text that is none
    of the wanted type. value: what was found there."""

    place: tuple[str, ...]
    message: str
    keyword: str
    value: Any = None


class Schemas:
    """Judges by the schemas of one contract."""

    def __init__(self, spec: Contract) -> None:
        self._spec = spec
        self._contract = lru_cache(maxsize=KEPT)(self._make)

    def prepare(self) -> None:
        """Load what the first judgement would have to wait for."""
        for id in self._spec.operations:
            self._contract(id, frozenset())

    def _make(self, operation_id: str, names: frozenset[str]) -> Any:
        """The contract of one operation with just these query parameters: for one that is not there no time is lost."""
        from openapi_core import Config, OpenAPI

        document: Any = adapted(self._spec, self._spec.operations[operation_id], names)
        unchecked: Any = None  # the project's tests check the contract itself
        return OpenAPI.from_dict(document, config=Config(spec_validator_cls=unchecked))

    def request(self, call: Call) -> Iterator[Problem]:
        """What is wrong with path, query and body; a body that is no JSON, and empty values, are not judged here."""
        from openapi_core.testing import MockRequest

        operation = call.operation
        if operation is None:
            return
        known = {p.name for p in operation.parameters if p.location == "query"}
        query = [(name, value) for name, value in call.query if value.strip() and name in known]
        required = {p.name for p in operation.parameters if p.location == "query" and p.required}
        contract = self._contract(operation.id, frozenset(required | {name for name, _ in query}))
        request: Any = MockRequest(
            "http://localhost",
            operation.method,
            operation.path,
            path_pattern=operation.path,
            args=_first(query),
            view_args=dict(call.meaning.values),
            data=(call.exchange.request_body or b"").removeprefix(BOM_UTF8) if isinstance(call.sent, dict) else b"{}",
        )
        for error in contract.iter_request_errors(request):
            where = (error.location, error.name) if hasattr(error, "location") else ("body",)
            if where == ("body",) and not isinstance(call.sent, dict):
                continue
            yield from _problems(error, where)

    def response(self, call: Call) -> Iterator[Problem]:
        """What is wrong with the JSON of an answer whose status has a schema."""
        from openapi_core.testing import MockRequest, MockResponse

        operation, exchange = call.operation, call.exchange
        if operation is None:
            return
        request: Any = MockRequest(
            "http://localhost",
            operation.method,
            operation.path,
            path_pattern=operation.path,
            view_args=dict(call.meaning.values),
        )
        response: Any = MockResponse(
            exchange.response_body or b"", status_code=exchange.status, content_type="application/json", headers={}
        )
        for error in self._contract(operation.id, frozenset()).iter_response_errors(request, response):
            for problem in _problems(error, ("response",)):
                if problem.keyword != "email":
                    yield problem


def _first(pairs: list[tuple[str, str]]) -> Any:
    """The first of each name: what else is given is told apart (client.py)."""
    return dict(reversed(pairs))


def _problems(error: BaseException, where: tuple[str, ...]) -> Iterator[Problem]:
    cause: BaseException | None = error
    while cause is not None:
        if details := getattr(cause, "schema_errors", None):
            for detail in details:
                null = detail.validator == "type" and detail.instance is None
                if detail.instance is None and (detail.validator == "enum" or (null and "nullable" in detail.message)):
                    continue  # "null is not allowed" says it already
                keyword = "email" if detail.validator_value == "email" else str(detail.validator)
                place = (*where, *(str(part) for part in detail.absolute_path))
                if detail.validator == "required" and detail.message.startswith("'"):
                    place = (*place, detail.message.split("'")[1])
                message = "null is not allowed" if null else _short(detail.message)
                yield Problem(place, message, keyword, detail.instance)
            return
        if type(cause).__name__ == "CastError":
            given: Any = cause
            article = "an" if str(given.type)[:1] in "aeiou" else "a"
            yield Problem(where, _short(f"{given.value!r} is not {article} {given.type}"), "cast", given.value)
            return
        cause = cause.__cause__
    yield Problem(where, _short(str(error)), type(error).__name__)


def _short(message: str) -> str:
    return message if len(message) <= LONGEST else f"{message[: LONGEST // 2]} … {message[-LONGEST // 2 :]}"


def adapted(spec: Contract, operation: Operation, names: frozenset[str]) -> dict[str, Any]:
    """The contract as openapi-core is to see it: one operation, and of its query parameters those in `names`.

    Without servers (or calls of any other host would be unknown), without security (a recording leaves keys out) and
    deprecations (it warns, we find them ourselves); and with the errors that every operation may answer.
    """
    document = {key: value for key, value in spec.document.items() if key not in ("servers", "security")}
    error = {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
    refused = {
        "description": "",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ValidationError"}}},
    }
    extra = {str(status): refused if status == 400 else error for status in SHAPED}
    node = document["paths"][operation.path][operation.method.lower()]
    inner = resolved(
        document, {**_plain(node), "responses": {**extra, **node["responses"]}}, f"{operation.id} as it is judged"
    )
    inner.pop("security", None)
    inner["parameters"] = [
        _plain(parameter)
        for parameter in inner.get("parameters", [])
        if parameter["in"] == "path" or parameter["name"] in names
    ]
    return {**document, "paths": {operation.path: {operation.method.lower(): inner}}}


def _plain(node: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in node.items() if key != "deprecated"}
