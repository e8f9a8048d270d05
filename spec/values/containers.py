"""Arrays and objects, made of the values of their items and properties.

Owns: how many items, which properties, and which names more properties have.
Source: OpenAPI 3.0.3: items, minItems, maxItems, uniqueItems, properties, required, additionalProperties, minProperties,
    maxProperties.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain, islice, permutations
from random import Random
from typing import Protocol

from spec.values.chance import below, between, pick, shuffled
from spec.values.model import Edge, Json, NoValue, Schema, key

_MOST = 100
"""The greatest number of items or properties that is made of the schema's own accord."""


class Maker(Protocol):
    """What makes the values of a schema; `every` yields at least the first of them, in a fixed order."""

    def typical(self) -> Json: ...
    def draw(self, random: Random) -> Json: ...
    def edges(self) -> Iterator[Edge]: ...
    def every(self) -> Iterator[Json]: ...


class Listed:
    """The values that are listed: those of enum, and of boolean."""

    def __init__(self, values: list[Json], label: str) -> None:
        self._values, self._label = values, label

    def typical(self) -> Json:
        return self._values[0]

    def draw(self, random: Random) -> Json:
        return pick(random, self._values)

    def edges(self) -> Iterator[Edge]:
        return (Edge(value, f"{self._label} {value!r}") for value in self._values)

    def every(self) -> Iterator[Json]:
        return iter(self._values)


def distinct(maker: Maker, count: int, random: Random) -> list[Json]:
    """Return that many different values; fewer where no more are found."""
    found: dict[object, Json] = {}
    for _ in range(count + 20):
        if len(found) >= count:
            break
        value = maker.draw(random)
        found.setdefault(key(value), value)
    edges = (edge.value for edge in maker.edges()) if len(found) < count else ()
    for value in islice(chain(maker.every(), edges), 0 if len(found) >= count else 20 * count + 1000):
        if len(found) >= count:
            break
        found.setdefault(key(value), value)
    return list(found.values())


class Arrays:
    """The arrays of a flat schema."""

    def __init__(self, flat: Schema, place: str, items: Maker) -> None:
        self.place, self._items = place, items
        self._low, self._high = flat.get("minItems", 0), flat.get("maxItems", max(_MOST, flat.get("minItems", 0)))
        self._unique = bool(flat.get("uniqueItems"))
        if self._low > self._high:
            raise NoValue(place, f"minItems {self._low} is more than maxItems {self._high}")
        if self._unique and (found := len(distinct(items, self._low, Random(5)))) < self._low:
            raise NoValue(place, f"uniqueItems and minItems {self._low}, but only {found} different items are found")

    def typical(self) -> Json:
        return self._of(max(self._low, min(1, self._high)), Random(5), first=self._items.typical())

    def draw(self, random: Random) -> Json:
        low = max(self._low, min(1, self._high)) if below(random, 8) else self._low
        return self._of(between(random, low, min(self._high, low + 3)), random)

    def edges(self) -> Iterator[Edge]:
        random = Random(6)
        for count in dict.fromkeys((self._low, 1, 2, min(self._high, max(_MOST, self._low)))):
            if self._low <= count <= self._high:
                made = self._of(count, random)
                yield Edge(made, f"{len(made)} items")
        if not self._high:
            return
        count = max(self._low, 1)
        for edge in self._items.edges():
            yield Edge(self._of(count, random, first=edge.value), f"items: {edge.label}")
        if self._high >= 2 and self._low <= 2 and not self._unique:
            yield Edge([self._items.typical()] * 2, "the same item twice")

    def every(self) -> Iterator[Json]:
        if self._low == 0:
            yield []
        for count in range(max(1, self._low), min(self._high, self._low + 3) + 1):
            few = distinct(self._items, 12, Random(7))
            if self._unique:
                yield from map(list, islice(permutations(few, count), 500))
            else:
                yield from ([value] * (count - 1) + [last] for value in few for last in few)

    def _of(self, count: int, random: Random, first: Json = ...) -> Json:
        """Return an array of that many items, fewer where there are not so many different ones."""
        given = [] if first is ... else [first]
        if not count:
            return []
        if not self._unique:
            return [*given, *(self._items.draw(random) for _ in range(count - len(given)))]
        others = distinct(self._items, count, random)
        known = {key(value) for value in given}
        return [*given, *(value for value in others if key(value) not in known)][:count]


class Objects:
    """The objects of a flat schema. more: makes further properties, None where none is admitted."""

    def __init__(self, flat: Schema, place: str, properties: Mapping[str, Maker], more: Maker | None, share: int) -> None:
        self.place, self._properties, self._more = place, properties, more
        self._share = share
        self._required = list(flat.get("required", ()))
        known = set(flat.get("properties", ()))
        self._names = {name: properties[name] for name in properties}
        for name in self._required:
            if name not in properties:
                if more is None or name in known:
                    raise NoValue(place, f"the property {name!r} is required, but not admitted")
                self._names[name] = more
        self._optional = [name for name in self._names if name not in set(self._required)]
        self._low = flat.get("minProperties", 0)
        self._high = flat.get("maxProperties", max(_MOST, self._low, len(self._names)))
        most = self._high if more is not None else min(self._high, len(self._names))
        if max(self._low, len(self._required)) > most:
            raise NoValue(
                place, f"{max(self._low, len(self._required))} properties are needed, at most {most} are admitted"
            )
        self._free = more is not None and not properties

    def typical(self) -> Json:
        names = [*self._required, *self._optional][: self._high]
        made = {name: self._names[name].typical() for name in self._names if name in set(names)}
        return self._filled(made, Random(8))

    def draw(self, random: Random) -> Json:
        required, share = self._required, self._share
        names = [name for name in self._optional if share >= 100 or below(random, 100) < share]
        if len(names) + len(required) > self._high:
            names = shuffled(random, names)[: self._high - len(required)]
        if missing := max(0, self._low - len(names) - len(required)):
            names += shuffled(random, [name for name in self._optional if name not in names])[:missing]
        chosen = {*required, *names}
        made = {name: maker.draw(random) for name, maker in self._names.items() if name in chosen}
        if self._free:
            self._extend(made, between(random, 0, max(0, min(2, self._high - len(made)))), random)
        return self._filled(made, random) if len(made) < self._low else made

    def edges(self) -> Iterator[Edge]:
        random = Random(9)
        base = {name: self._names[name].typical() for name in self._required}
        yield Edge(self._filled(dict(base), random), "only what is required")
        whole = self.typical()
        yield Edge(whole, "all properties")
        for name in self._optional:
            if len(base) < self._high:
                only = {**base, name: self._names[name].typical()}
                yield Edge(self._filled(only, random), f"optional {name} alone")
        for name, maker in self._names.items():
            host = whole if name in whole else {**base, name: None}
            if len(host) <= self._high:
                for edge in maker.edges():
                    yield Edge(self._filled({**host, name: edge.value}, random), f"{name}: {edge.label}")
        if self._more is not None and len(whole) < self._high:
            for name in ("", "a b", "İ", "👍", "a.b", "$a", "__proto__"):
                if name not in self._names:
                    yield Edge({**whole, name: self._more.typical()}, f"a property named {name!r}")

    def every(self) -> Iterator[Json]:
        whole = self.typical()
        yield whole
        for name, maker in self._names.items():
            if name in whole:
                yield from ({**whole, name: value} for value in islice(maker.every(), 1000))
        if self._more is not None:
            for index in range(1000):
                if len(whole) < self._high and (name := f"key{index}") not in self._names:
                    yield {**whole, name: self._more.typical()}

    def _filled(self, made: dict[str, Json], random: Random) -> dict[str, Json]:
        """Return the object with as many more properties as minProperties asks for."""
        for name in self._optional:
            if len(made) < self._low and name not in made:
                made[name] = self._names[name].draw(random)
        if len(made) < self._low:
            self._extend(made, self._low - len(made), random)
        return made

    def _extend(self, made: dict[str, Json], count: int, random: Random) -> None:
        index = 0
        while count > 0 and self._more is not None:
            index += 1
            if (name := f"key{index}") not in made and name not in self._names:
                made[name] = self._more.draw(random)
                count -= 1
