"""What a run stands on: the scopes it works in, and keys that a create accepts there.

Owns: Scope, Ground.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Scope = tuple[Any, ...]
"""The values of the contract's scope parameters (Resource.scope), in order; () where it has none."""

Keys = Mapping[str, tuple[Any, ...]]
"""Keys of rows that a body may refer to, by body field."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What the probe found.

    scope: the run's own. other_scope: a second one, for rules about isolation; None where there is no other.
    references, other_references: keys that a create accepts in each, by body field.
    """

    scope: Scope = ()
    other_scope: Scope | None = None
    references: Keys = field(default_factory=dict)
    other_references: Keys = field(default_factory=dict)
