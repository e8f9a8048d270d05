"""One change between two contracts: which rule found it, whom it breaks, how sure the contract is, where it stands.

Owns: Effect and what it means for clients and servers, Kind, Spot, Change.
Source: docs/diff.md, "Whom a change breaks".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Literal

from cancelkit.spec import Level
from cancelkit.spec.document import Direction
from cancelkit.spec.errors import Location, Place

Whom = Literal["clients", "servers"]
Part = Literal["contract", "operation", "path", "query", "header", "cookie", "body", "answer"]
Notice = Literal["always", "present", "absent", "misfit", "unknown"]
"""Which recorded calls would notice: all of the operation, those that hold the value at the spot, lack it, or hold one
that the new contract refuses there; "unknown" where a call can't tell."""


class Effect(StrEnum):
    """What a change does to the messages that a contract admits: fewer, more, others; or nothing that a schema says."""

    NARROWER = "narrower"
    WIDER = "wider"
    OTHER = "changed"
    DOUBTFUL = "doubtful"
    HARMLESS = "harmless"


class Kind(StrEnum):
    """The class of a change, the gravest that fits."""

    CLIENTS = "breaks clients"
    SERVERS = "breaks servers"
    DANGEROUS = "dangerous"
    HARMLESS = "harmless"


def broken(effect: Effect, direction: Direction) -> frozenset[Whom]:
    """Whom a change of the admitted messages breaks: who may no longer send, and who may receive what is new."""
    sender: Whom = "clients" if direction == "request" else "servers"
    receiver: Whom = "servers" if direction == "request" else "clients"
    found = {Effect.NARROWER: {sender}, Effect.WIDER: {receiver}, Effect.OTHER: {sender, receiver}}
    return frozenset(found.get(effect, ()))


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a change stands.

    operation: method and path as people read them, "" for the contract as a whole. call: the same of the old contract,
    None where the old one has none. name: of a parameter or header, or the status of an answer. path: names, "[]" for
    the items of an array and "{}" for further properties, from the message's body inwards.
    old, new: keys into the documents, None where it does not stand there.
    """

    operation: str = ""
    part: Part = "contract"
    name: str = ""
    path: tuple[str, ...] = ()
    call: tuple[str, str] | None = None
    old: Place | None = None
    new: Place | None = None

    def __str__(self) -> str:
        inner = "".join(part if part in ("[]", "{}") else f".{part}" for part in self.path).removeprefix(".")
        named = f"{self.part} {self.name}" if self.part in ("path", "query", "header", "cookie") else self.name
        if self.part in ("body", "operation"):
            named = "body" if self.part == "body" else ""
        return " > ".join(text for text in (self.operation, named, inner) if text) or "contract"

    def within(self, path: tuple[str, ...], old: Place | None, new: Place | None) -> Spot:
        """The spot of a part of the message that stands here."""
        return replace(self, path=(*self.path, *path), old=old, new=new)


@dataclass(frozen=True, slots=True)
class Change:
    """One change, at one spot or at many alike.

    level: of the fact that changed; the surest one of its spots. notice, value: which recorded calls would notice, and
    the one value that they would have to hold, if it is about one. locations: where the spots are written, by the file.
    """

    rule: str
    sentence: str
    spots: tuple[Spot, ...]
    breaks: frozenset[Whom] = frozenset()
    dangerous: bool = False
    level: Level = Level.DOCUMENTED
    notice: Notice = "unknown"
    value: Any = None
    location: Location | None = field(default=None, compare=False)
    in_new: bool = True

    @property
    def kind(self) -> Kind:
        if "clients" in self.breaks:
            return Kind.CLIENTS
        if "servers" in self.breaks:
            return Kind.SERVERS
        return Kind.DANGEROUS if self.dangerous else Kind.HARMLESS

    @property
    def kinds(self) -> frozenset[Kind]:
        """Every class that fits: a change may break both sides."""
        both = {Kind.CLIENTS: "clients" in self.breaks, Kind.SERVERS: "servers" in self.breaks}
        return frozenset(kind for kind, is_so in both.items() if is_so) or frozenset({self.kind})


def made(rule: str, sentence: str, spot: Spot, effect: Effect, direction: Direction = "request", **more: Any) -> Change:
    """A change at one spot, with whom it breaks worked out from its effect on messages of that direction."""
    said = sentence[:1].upper() + sentence[1:]
    breaks = broken(effect, direction)
    return Change(rule, said, (spot,), breaks, effect is Effect.DOUBTFUL, **more)


def relevelled(rule: str, subject: str, before: Level, now: Level, spot: Spot) -> Iterator[Change]:
    """A change of a level, if it is one: what was only assumed, and warned, may fail now."""
    if before is not now:
        effect = Effect.DOUBTFUL if before is Level.ASSUMED else Effect.HARMLESS
        yield made(rule, f"{subject} {now} now, {before} before", spot, effect, level=now)


def grouped(changes: Iterable[Change]) -> list[Change]:
    """The changes, those that say the same of several spots as one; the gravest first, else in the order found."""
    found: dict[tuple[Any, ...], Change] = {}
    for change in changes:
        same = (change.rule, change.sentence, change.breaks, change.dangerous)
        if (known := found.get(same)) is None:
            found[same] = change
            continue
        spots = (*known.spots, *(spot for spot in change.spots if spot not in known.spots))
        found[same] = replace(known, spots=spots, level=surest(known.level, change.level))
    order = list(Kind)
    return sorted(found.values(), key=lambda change: order.index(change.kind))


_LEVELS = list(Level)


def surest(*levels: Level) -> Level:
    return min(levels, key=_LEVELS.index)


def weakest(*levels: Level) -> Level:
    return max(levels, key=_LEVELS.index)


def level_of(node: Any, prefix: str = "x-") -> Level:
    """The level that a node of a document names; documented where it names none, or none that is known."""
    text = node.get(f"{prefix}level") if isinstance(node, dict) else None
    return Level(text) if text in _LEVELS else Level.DOCUMENTED
