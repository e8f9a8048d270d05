"""Overlays read from files: what they extend, and where the parts that they made are located."""

from __future__ import annotations

from pathlib import Path

import pytest

from cancelkit.spec.errors import SpecError
from cancelkit.spec.loading import read_document

HEAD = "overlay: 1.0.0\ninfo: {title: t, version: '1'}\n"


def _written(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_a_place_that_an_overlay_made_is_located_in_the_overlay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Each part is located where it was written, also after entries were removed or appended before it."""
    monkeypatch.chdir(tmp_path)
    _written(
        tmp_path,
        c_yaml="openapi: 3.0.3\ninfo:\n  title: t\n  x-old: {a: 1}\ntags:\n- name: a\n- name: b\n- name: c\n",
        a_yaml=HEAD + "actions:\n- target: $.tags[0]\n  remove: true\n- target: $.tags\n  update:\n    name: d\n",
        b_yaml=HEAD
        + "actions:\n- target: $\n  update:\n    info:\n      x-old:\n        b: 2\n      x-new: [1]\n    tags:\n"
        "    - name: e\n",
    )

    document = read_document(Path("c.yaml"), [Path("a.yaml"), Path("b.yaml")])

    assert [tag["name"] for tag in document.data["tags"]] == ["b", "c", "d", "e"]
    places: dict[tuple[str | int, ...], str] = {
        ("info", "title"): "c.yaml:3:3",
        ("info", "x-old"): "c.yaml:4:3",
        ("info", "x-old", "a"): "c.yaml:4:11",
        ("info", "x-old", "b"): "b.yaml:8:9",
        ("info", "x-new", 0): "b.yaml:9:15",
        ("info", "x-new", "deeper"): "b.yaml:9:7",
        ("tags", 0, "name"): "c.yaml:7:3",
        ("tags", 1): "c.yaml:8:3",
        ("tags", 2, "name"): "a.yaml:8:5",
        ("tags", 3, "name"): "b.yaml:11:7",
        ("tags", 4): "c.yaml:5:1",
    }
    assert {place: str(document.locate(place)) for place in places} == places
    assert document.overlays == (Path("a.yaml"), Path("b.yaml"))


@pytest.mark.parametrize(
    ("extends", "fits"),
    [
        ("c.yaml", True),
        ("./c.yaml", True),
        ("other.yaml", False),
        ("absent.yaml", True),
        ("https://host.invalid/other.yaml", True),
        ("#", True),
    ],
)
def test_extends_must_not_name_another_file(extends: str, fits: bool, tmp_path: Path):
    """A relative reference is checked where the file exists (1.0.0, Overlay Object); URLs are not fetched."""
    _written(
        tmp_path,
        c_yaml="openapi: 3.0.3\n",
        other_yaml="openapi: 3.0.3\n",
        o_yaml=HEAD + f"extends: '{extends}'\nactions:\n- target: $\n  update: {{x-a: 1}}\n",
    )

    if fits:
        assert read_document(tmp_path / "c.yaml", [tmp_path / "o.yaml"]).data["x-a"] == 1
    else:
        with pytest.raises(SpecError, match=r"o\.yaml:3:1: extends: is for other\.yaml, not for c\.yaml"):
            read_document(tmp_path / "c.yaml", [tmp_path / "o.yaml"])


def test_an_overlay_changes_one_of_two_places_that_share_an_alias(tmp_path: Path):
    """A YAML alias is one object in memory; an overlay on one of its places leaves the other alone."""
    _written(
        tmp_path,
        c_yaml="openapi: 3.0.3\na: &a {x: {y: 1}}\nb: *a\n",
        o_yaml=HEAD + "actions:\n- target: $.a.x\n  update: {y: 2}\n",
    )

    data = read_document(tmp_path / "c.yaml", [tmp_path / "o.yaml"]).data

    assert (data["a"]["x"]["y"], data["b"]["x"]["y"]) == (2, 1)
