"""JSON that is kept.

Owns: writing a value so that it takes no more memory than it is long.
"""

from __future__ import annotations

from typing import Any

import orjson


def document(value: Any) -> bytes:
    """The value as JSON."""
    return exact(orjson.dumps(value))


def exact(written: bytes) -> bytes:
    """The same bytes without what orjson holds on to behind them: its whole buffer, of a kilobyte or more."""
    return bytes(memoryview(written))
