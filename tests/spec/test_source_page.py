"""Everything that the documentation page says stands in the spec, mark for mark."""

from __future__ import annotations

import json
from typing import Any

import pytest
import source_page as page

from cancelkit import spec as contract

SECTIONS = page.table()
LINES = [(section, place, line) for section in SECTIONS for place, lines in section.lines.items() for line in lines]


@pytest.mark.skipif(not page.PAGE.exists(), reason="the documentation page does not lie beside this checkout")
def test_the_table_is_the_page():
    """The facts that are kept in the repository are those of the page, where that can be read."""
    assert page.read(page.PAGE.read_text(encoding="utf-8")) == SECTIONS


def test_the_page_was_understood():
    """The table holds all nine operations and the marked lines of each, so that the tests below compare something."""
    assert len(SECTIONS) == 9
    assert sum(len(section.lines.get("query", [])) for section in SECTIONS) == 22 + 23
    assert sum(len(section.lines.get("body", [])) for section in SECTIONS) == 9 + 9 + 7
    assert sum(len(section.lines.get("answer", [])) for section in SECTIONS) == 17


@pytest.mark.parametrize("section", SECTIONS, ids=lambda s: f"{s.method} {s.path}")
def test_each_operation_of_the_page_is_in_the_spec(section: Any):
    """Method, path and the documented status are those of the page."""
    operation = contract.load().operation(section.method, section.path)

    assert operation is not None
    assert section.status is None or operation.success.status == section.status


@pytest.mark.parametrize(
    ("section", "place", "line"), LINES, ids=[f"{s.method}-{s.path}-{p}-{x.name}" for s, p, x in LINES]
)
def test_each_mark_of_the_page_is_in_the_spec(section: Any, place: str, line: Any):
    """Type, format, minimum, default, required, nullable, enum and read-only marks are those of the page."""
    operation = contract.load().operation(section.method, section.path)
    assert operation is not None
    schema, required = _found(operation, place, line.name)

    inner = schema["items"] if line.many else schema
    assert inner["type"] == line.type
    assert (schema["type"] == "array") == line.many
    assert required == line.required
    assert line.format is None or schema.get("format") == line.format
    assert ("enum" in line.marks) == ("enum" in schema)
    assert ("min: 1" in line.marks) == (schema.get("minimum") == 1)
    assert bool(schema.get("nullable")) == ("nullable" in line.marks)
    assert bool(schema.get("readOnly")) == line.read_only
    if line.default is not None:
        assert schema["default"] == json.loads(line.default)


def _found(operation: contract.Operation, place: str, name: str) -> tuple[contract.Schema, bool]:
    if place in ("path", "query"):
        parameter = operation.parameter(name)
        assert parameter is not None, f"{name} is missing"
        assert parameter.location == place
        return parameter.schema, parameter.required
    schema = operation.success.schema if place == "answer" else operation.body and operation.body.schema
    assert schema is not None
    return schema["properties"][name], name in schema.get("required", [])
