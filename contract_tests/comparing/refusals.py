"""What a refusal names and says, read apart: the fields are everybody's, the texts and codes the server's own.

Owns: the shape of a refusal without its words, and its words by their place.
Source: docs/compare.md, "What is compared".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cancelkit.contract_tests.comparing.signs import WORDS

CODE = "code"
Texts = tuple[str, ...]
Words = Mapping[tuple[str, ...], Texts]
"""Texts by their place in the body; those of a list together."""


def named(value: Any) -> Any:
    """Which fields a refusal names, at which depth."""
    if isinstance(value, Mapping):
        return {name: WORDS if name == CODE else named(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [named(inner) for inner in value if isinstance(inner, Mapping | list)] or WORDS
    return WORDS if isinstance(value, str) else value


def names_one(value: Any) -> bool:
    """Whether an aligned refusal names one field and no more."""
    return isinstance(value, Mapping) and len(value.keys() - {CODE}) == 1


def words(value: Any) -> Words:
    """What it says of each."""
    return dict(_words(value, ()))


def _words(value: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Texts]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _words(inner, (*place, name))
    elif isinstance(value, list):
        if texts := tuple(one for one in value if isinstance(one, str)):
            yield place, texts
        for number, inner in enumerate(value):
            yield from _words(inner, (*place, str(number))) if not isinstance(inner, str) else ()
    elif isinstance(value, str):
        yield place, (value,)
