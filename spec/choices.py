"""What a contract says of the points where right servers differ (points/): x-choices.

Owns: Choice, reading it; and how choices and behaviours tell the same: a behaviour that a choice gives up is not
    promised, one that it keeps is.
Source: docs/spec-extensions.md, "Choices".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from typing import Any

from cancelkit.spec.errors import SpecError
from cancelkit.spec.facts import fact
from cancelkit.spec.model import Behaviour, Comparing, Fact, Level, Operation, Role
from cancelkit.spec.points import POINTS, Point
from cancelkit.spec.resource import Transitions
from cancelkit.spec.zones import ZONE, zone_of

ONE_EACH = "reference-again"
KEYS = frozenset({"chosen", "level", "why", "open", "seen", "value", "closed"})


@dataclass(frozen=True, slots=True)
class Choice:
    """What a contract says of a point.

    stated: whether it says anything; `chosen` is the usual option where it does not. open: any option will do.
    seen: how it was learned: exchanges, date, host. value: of an option that needs one. closed: of reference-again, the
    states in which a record is not open.
    """

    point: Point
    chosen: str
    fact: Fact
    stated: bool = False
    open: bool = False
    seen: Mapping[str, Any] = field(default_factory=dict)
    value: str | None = None
    closed: frozenset[str] | None = None

    @property
    def binding(self) -> bool:
        """Whether a server must do what is chosen."""
        return self.stated and not self.open

    def met(self, option: str | None, value: str | None, closed: frozenset[str] | None = None) -> bool:
        """Whether doing this is doing what is chosen. closed: None where it was not seen."""
        return (option, value) == (self.chosen, self.value) and closed in (None, self.closed)

    @property
    def zone(self) -> tzinfo:
        """The zone that the chosen option names; UTC where it names none."""
        return zone_of(self.value) if self.value and self.chosen == "zone" else UTC

    @property
    def requires(self) -> str:
        """The sentence that a server must keep."""
        named = f" It is {self.value}." if self.value else ""
        closed = f" Not open is one that is {' or '.join(sorted(self.closed))}." if self.value and self.closed else ""
        return f"{self.point.options[self.chosen]}{named}{closed}"


def choices(document: Mapping[str, Any], behaviours: Mapping[str, Behaviour]) -> dict[str, Choice]:
    """What a contract says of every point, by id: by x-choices, by a behaviour that an option keeps, or nothing.

    Raises:
        SpecError: an unknown point, option or zone, or a level that is none.
    """
    nodes = document.get("x-choices", {})
    if not isinstance(nodes, dict):
        raise SpecError("x-choices", "must be a mapping of points to the option that is chosen")
    for name in nodes:
        if name not in POINTS:
            raise SpecError(f"x-choices/{name}", f"unknown point; known are {', '.join(sorted(POINTS))}")
    return {
        id: _choice(point, nodes[id], f"x-choices/{id}") if id in nodes else _implied(point, behaviours)
        for id, point in POINTS.items()
    }


def settled(
    chosen: Mapping[str, Choice], operations: Iterable[Operation], moves: Transitions | None
) -> dict[str, Choice]:
    """The choices; reference-again with the states in which a record is not open, by itself the final ones.

    Raises:
        SpecError: what it names is no reference of the create's body, or no state.
    """
    one_each = chosen[ONE_EACH]
    name, closed = one_each.value, one_each.closed
    bodies = [operation.body for operation in operations if operation.role is Role.CREATE]
    known = [n for body in bodies if body for n, field in body.fields.items() if field.reference]
    if name is not None and name not in known:
        listed = ", ".join(known) or "none"
        raise SpecError(
            f"x-choices/{ONE_EACH}/value", f"{name!r} is no reference of the create's body; there: {listed}"
        )
    statuses = moves.statuses if moves else ()
    if unknown := sorted((closed or frozenset()) - {*statuses}):
        raise SpecError(
            f"x-choices/{ONE_EACH}/closed", f"{unknown[0]!r} is no state; there: {', '.join(statuses) or 'none'}"
        )
    if closed is None:
        closed = moves.final if moves else frozenset()
    return {**chosen, ONE_EACH: replace(one_each, closed=closed)}


def comparing(chosen: Mapping[str, Choice]) -> Comparing:
    """How filters compare texts where they ignore case, and days."""
    return Comparing(
        chosen["text-filter"].chosen,
        chosen["letter-case"].chosen,
        trims=chosen["filter-blanks"].chosen == "trimmed",
        composes=chosen["letter-forms"].chosen == "equal",
        forms_open=not chosen["letter-forms"].binding,
        zone=chosen["day-zone"].zone,
        whole=chosen["day-bounds"].chosen == "whole",
    )


def kept(behaviours: Mapping[str, Behaviour], chosen: Mapping[str, Choice]) -> dict[str, Behaviour]:
    """The behaviours that are promised when the choices are considered: without those that a choice gives up, and
    with those that it keeps."""
    found = dict(behaviours)
    for choice in chosen.values():
        if not choice.stated:
            continue
        for name, option in choice.point.keeps.items():
            if choice.chosen != option or choice.open:
                found.pop(name, None)
            elif name not in found and not _given_up(name, chosen):
                found[name] = Behaviour(name, choice.requires, choice.fact)
    return found


def _given_up(name: str, chosen: Mapping[str, Choice]) -> bool:
    """Whether another point that keeps the same behaviour has chosen otherwise, or says nothing."""
    about = [choice for choice in chosen.values() if name in choice.point.keeps]
    return any(not c.binding or c.chosen != c.point.keeps[name] for c in about)


def _implied(point: Point, behaviours: Mapping[str, Behaviour]) -> Choice:
    for name, option in point.keeps.items():
        if name in behaviours:
            return Choice(point, option, behaviours[name].fact, stated=True)
    return Choice(point, point.usual, Fact(Level.ASSUMED))


def _choice(point: Point, node: Any, place: str) -> Choice:
    if not isinstance(node, dict):
        raise SpecError(place, "must be a mapping: {chosen: an option, level: how sure that is}")
    if unknown := sorted(node.keys() - KEYS):
        raise SpecError(f"{place}/{unknown[0]}", f"unknown key; known are {', '.join(sorted(KEYS))}")
    option = str(node.get("chosen"))
    if option not in point.options:
        raise SpecError(f"{place}/chosen", f"{option!r} is not one of {', '.join(point.options)}")
    open_ = bool(node.get("open", False)) and node.get("level") != Level.OBSERVED
    if "level" not in node and not open_:
        raise SpecError(place, f"needs `level`: {', '.join(Level)}; or `open: true` where any option will do")
    standing = Fact(Level.ASSUMED, node.get("why")) if "level" not in node else fact(node, place, prefix="")
    value, wanted = node.get("value"), point.values.get(option)
    if wanted == ZONE and value is not None:
        try:
            zone_of(str(value))
        except ValueError as error:
            raise SpecError(f"{place}/value", str(error)) from error
    if (wanted is None) is not (value is None) or (wanted and not re.fullmatch(wanted, str(value))):
        raise SpecError(f"{place}/value", f"{option} takes {f'one that looks like {wanted}' if wanted else 'none'}")
    closed = node.get("closed")
    if "closed" in node and not (wanted and point.id == ONE_EACH and isinstance(closed, list)):
        raise SpecError(f"{place}/closed", f"must be a list of states, and stand beside {ONE_EACH}: refused")
    known = None if closed is None else frozenset(map(str, closed))
    return Choice(point, option, standing, True, open_, dict(node.get("seen") or {}), value, known)
