"""Values and fields that a server answers and the contract does not have, learned from mocks that have them."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from cancelkit.contract_tests.context.scopes import default_scope
from cancelkit.contract_tests.engine.registry import every_rule
from cancelkit.contract_tests.learning.inferring import ONLY_NULL, SEVERAL, joined, schema_of
from cancelkit.contract_tests.learning.surplus import FIELDS, VALUES
from cancelkit.contract_tests.learning.writing import Earlier, earlier, written
from cancelkit.mockserver.local import LocalMock
from cancelkit.spec import PATH, Contract, read
from cancelkit.spec.reading import read_contract
from cancelkit.spec.values import Values
from tests.choices.test_states_learned import overlaid, walked
from tests.support.verified import verified

REVIEWS = Path("examples/contracts/reviews.yaml")
FURTHER = {
    "batch": {"type": "string", "format": "uuid"},
    "checked_at": {"type": "string", "format": "date-time", "nullable": True},
    "rank": {"type": "integer"},
    "origin": {"type": "object", "properties": {"shelf": {"type": "string"}, "fresh": {"type": "boolean"}}},
}


def wider(contract: Contract, schema: str, **edits: Any) -> Contract:
    """The contract whose component schema has further fields, or what else `edits` put into it."""
    document: Any = copy.deepcopy(contract.document)
    node = document["components"]["schemas"][schema]
    for key, value in edits.items():
        node[key] = {**node.get(key, {}), **value} if isinstance(value, dict) else [*node[key], *value]
    return read_contract(document)


def further(**schemas: Any) -> dict[str, Any]:
    return {name: {**schema, "readOnly": True} for name, schema in schemas.items()}


def first_row(contract: Contract, mock: LocalMock) -> dict[str, Any]:
    """The first record of a list, as the mock answers it."""
    scope = dict(zip((one.name for one in contract.resource.scope), default_scope(contract), strict=True))
    assert contract.api_key is not None
    headers = {contract.api_key.header: f"{contract.api_key.prefix or ''} a".strip()}
    with httpx.Client(transport=mock.transport, base_url=mock.url, headers=headers) as client:
        answer = client.get(contract.resource.url(contract.resource.collection, scope)).json()
    rows: list[dict[str, Any]] = answer if isinstance(answer, list) else answer["results"]
    return rows[0]


def test_further_fields_are_learned_imitated_and_accepted(tmp_path: Path) -> None:
    """The overlay has their schemas, the mock answers them, and the suite takes them, whatever they do."""
    contract = read(REVIEWS)
    server = wider(contract, "Review", properties=further(**FURTHER))
    text = written(walked(contract, server, points={"head", "delete-again"}), Earlier())
    now = overlaid(contract, text, tmp_path)

    learned = now.schemas["Review"]["properties"]
    for name, schema in FURTHER.items():
        assert {key: learned[name].get(key) for key in schema} == schema, name
        assert learned[name]["x-level"] == "observed"
    with LocalMock(contract=now) as mock:
        row = first_row(now, mock)
        assert Values(now.resource.schema, direction="response").admits(row)
        assert row.keys() >= FURTHER.keys()
    areas = {"create", "patch", "put", "schema", "machine"}
    with LocalMock(contract=server) as mock:
        judged = verified(now, mock, [rule for rule in every_rule(now) if rule.area in areas], keep=False)
    assert [f.rule_id for f in judged.findings if f.outcome.broken] == []


def test_values_beyond_an_assumed_enum_are_learned(tmp_path: Path) -> None:
    contract = _assumed(read(PATH), "CancellationType")
    server = wider(contract, "CancellationType", enum=["exchange"])
    text = written(walked(contract, server), Earlier())
    now = overlaid(contract, text, tmp_path)

    assert now.schemas["CancellationType"]["enum"] == [*contract.schemas["CancellationType"]["enum"], "exchange"]


def test_a_value_beyond_a_documented_enum_contradicts_it() -> None:
    contract = read(PATH)
    found = walked(contract, wider(contract, "CancellationType", enum=["exchange"]))

    assert [one.point for one in found.statements if one.contradicts] == ["enum CancellationType"]
    assert "[exchange]" not in written(found, Earlier())
    assert "enum: [exchange]" in written(found, Earlier(), contradictions=True)


def test_fields_of_a_closed_object_contradict_it() -> None:
    contract = read(REVIEWS)
    document: Any = copy.deepcopy(contract.document)
    document["components"]["schemas"]["Review"]["additionalProperties"] = False
    found = walked(read_contract(document), wider(contract, "Review", properties=further(rank={"type": "integer"})))

    assert "fields Review" in [one.point for one in found.statements if one.contradicts]
    assert "rank" not in written(found, Earlier())


def test_what_was_learned_of_fields_stands_and_grows(tmp_path: Path) -> None:
    """A field that is not seen this time stays; one that was never null and is so now may be null from now on."""
    contract = read(REVIEWS)
    first = walked(
        contract, wider(contract, "Review", properties=further(rank={"type": "integer"}, a={"type": "string"}))
    )
    file = tmp_path / "learned.yaml"
    file.write_text(text := written(first, Earlier()), encoding="utf-8")
    nullable = {"type": "integer", "nullable": True}
    now = written(walked(contract, wider(contract, "Review", properties=further(rank=nullable))), earlier(file))

    assert written(first, earlier(file)) == text
    assert "rank: {type: integer, readOnly: true" in text
    assert "rank: {type: integer, nullable: true, readOnly: true" in now
    assert "a: {type: string, readOnly: true" in now


def test_no_value_of_a_further_field_is_written() -> None:
    contract = read(REVIEWS)
    name = {"type": "string", "enum": ["Somebody Special"]}
    text = written(walked(contract, wider(contract, "Review", properties=further(owner=name))), Earlier())

    assert "owner: {type: string, readOnly: true" in text
    assert "Somebody" not in text


@pytest.mark.parametrize(
    ("values", "schema"),
    [
        ((1, 2), {"type": "integer"}),
        ((1, 2.5), {"type": "number"}),
        ((True, None), {"type": "boolean", "nullable": True}),
        (("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.5+03:00"), {"type": "string", "format": "date-time"}),
        (("2026-01-02", None), {"type": "string", "format": "date", "nullable": True}),
        (("2026-01-02", "soon"), {"type": "string"}),
        (("https://a.example/b",), {"type": "string", "format": "uri"}),
        (("a.b@c.example",), {"type": "string", "format": "email"}),
        (([1, 2], []), {"type": "array", "items": {"type": "integer"}}),
        (({"a": 1}, {"b": None}), {"type": "object", "properties": {"a": {"type": "integer"}, "b": schema_of(None)}}),
        (({"a.b@c.example": 1},), {"type": "object"}),
        ((None, None), {"nullable": True, "description": ONLY_NULL}),
        ((1, "a", None), {"description": SEVERAL, "nullable": True}),
    ],
)
def test_a_schema_is_inferred_from_values(values: tuple[Any, ...], schema: dict[str, Any]) -> None:
    found: dict[str, Any] = {}
    for value in values:
        found = joined(found, schema_of(value))

    assert found == schema
    assert all(Values({**found, "readOnly": True}, direction="response").admits(value) for value in values)
    assert json.dumps(joined(found, found)) == json.dumps(found)


def test_the_topics_say_what_they_are_about() -> None:
    found = walked(read(REVIEWS), read(REVIEWS))

    assert {topic.name for topic in found.topics} >= {VALUES, FIELDS}
    assert [one for topic in found.topics if topic.name in (VALUES, FIELDS) for one in topic.statements] == []


def _assumed(contract: Contract, schema: str) -> Contract:
    document: Any = copy.deepcopy(contract.document)
    document["components"]["schemas"][schema] |= {"x-level": "assumed", "x-why": "so"}
    return read_contract(document)
