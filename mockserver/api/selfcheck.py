"""Does every answer of the mock keep the contract? openapi-core says so, for the project's tests and for doubters.

Owns: turning an answer that breaks the contract into a 500 that names the violation.
Knows nothing of: how answers are made. Imports openapi-core only when it is wanted: it is slow to load and to run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from cancelkit.mockserver.replies import Reply, error
from cancelkit.spec import Contract, Operation
from cancelkit.spec.facts import FREE
from cancelkit.spec.media import is_json, media_type
from cancelkit.spec.templates import PARAMETER


class SelfCheck:
    """Judges answers by the contract."""

    def __init__(self, contract: Contract) -> None:
        from openapi_core import Config, OpenAPI

        answers = [a for o in contract.operations.values() for a in (*o.responses.values(), *o.ranges.values())]
        readers: Any = {answer.media_type: json.loads for answer in answers}
        document: Any = {key: value for key, value in contract.document.items() if key != "servers"}
        self._contract = OpenAPI.from_dict(_judged(document), config=Config(extra_media_type_deserializers=readers))

    def __call__(self, operation: Operation, path: Mapping[str, Any], reply: Reply) -> Reply | None:
        """Return a 500 that says what is wrong, or None where nothing is.

        A refusal with a status that the contract does not mention breaks nothing that it says.
        """
        from openapi_core.testing import MockRequest, MockResponse

        if reply.status >= 400 and operation.response(reply.status) is None:
            return None

        request = MockRequest(
            "http://localhost",
            operation.method.lower(),
            PARAMETER.sub(lambda found: quote(str(path[found[1]]), safe=""), operation.path),
            path_pattern=operation.path,
        )
        headers = {name.decode(): value.decode("latin-1") for name, value in reply.headers}
        kind = headers.pop("content-type", "application/json")
        response = MockResponse(reply.body, status_code=reply.status, headers=headers, content_type=kind)
        violations = [_words(problem) for problem in self._contract.iter_response_errors(request, response)]
        if not violations:
            return None
        detail = (
            f"Self-check: {operation.id} answered {reply.status}, which breaks the contract: {'; '.join(violations)}"
        )
        return error(500, detail, "self_check").reply


def _judged(node: Any) -> Any:
    """The document with what openapi-core reads otherwise than we do.

    It takes null for no value of an enum or a composition that is nullable, and divides by a decimal `multipleOf` in
    floating point, where 0.57 is no multiple of 0.01; its `time` has no offset, though RFC 3339 and the registry of
    formats demand one, and its `idn-hostname` knows fewer letters; parameters of media types must be the same.
    """
    if isinstance(node, list):
        return [_judged(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    out = {_key(key): inner if key in FREE else _judged(inner) for key, inner in node.items()}
    if isinstance(out.get("multipleOf"), float):
        del out["multipleOf"]
    if out.get("format") in ("time", "idn-hostname"):
        del out["format"]
    if out.get("nullable") is True:
        if isinstance(out.get("enum"), list):
            out["enum"] = [*out["enum"], None]
        if "type" not in out:
            return {"anyOf": [out, {"enum": [None]}]}
    return out


def _key(key: Any) -> Any:
    """A key; the media types of JSON without their parameters."""
    media = media_type(key) if isinstance(key, str) and key[:1] != "/" else ""
    return media if "/" in media and is_json(media) else key


def _words(problem: BaseException) -> str:
    cause: BaseException | None = problem
    while cause is not None:
        found = getattr(cause, "schema_errors", None)
        if found:
            return "; ".join(f"{'/'.join(map(str, e.absolute_path))}: {e.message}" for e in found)
        cause = cause.__cause__
    return str(problem)
