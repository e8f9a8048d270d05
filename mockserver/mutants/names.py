"""Names that mutants of the shipped contract had before they were computed.

Owns: the table of old names (old_names.json, beside this file), and the warning for their use.
"""

from __future__ import annotations

import json
import warnings
from functools import cache
from importlib.resources import files


@cache
def old_names() -> dict[str, str]:
    """Today's name by old name."""
    text = (files(__package__) / "old_names.json").read_text(encoding="utf-8")
    names: dict[str, str] = json.loads(text)
    return names


def present(name: str) -> str:
    """Today's name of a mutant."""
    today = old_names().get(name, name)
    if today != name:
        warnings.warn(f"the mutant {name} is called {today} now", DeprecationWarning, stacklevel=3)
    return today
