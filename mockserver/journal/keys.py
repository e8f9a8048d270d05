"""The API key of a call as a journal keeps it: a fingerprint, and whether it came without its prefix.

Owns: finding the key in the headers, and remembering the fingerprints of late.
Knows nothing of: which keys are known (api/security.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from cancelkit.mockserver.journal.ring import fingerprint
from cancelkit.spec import Contract

CACHED = 256


class KeyReader:
    """Made once from the contract."""

    def __init__(self, contract: Contract) -> None:
        key = contract.api_key
        self._header = key.header.lower().encode() if key else b""
        self._prefix = f"{key.prefix} ".lower().encode() if key and key.prefix else b""

    def __call__(self, headers: Mapping[bytes, bytes]) -> tuple[str | None, bool]:
        """The fingerprint of the key that was sent, and whether it came without its prefix."""
        value = headers.get(self._header)
        if not value:
            return None, False
        facts = _facts if len(value) <= CACHED else _facts.__wrapped__
        return facts(value, self._prefix)


@lru_cache(maxsize=1024)
def _facts(value: bytes, prefix: bytes) -> tuple[str | None, bool]:
    bare = not value.lower().startswith(prefix)
    return fingerprint(value if bare else value[len(prefix) :]), bare
