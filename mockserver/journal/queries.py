"""Queries without their values, of which a client sends few different ones.

Owns: taking the values out, and the names that are left.
Knows nothing of: which parameters there are.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote_plus

_SHORT = 400
"""Longer ones are not remembered: a client could fill the memory with them."""
_VALUES = re.compile(rb"=[^&]*")


def bare(query: bytes) -> bytes:
    """The query without its values: `status&page`."""
    return _VALUES.sub(b"", query)


def names(query: bytes) -> frozenset[str]:
    """The decoded names in a bare query."""
    return _names(query) if len(query) <= _SHORT else _names.__wrapped__(query)


@lru_cache(maxsize=512)
def _names(query: bytes) -> frozenset[str]:
    return frozenset(unquote_plus(name.decode("latin-1")) for name in query.split(b"&"))
