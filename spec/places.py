"""From text to nodes that know their line and column, and from a place in the document to such a node.

Owns: composing YAML and JSON text into nodes, finding a node by its keys, reading a place that was written as text.
Source: YAML 1.2, "Core Schema" (as OpenAPI 3.0.3 recommends); RFC 8259 (JSON); RFC 6901 (JSON Pointer).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

import yaml

from cancelkit.spec.errors import Place, from_pointer

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
MERGE = _TAG + "merge"
_DEEPEST = 1000
_DEEP_BLOCK = re.compile(r"(?:[-?:][ \t]+){1000}")
CORE = (
    ("null", r"(?:~|null|Null|NULL|)\Z", ["~", "n", "N", ""]),
    ("bool", r"(?:true|True|TRUE|false|False|FALSE)\Z", list("tTfF")),
    ("int", r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z", list("-+0123456789")),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z", list("-+.0123456789")),
    ("merge", r"<<\Z", ["<"]),
)


class _Composer(_Base):  # type: ignore[misc]  # the C loader has no stubs
    """Composes nodes by YAML 1.2's core schema: `yes` and `2026-01-01` are strings, `012` is twelve."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  (PyYAML's own name and shape)


for _name, _pattern, _first in CORE:
    _Composer.add_implicit_resolver(_TAG + _name, re.compile(_pattern), _first)


def compose(text: str) -> yaml.Node | None:
    """Return the one YAML document in `text` as nodes; None if it is empty.

    Raises:
        yaml.YAMLError: `text` is not one YAML document.
        RecursionError: it is nested so deeply that the C parser, which has no limit of its own, would end the process.
    """
    if _DEEP_BLOCK.search(text) or (text.count("[") + text.count("{") > _DEEPEST and _flow_depth(text) > _DEEPEST):
        raise RecursionError("nested too deeply")
    node: yaml.Node | None = yaml.compose(text, _Composer)
    return node


def _flow_depth(text: str) -> int:
    """How deep brackets are nested at most; those in quoted texts count too, which balanced ones don't show."""
    depth = deepest = 0
    for bracket in re.findall(r"[\[\]{}]", text):
        depth = depth + 1 if bracket in "[{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest


def plain(node: yaml.Node | None) -> Any:
    """Return what composed nodes stand for, as JSON data: keys are strings, as they are written.

    Aliases and merge keys (`<<`) are followed; what an alias repeats is one object, so don't change the result.

    Raises:
        yaml.constructor.ConstructorError: a key stands twice or is not a scalar, an alias leads into itself, or a tag
            is not one of JSON's types.
    """
    return None if node is None else _value(node, {})


def _value(node: yaml.Node, known: dict[int, Any]) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return node.value if node.tag == _STR else _scalar(node)
    key = id(node)
    if key in known:
        if known[key] is _OPEN:
            raise _fault(node, "an alias leads back into what holds it")
        return known[key]
    known[key] = _OPEN
    if node.tag not in (_TAG + "map", _TAG + "seq"):
        raise _fault(node, f"the tag {node.tag!r} is not one of JSON's types")
    known[key] = (
        _mapping(node, known) if isinstance(node, yaml.MappingNode) else [_value(item, known) for item in node.value]
    )
    return known[key]


def _mapping(node: yaml.MappingNode, known: dict[int, Any]) -> dict[str, Any]:
    pairs = node.value
    try:
        names = {key.value for key, _ in pairs}
    except TypeError:
        wrong = next(key for key, _ in pairs if not isinstance(key, yaml.ScalarNode))
        raise _fault(wrong, "a key must be a string, not a mapping or a list") from None
    if len(names) != len(pairs):
        raise _repeated(pairs)
    if "<<" not in names:
        return {key.value: _value(value, known) for key, value in pairs}
    merged: dict[str, Any] = {}
    for source in _merged(node):
        if not isinstance(source, yaml.MappingNode):
            raise _fault(source, "only a mapping can be merged by `<<`")
        merged = {**_value(source, known), **merged}
    own = {key.value: _value(value, known) for key, value in pairs if key.tag != MERGE}
    return {**merged, **own}


def _merged(node: yaml.MappingNode) -> Iterator[yaml.Node]:
    """What the merge key of `node` names, the one that wins first."""
    for key, value in node.value:
        if key.tag == MERGE:
            yield from value.value if isinstance(value, yaml.SequenceNode) else [value]


def _scalar(node: yaml.ScalarNode) -> Any:
    kind, text = node.tag.removeprefix(_TAG), node.value
    try:
        if kind == "null":
            return None
        if kind == "bool":
            return {"true": True, "false": False}[text.lower()]
        if kind == "int":
            return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
        if kind == "float":
            return float(text)
        if kind == "merge":
            return text
    except (KeyError, ValueError):
        raise _fault(node, f"{text[:40]!r} is not a {kind}") from None
    raise _fault(node, f"the tag {node.tag!r} is not one of JSON's types")


def _repeated(pairs: list[tuple[yaml.Node, yaml.Node]]) -> Exception:
    seen: dict[str, int] = {}
    for key, _ in pairs:
        if key.value in seen:
            return _fault(key, f"the key {key.value!r} stands twice in one mapping (first on line {seen[key.value]})")
        seen[key.value] = key.start_mark.line + 1
    raise AssertionError("called for pairs that repeat no key")


def _fault(node: yaml.Node, problem: str) -> yaml.constructor.ConstructorError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


_OPEN = object()
_STR = _TAG + "str"
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+')


def compose_json(text: str) -> yaml.Node:
    """Return JSON text that is known to be well-formed as the same kind of nodes; only its keys carry their values."""
    from json import loads

    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    tokens = _TOKEN.finditer(text)

    def mark(token: re.Match[str]) -> Any:
        line = bisect_right(starts, token.start()) - 1
        return yaml.Mark("", token.start(), line, token.start() - starts[line], None, 0)

    def node(token: re.Match[str]) -> yaml.Node:
        if token.group() not in ("{", "["):
            return yaml.ScalarNode(_STR, token.group(), mark(token))
        items: list[Any] = []
        here, mapping = mark(token), token.group() == "{"
        while (token := next(tokens)).group() not in ("}", "]"):
            if token.group() == ",":
                continue
            if mapping:
                key = yaml.ScalarNode(_STR, loads(token.group()), mark(token))
                next(tokens)
                items.append((key, node(next(tokens))))
            else:
                items.append(node(token))
        return (yaml.MappingNode if mapping else yaml.SequenceNode)("", items, here)

    return node(next(tokens))


def repeated_key(node: yaml.Node) -> yaml.constructor.ConstructorError | None:
    """Return the error of the first mapping under `node` that holds a key twice, or None."""
    if isinstance(node, yaml.MappingNode):
        if len({key.value for key, _ in node.value}) != len(node.value):
            return _repeated(node.value)  # type: ignore[return-value]
        children = [value for _, value in node.value]
    else:
        children = node.value if isinstance(node, yaml.SequenceNode) else []
    return next((error for child in children if (error := repeated_key(child))), None)


def find(node: yaml.Node | None, place: Place) -> tuple[int, int] | None:
    """Return line and column (from 1) of `place`: its key in a mapping, its start in a list.

    Where the place does not exist, what is found is the deepest part of it that does; None if not even its first key.
    """
    found: Any = None
    for key in place:
        entry = _entry(node, key)
        if entry is None:
            break
        found, node = entry[0].start_mark, entry[1]
    if found is None and (place or node is None):
        return None
    mark = found or node.start_mark  # type: ignore[union-attr]
    return mark.line + 1, mark.column + 1


def _entry(node: yaml.Node | None, key: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """The node that marks `key` under `node`, and the one of its value."""
    if isinstance(node, yaml.SequenceNode):
        index = int(key) if str(key).isdecimal() else len(node.value)
        return (node.value[index], node.value[index]) if index < len(node.value) else None
    if not isinstance(node, yaml.MappingNode):
        return None
    for name, value in node.value:
        if name.value == str(key) and name.tag != MERGE:
            return name, value
    return next((entry for source in _merged(node) if (entry := _entry(source, key))), None)


def as_keys(place: str | Place, document: Any) -> Place:
    """Return a place as a tuple of keys into `document`; follows local references that it leads through.

    Text may be a JSON pointer (`#/paths/~1orders~1/get`) or keys joined by "/", of which some may hold "/" themselves:
    what `document` holds decides, the longest key first. A name in brackets after an index is skipped (`0 (limit)`).
    """
    if isinstance(place, str) and not place.startswith("#"):
        return _read(place, document)
    at: list[str | int] = []
    node = document
    for key in from_pointer(place) if isinstance(place, str) else place:
        at, node = _followed(at, node, document)
        if isinstance(node, list) and str(key).isdecimal() and int(key) < len(node):
            node, key = node[int(key)], int(key)
        else:
            node = node.get(key) if isinstance(node, dict) else None
        at.append(key)
    return tuple(at)


def _read(text: str, document: Any) -> Place:
    at: list[str | int] = []
    node = document
    while text:
        at, node = _followed(at, node, document)
        if isinstance(node, list) and (match := re.match(r"(\d+)(?: \([^/]*\))?(?:/|\Z)", text)):
            key: str | int = int(match[1])
            node = node[int(match[1])] if int(match[1]) < len(node) else None
            text = text[match.end() :]
        else:
            forms = [(form, name) for name in node for form in (name, f"'{name}'")] if isinstance(node, dict) else []
            fits = [(form, name) for form, name in forms if text == form or text.startswith(f"{form}/")]
            if fits:
                form, key = max(fits, key=lambda fit: len(fit[0]))
                node, text = node[key], text[len(form) + 1 :]
            else:
                key, _, text = text.partition("/")
                node = None
        at.append(key)
    return tuple(at)


def _followed(at: list[str | int], node: Any, document: Any, depth: int = 0) -> tuple[list[str | int], Any]:
    """Where a local reference at `node` leads to; `node` itself if it is not a reference, or leads nowhere."""
    ref = node.get("$ref") if isinstance(node, dict) else None
    if not isinstance(ref, str) or not ref.startswith("#/") or depth > 50:
        return at, node
    found = document
    for key in from_pointer(ref):
        if not isinstance(found, dict) or key not in found:
            return at, node
        found = found[key]
    return _followed(list(from_pointer(ref)), found, document, depth + 1)
