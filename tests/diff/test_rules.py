"""Each rule by the smallest edit that shows it, forwards and backwards; and which of them the documents list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from cancelkit.diff.change import Kind
from cancelkit.diff.comparing import compare
from cancelkit.diff.operations import Side
from cancelkit.diff.rules import RULES, listed

DOCUMENT = Path(__file__).parents[2] / "docs" / "diff.md"
Edit = Callable[[Any], None]
TEXT = {"type": "string"}
JSON = {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
ETAG = {"ETag": {"schema": TEXT}}
CONTRACT: dict[str, Any] = {
    "openapi": "3.0.3",
    "servers": [{"url": "http://one.example"}],
    "security": [{"key": []}],
    "x-behaviours": {"kept": {"requires": "Nothing is lost.", "level": "assumed"}},
    "x-choices": {"head": {"chosen": "answered", "level": "assumed"}},
    "paths": {
        "/things/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": TEXT}],
            "get": {
                "operationId": "readThing",
                "parameters": [
                    {"name": "q", "in": "query", "schema": TEXT, "x-filter": {"path": "name", "lookup": "exact"}},
                    {"name": "tags", "in": "query", "schema": {"type": "array", "items": TEXT}, "x-level": "assumed"},
                ],
                "responses": {
                    "200": {"description": "it", "content": JSON, "headers": ETAG, "x-level": "assumed"},
                    "404": {"description": "none"},
                },
            },
            "put": {
                "operationId": "writeThing",
                "requestBody": {"content": JSON},
                "responses": {"200": {"description": "it", "content": JSON}, "201": {"description": "new"}},
            },
        },
        "/things/{id}/close": {
            "post": {
                "operationId": "closeThing",
                "x-action": {"field": "state", "value": "closed", "refused": ["closed"]},
                "responses": {"200": {"description": "it"}},
            }
        },
    },
    "components": {
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
        "schemas": {
            "Thing": {"type": "object", "properties": {"state": {"$ref": "#/components/schemas/State"}}},
            "State": {
                "type": "string",
                "enum": ["new", "open", "closed"],
                "x-transitions": {
                    "initial": "new", "allowed": {"new": ["open"], "open": ["closed"]},
                    "final": ["closed"], "level": "assumed",
                },
            }
        },
    },
}  # fmt: skip
GET = ("paths", "/things/{id}", "get")
PUT = ("paths", "/things/{id}", "put")
CLOSE = ("paths", "/things/{id}/close", "post")
MOVES = ("components", "schemas", "State", "x-transitions")


def put(*keys: Any) -> Edit:
    """The last of the keys is what is put at the others."""

    def edit(document: Any) -> None:
        *path, last, value = keys
        for key in path:
            document = document[key]
        if isinstance(document, list) and last == len(document):
            document.append(value)
        else:
            document[last] = value

    return edit


def drop(*keys: Any) -> Edit:
    def edit(document: Any) -> None:
        for key in keys[:-1]:
            document = document[key]
        del document[keys[-1]]

    return edit


def moved(document: Any) -> None:
    document["paths"]["/objects/{id}"] = {
        "get": document["paths"]["/things/{id}"].pop("get"),
        "parameters": document["paths"]["/things/{id}"]["parameters"],
    }


def renamed(document: Any) -> None:
    item = document["paths"]["/things/{thing}"] = document["paths"].pop("/things/{id}")
    item["parameters"] = [{**item["parameters"][0], "name": "thing"}]


PARAMETERS = (*GET, "parameters")
Q = (*PARAMETERS, 0)
BOTH, CLIENTS, SERVERS = {Kind.CLIENTS, Kind.SERVERS}, {Kind.CLIENTS}, {Kind.SERVERS}
DANGEROUS, HARMLESS = {Kind.DANGEROUS}, {Kind.HARMLESS}
Said = tuple[str, set[Kind]]
SHOWN: tuple[tuple[Said, Said | None, Edit], ...] = (
    (("operation-removed", CLIENTS), ("operation-added", SERVERS), drop(*CLOSE)),
    (("operation-moved", BOTH), ("operation-moved", BOTH), moved),
    (("operation-id-changed", DANGEROUS), None, put(*GET, "operationId", "getThing")),
    (("operation-role-changed", DANGEROUS), None, put(*GET, "x-role", "other")),
    (("operation-deprecated", HARMLESS), None, put(*GET, "deprecated", True)),
    (("parameter-removed", CLIENTS), ("parameter-added", SERVERS), drop(*PARAMETERS, 1)),
    (("required-parameter-added", CLIENTS), None,
     put(*PARAMETERS, 2, {"name": "x", "in": "header", "required": True, "schema": TEXT})),
    (("parameter-required", CLIENTS), ("parameter-optional", SERVERS), put(*Q, "required", True)),
    (("parameter-style-changed", BOTH), ("parameter-style-changed", BOTH), put(*PARAMETERS, 1, "explode", False)),
    (("parameter-deprecated", HARMLESS), None, put(*Q, "deprecated", True)),
    (("parameter-level-changed", DANGEROUS), ("parameter-level-changed", HARMLESS), drop(*PARAMETERS, 1, "x-level")),
    (("path-parameter-renamed", HARMLESS), None, renamed),
    (("filter-removed", BOTH), ("filter-added", BOTH), drop(*Q, "x-filter")),
    (("filter-path-changed", BOTH), None, put(*Q, "x-filter", "path", "title")),
    (("filter-lookup-changed", BOTH), None, put(*Q, "x-filter", "lookup", "iexact")),
    (("paging-changed", BOTH), None, put(*Q, "x-paging", "page")),
    (("ordering-changed", BOTH), None, put(*Q, "x-ordering", True)),
    (("identity-changed", BOTH), None, put(*GET[:2], "parameters", 0, "x-identity", "key")),
    (("body-removed", CLIENTS), ("body-added", SERVERS), drop(*PUT, "requestBody")),
    (("required-body-added", CLIENTS), None, put(*CLOSE, "requestBody", {"required": True, "content": JSON})),
    (("body-required", CLIENTS), ("body-optional", SERVERS), put(*PUT, "requestBody", "required", True)),
    (("request-media-added", SERVERS), ("request-media-removed", CLIENTS),
     put(*PUT, "requestBody", "content", "text/csv", {})),
    (("success-status-removed", SERVERS), ("success-status-added", CLIENTS), drop(*PUT, "responses", "201")),
    (("error-status-removed", DANGEROUS), ("error-status-added", DANGEROUS), drop(*GET, "responses", "404")),
    (("answer-level-changed", DANGEROUS), ("answer-level-changed", HARMLESS),
     drop(*GET, "responses", "200", "x-level")),
    (("answer-media-added", DANGEROUS), ("answer-media-removed", BOTH),
     put(*GET, "responses", "200", "content", "text/csv", {})),
    (("header-removed", DANGEROUS), ("header-added", HARMLESS), drop(*GET, "responses", "200", "headers", "ETag")),
    (("header-required", SERVERS), ("header-optional", CLIENTS),
     put(*GET, "responses", "200", "headers", "ETag", "required", True)),
    (("transitions-removed", DANGEROUS), ("transitions-added", DANGEROUS), drop(*MOVES)),
    (("transitions-level-changed", DANGEROUS), ("transitions-level-changed", HARMLESS),
     put(*MOVES, "level", "documented")),
    (("transition-removed", CLIENTS), ("transition-added", SERVERS), put(*MOVES, "allowed", "new", [])),
    (("state-not-final", SERVERS), ("state-final", CLIENTS), put(*MOVES, "final", [])),
    (("initial-state-changed", BOTH), None, put(*MOVES, "initial", "open")),
    (("action-effect-changed", BOTH), None, put(*CLOSE, "x-action", "value", "open")),
    (("action-accepted", SERVERS), ("action-refused", CLIENTS), put(*CLOSE, "x-action", "refused", [])),
    (("choice-changed", DANGEROUS), ("choice-changed", DANGEROUS), put("x-choices", "head", "chosen", "not-allowed")),
    (("error-changed", DANGEROUS), ("error-changed", DANGEROUS),
     put("x-errors", {"null": {"code": "no", "level": "observed"}})),
    (("choice-changed", DANGEROUS), ("choice-changed", SERVERS), drop("x-choices", "head")),
    (("choice-changed", DANGEROUS), ("choice-changed", SERVERS), put("x-choices", "head", "open", True)),
    (("choice-level-changed", DANGEROUS), ("choice-level-changed", HARMLESS),
     put("x-choices", "head", "level", "observed")),
    (("behaviour-removed", DANGEROUS), ("behaviour-added", SERVERS), drop("x-behaviours", "kept")),
    (("behaviour-level-changed", DANGEROUS), ("behaviour-level-changed", HARMLESS),
     put("x-behaviours", "kept", "level", "documented")),
    (("behaviour-reworded", DANGEROUS), None, put("x-behaviours", "kept", "requires", "Little is lost.")),
    (("behaviour-choice-changed", DANGEROUS), None, put("x-behaviours", "kept", "chosen", "all")),
    (("security-narrower", CLIENTS), ("security-wider", SERVERS), put("security", 0, "other", [])),
    (("security-scheme-changed", BOTH), None, put("components", "securitySchemes", "key", "name", "X-Other")),
    (("aliases-changed", HARMLESS), ("aliases-changed", CLIENTS), put("x-aliases", ["/v2"])),
    (("login-changed", HARMLESS), ("login-changed", CLIENTS), put("x-login", {"path": "/login"})),
    (("generator-changed", HARMLESS), ("generator-changed", HARMLESS), put("x-generator", "own")),
    (("server-removed", DANGEROUS), None, put("servers", 0, "url", "http://two.example")),
)  # fmt: skip


@pytest.mark.parametrize(("forth", "back", "edit"), SHOWN, ids=[forth[0] for forth, _, _ in SHOWN])
def test_each_rule_is_shown_by_an_edit(forth: Said, back: Said | None, edit: Edit):
    """The edit gives the rule, of its class, in one sentence; taken back it gives the opposite."""
    old, new = CONTRACT, deepcopy(CONTRACT)
    edit(new)
    for (rule, kinds), one, other in ((forth, old, new), *([(back, new, old)] if back else [])):
        found = [change for change in compare(Side("old", one), Side("new", other)) if change.rule == rule]

        assert [set(change.kinds) for change in found] == [kinds] * len(found) != []
        assert all(change.sentence and change.spots for change in found)


def test_every_rule_is_shown():
    """No rule is listed that nothing gives."""
    assert {said[0] for forth, back, _ in SHOWN for said in (forth, back) if said} == set(RULES)


def test_every_rule_is_described():
    """docs/diff.md holds the list as the code has it."""
    assert listed() in DOCUMENT.read_text(encoding="utf-8")


def test_what_is_the_same_is_silent():
    """No change where nothing changed, but for what only people read."""
    new = deepcopy(CONTRACT)
    put(*GET, "summary", "Read a thing")(new)
    put(*GET, "description", "It is read.")(new)

    assert compare(Side("old", CONTRACT), Side("new", new)) == []


def _answering(more: Any) -> dict[str, Any]:
    document = deepcopy(CONTRACT)
    document["components"]["schemas"]["Thing"]["properties"]["more"] = more
    return document


def test_alternatives_are_compared_as_they_are_answered():
    """A read-only field within an alternative counts in answers, though no request has it."""
    shape = {"type": "object", "properties": {"a": {"type": "integer", "readOnly": True}}}
    text = {"type": "object", "properties": {"a": {"type": "string", "readOnly": True}}}
    found = compare(Side("old", _answering(shape)), Side("new", _answering({"oneOf": [text, {"type": "boolean"}]})))

    assert {kind for change in found if "answer" in change.rule for kind in change.kinds} >= BOTH


def test_what_an_error_says_at_one_place_is_compared():
    """And told by the kind and the place."""
    one, other = (deepcopy(CONTRACT) for _ in range(2))
    for document, text in ((one, "No."), (other, "Never.")):
        said = {"text": "Nothing.", "level": "observed", "at": {"writeThing": {"text": text}}}
        document["x-errors"] = {"null": said, "of its own": {"at": {"": said}}}
    found = compare(Side("old", one), Side("new", other))

    assert [change.rule for change in found] == ["error-changed"]
    assert "`null at writeThing` is" in found[0].sentence


ODD: tuple[Any, ...] = ("x", 5, None, True, [], {}, [[]], {"a": 1}, {"$ref": "#/nowhere"}, {"$ref": 5}, -1.5, {1: 2})


def _places(node: Any, keys: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    pairs = node.items() if isinstance(node, dict) else enumerate(node if isinstance(node, list) else ())
    for key, inner in pairs:
        yield (*keys, key)
        yield from _places(inner, (*keys, key))


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_any_document_can_be_compared(odd: Any):
    """What stands in a document where it must not is compared or overlooked, never a crash."""
    for keys in _places(CONTRACT):
        new = deepcopy(CONTRACT)
        put(*keys, odd)(new)
        compare(Side("old", CONTRACT), Side("new", new))
        compare(Side("old", new), Side("new", CONTRACT))
