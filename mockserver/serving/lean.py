"""A quicker start: libraries that Connexion imports and the served mock never uses are left out.

Owns: which ones, and the stand-ins that take their places while Connexion is imported.
Knows nothing of: what Connexion is used for.
Measured: these and what they pull in (rich, certificates, parsers) take two fifths of Connexion's import.

Only the command does this, in a process of its own. An application made in a test's process gets the whole of them,
since that process may hold other users of Connexion.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

UNUSED = {"starlette.testclient": ("TestClient",), "requests": (), "httpx": ()}
"""Modules and the names that Connexion takes from them as it is imported: for its own test client, for
following references to other hosts, and for asking other hosts about keys. Our contract has neither."""


@contextmanager
def lean() -> Iterator[None]:
    """While this lasts, imports of the unused modules find stand-ins; whoever imports them later gets the real ones."""
    placed = [name for name in UNUSED if name not in sys.modules]
    for name in placed:
        stand_in = ModuleType(name, "Stands in while Connexion is imported.")
        for attribute in UNUSED[name]:
            setattr(stand_in, attribute, type(attribute, (), {}))
        sys.modules[name] = stand_in
    try:
        yield
    finally:
        for name in placed:
            del sys.modules[name]
