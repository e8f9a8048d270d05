"""A value shown again: the same, changed as the contract leaves open, or wrong."""

from __future__ import annotations

from typing import Any

import pytest

from cancelkit.contract_tests.oracles.readings import BLANKS, EMPTY, ENDS, MARKS, reading

TEXT = {"type": "string"}
NESTED = {"type": "object", "properties": {"name": TEXT, "secret": {"type": "string", "writeOnly": True}}}


@pytest.mark.parametrize(
    ("sent", "shown", "schema", "ways"),
    [
        ("a", "a", TEXT, set()),
        (" a ", " a ", TEXT, {(BLANKS, "kept")}),
        (" a ", "a", TEXT, {(BLANKS, "trimmed")}),
        ("a\n", "a", TEXT, {(ENDS, "trimmed")}),
        ("", None, TEXT, {(EMPTY, "null")}),
        (" ", None, TEXT, {(EMPTY, "null"), (BLANKS, "trimmed")}),
        ("e\u0301", "é", TEXT, {(MARKS, "composed")}),
        ("1.50", "1.5", {"type": "string", "format": "decimal"}, set()),
        ("2025-03-01T01:30:00+03:00", "2025-02-28T22:30:00Z", {"type": "string", "format": "date-time"}, set()),
        ("3F2504E0-4F89-41D3-9A0C-0305E82C3301", "3f2504e0-4f89-41d3-9a0c-0305e82c3301", {"format": "uuid"}, set()),
        ({"name": "a ", "secret": "b"}, {"name": "a", "id": 1}, NESTED, {(BLANKS, "trimmed")}),
        ([1, " a"], [1, "a"], {"type": "array"}, {(BLANKS, "trimmed")}),
    ],
)
def test_what_a_right_server_may_show(sent: Any, shown: Any, schema: dict[str, Any], ways: set[tuple[str, str]]):
    """With the way in which it took what is left open."""
    assert reading(sent, shown, schema) == ways


@pytest.mark.parametrize(
    ("sent", "shown", "schema"),
    [
        ("a  b", "a b", TEXT),
        ("007", "7", TEXT),
        ("007", 7, TEXT),
        ("null", None, TEXT),
        ("a\r\nb", "a\nb", TEXT),
        ("&lt;", "<", TEXT),
        ("abc", "ABC", TEXT),
        ("👍", "", TEXT),
        (1, True, {"type": "integer"}),
        (1000, 999, {"type": "integer"}),
        ("2025-03-01", "2025-03-02", {"type": "string", "format": "date"}),
        ({"name": "a"}, {}, NESTED),
        ([1, 2], [2, 1], {"type": "array"}),
        ({"a": 1}, {"a": 1, "b": 2}, {"type": "object"}),
    ],
)
def test_what_no_right_server_shows(sent: Any, shown: Any, schema: dict[str, Any]):
    """A value that became another one."""
    assert reading(sent, shown, schema) is None
