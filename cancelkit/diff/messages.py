"""What changed of the messages of an operation: parameters, bodies, answers by status, headers, media types.

Owns: which schema is compared with which, in which direction, and the sentences about messages as a whole.
Source: OpenAPI 3.0.3, "Parameter Object", "Request Body Object", "Responses Object".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from cancelkit.diff.change import Change, Effect, Part, Spot, level_of, made, relevelled, weakest
from cancelkit.diff.filters import of_filter
from cancelkit.diff.node import Node, flat
from cancelkit.diff.operations import Operation, Pair
from cancelkit.diff.schemas import Comparing, Found
from cancelkit.spec import Level
from cancelkit.spec.document import Direction

STYLE: Mapping[str, str] = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}
NOUNS = {"request": "a request", "answer": "an answer", "parameter": "the parameter", "header": "the header"}


def of_messages(pair: Pair, comparing: Comparing) -> Iterator[Change]:
    yield from _parameters(pair, comparing)
    yield from _body(pair, comparing)
    yield from _answers(pair, comparing)


def _said(found: Found, subject: str, name: str, spot: Spot, level: Level, direction: Direction) -> Change:
    """A difference of schemas as a change of a message."""
    leaf = name if subject in ("parameter", "header") else ""
    names = [part for part in found.path if part not in ("[]", "{}")]
    if names:
        items = {"[]": "an item of ", "{}": "a further property of "}.get(found.path[-1], "")
        leaf = f"{items}`{names[-1]}` of {'a request' if subject == 'request' else 'an answer'}"
        leaf = f"{items}`{names[-1]}` of the {subject} `{name}`" if subject in ("parameter", "header") else leaf
    elif subject in ("parameter", "header"):
        leaf = f"{'an item of ' if found.path else ''}the {subject} `{name}`"
    else:
        leaf = f"{'an item of ' if found.path else ''}the body of {NOUNS[subject]}"
    effect = found.effect
    if subject == "parameter" and found.aspect == "type":
        effect = _as_text(found)
    change = made(
        f"{subject}-{found.aspect}-{effect.value if found.word == found.effect.value else found.word}",
        f"{leaf} {found.said}",
        spot.within(found.path, found.old, found.new),
        effect,
        direction,
        level=weakest(level, found.level),
        notice=found.notice,
    )
    if found.word == "removed":
        change = replace(change, in_new=False)
    return change


def _as_text(found: Found) -> Effect:
    """In a URL everything is text: what may be any text now takes what it took before."""
    if " is string now" in f" {found.said}":
        return Effect.WIDER
    return Effect.NARROWER if found.said.endswith("not string") else found.effect


def schema_of(node: Node) -> Node:
    """The schema of a parameter or header, which may stand in its one content."""
    for _, media in node.inner("content"):
        return media.at("schema")
    return node.at("schema")


def _own(old: Operation, new: Operation) -> dict[tuple[str, str], tuple[str, str]]:
    """What each parameter of the old operation is called in the new one: those of a path by their order."""
    names = dict(zip(old.placeholders, new.placeholders, strict=False)) if old.key == new.key else {}
    return {key: (key[0], names.get(key[1], key[1])) if key[0] == "path" else key for key in old.parameters}


def _parameters(pair: Pair, comparing: Comparing) -> Iterator[Change]:
    renamed = _own(pair.old, pair.new)
    for key, node in pair.old.parameters.items():
        other = pair.new.parameters.get(renamed[key])
        part, name = _part(key[0]), str(node.mapping().get("name", key[1]))
        spot = replace(pair.spot, part=part, name=name, old=node.keys, new=other.keys if other else None)
        level = weakest(level_of(node.raw), flat(schema_of(node)).level)
        if other is None:
            said = f"the parameter `{name}` ({part}) is not taken any more"
            yield made("parameter-removed", said, spot, Effect.NARROWER, level=level, notice="present", in_new=False)
            continue
        yield from _parameter(node, other, spot, level, comparing)
    known = set(renamed.values())
    for key, node in pair.new.parameters.items():
        if key not in known:
            part, name = _part(key[0]), str(node.mapping().get("name", key[1]))
            needed = bool(node.mapping().get("required"))
            spot = replace(pair.spot, part=part, name=name, old=None, new=node.keys)
            rule = "required-parameter-added" if needed else "parameter-added"
            said = f"the parameter `{name}` ({part}) {'must be sent now' if needed else 'is taken now'}"
            yield made(
                rule,
                said,
                spot,
                Effect.NARROWER if needed else Effect.WIDER,
                level=level_of(node.raw),
                notice="absent",
            )


def _part(where: str) -> Part:
    known: dict[str, Part] = {"path": "path", "query": "query", "header": "header", "cookie": "cookie"}
    return known.get(where, "query")


def _parameter(old: Node, new: Node, spot: Spot, level: Level, comparing: Comparing) -> Iterator[Change]:
    name = spot.name
    before, now = (bool(node.mapping().get("required")) for node in (old, new))
    if before != now:
        said = f"the parameter `{name}` is {'required' if now else 'optional'} now"
        rule = f"parameter-{'required' if now else 'optional'}"
        yield made(rule, said, spot, Effect.NARROWER if now else Effect.WIDER, level=level, notice="absent")
    if _form(old) != _form(new):
        said = f"the parameter `{name}` is written otherwise now: {_form(new)}, {_form(old)} before"
        yield made("parameter-style-changed", said, spot, Effect.OTHER, level=level, notice="present")
    if str(old.mapping().get("name")) != str(new.mapping().get("name")):
        said = f"the path parameter `{name}` is called {new.mapping().get('name')} now; no URL looks otherwise"
        yield made("path-parameter-renamed", said, spot, Effect.HARMLESS, level=level)
    if new.mapping().get("deprecated") and not old.mapping().get("deprecated"):
        yield made(
            "parameter-deprecated", f"the parameter `{name}` is deprecated now", spot, Effect.HARMLESS, level=level
        )
    yield from of_filter(old, new, spot, level)
    for found in comparing.compared(schema_of(old), schema_of(new), "request"):
        yield _said(found, "parameter", name, spot, level_of(old.raw), "request")


def _form(node: Node) -> str:
    said = node.mapping()
    style = str(said.get("style", STYLE.get(str(said.get("in")), "form")))
    many = {"array", "object"} & flat(schema_of(node)).types
    whole = len(flat(schema_of(node)).types) == 6
    if not many or whole:
        return style
    return f"{style}, {'each by itself' if said.get('explode', style == 'form') else 'joined by commas'}"


def _body(pair: Pair, comparing: Comparing) -> Iterator[Change]:
    old, new = pair.old.node.at("requestBody").followed(), pair.new.node.at("requestBody").followed()
    has_old, has_new = bool(old.raw), bool(new.raw)
    needed = (bool(old.mapping().get("required")), bool(new.mapping().get("required")))
    spot = replace(pair.spot, part="body", old=old.keys, new=new.keys)
    level = pair.old.level
    if has_old != has_new:
        said = f"{pair.old.name} takes {'a' if has_new else 'no'} body now"
        narrower = has_old or needed[1]
        rule = "body-removed" if has_old else "required-body-added" if needed[1] else "body-added"
        yield made(rule, said, spot, Effect.NARROWER if narrower else Effect.WIDER, level=level, notice="always")
        return
    if needed[0] != needed[1]:
        said = f"the body of {pair.old.name} is {'required' if needed[1] else 'optional'} now"
        rule = f"body-{'required' if needed[1] else 'optional'}"
        yield made(rule, said, spot, Effect.NARROWER if needed[1] else Effect.WIDER, level=level, notice="absent")
    before, now = dict(old.inner("content")), dict(new.inner("content"))
    for kind in dict.fromkeys((*before, *now)):
        if kind in before and kind in now:
            for found in comparing.compared(before[kind].at("schema"), now[kind].at("schema"), "request"):
                yield _said(found, "request", "", spot, level, "request")
        else:
            gone = kind in before
            said = f"{pair.old.name} takes {'no ' if gone else ''}{kind} {'any more' if gone else 'now'}"
            rule = f"request-media-{'removed' if gone else 'added'}"
            yield made(rule, said, spot, Effect.NARROWER if gone else Effect.WIDER, level=level, notice="always")


def _answers(pair: Pair, comparing: Comparing) -> Iterator[Change]:
    before = {name: node.followed() for name, node in pair.old.node.inner("responses")}
    now = {name: node.followed() for name, node in pair.new.node.inner("responses")}
    for status, node in before.items():
        spot = replace(pair.spot, part="answer", name=status, old=node.keys, new=None)
        other = now.get(status) or _covering(status, now)
        if other is None:
            good = status[:1] in "23"
            said = f"{pair.old.name} does not answer {status} any more"
            rule = f"{'success' if good else 'error'}-status-removed"
            level = level_of(node.raw)
            effect = Effect.NARROWER if good else Effect.DOUBTFUL
            yield made(rule, said, spot, effect, "response", level=level, notice="present", in_new=False)
        else:
            yield from _answer(node, other, replace(spot, new=other.keys), comparing)
    for status, node in now.items():
        if status in before:
            continue
        spot = replace(pair.spot, part="answer", name=status, old=None, new=node.keys)
        covered = _covering(status, before)
        if covered is not None:
            yield from _answer(covered, node, replace(spot, old=covered.keys), comparing)
            continue
        good = status[:1] in "23"
        said = f"{pair.old.name} may answer {status} now"
        rule = f"{'success' if good else 'error'}-status-added"
        effect = Effect.WIDER if good else Effect.DOUBTFUL
        yield made(rule, said, spot, effect, "response", level=level_of(node.raw), notice="always")


def _covering(status: str, others: Mapping[str, Node]) -> Node | None:
    """What the other side says of a status in general: by its range, or by default."""
    ranges = {name.upper(): node for name, node in others.items()}
    found = ranges.get(f"{status[:1]}XX") if status.isdigit() else None
    return found or (others.get("default") if status[:1] not in "123" or status == "default" else None)


def _answer(old: Node, new: Node, spot: Spot, comparing: Comparing) -> Iterator[Change]:
    level = level_of(old.raw)
    is_now = f"what {spot.operation} answers with {spot.name} is"
    yield from relevelled("answer-level-changed", is_now, level, level_of(new.raw), spot)
    before, now = dict(old.inner("content")), dict(new.inner("content"))
    for kind in dict.fromkeys((*before, *now)):
        if kind in before and kind in now:
            for found in comparing.compared(before[kind].at("schema"), now[kind].at("schema"), "response"):
                yield _said(found, "answer", "", spot, level, "response")
        else:
            gone = kind in before
            said = f"{spot.operation} answers {spot.name} {'without' if gone else 'with'} {kind} now"
            effect = Effect.OTHER if gone else Effect.DOUBTFUL
            rule = f"answer-media-{'removed' if gone else 'added'}"
            yield made(rule, said, spot, effect, "response", level=level, notice="present")
    yield from _headers(old, new, spot, level, comparing)


def _headers(old: Node, new: Node, spot: Spot, level: Level, comparing: Comparing) -> Iterator[Change]:
    before = {name.lower(): (name, node.followed()) for name, node in old.inner("headers")}
    now = {name.lower(): (name, node.followed()) for name, node in new.inner("headers")}
    for key in dict.fromkeys((*before, *now)):
        name, node = before.get(key) or now[key]
        needed: list[Any] = [side.get(key) and side[key][1].mapping().get("required", False) for side in (before, now)]
        if key in before and key in now:
            if needed[0] != needed[1]:
                said = f"the header `{name}` is {'always' if needed[1] else 'not always'} answered now"
                effect = Effect.NARROWER if needed[1] else Effect.WIDER
                rule = f"header-{'required' if needed[1] else 'optional'}"
                yield made(rule, said, spot, effect, "response", level=level, notice="present")
            for found in comparing.compared(schema_of(node), schema_of(now[key][1]), "response"):
                yield _said(found, "header", name, spot, level, "response")
        elif key in before:
            effect = Effect.WIDER if needed[0] else Effect.DOUBTFUL
            said = f"the header `{name}` is not answered any more"
            yield made("header-removed", said, spot, effect, "response", level=level, notice="present", in_new=False)
        else:
            effect = Effect.NARROWER if needed[1] else Effect.HARMLESS
            yield made("header-added", f"the header `{name}` is answered now", spot, effect, "response", level=level)
