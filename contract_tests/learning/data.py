"""The records that a server or a recording shows, as a file that `cancelkit mock --data` reads.

Owns: what is masked and with which key, writing the file, what is told of it.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from cancelkit.contract_tests.errors import Cause, CouldNotRun
from cancelkit.fixtures.masking import masked
from cancelkit.fixtures.seen import Harvest, build, write
from cancelkit.spec import Contract, SpecError
from cancelkit.spec.values import NoValue
from cancelkit.traffic import Exchange
from cancelkit.traffic.shown import Showing

KEY_BYTES = 32
UNMASKED = "people's data is in it as the server has it: keep the file accordingly"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where the data goes, how many records at most, and whether people's data is masked.

    key: the file that holds the key of the pseudonyms, made where it is missing; None for a key that is forgotten.
    """

    path: Path
    most: int
    mask: bool = True
    key: Path | None = None


def seen_in(exchanges: Iterable[Exchange], contract: Contract, most: int, prefix: str = "") -> Harvest:
    """The records that recorded calls show, as they last were; the first `most` by their order in the recording."""
    showing, harvest = Showing(contract, (f"/{prefix.strip('/')}",) if prefix else ()), Harvest(contract)
    for exchange in exchanges:
        shown = showing(exchange)
        if shown is None:
            continue
        if shown.gone:
            harvest.gone(shown.gone)
        for name, row in shown.rows:
            if name in harvest.records or len(harvest.records) < most:
                harvest.learn(name, shown.scope, row, exchange.ended, created=shown.created)
    return harvest


def check(wanted: Wanted) -> None:
    """See that the file may be written, before anything is asked.

    Raises:
        CouldNotRun: there is a file that holds no data of this kind.
    """
    if not wanted.path.exists():
        return
    try:
        usable = "cancelkit_world" in json.loads(wanted.path.read_bytes())
    except (OSError, ValueError, TypeError):
        usable = False
    if not usable:
        raise CouldNotRun(Cause.OPTIONS, f"{wanted.path} is there, and holds no data: name another file with --data.")


def keep(harvest: Harvest, wanted: Wanted) -> str:
    """Write what was seen; return what there is to say of it.

    Raises:
        CouldNotRun: it can't be masked or written.
    """
    found = build(harvest)
    try:
        if wanted.mask:
            found = replace(found, tables=masked(found.tables, harvest.contract, _key(wanted.key)))
        write(found, wanted.path)
    except OSError as error:
        raise CouldNotRun(
            Cause.OPTIONS, f"{error.filename or wanted.path} can't be written: {error.strerror}"
        ) from error
    except SpecError as error:
        raise CouldNotRun(Cause.OPTIONS, f"--data: people's data can't be masked: {error}") from error
    except NoValue as error:  # its text holds what the field had
        raise CouldNotRun(
            Cause.OPTIONS,
            f"--data: {error.place} admits no pseudonym: say x-personal: false there in an overlay, or --no-mask.",
        ) from None
    said = [f"{found.records} records in {wanted.path}"]
    said += [f"{found.filled} of them with something made up that no answer showed"] if found.filled else []
    said += [f"{found.left_out} left out that break the contract"] if found.left_out else []
    return f"{', '.join(said)}; {_about(wanted)}"


def _about(wanted: Wanted) -> str:
    if not wanted.mask:
        return UNMASKED
    again = "" if wanted.key else "; --mask-key FILE gives the same ones again"
    return f"people's data is replaced by pseudonyms{again}"


def _key(path: Path | None) -> bytes:
    """The key in the file; a new one, which only its owner may read, where there is none."""
    if path is None:
        return secrets.token_bytes(KEY_BYTES)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{secrets.token_hex(KEY_BYTES)}\n")
    except FileExistsError:
        pass
    key = path.read_bytes().strip()
    if not key:
        raise CouldNotRun(Cause.OPTIONS, f"{path} is empty: give a file that holds a key, or one that is to be made.")
    return key
