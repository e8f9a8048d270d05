"""Traffic kept as a HAR file that is whole at every moment, without keys.

Owns: writing entry by entry; the shape of an entry is traffic's.
Source: HAR 1.2 specification (Jan Odvarko).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import orjson

from cancelkit.mockserver.journal.ring import fingerprint
from cancelkit.spec import Contract
from cancelkit.traffic import Exchange, Judgement
from cancelkit.traffic.har import har_entry, har_head
from cancelkit.traffic.redaction import Redaction

END: Final = b"\n]}}\n"


class CannotRecord(Exception):
    """The file can't be written; the message says why and what to do."""


def redacted(exchange: Exchange, header: str = "") -> Exchange:
    """The exchange with fingerprints in place of its secrets. header: the one that holds the key."""
    return Redaction(lambda secret: f"fingerprint-{fingerprint(secret.encode('utf-8', 'replace'))}", header)(exchange)


class HarFile:
    """One file, from its first entry to its last."""

    def __init__(self, path: Path, version: str, contract: Contract) -> None:
        """Begin a new file.

        Raises:
            CannotRecord: it is there already, or can't be written.
        """
        head = har_head("cancelkit proxy", version)
        try:
            self._file = path.open("xb")
            self._file.write(b'{"log": ' + orjson.dumps(head)[:-1] + b',"entries":[')
            self._file.write(END)
            self._file.flush()
        except FileExistsError:
            raise CannotRecord(f"{path} is there already; move it away, or name another file") from None
        except OSError as error:
            raise CannotRecord(f"{path} can't be written: {error.strerror}") from error
        self._header = contract.api_key.header if contract.api_key else ""
        self.entries = 0

    def __call__(self, exchange: Exchange, judgement: Judgement) -> None:
        """Add an exchange."""
        text = orjson.dumps(har_entry(redacted(exchange, self._header)))
        self._file.seek(-len(END), 2)
        self._file.write((b",\n" if self.entries else b"\n") + text + END)
        self._file.flush()
        self.entries += 1

    def close(self) -> None:
        self._file.close()
