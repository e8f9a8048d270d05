"""Two contracts in, every change between them out.

Owns: `compare`: the order of the rules, and where each change was written.
Source: docs/diff.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cancelkit.diff.change import Change, grouped
from cancelkit.diff.messages import of_messages
from cancelkit.diff.operations import Side, of_operations, paired
from cancelkit.diff.promises import of_actions, of_behaviours, of_choices, of_errors, of_places, of_security, of_states
from cancelkit.diff.schemas import Comparing


def compare(old: Side, new: Side) -> list[Change]:
    """Return the changes, the gravest first; those that say the same of many places as one."""
    return [_located(change, old, new) for change in grouped(_changes(old, new))]


def _changes(old: Side, new: Side) -> Iterator[Change]:
    pairs, gone, come = paired(old, new)
    comparing = Comparing()
    yield from of_operations(pairs, gone, come)
    for pair in pairs:
        yield from of_messages(pair, comparing)
    yield from of_states(old, new, pairs)
    yield from of_actions(old, new, pairs)
    yield from of_security(old, new, pairs)
    yield from of_behaviours(old, new)
    yield from of_choices(old, new)
    yield from of_errors(old, new)
    yield from of_places(old, new)


def _located(change: Change, old: Side, new: Side) -> Change:
    first = change.spots[0]
    in_new = change.in_new and first.new is not None
    keys = first.new if in_new else first.old
    location = (new if in_new else old).locate(keys) if keys else None
    return replace(change, location=location, in_new=in_new)
