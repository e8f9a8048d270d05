"""Rules about filters, orderings and detailed views on contracts of any shape."""

# ruff: noqa: E501 (a contract as short as can be)

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny_target import TinyTarget

from cancelkit.contract_tests.configuration.settings import Settings
from cancelkit.contract_tests.engine.session import open_session
from cancelkit.contract_tests.observing.filters_malformed import malformed
from cancelkit.contract_tests.observing.filters_plan import matching_value, subject
from cancelkit.contract_tests.observing.filters_values import takes
from cancelkit.contract_tests.rules.filters import after_change as filters_after_change
from cancelkit.contract_tests.rules.filters import combined as filters_combined
from cancelkit.contract_tests.rules.filters import ids as filters_ids
from cancelkit.contract_tests.rules.filters import match as filters_match
from cancelkit.contract_tests.rules.filters import ordering
from cancelkit.contract_tests.rules.filters import refused as filters_refused
from cancelkit.contract_tests.rules.filters import relations as filters_relations
from cancelkit.contract_tests.rules.filters.ordering import precedes
from cancelkit.contract_tests.rules.records import detailed_agrees, detailed_references
from cancelkit.spec import Contract, Role, load

MODULES = (
    filters_match,
    filters_ids,
    filters_combined,
    filters_relations,
    filters_refused,
    filters_after_change,
    ordering,
    detailed_agrees,
    detailed_references,
)
BEADS = """
openapi: 3.0.3
info: {title: Beads, version: '1'}
x-behaviours:
  filters-combine: {requires: All filters hold., level: documented}
  filter-refuses-malformed: {requires: A filter that does not parse is 400., level: documented}
  patch-partial: {requires: PATCH changes what is sent., level: documented}
paths:
  /beads:
    get:
      operationId: beads
      parameters:
        - {name: keys, in: query, x-filter: {path: key, lookup: in}, schema: {type: array, items: {type: string, format: uuid}}}
        - {name: glass, in: query, x-filter: {path: glass, lookup: exact}, schema: {type: boolean}}
        - {name: heavier, in: query, x-filter: {path: weight, lookup: gt}, schema: {type: number}}
        - {name: not_heavier, in: query, x-filter: {path: weight, lookup: lte}, schema: {type: number}}
        - {name: price, in: query, x-filter: {path: price, lookup: exact}, schema: {type: string, format: decimal}}
        - {name: day__gte, in: query, x-filter: {path: day, lookup: gte}, schema: {type: string, format: date}}
        - {name: day__lt, in: query, x-filter: {path: day, lookup: lt}, schema: {type: string, format: date}}
        - {name: shades, in: query, x-filter: {path: shade, lookup: in}, schema: {type: array, items: {type: string, enum: [red, blue]}}}
        - {name: size, in: query, x-filter: {path: size, lookup: gte}, schema: {type: integer, minimum: 1, maximum: 9}}
        - {name: sort, in: query, x-ordering: true, schema: {type: string, enum: [weight, -weight, day, glass, shade, -price]}}
      responses: {'200': {description: all, content: {application/json: {schema: {type: object, required: [count, results], properties: {count: {type: integer}, results: {type: array, items: {$ref: '#/components/schemas/Bead'}}}}}}}, '400': {description: no}}
    post:
      operationId: add
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/New'}}}}
      responses: {'201': {description: added, content: {application/json: {schema: {$ref: '#/components/schemas/Bead'}}}}, '400': {description: no}}
  /beads/{key}:
    parameters: [{name: key, in: path, required: true, schema: {type: string, format: uuid}}]
    get:
      operationId: bead
      responses: {'200': {description: it, content: {application/json: {schema: {$ref: '#/components/schemas/Bead'}}}}, '404': {description: none}}
    patch:
      operationId: change
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/New'}}}}
      responses: {'200': {description: it, content: {application/json: {schema: {$ref: '#/components/schemas/Bead'}}}}, '400': {description: no}, '404': {description: none}}
components:
  schemas:
    New:
      type: object
      properties: &fields
        glass: {type: boolean}
        weight: {type: number, minimum: 0, maximum: 1000}
        price: {type: string, format: decimal, pattern: '^[0-9]{1,4}\\.[0-9]{2}$'}
        day: {type: string, format: date}
        shade: {type: string, enum: [red, blue]}
        size: {type: integer, minimum: 1, maximum: 9}
    Bead:
      type: object
      required: [key, glass, weight, price, day, shade, size]
      properties:
        key: {type: string, format: uuid, readOnly: true}
        <<: *fields
"""
ROW = {
    "key": "3f0c8b1e-5f6e-4c57-9d25-0a8a6f0f3c11",
    "glass": True,
    "weight": 2.5,
    "price": "3.50",
    "day": "2025-03-01",
    "shade": "red",
    "size": 1,
}


@pytest.fixture(scope="module")
def beads(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """No scope, no paging, no states; uuid ids, and a filter of every type."""
    path: Path = tmp_path_factory.mktemp("beads") / "beads.yaml"
    path.write_text(BEADS, encoding="utf-8")
    return load(path)


def test_rules_prove_themselves(spec: Contract, beads: Contract):
    """Each accepts and rejects its own evidence, whatever the contract; no id stands twice."""
    for contract in (spec, beads):
        rules = [rule for module in MODULES for rule in module.rules(contract)]
        assert len({rule.id for rule in rules}) == len(rules)
        for rule in rules:
            assert rule.rejects, rule.id
            assert [a for a in rule.accepts if list(rule.judge(a))] == [], rule.id
            assert [a for a in rule.rejects if not list(rule.judge(a))] == [], rule.id


def test_relations_follow_from_the_lookups_not_from_names(beads: Contract):
    """heavier and not_heavier share no stem with a lookup behind it, and split the records all the same."""
    rules = {rule.id: rule for rule in filters_relations.rules(beads)}

    assert set(rules) == {"filters/list/weight/splits", "filters/list/day/splits", "filters/list/glass/partitions"}
    assert "heavier and not_heavier split the records" in rules["filters/list/weight/splits"].requires
    assert "__gte and __lt split the records" in rules["filters/list/day/splits"].requires


def test_what_a_contract_lacks_has_no_rules(beads: Contract):
    """No detailed view, no promise about nulls and letters, no action."""
    ids = [rule.id for module in MODULES for rule in module.rules(beads)]

    assert [id for id in ids if id.startswith("detailed/") or id.endswith(("/null", "/folds-case"))] == []
    assert [id for id in ids if "/after-" in id] == []
    assert "filters/list/shades/matches" in ids
    assert "filters/list/keys/exactly" in ids


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("keys", ROW["key"]),
        ("glass", "true"),
        ("heavier", "1.5"),
        ("not_heavier", "2.5"),
        ("price", "3.50"),
        ("day__gte", "2025-03-01"),
        ("day__lt", "2025-03-02"),
        ("shades", "red"),
        ("size", "1"),
    ],
)
def test_a_value_that_finds_a_row(beads: Contract, name: str, value: str):
    """Of gt and lt, one on the right side of the row's own."""
    operation = beads.role(Role.LIST)
    parameter = operation.parameter(name) if operation else None
    assert parameter is not None
    assert parameter.filter is not None

    assert matching_value(parameter, parameter.filter, ROW) == value


@pytest.mark.parametrize(
    ("schema", "some", "never"),
    [
        ({"type": "integer", "minimum": 1}, {"many"}, {"1", "1.5", ""}),
        ({"type": "string"}, set(), {"5", "true"}),
        ({"type": "boolean"}, {"perhaps"}, {"true", "no", "1"}),
        ({"type": "string", "format": "uuid"}, {"not-a-uuid"}, {"3f2504e04f8941d39a0c0305e82c3301"}),
        ({"type": "array", "items": {"type": "integer"}}, {"many"}, {"1", "5"}),
        ({"type": "string", "format": "date"}, {"2025-02-30"}, {"2025-3-1"}),
    ],
)
def test_malformed_values_stay_malformed_as_text(schema: dict[str, Any], some: set[str], never: set[str]):
    """A number is a fine text; what a server may convert is not sent."""
    found = set(malformed(schema))

    assert some <= found
    assert not found & never
    assert not any(takes(schema, value) for value in found)


@pytest.mark.parametrize(
    ("kind", "left", "right", "first"),
    [
        ("integer", 9, 10, True),
        ("number", "9.50", "10.00", True),
        ("date-time", "2025-03-01T12:00:00+03:00", "2025-03-01T10:00:00Z", True),
        ("text", "abc", "abd", True),
        ("text", "ABC", "ABD", True),
        ("text", "abc", "ABD", False),
        ("text", "çağ", "z", False),
        ("text", "a-1", "a_1", False),
        ("uuid", "1f", "2f", False),
    ],
)
def test_only_what_is_beyond_doubt_precedes(kind: str, left: Any, right: Any, first: bool):
    """How texts beyond plain letters are collated is the server's choice."""
    assert precedes(kind, left, right) is first
    assert not precedes(kind, right, left)


def test_the_rows_to_judge_are_chosen_once_for_all_rules(target: TinyTarget, settings: Settings, spec: Contract):
    """A hundred rules share them; those of another scope are others."""
    with open_session(settings, spec, transport=target.transport) as session:
        first, second = (subject(session.context(id)) for id in ("filters/a", "filters/b"))
        session.ground = replace(session.ground, scope=(6,))
        other = subject(session.context("filters/c"))

    assert first.rows
    assert first is second
    assert not set(first.ids) & set(other.ids)
