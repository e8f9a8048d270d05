"""Overlays change a contract as the OpenAPI Overlay Specification 1.0.0 says, and say which action does not fit."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cancelkit.spec.errors import SpecError
from cancelkit.spec.overlay import Overlay, apply, checked, read_overlay
from cancelkit.spec.source import parse

BASE: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Orders", "version": "1"},
    "tags": [{"name": "a"}, {"name": "b"}, {"name": "c"}],
    "paths": {
        "/orders/": {"get": {"summary": "List", "parameters": [{"name": "page", "in": "query"}], "tags": ["a", "b"]}},
        "/orders/{id}/": {"get": {"summary": "One"}, "delete": {"summary": "Gone"}},
    },
}


def _overlay(*actions: dict[str, Any], **more: Any) -> Overlay:
    data = {"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": list(actions), **more}
    return checked(parse(Path("o.yaml"), yaml.safe_dump(data, sort_keys=False)))


def _applied(*actions: dict[str, Any]) -> dict[str, Any]:
    before = copy.deepcopy(BASE)
    after = apply(BASE, [_overlay(*actions)])

    assert before == BASE, "the document that was given is changed"
    return after


def _refused(*actions: dict[str, Any]) -> str:
    with pytest.raises(SpecError) as caught:
        _applied(*actions)
    return str(caught.value)


def test_an_update_is_merged_into_an_object_recursively():
    """Same names are merged, new ones added, others left (1.0.0, Action Object: "recursively merged")."""
    after = _applied({"target": "$", "update": {"info": {"title": "New", "x-a": 1}, "x-b": {"c": []}}})

    assert after["info"] == {"title": "New", "version": "1", "x-a": 1}
    assert after["x-b"] == {"c": []}
    assert after["paths"] == BASE["paths"]
    assert list(after) == [*BASE, "x-b"]


def test_an_update_of_a_list_is_one_entry_appended():
    """The value is "an entry to append to the array", be it an object, a value or a list (1.0.0, Action Object)."""
    after = _applied(
        {"target": "$.paths['/orders/'].get.parameters", "update": {"name": "limit"}},
        {"target": "$.paths['/orders/'].get.tags", "update": "c"},
        {"target": "$.tags", "update": ["d"]},
    )

    assert after["paths"]["/orders/"]["get"]["parameters"][1:] == [{"name": "limit"}]
    assert after["paths"]["/orders/"]["get"]["tags"] == ["a", "b", "c"]
    assert after["tags"][3] == ["d"]


def test_lists_within_a_merged_object_are_concatenated():
    """1.0.0 leaves it open; 1.1.0 spells it out (Action Object, steps of merging)."""
    after = _applied({"target": "$.paths['/orders/'].get", "update": {"tags": ["c"], "x-new": [1]}})

    assert after["paths"]["/orders/"]["get"]["tags"] == ["a", "b", "c"]
    assert after["paths"]["/orders/"]["get"]["x-new"] == [1]


def test_every_selected_node_is_changed_and_each_has_its_own_copy():
    """A target may select several nodes (1.0.0, Wildcard Overlay Example); the same one named twice is changed once."""
    after = _applied(
        {"target": "$.paths.*.get", "update": {"x-safe": {"a": 1}}},
        {"target": "$.paths['/orders/'].get['x-safe']", "update": {"b": 2}},
        {"target": "$.paths['/orders/','/orders/'].get.tags", "update": "z"},
    )

    assert after["paths"]["/orders/"]["get"]["x-safe"] == {"a": 1, "b": 2}
    assert after["paths"]["/orders/{id}/"]["get"]["x-safe"] == {"a": 1}
    assert after["paths"]["/orders/"]["get"]["tags"] == ["a", "b", "z"]


def test_a_filter_selects_by_value():
    """Filters are part of RFC 9535 (1.0.0, Wildcard Overlay Example)."""
    after = _applied(
        {
            "target": "$.paths.*.get.parameters[?@.name=='page' && @.in=='query']",
            "update": {"schema": {"type": "integer"}},
        }
    )

    assert after["paths"]["/orders/"]["get"]["parameters"][0]["schema"] == {"type": "integer"}


def test_remove_takes_objects_and_lists_out_of_what_holds_them():
    """From maps and from lists, several at once (1.0.0, Array Modification Example)."""
    after = _applied(
        {"target": "$.tags[?@.name != 'b']", "remove": True},
        {"target": "$.paths.*.delete", "remove": True},
        {"target": "$.paths['/orders/'].get.tags", "remove": True},
    )

    assert after["tags"] == [{"name": "b"}]
    assert list(after["paths"]["/orders/{id}/"]) == ["get"]
    assert list(after["paths"]["/orders/"]["get"]) == ["summary", "parameters"]


def test_removing_a_node_and_what_is_in_it_is_one_removal():
    """A target may select a node and its own descendants."""
    assert _applied({"target": "$.paths..*[?@.summary || @.name]", "remove": True})["paths"]["/orders/{id}/"] == {}


def test_remove_wins_over_update():
    """`update` "has no impact if the remove field of this action object is true" (1.0.0, Action Object)."""
    assert "tags" not in _applied({"target": "$.tags", "remove": True, "update": {"name": "d"}})


def test_actions_are_applied_in_order_to_the_result_of_the_one_before():
    """What is removed can be made anew, which replaces a list (1.0.0, Overlay Object)."""
    after = _applied(
        {"target": "$.tags", "remove": True},
        {"target": "$", "update": {"tags": [{"name": "z"}]}},
        {"target": "$.tags[0]", "update": {"x-first": True}},
    )

    assert after["tags"] == [{"name": "z", "x-first": True}]


def test_overlays_are_applied_in_order():
    """The second one sees what the first one made."""
    first = _overlay({"target": "$", "update": {"x-a": {}}})
    second = _overlay({"target": "$['x-a']", "update": {"b": 1}})

    assert apply(BASE, [first, second])["x-a"] == {"b": 1}
    assert apply(BASE, []) == BASE


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (
            {"target": "$.paths['/order/'].get", "description": "More.\nAnd more.", "update": {}},
            "o.yaml:6:3: actions/0/target: action 1 (target $.paths['/order/'].get, 'More.'): matches nothing; "
            "$['paths'] does match, and has /orders/, /orders/{id}/",
        ),
        ({"target": "$.inof", "update": {}}, "matches nothing; $ has info, openapi, tags, paths"),
        ({"target": "$.tags[7]", "remove": True}, "$['tags'] does match, and has a list of 3"),
        ({"target": "$.info.title.x", "remove": True}, "$['info']['title'] does match, and has nothing below it"),
        ({"target": "$.tags[?@.name == 'x']", "remove": True}, "matches nothing"),
        (
            {"target": "$.info.title", "update": "New"},
            "selects $['info']['title'], which is neither an object nor a list; target what holds it, $['info'], "
            "and put 'title' into `update`",
        ),
        ({"target": "$.info.title", "remove": True}, "only objects and lists can be removed: remove $['info'] and add"),
        ({"target": "$.info.*", "update": {}}, "selects $['info']['title']"),
        (
            {"target": "$.info", "update": "New"},
            "text can't be merged into an object at $['info']; to replace it, remove",
        ),
        ({"target": "$", "update": []}, "a list can't be merged into an object at $; it must be a mapping"),
        ({"target": "$", "update": {"info": None}}, "actions/0/update/info: action 1 (target $): null can't be merged"),
        (
            {"target": "$", "update": {"info": {"title": {}}}},
            "an object can't be merged into text at $['info']['title']",
        ),
        ({"target": "$", "update": {"tags": {"name": "d"}}}, "an object can't be merged into a list at $['tags']"),
        ({"target": "$", "remove": True}, "the whole document can't be removed"),
    ],
)
def test_an_action_that_does_not_fit_is_refused(action: dict[str, Any], said: str):
    """The message names overlay, line and action, and says what to do."""
    found = _refused(action)

    assert said in found
    assert found.startswith("o.yaml:")
    assert "action 1 (target $" in found


def _without(key: str) -> str:
    data = {"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": [{"target": "$", "update": {}}]}
    return yaml.safe_dump({k: v for k, v in data.items() if k != key}, sort_keys=False)


HEAD = "overlay: 1.0.0\ninfo: {title: t, version: '1'}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a\n", "o.yaml:1:1: is not an overlay"),
        (_without("overlay"), "o.yaml:1:1: is not an overlay"),
        (_without("info"), "o.yaml: info: is missing"),
        (_without("actions"), "o.yaml: actions: is missing, empty or not a list"),
        (HEAD + "actions: []\n", "o.yaml:3:1: actions: is missing, empty or not a list"),
        (HEAD.replace("1.0.0", "1.1.0"), "o.yaml:1:1: overlay: version '1.1.0' is not supported; it must be 1.0.0"),
        (HEAD.replace("1.0.0", "1.0"), "o.yaml:1:1: overlay: must be text; write '1.0' in quotes"),
        (HEAD.replace("'1'", "1") + "actions: [{target: $, update: {}}]", "o.yaml:2:18: info/version: must be text"),
        (HEAD.replace("title: t, ", "") + "actions: [{target: $, update: {}}]", "info/title: is missing"),
        (HEAD + "action: []\n", "o.yaml:3:1: action: unknown key; known are overlay, info, extends, actions"),
        (HEAD.replace("title:", "name: n, title:"), "o.yaml:2:8: info/name: unknown key; known are title, version"),
        (HEAD + "extends: 1\nactions: [{target: $, update: {}}]\n", "o.yaml:3:1: extends: must be text"),
        (HEAD + "actions: [a]\n", "o.yaml:3:11: actions/0: must be a mapping"),
        (HEAD + "actions:\n- target: $\n  updates: {}\n", "o.yaml:5:3: actions/0/updates: unknown key"),
        (HEAD + "actions:\n- update: {}\n", "o.yaml:4:3: actions/0/target: is missing"),
        (HEAD + "actions:\n- target: 1\n  update: {}\n", "o.yaml:4:3: actions/0/target: must be text"),
        (HEAD + "actions:\n- target: $\n", "o.yaml:4:3: actions/0: changes nothing"),
        (HEAD + "actions:\n- target: $\n  remove: false\n", "actions/0: changes nothing"),
        (HEAD + "actions:\n- target: $\n  remove: 'yes'\n", "o.yaml:5:3: actions/0/remove: must be true or false"),
        (HEAD + "actions:\n- target: $\n  description: 1\n  update: {}\n", "actions/0/description: must be text"),
        (HEAD + "actions:\n- target: $.a[\n  update: {}\n", "o.yaml:4:3: actions/0/target: '$.a[' is not a JSONPath"),
        (HEAD + "actions:\n- target: paths.x\n  update: {}\n", "'paths.x' is not a JSONPath (RFC 9535): expected"),
        (HEAD + "actions:\n- target: $.a | $.b\n  update: {}\n", "'$.a | $.b' is not "),
    ],
)
def test_what_is_no_overlay_is_refused(text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Fields, types and unknown keys are checked against 1.0.0, "Overlay Object", "Info Object", "Action Object"."""
    (tmp_path / "o.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SpecError) as caught:
        read_overlay(Path("o.yaml"))

    assert said in str(caught.value)


def test_extensions_are_allowed_everywhere():
    """Keys that begin with x- may stand in each object (1.0.0, Specification Extensions); so may 1.0.1."""
    overlay = _overlay(
        {"target": "$", "update": {}, "x-c": 1},
        **{"overlay": "1.0.1", "info": {"title": "t", "version": "1", "x-b": 1}, "x-a": 1},
    )

    assert (overlay.title, overlay.version, overlay.extends) == ("t", "1", None)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)
_OBJECTS = st.dictionaries(st.text(max_size=4), _VALUES, max_size=5)


def _one(action: dict[str, Any]) -> Overlay:
    return checked(
        parse(Path("o.json"), _json({"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": [action]}))
    )


def _json(data: Any) -> str:
    import json

    return json.dumps(data)


@given(_OBJECTS)
def test_updating_a_document_with_itself_changes_nothing(document: dict[str, Any]):
    """Where there are no lists, merging is idempotent."""
    assert apply(document, [_one({"target": "$", "update": document})]) == document


@given(_OBJECTS, _OBJECTS)
def test_an_update_into_an_empty_document_is_the_update(document: dict[str, Any], other: dict[str, Any]):
    """Nothing is lost or made up, and keys that both have come from the update where both are plain."""
    flat = {key: value for key, value in document.items() if not isinstance(value, dict)}
    plain = {key: value for key, value in other.items() if not isinstance(value, dict)}

    assert apply({}, [_one({"target": "$", "update": other})]) == other
    assert apply(flat, [_one({"target": "$", "update": plain})]) == {**flat, **plain}


def _places(node: Any, place: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    found = [place] if place and isinstance(node, dict | list) else []
    return found + [inner for key, child in children for inner in _places(child, (*place, key))]


@pytest.mark.parametrize("place", _places(BASE), ids=lambda place: "/".join(map(str, place)))
def test_every_object_and_list_can_be_removed(place: tuple[str | int, ...]):
    """Removing by its own path takes out that node and nothing else."""
    expected = copy.deepcopy(BASE)
    holder: Any = expected
    for key in place[:-1]:
        holder = holder[key]
    del holder[place[-1]]

    target = "$" + "".join(f"[{key}]" if isinstance(key, int) else f"['{key}']" for key in place)

    assert _applied({"target": target, "remove": True}) == expected
