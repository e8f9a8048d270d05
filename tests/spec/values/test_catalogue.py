"""The catalogue of values: every kind that servers get wrong, each valid and each once."""

from __future__ import annotations

from pathlib import Path

import pytest

from cancelkit.spec import load
from cancelkit.spec.values import Values, key

FILES = [None, *sorted(Path("tests/contracts").glob("*.yaml")), Path("examples/contracts/reviews.yaml")]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem if file else "shipped")
def test_every_value_is_valid_and_of_a_kind_of_its_own(file: Path | None):
    """For each field of each body of each contract that we have."""
    contract = load(file) if file else load()
    for operation in contract.operations.values():
        for name, field in operation.body.fields.items() if operation.body else ():
            values = Values(field.schema, place=name)
            found = values.catalogue

            assert all(values.admits(edge.value) for edge in found)
            assert len({edge.label for edge in found}) == len({key(edge.value) for edge in found}) == len(found)


@pytest.mark.parametrize(
    ("schema", "wanted"),
    [
        ({"type": "integer", "minimum": 1}, [9, 10, 11, 255, 256, 257, 999, 1000, 2**31 - 1, 2**31, 10**18, 2**63 - 1]),
        ({"type": "integer", "maximum": 500}, [0, 1, 99, 100, 101, 255, 256, 257, 499, 500]),
        ({"type": "boolean", "nullable": True}, [None, False, True]),
        (
            {"type": "string"},
            ["007", "1.50", "null", "true", "2025-03-01", "&lt;b&gt; &#39; &nbsp; &amp;amp;", " ", "a\tb"],
        ),
        (
            {"type": "string"},
            ["a\r\nb", "it's", "\\", "a  b   c", "👍", "e\u0301a\u0308", "{}", "%s %d {0} {name} ${name}"],
        ),
        ({"type": "string", "format": "date"}, ["2024-02-29", "2025-03-30", "2025-12-31", "2025-04-30"]),
        ({"type": "string", "format": "date-time"}, ["2025-10-26T01:30:00Z", "2025-12-31T23:59:59Z"]),
        ({"type": "string", "enum": ["a", "b"], "nullable": True}, ["a", "b", None]),
    ],
    ids=str,
)
def test_it_holds_what_servers_get_wrong(schema: dict[str, object], wanted: list[object]):
    """Powers and their neighbours, bounds, texts that look like something else, days on which clocks change."""
    found = {key(edge.value) for edge in Values(schema).catalogue}

    assert [value for value in wanted if key(value) not in found] == []


@pytest.mark.parametrize("length", [49, 50, 51, 100, 101, 254, 255, 256, 257, 999, 1000, 1001, 9999, 10_000])
def test_texts_of_telling_lengths(length: int):
    """Around the sizes of columns, as far as the schema admits them."""
    assert any(len(edge.value) == length for edge in Values({"type": "string"}).catalogue)
    assert all(len(edge.value) <= 200 for edge in Values({"type": "string", "maxLength": 200}).catalogue)
