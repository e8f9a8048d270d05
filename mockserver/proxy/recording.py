"""What passes, kept: as a HAR file that is whole at every moment, without keys; and the records that clients saw.

Owns: writing entry by entry, the shape of an entry being traffic's; learning records from exchanges, of which
    fixtures.seen makes data.
Source: HAR 1.2 specification (Jan Odvarko); docs/traffic.md, "Recorded data".
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import orjson

from cancelkit.fixtures import seen
from cancelkit.mockserver.journal.ring import fingerprint
from cancelkit.spec import Contract
from cancelkit.traffic import Exchange, Judgement
from cancelkit.traffic.har import har_entry, har_head
from cancelkit.traffic.redaction import Redaction
from cancelkit.traffic.shown import Showing

END: Final = b"\n]}}\n"


class CannotRecord(Exception):
    """The file can't be written; the message says why and what to do."""


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
        """Add an exchange, with fingerprints in place of its secrets."""
        redacted = Redaction(
            lambda secret: f"fingerprint-{fingerprint(secret.encode('utf-8', 'replace'))}", self._header
        )
        text = orjson.dumps(har_entry(redacted(exchange)))
        self._file.seek(-len(END), 2)
        self._file.write((b",\n" if self.entries else b"\n") + text + END)
        self._file.flush()
        self.entries += 1

    def close(self) -> None:
        self._file.close()


class Harvest(seen.Harvest):
    """Learns from exchanges."""

    def __init__(self, contract: Contract, prefixes: Sequence[str]) -> None:
        super().__init__(contract)
        self._showing = Showing(contract, prefixes)

    def __call__(self, exchange: Exchange, judgement: Judgement) -> None:
        """Learn what the answer shows."""
        shown = self._showing(exchange)
        if shown is None:
            return
        if shown.gone:
            self.gone(shown.gone)
        for name, row in shown.rows:
            self.learn(name, shown.scope, row, exchange.ended, created=shown.created)
