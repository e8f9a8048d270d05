"""Calls that are under way together, each sent some milliseconds after the first.

Owns: `staggered`.
Knows nothing of: what is sent, and why.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

from cancelkit.contract_tests.context.context import Context

T = TypeVar("T")


def staggered(context: Context, calls: Iterable[tuple[float, Callable[[], T]]]) -> list[T]:
    """Make calls (how many seconds after the first, what) at once; results in the order given."""
    start = time.monotonic()
    return context.parallel([partial(_later, start + wait, send) for wait, send in calls])


def _later(moment: float, send: Callable[[], T]) -> T:
    time.sleep(max(0.0, moment - time.monotonic()))
    return send()
