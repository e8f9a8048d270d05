"""Sets of records that related queries find, and how the sets must relate.

Owns: Sets, its judges, evidence for each.
Source: x-filter of the parameters; what a comparison, an opposite, a member and a spelling mean.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from cancelkit.contract_tests.observing.stating import Judge, Proof

OPPOSITE = {"gt": "lte", "gte": "lt"}
WIDER = {"gt": "gte", "lt": "lte"}


@dataclass(frozen=True, slots=True)
class Sets:
    """Sets of ids that queries found among the same records, by what was asked; `all` is what no filter finds."""

    what: str
    all: frozenset[Any]
    found: Mapping[str, frozenset[Any]]


def judge_splits(whole: bool, found: list[Sets]) -> Iterator[str]:
    """A comparison and its opposite must share nothing and leave nothing out; the wider must hold the narrower.

    whole: every record has a value; one that has none is found by neither.
    """
    for one in found:
        for left, right in pairs(OPPOSITE, one.found):
            both = one.found[left] & one.found[right]
            neither = one.all - one.found[left] - one.found[right]
            if both:
                yield f"{one.what}: {left} and {right} both find {_some(both)}"
            if neither and whole:
                yield f"{one.what}: neither {left} nor {right} finds {_some(neither)}"
        for narrow, wide in pairs(WIDER, one.found):
            lost = one.found[narrow] - one.found[wide]
            if lost:
                yield f"{one.what}: {narrow} finds {_some(lost)}, {wide} does not"


def _some(ids: Iterable[Any]) -> list[Any]:
    """A few of the ids, for a message."""
    return sorted(ids, key=lambda id: (str(type(id)), id))[:5]


def pairs(relation: Mapping[str, str], offered: Container[str]) -> list[tuple[str, str]]:
    return [(one, other) for one, other in relation.items() if one in offered and other in offered]


def judge_partition(whole: bool, found: list[Sets]) -> Iterator[str]:
    """No record may be found by two members; `whole`: every record must be found by one."""
    for one in found:
        seen: dict[Any, str] = {}
        for value, ids in one.found.items():
            for id in ids:
                if id in seen:
                    yield f"{one.what}: record {id} is found by {seen[id]} and by {value}"
                seen[id] = value
        left = one.all - seen.keys()
        if whole and left:
            yield f"{one.what}: no value finds {_some(left)}"


def judge_spelling(found: list[Sets]) -> Iterator[str]:
    """All spellings must find the same."""
    for one in found:
        sets = set(one.found.values())
        if len(sets) > 1:
            shown = ", ".join(f"{spelling!r}: {_some(ids)}" for spelling, ids in one.found.items())
            yield f"its spellings find different records: {shown}"


def judge_same(found: list[Sets]) -> Iterator[str]:
    """Both queries must find the same."""
    for one in found:
        names, sets = list(one.found), list(one.found.values())
        if sets[0] != sets[1]:
            yield f"{names[0]} and {names[1]} find different records: {_some(sets[0] ^ sets[1])}"


A, B, NONE = frozenset({1}), frozenset({2, 3}), frozenset[Any]()
EVERYTHING = A | B


def sets(**found: frozenset[Any]) -> list[Sets]:
    return [Sets("v", EVERYTHING, found)]


def of_splits(group: Container[str], *, whole: bool) -> tuple[Judge, Proof]:
    right = {"gt": A, "gte": EVERYTHING, "lt": NONE, "lte": B}

    def split(**over: frozenset[Any]) -> list[Sets]:
        return sets(**{name: found for name, found in {**right, **over}.items() if name in group})

    opposite, wider = pairs(OPPOSITE, group), pairs(WIDER, group)
    wrong = [{left: EVERYTHING, right: EVERYTHING} for left, right in opposite]
    wrong += [{left: NONE, right: NONE} for left, right in opposite if whole]
    wrong += [{narrow: EVERYTHING, wide: NONE} for narrow, wide in wider]
    return partial(judge_splits, whole), Proof((split(),), tuple(split(**pair) for pair in wrong))


def of_partition(*, whole: bool) -> tuple[Judge, Proof]:
    rejects = (sets(x=A, y=EVERYTHING), *([sets(x=A, y=NONE)] if whole else []))
    return partial(judge_partition, whole), Proof((sets(x=A, y=B),), rejects)
