"""What changed of what a parameter does: which rows it selects, how it pages, how it orders.

Owns: the rules about x-filter, x-paging, x-ordering and x-identity.
Source: docs/spec-extensions.md, "What a query parameter selects".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cancelkit.diff.change import Change, Effect, Spot, level_of, made, relevelled
from cancelkit.diff.node import Node
from cancelkit.spec import Level


def of_filter(old: Node, new: Node, spot: Spot, level: Level) -> Iterator[Change]:
    before, now = old.mapping().get("x-filter"), new.mapping().get("x-filter")
    name = spot.name
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for key, word in (("path", "looks at"), ("lookup", "compares by")):
            if before.get(key) != now.get(key):
                said = f"the filter `{name}` {word} {now.get(key)} now, {before.get(key)} before"
                yield made(f"filter-{key}-changed", said, spot, Effect.OTHER, level=level, notice="present")
    elif before != now:
        gone = now is None
        said = f"the parameter `{name}` selects {'nothing any more' if gone else 'rows now'}"
        rule = f"filter-{'removed' if gone else 'added'}"
        yield made(rule, said, spot, Effect.OTHER, level=level, notice="present")
    for key in ("x-paging", "x-ordering", "x-identity"):
        one, other = old.mapping().get(key), new.mapping().get(key)
        if one != other:
            said = f"the parameter `{name}` has {key}: {_word(other)} now, {_word(one)} before"
            yield made(f"{key[2:]}-changed", said, spot, Effect.OTHER, level=level, notice="present")
    is_now = f"the parameter `{name}` is"
    yield from relevelled("parameter-level-changed", is_now, level_of(old.raw), level_of(new.raw), spot)


def _word(value: Any) -> str:
    return "nothing" if value is None else str(value).lower()
