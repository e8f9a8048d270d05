"""Python's search for garbage that points to itself, made less often while a run lasts.

Owns: how often. With Python's own figures a twelfth of the command's processor time went into looking through the
    objects of the libraries, which stay; a run makes little garbage of that kind.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = (20_000, 20, 50)


@contextmanager
def seldom() -> Iterator[None]:
    """For a process whose work is one run."""
    before = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
