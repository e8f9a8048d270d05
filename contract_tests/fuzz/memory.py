"""What Hypothesis would work out anew in each thread of a run, hundreds of MB at a time, where no folder keeps it.

Owns: `spare_memory`: the characters of UTF-8 without a list of all of them.
Source: hypothesis.internal.charmap, intervals_from_codec; RFC 3629, 3 "UTF-8 definition".
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

UTF8 = ((0, 0xD7FF), (0xE000, 0x10FFFF))


def spare_memory() -> None:
    """For the whole process, from now on; nothing happens under a Hypothesis that is made otherwise."""
    with suppress(ImportError, AttributeError):
        from hypothesis.internal import charmap
        from hypothesis.internal.intervalsets import IntervalSet

        worked_out: Any = charmap.intervals_from_codec

        def intervals(codec: str) -> Any:
            """The characters that a codec can write, and those that it reads back as others."""
            return (IntervalSet(UTF8), IntervalSet(())) if codec == "utf-8" else worked_out(codec)

        charmap.intervals_from_codec = intervals  # type: ignore[assignment]
