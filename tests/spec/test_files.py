"""A contract may be spread over files of its folder, and be written out as one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cancelkit.spec import PATH
from cancelkit.spec.dumping import dump
from cancelkit.spec.errors import SpecError
from cancelkit.spec.loading import read_document
from cancelkit.spec.source import parse

MAIN = "openapi: 3.0.3\ncomponents:\n  schemas:\n    Id: {type: integer}\n    Order:\n      $ref: "


def _files(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / "main.yaml"


def test_a_reference_to_another_file_is_replaced_by_what_it_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Paths are relative to the file they stand in; references back to the contract become local ones."""
    monkeypatch.chdir(tmp_path)
    _files(
        tmp_path,
        main_yaml=MAIN + "'parts/order.yaml#/Order'\n",
        parts__order_yaml="Order:\n  properties:\n    id: {$ref: '../main.yaml#/components/schemas/Id'}\n"
        "    item: {$ref: '#/Item'}\n    note: {$ref: note.json}\nItem:\n  type: string\n",
        parts__note_json='{"type":\n "boolean"}',
    )

    document = read_document(Path("main.yaml"))

    assert document.data["components"]["schemas"]["Order"] == {
        "properties": {
            "id": {"$ref": "#/components/schemas/Id"},
            "item": {"type": "string"},
            "note": {"type": "boolean"},
        }
    }
    order = "components/schemas/Order/properties"
    assert str(document.locate(f"{order}/item/type")) == "parts/order.yaml:7:3"
    assert str(document.locate(f"{order}/note/type")) == "parts/note.json:1:2"
    assert str(document.locate(f"{order}/id/type")) == "main.yaml:4:10"
    assert str(document.locate("components/schemas/Order")) == "main.yaml:5:5"


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        ("absent.yaml#/A", "main.yaml:6:7: components/schemas/Order/$ref: $ref 'absent.yaml#/A' names no file"),
        ("https://host.invalid/a.yaml", "leaves the contract's folder"),
        ("../a.yaml", "leaves the contract's folder"),
        ("a.yaml#/B", "points to nothing: #/B is not in that file"),
        ("a.yaml#/A", "a.yaml:1:5: A/$ref: $ref 'a.yaml#/A' leads back to itself"),
        ("bad.yaml", "bad.yaml:2:1: is not valid YAML"),
    ],
)
def test_a_reference_that_can_not_be_followed_is_refused(ref: str, said: str, tmp_path: Path):
    """The message names the file and line of the reference, and why."""
    main = _files(tmp_path, main_yaml=f"{MAIN}'{ref}'\n", a_yaml="A: {$ref: 'a.yaml#/A'}\n", bad_yaml="a: [\n")

    with pytest.raises(SpecError) as caught:
        read_document(main)

    assert said in str(caught.value)


def test_the_shipped_contract_is_dumped_and_read_back():
    """Order, texts and types survive; blocks stay blocks, and no alias is written."""
    data = read_document(PATH).data
    text = dump(data)
    back = parse(Path("x.yaml"), text).data

    assert back == data
    assert list(back) == list(data)
    assert "description: |\n" in text
    assert "&id" not in text


def test_texts_that_look_like_something_else_are_quoted():
    """What YAML 1.1 or 1.2 would read as a number, a date or a boolean stays text in both."""
    texts = [
        "1e3",
        "0o17",
        "012",
        "yes",
        "2026-01-01",
        "12:30",
        "~",
        "",
        "null",
        "<<",
        "- a",
        "a: b",
        "#",
        "a\n",
        "a\nb",
    ]
    shared = {"b": "c"}

    text = dump({"texts": texts, "x": shared, "y": shared})

    assert parse(Path("x.yaml"), text).data == {"texts": texts, "x": shared, "y": shared}
    assert "*" not in text


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)


@given(st.dictionaries(st.text(), _JSON, max_size=4))
def test_any_document_is_dumped_and_read_back(document: dict[str, Any]):
    """JSON data of any kind survives being written as YAML."""
    assert parse(Path("x.yaml"), dump(document)).data == document
