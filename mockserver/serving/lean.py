"""A quicker start: libraries that Connexion imports and the served mock never uses are left out.

Owns: which ones, and how each is left out while Connexion is imported.
Knows nothing of: what Connexion is used for.
Measured: these and what they pull in (rich, certificates, parsers) take half of Connexion's import.

Only the command does this, in a process of its own. An application made in a test's process gets the whole of them,
since that process may hold other users of Connexion.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from types import ModuleType

UNUSED = {
    "starlette.testclient": ("TestClient",),
    "starlette.templating": ("Jinja2Templates",),
    "requests": (),
    "httpx": (),
    "jinja2": (),
    "werkzeug": ("Request",),
    "jsonschema": ("Draft4Validator", "RefResolver", "ValidationError", "draft4_format_checker"),
    "jsonschema.exceptions": ("RefResolutionError", "ValidationError"),
    "jsonschema.validators": ("extend",),
}
"""Modules and the names that Connexion takes from them as it is imported: for its own test client, for following
references to other hosts, for asking other hosts about keys, for its own pages and for templates in a
contract that it reads from a file itself, for requests of Flask, for checking values and following references in its
own way. The mock needs none of them."""
OPTIONAL = ("flask",)
"""Connexion does without where it is not installed."""


@contextmanager
def lean() -> Iterator[None]:
    """While this lasts, imports of the unused modules find stand-ins; whoever imports them later gets the real ones."""
    left_out = [name for name in (*UNUSED, *OPTIONAL) if name not in sys.modules]
    for name in left_out:
        # None: the import system's own word for "there is none".
        sys.modules[name] = _stand_in(name) if name in UNUSED else None  # type: ignore[assignment]
    try:
        yield
    finally:
        for name in left_out:
            for known in [known for known in sys.modules if known == name or known.startswith(f"{name}.")]:
                del sys.modules[known]


class _Name(type):
    """Of a name that is taken from a stand-in: whatever is taken from it, or made with it, is of no use either."""

    def __getattr__(cls, name: str) -> _Name:
        if name.startswith("__"):
            raise AttributeError(name)
        return cls

    def __getitem__(cls, key: str) -> _Name:
        return cls


def _stand_in(name: str) -> ModuleType:
    """An empty module with the names that are taken from it; modules below it are found."""
    made, spec = ModuleType(name, "Stands in while Connexion is imported."), find_spec(name)
    if spec is not None and spec.submodule_search_locations is not None:
        made.__path__ = spec.submodule_search_locations
    for attribute in UNUSED[name]:
        setattr(made, attribute, _Name(attribute, (), {"__init__": lambda self, *_, **__: None}))
    return made
