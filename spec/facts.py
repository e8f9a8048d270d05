"""How sure the contract is of its statements: x-level, x-why, x-open, and the behaviours that no schema can say.

Owns: reading levels and behaviours, and the check that every x- key is known.
Source: docs/spec-extensions.md, "How sure we are".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cancelkit.spec.errors import SpecError
from cancelkit.spec.model import Behaviour, Fact, Level

Json = Any
EXTENSIONS = frozenset(
    {
        "x-action",
        "x-aliases",
        "x-behaviours",
        "x-choices",
        "x-errors",
        "x-filter",
        "x-generate",
        "x-generator",
        "x-identity",
        "x-level",
        "x-login",
        "x-open",
        "x-ordering",
        "x-paging",
        "x-personal",
        "x-prefix",
        "x-reference",
        "x-role",
        "x-set-on",
        "x-table",
        "x-transitions",
        "x-unknown-key",
        "x-why",
    }
)
NAMED = frozenset({"properties", "schemas", "parameters", "x-behaviours", "x-choices", "x-errors"})
"""Keys below which the keys are names that the author chose."""
FREE = frozenset({"example", "examples", "default", "enum"})
"""Keys below which anything may stand, our extensions' names too."""


def check_extensions(node: Json, place: str) -> None:
    """Refuse unknown x- keys: a misspelt one would silently do nothing.

    Raises:
        SpecError: with the place of the first unknown one.
    """
    if isinstance(node, dict):
        for key, value in node.items():
            here = f"{place}/{key}" if place else str(key)
            if isinstance(key, str) and key.startswith("x-") and key not in EXTENSIONS and not _is_name(place):
                raise SpecError(here, f"unknown extension; known are {', '.join(sorted(EXTENSIONS))}")
            if key not in FREE or _is_name(place):
                check_extensions(value, here)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            check_extensions(value, f"{place}/{index}")


def _is_name(place: str) -> bool:
    """Whether the keys at a place are names that the author chose, not keywords."""
    return place.rpartition("/")[2] in NAMED and "/" in place


def fact(node: Mapping[str, Json], place: str, *, prefix: str = "x-") -> Fact:
    """The standing of what `node` says.

    Raises:
        SpecError: an unknown level, or an assumption without a reason.
    """
    text = node.get(f"{prefix}level", Level.DOCUMENTED.value)
    if text not in {level.value for level in Level}:
        raise SpecError(f"{place}/{prefix}level", f"{text!r} is not one of {', '.join(Level)}")
    level, why = Level(text), node.get(f"{prefix}why")
    if level is Level.ASSUMED and not why:
        raise SpecError(f"{place}/{prefix}why", "what is assumed must say why")
    return Fact(level, why, node.get("x-open"))


def behaviours(document: Mapping[str, Json]) -> dict[str, Behaviour]:
    """The behaviours that the contract promises, by id; none where it has no x-behaviours.

    Raises:
        SpecError: one has no sentence or no level.
    """
    nodes = document.get("x-behaviours", {})
    if not isinstance(nodes, dict):
        raise SpecError("x-behaviours", "must be a mapping of ids to {requires, level}")
    found = {}
    for name, node in nodes.items():
        place = f"x-behaviours/{name}"
        if not isinstance(node, dict) or not node.get("requires"):
            raise SpecError(place, "needs `requires`, the sentence that a server must keep")
        if "level" not in node:
            raise SpecError(place, f"needs `level`: {', '.join(Level)}")
        found[str(name)] = Behaviour(str(name), node["requires"], fact(node, place, prefix=""))
    return found
