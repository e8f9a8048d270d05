"""What changed of what no schema says: behaviours, states, actions, keys, servers.

Owns: the rules about x-behaviours, x-choices, x-errors, x-transitions, x-action, security, aliases and servers.
Source: docs/spec-extensions.md; OpenAPI 3.0.3, "Security Requirement Object".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from cancelkit.diff.change import Change, Effect, Spot, level_of, made, relevelled
from cancelkit.diff.keywords import listed, shown
from cancelkit.diff.node import Node, flat
from cancelkit.diff.operations import Operation, Pair, Side

Entries = Iterable[tuple[str, Node]]


def _entries(old: Entries, new: Entries) -> Iterator[tuple[str, Node | None, Node | None, Spot]]:
    """What either contract has under a name, as it was and is, with where it stands."""
    before, now = dict(old), dict(new)
    for name in dict.fromkeys((*before, *now)):
        one, other = before.get(name), now.get(name)
        yield name, one, other, Spot(name=name, old=one.keys if one else None, new=other.keys if other else None)


def of_behaviours(old: Side, new: Side) -> Iterator[Change]:
    for id, one, other, spot in _entries(old.node().inner("x-behaviours"), new.node().inner("x-behaviours")):
        node = (one or other or old.node()).mapping()
        level, sentence = level_of(node, ""), node.get("requires", "")
        if other is None:
            said = f"`{id}` is not promised any more: {sentence}"
            yield made("behaviour-removed", said, spot, Effect.DOUBTFUL, level=level, in_new=False)
        elif one is None:
            said = f"`{id}` is promised now: {sentence}"
            yield made("behaviour-added", said, spot, Effect.WIDER, level=level)
        else:
            yield from _behaviour(id, one.mapping(), other.mapping(), spot)


def _behaviour(id: str, one: Mapping[str, Any], other: Mapping[str, Any], spot: Spot) -> Iterator[Change]:
    now = level_of(other, "")
    yield from relevelled("behaviour-level-changed", f"`{id}` is", level_of(one, ""), now, spot)
    for key in sorted({*one, *other} - {"level", "why", "seen"}, key=str):
        if one.get(key) != other.get(key):
            said = f"`{id}`, {key}: {shown(other.get(key))} now, {shown(one.get(key))} before"
            rule = "behaviour-reworded" if key == "requires" else "behaviour-choice-changed"
            yield made(rule, said, spot, Effect.HARMLESS if key == "x-open" else Effect.DOUBTFUL, level=now)


def of_choices(old: Side, new: Side) -> Iterator[Change]:
    """What is chosen where right servers differ; a point that nothing is said of counts as open."""
    for id, one, other, spot in _entries(old.node().inner("x-choices"), new.node().inner("x-choices")):
        was, is_ = _chosen(one), _chosen(other)
        level = level_of((other or one or old.node()).mapping(), "")
        if was != is_:
            said = f"at `{id}`, {is_ or 'anything'} is right now, {was or 'anything'} before"
            effect = Effect.WIDER if was is None else Effect.DOUBTFUL
            yield made("choice-changed", said, spot, effect, level=level, in_new=other is not None)
        elif one and other:
            yield from relevelled("choice-level-changed", f"`{id}` is", level_of(one.mapping(), ""), level, spot)


def _chosen(node: Node | None) -> str | None:
    """The option that a server must keep to; None where any will do."""
    said = node.mapping() if node else {}
    return None if said.get("open") else said.get("chosen")


def of_errors(old: Side, new: Side) -> Iterator[Change]:
    """What errors say; a kind of which nothing is said may say anything."""
    before, now = dict(_said(old)), dict(_said(new))
    for id, one, other, spot in _entries(before.items(), now.items()):
        kind = id.partition(" ")[0]
        level = level_of((now.get(kind) or before.get(kind) or old.node()).mapping(), "")
        for key in ("code", "text"):
            was, is_now = (node.mapping().get(key) if node else None for node in (one, other))
            if was != is_now:
                said = f"the {key} of a refusal of `{id}` is {_anything(is_now)} now, {_anything(was)} before"
                yield made("error-changed", said, spot, Effect.DOUBTFUL, level=level, in_new=other is not None)


def _said(side: Side) -> Iterator[tuple[str, Node]]:
    """What is said of each kind, and of it at each place."""
    for id, node in side.node().inner("x-errors"):
        yield id, node
        yield from ((f"{id} at {place}", inner) for place, inner in node.inner("at"))


def _anything(said: Any) -> str:
    return "any" if said is None else shown(said)


def of_states(old: Side, new: Side, pairs: list[Pair]) -> Iterator[Change]:
    """What may follow what: compared by the first field of each side that has x-transitions."""
    one, other = _moves(old), _moves(new)
    if one is None and other is None:
        return
    name = (one or other or ("", old.node()))[0]
    spot = Spot(name=name, old=one and one[1].keys, new=other and other[1].keys)
    if one is None or other is None:
        said = f"what may follow what in {name} is {'said now' if one is None else 'not said any more'}"
        yield made(f"transitions-{'added' if one is None else 'removed'}", said, spot, Effect.DOUBTFUL)
        return
    before, now = one[1].at("x-transitions").mapping(), other[1].at("x-transitions").mapping()
    level = level_of(before, "")
    updates = [_update(pair, name) for pair in pairs if _takes(pair.old, name)]
    spots = tuple(updates) or (spot,)
    yield from relevelled("transitions-level-changed", f"the transitions of {name} are", level, level_of(now, ""), spot)
    ours, theirs = (flat(side).enum or [] for side in (one[1], other[1]))
    known = [state for state in ours if state in theirs]
    for start in known:
        was, is_now = (set(map(str, _listed(moves.get("allowed"), start))) for moves in (before, now))
        for state in known:
            if (state in was) != (state in is_now):
                gone = state in was
                said = (
                    f"`{name}` may {'not ' if gone else ''}go from {start} to {state} {'any more' if gone else 'now'}"
                )
                rule = f"transition-{'removed' if gone else 'added'}"
                effect = Effect.NARROWER if gone else Effect.WIDER
                change = made(rule, said, spots[0], effect, level=level, notice="present", value=state)
                yield replace(change, spots=spots)
    for state in known:
        is_final = [state in _listed(moves, "final") for moves in (before, now)]
        if is_final[0] != is_final[1]:
            said = f"`{state}` is {'final now' if is_final[1] else 'not final any more'}"
            effect = Effect.NARROWER if is_final[1] else Effect.WIDER
            yield made(f"state-{'final' if is_final[1] else 'not-final'}", said, spot, effect, level=level)
    if before.get("initial") != now.get("initial"):
        said = f"a new record's {name} is {shown(now.get('initial'))}, {shown(before.get('initial'))} before"
        yield made("initial-state-changed", said, spot, Effect.OTHER, level=level)


def _listed(found: Any, key: Any) -> list[Any]:
    value = found.get(key) if isinstance(found, dict) else None
    return value if isinstance(value, list) else []


def _takes(operation: Operation, name: str) -> bool:
    """Whether the body of an operation sets a field."""
    return any(
        name in flat(media.at("schema")).properties
        for _, media in operation.node.at("requestBody").followed().inner("content")
    )


def _update(pair: Pair, name: str) -> Spot:
    return replace(pair.spot, part="body", path=(name,))


def _moves(side: Side) -> tuple[str, Node] | None:
    """The state field and its schema: as the contract has it, else the first that the components show."""
    state = side.contract.resource.state if side.contract else None
    for _, schema in side.node("components").inner("schemas"):
        for name, field in flat(schema).properties.items():
            node = field.followed()
            for found in (node, *(node.at("allOf", i).followed() for i in range(len(_all(node))))):
                if "x-transitions" in found.mapping() and state in (None, name):
                    return name, found
    return None


def _all(node: Node) -> list[Any]:
    found = node.mapping().get("allOf")
    return found if isinstance(found, list) else []


def of_actions(old: Side, new: Side, pairs: list[Pair]) -> Iterator[Change]:
    for pair in pairs:
        one, other = _action(pair.old, old), _action(pair.new, new)
        if one is None or other is None:
            continue
        spot, level, name = pair.spot, pair.old.level, pair.old.name
        if one[:2] != other[:2]:
            said = f"{name} sets {other[0]} to {shown(other[1])} now, {one[0]} to {shown(one[1])} before"
            yield made("action-effect-changed", said, spot, Effect.OTHER, level=level, notice="always")
        more, less = other[2] - one[2], one[2] - other[2]
        if more:
            said = f"{name} is refused where {one[0]} is {listed(sorted(more))} now"
            yield made("action-refused", said, spot, Effect.NARROWER, level=level, notice="always")
        if less:
            said = f"{name} is accepted where {one[0]} is {listed(sorted(less))} now"
            yield made("action-accepted", said, spot, Effect.WIDER, level=level)


def _action(operation: Operation, side: Side) -> tuple[str, Any, frozenset[str]] | None:
    """Field, value, and the states in which it is refused."""
    own, moves = operation.node.mapping().get("x-action"), _moves(side)
    table = moves[1].at("x-transitions").mapping() if moves else {}
    final = frozenset(map(str, _listed(table, "final")))
    if isinstance(own, dict):
        refused = own.get("refused")
        known = frozenset(map(str, refused)) if isinstance(refused, list) else None
        is_state = moves is not None and own.get("field") == moves[0]
        return (
            str(own.get("field")),
            own.get("value"),
            known if known is not None else final if is_state else frozenset(),
        )
    if moves and operation.id in (table.get("actions") or {}):
        return moves[0], table["actions"][operation.id], final
    return None


def of_security(old: Side, new: Side, pairs: list[Pair]) -> Iterator[Change]:
    """Requirements are alternatives; within one, all schemes and scopes are needed."""
    for pair in pairs:
        one, other = _requirements(old, pair.old), _requirements(new, pair.new)
        spot, level = pair.spot, pair.old.level
        lost = [way for way in one if not any(least <= way for least in other)]
        won = [way for way in other if not any(least <= way for least in one)]
        for ways, rule, effect, word in (
            (lost, "security-narrower", Effect.NARROWER, "is not enough any more"),
            (won, "security-wider", Effect.WIDER, "is enough now"),
        ):
            for way in ways:
                names = " and ".join(sorted(" ".join(part for part in pair if part) for pair in way)) or "no key"
                yield made(rule, f"for some operations, {names} {word}", spot, effect, level=level, notice="always")
    before, now = (dict(side.node("components").inner("securitySchemes")) for side in (old, new))
    for name in before.keys() & now.keys():
        for key in ("type", "in", "name", "scheme", "x-prefix", "openIdConnectUrl"):
            one_, other_ = (node.followed().mapping().get(key) for node in (before[name], now[name]))
            if one_ != other_ and not (key == "scheme" and str(one_).lower() == str(other_).lower()):
                said = f"the key {name} has {key} {shown(other_)} now, {shown(one_)} before"
                spot = Spot(name=name, old=before[name].keys, new=now[name].keys)
                yield made("security-scheme-changed", said, spot, Effect.OTHER)


def _requirements(side: Side, operation: Operation) -> list[frozenset[tuple[str, str]]]:
    said = operation.node.mapping().get("security", side.data.get("security"))
    ways = [way for way in said if isinstance(way, dict)] if isinstance(said, list) else []
    found = [frozenset((str(name), str(scope)) for name in way for scope in ("", *_listed(way, name))) for way in ways]
    return found or [frozenset()]


def of_places(old: Side, new: Side) -> Iterator[Change]:
    """Where the API is found: aliases, the log-in, servers; a document that a server answers names that server."""
    for key in ("x-aliases", "x-login", "x-generator"):
        one, other = old.data.get(key), new.data.get(key)
        if one != other:
            spot = Spot(name=key, old=(key,), new=(key,))
            effect = Effect.HARMLESS if key == "x-generator" or one is None else Effect.NARROWER
            yield made(f"{key[2:]}-changed", f"`{key}` is {shown(other)} now, {shown(one)} before", spot, effect)
    urls = [[str(s.get("url")) for s in _listed(side.data, "servers") if isinstance(s, dict)] for side in (old, new)]
    served = any("://" in side.name for side in (old, new))
    for url in () if served else urls[0]:
        if url not in urls[1]:
            spot = Spot(name="servers", old=("servers",), new=("servers",))
            yield made("server-removed", f"the server {url} is not named any more", spot, Effect.DOUBTFUL)
