"""A file is read as JSON data, and every fault in it is named by file, line and column."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from cancelkit.spec.errors import Location, SpecError, from_pointer, joined, pointer, rendered
from cancelkit.spec.loading import Document, read_document
from cancelkit.spec.places import as_keys
from cancelkit.spec.source import parse, read

YAML = """\
openapi: 3.0.3
info:
  title: Orders
paths:
  /orders/{id}/:
    get:
      parameters:
        - name: id
          in: path
        - $ref: '#/components/parameters/Limit'
components:
  parameters:
    Limit:
      name: limit
      in: query
"""


def _document(tmp_path: Path, text: str = YAML, name: str = "contract.yaml") -> Document:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_document(path)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("a: yes\nb: 2026-01-01\nc: 12:30", {"a": "yes", "b": "2026-01-01", "c": "12:30"}),
        ("a: 012\nb: 0o17\nc: 0x1f\nd: -3", {"a": 12, "b": 15, "c": 31, "d": -3}),
        ("a: 1e3\nb: 1.0\nc: .5", {"a": 1000.0, "b": 1.0, "c": 0.5}),
        ("a: ~\nb:\nc: null\nd: True", {"a": None, "b": None, "c": None, "d": True}),
        ("200: a\ntrue: b\n~: c\n1.0: d", {"200": "a", "true": "b", "~": "c", "1.0": "d"}),
        ("a: 1_000\nb: .inf", {"a": "1_000", "b": ".inf"}),
        ("'<<': 1\na: <<", {"<<": 1, "a": "<<"}),
    ],
)
def test_yaml_is_read_by_version_1_2(text: str, data: object):
    """Plain scalars mean what YAML 1.2 says (10.3, core schema); keys are strings as they are written."""
    assert parse(Path("x.yaml"), text).data == data


def test_aliases_and_merge_keys_are_followed():
    """An own key wins over a merged one, an earlier merge over a later one, and merges may be nested."""
    text = (
        "a: &a {x: 1, y: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: [*b, {x: 9, z: 9}], w: 0}\nd: *b\n"
        "e: {<<: &f {<<: *a, x: 5}}\ng: *f\n"
    )

    data = parse(Path("x.yaml"), text).data

    assert data["b"] == data["d"] == {"x": 1, "y": 2}
    assert data["c"] == {"x": 1, "y": 2, "z": 9, "w": 0}
    assert data["e"] == data["g"] == {"x": 5, "y": 1}


@pytest.mark.parametrize("name", ["x.json", "x.yaml"])
def test_json_is_read_as_json(name: str):
    """Tabs, escaped slashes and surrogate pairs, which YAML parsers refuse, are fine in JSON, whatever the suffix."""
    text = '{\n\t"a\\/b": "\\ud83d\\ude00",\n\t"c": [1, {"d": "]}"}, []]\n}'
    source = parse(Path(name), text)

    assert source.data == {"a/b": "\N{GRINNING FACE}", "c": [1, {"d": "]}"}, []]}
    assert source.locate(("a/b",)) == Location(name, 2, 2)
    assert source.locate(("c", 1, "d")) == Location(name, 3, 12)
    assert source.locate(("c", 2)) == Location(name, 3, 24)


def test_a_yaml_flow_mapping_is_not_taken_for_json():
    """A YAML file may begin with a brace."""
    assert parse(Path("x.yaml"), "{a: 1, b: [c]}").data == {"a": 1, "b": ["c"]}


def test_a_byte_order_mark_is_accepted(tmp_path: Path):
    """A BOM at the start changes neither data nor columns."""
    path = tmp_path / "x.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")

    assert read(path).data == {"a": 1}
    assert read(path).locate(("a",)).column == 1


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (
            "x.yaml",
            "a:\n  b: 1\n  c: 2\n  b: 3\n",
            "x.yaml:4:3: the key 'b' stands twice in one mapping (first on line 2)",
        ),
        ("x.json", '{"a": 1,\n "a": 2}', "x.json:2:2: the key 'a' stands twice in one mapping (first on line 1)"),
        ("x.json", '{"a": [{"b": 1, "b": 2}]}', "x.json:1:17: the key 'b' stands twice"),
        ("x.yaml", '{"a": 1, "a": 2}', "x.yaml:1:10: the key 'a' stands twice"),
        ("x.yaml", "a: [\n", "x.yaml:2:1: is not valid YAML: "),
        ("x.yaml", "a: 1\n b: 2\n", "x.yaml:2:3: is not valid YAML: mapping values are not allowed"),
        ("x.yaml", "a: 1\nb: \x07\n", "x.yaml:2: is not valid YAML: control characters"),
        ("x.yaml", "a: 1\n---\nb: 1\n", "x.yaml:2:1: is not valid YAML: "),
        ("x.yaml", "a: *b\n", "x.yaml:1:4: is not valid YAML: found undefined alias"),
        ("x.yaml", "a: &a\n  b: *a\n", "leads back into what holds it"),
        ("x.yaml", "a: !!python/name:os.system x\n", "x.yaml:1:4: the tag "),
        ("x.yaml", "a: !!set {b}\n", "is not one of JSON's types"),
        ("x.yaml", "a: !!int b\n", "x.yaml:1:4: 'b' is not a int"),
        ("x.yaml", f"a: {'9' * 5000}\n", "x.yaml:1:4: '9999"),
        ("x.yaml", "? [a]\n: 1\n", "x.yaml:1:3: a key must be a string"),
        ("x.yaml", "a: {<<: 1}\n", "x.yaml:1:9: only a mapping can be merged"),
        ("x.json", '{"a": 1,\n}', "x.json:2:1: is not valid JSON: "),
        ("x.json", '{"a": NaN}', "x.json:1:7: is not valid JSON: NaN"),
        ("x.json", "", "x.json:1:1: is not valid JSON"),
        ("x.json", "[" * 100_000, "nested too deeply"),
        ("x.yaml", "a: " + "[" * 100_000, "nested too deeply"),
        ("x.yaml", "- " * 100_000 + "a", "nested too deeply"),
        ("x.yaml", "a: " + "[" * 900 + "]" * 900, "nested too deeply"),
        ("x.json", f'{{"a": {"9" * 5000}}}', "can't be read"),
    ],
)
def test_a_file_that_is_not_well_formed_is_refused(name: str, text: str, said: str):
    """The message names file, line and column, and what is wrong there."""
    with pytest.raises(SpecError) as caught:
        parse(Path(name), text)

    assert said in str(caught.value)


def test_a_file_that_can_not_be_read_is_refused(tmp_path: Path):
    """Missing files, folders and other encodings are one clear error."""
    (tmp_path / "latin.yaml").write_bytes(b"a: 1\nb: \xe9\n")

    for name, said in {
        "no.yaml": "No such file",
        ".": "directory",
        "latin.yaml": "latin.yaml:2: can't be read: it is",
    }.items():
        with pytest.raises(SpecError, match=said):
            read(tmp_path / name)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "contract.yaml: is not an OpenAPI 3.0 document"),
        ("- a\n", "contract.yaml:1:1: is not an OpenAPI 3.0 document"),
        ("info: {}\nopenapi: 3.1.0\n", "contract.yaml:2:1: openapi: is not an OpenAPI 3.0 document"),
    ],
)
def test_another_kind_of_document_is_refused(text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Only OpenAPI 3.0 is read; a file below the working directory is named relative to it."""
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SpecError) as caught:
        _document(tmp_path, text)

    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    ("place", "line", "column"),
    [
        (("info", "title"), 3, 3),
        (("paths", "/orders/{id}/", "get"), 6, 5),
        ("paths//orders/{id}//get", 6, 5),
        ("paths/'/orders/{id}/'/get", 6, 5),
        ("#/paths/~1orders~1{id}~1/get", 6, 5),
        (("paths", "/orders/{id}/", "get", "parameters", 0, "in"), 9, 11),
        ("paths//orders/{id}//get/parameters/0 (id)/in", 9, 11),
        ("paths//orders/{id}//get/parameters/1 (limit)/in", 15, 7),
        (("paths", "/orders/{id}/", "get", "parameters", 1, "in"), 15, 7),
        ("#/components/parameters/Limit/name", 14, 7),
        ("components/parameters/Limit/schema/x-why", 13, 5),
        (("paths", "/orders/{id}/", "get", "parameters", 7), 7, 7),
        ("components/schemas", 11, 1),
        ((), 1, 1),
        ("listOrders", None, None),
        (("x-behaviours",), None, None),
    ],
)
def test_a_place_is_located(place: str | tuple[str | int, ...], line: int | None, column: int | None, tmp_path: Path):
    """Tuples, joined text and pointers all find the key; what is missing is located by what holds it."""
    found = _document(tmp_path).locate(place)

    assert (found.line, found.column) == (line, column)
    assert found.file.endswith("contract.yaml")


def test_a_place_reached_through_an_alias_or_a_merge_is_located(tmp_path: Path):
    """What a merge key brings in stands where it was written."""
    text = "openapi: 3.0.3\na: &a\n  x: {y: 1}\nb:\n  <<: *a\nc: *a\n"
    document = _document(tmp_path, text)

    assert {document.locate(("b", "x", "y")).line, document.locate(("c", "x", "y")).line} == {3}


def test_a_self_referring_reference_does_not_hang(tmp_path: Path):
    """Locating through references that lead to themselves ends."""
    document = _document(tmp_path, "openapi: 3.0.3\na: {$ref: '#/b'}\nb: {$ref: '#/a'}\n")

    assert document.locate(("a", "x")).line in (2, 3)


def test_an_error_carries_its_location():
    """The text is file, line and column, then the place, then the message; an error keeps the location it has."""
    error = SpecError(("paths", "/a/", "get"), "needs an operationId")
    located = error.at(Location("contract.yaml", 12, 5))

    assert str(error) == "paths/'/a/'/get: needs an operationId"
    assert str(located) == "contract.yaml:12:5: paths/'/a/'/get: needs an operationId"
    assert located.at(Location("other.yaml")) is located
    assert located.keys == ("paths", "/a/", "get")
    assert (SpecError("a/b", "c").place, SpecError("a/b", "c").keys) == ("a/b", None)
    assert str(SpecError("", "c")) == "c"
    assert str(pickle.loads(pickle.dumps(located))) == str(located)


def test_a_document_locates_an_error(tmp_path: Path):
    """`located` adds file, line and column to an error about a place of the document."""
    error = _document(tmp_path).located(SpecError("info/title", "is wrong"))

    assert str(error).endswith("contract.yaml:3:3: info/title: is wrong")


def test_pointers_and_places_are_inverse():
    """A pointer gives back the keys that it was made of, and a rendered place is read back by the document."""
    keys = ("paths", "/a~b/{id}/", "get")
    document = {"paths": {"/a~b/{id}/": {"get": {}}, "/a~b": {}}}

    assert from_pointer(pointer(keys)) == keys
    assert as_keys(rendered(keys), document) == as_keys("/".join(keys), document) == keys
    assert joined(keys, 0, "x") == (*keys, 0, "x")
    assert joined("a", 0) == "a/0"
    assert joined("", "a") == "a"


def test_the_fingerprint_is_of_the_content(tmp_path: Path):
    """Layout, comments, key order and file form do not count; values and the order of lists do."""
    document = _document(tmp_path)
    turned = dict(reversed(list(document.data.items())))
    as_json = _document(tmp_path, json.dumps(turned), "contract.json")
    commented = _document(tmp_path, "# a comment\n" + YAML, "commented.yaml")
    swapped = _document(tmp_path, YAML.replace("in: path", "in: query"), "other.yaml")

    assert document.fingerprint == as_json.fingerprint == commented.fingerprint
    assert document.fingerprint != swapped.fingerprint
    assert len(document.fingerprint) == 12
    assert int(document.fingerprint, 16) >= 0
