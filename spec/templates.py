"""Path templates: the parameters in braces, and which paths a template stands for.

Owns: how a parameter is written in a path. Its name may be any text, such as `{review-id}`: no pattern uses it.
Source: OpenAPI 3.0.3, "Path Templating".
"""

from __future__ import annotations

import re
from collections.abc import Mapping

PARAMETER = re.compile(r"\{([^{}/]+)\}")


class Template:
    """Compiled once. forms: how the values of parameters look, as patterns without groups; others are any text."""

    __slots__ = ("names", "pattern")

    def __init__(self, path: str, forms: Mapping[str, str] | None = None) -> None:
        known, parts = forms or {}, PARAMETER.split(path)
        self.names = tuple(parts[1::2])
        self.pattern = re.compile(
            "".join(f"({known.get(p, '[^/]+')})" if i % 2 else re.escape(p) for i, p in enumerate(parts)), re.ASCII
        )

    def values(self, path: str) -> dict[str, str] | None:
        """Return the values by name, as written in the path; None for a path of another form."""
        found = self.pattern.fullmatch(path)
        return None if found is None else dict(zip(self.names, found.groups(), strict=True))
