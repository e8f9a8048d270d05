"""State kept over restarts: one file, written whole or not at all, read only if nothing in it is damaged.

Owns: the file's layout (a line of JSON that lists the parts with their checksums, then the parts), writing it beside
    and renaming it.
Knows nothing of: what the parts hold; to it they are bytes.
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from time import time
from typing import Any, NamedTuple

import orjson

MAGIC = "cancelkit_state"
VERSION = 1
LONGEST_HEAD = 1024 * 1024
STALE_SECONDS = 60
"""No writing takes as long: a file beside the state that is older belongs to nobody."""


class StateError(Exception):
    """The file can't be used; the message says what is wrong with it and what to do."""


class Part(NamedTuple):
    """One piece of state: what it is ("state", "snapshot"), its name, and its bytes."""

    kind: str
    name: str
    data: bytes
    created: str = ""


def write(path: Path, parts: Sequence[Part], *, layout: str, about: dict[str, Any]) -> None:
    """Write the file atomically: a reader, or a crash, finds the old one or the new one. A link stays: what it leads to
    is written. An existing file keeps its mode; a new one is for its owner alone.

    Args:
        layout: a mark of the tables' form; `read` refuses a file with another one.
        about: more facts, given back by `read`.
    Raises:
        StateError: the file can't be written.
    """
    head = {
        MAGIC: VERSION,
        "layout": layout,
        "about": about,
        "parts": [
            {
                "kind": part.kind,
                "name": part.name,
                "created": part.created,
                "size": len(part.data),
                "sha256": sha256(part.data).hexdigest(),
            }
            for part in parts
        ],
    }
    line = orjson.dumps(head)
    path = Path(os.path.realpath(path))
    try:
        descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(line + b"\n" + sha256(line).hexdigest().encode() + b"\n")
                for part in parts:
                    file.write(part.data)
                file.flush()
                os.fsync(file.fileno())
                with suppress(FileNotFoundError):
                    os.fchmod(file.fileno(), stat.S_IMODE(path.stat().st_mode))
            Path(beside).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(beside).unlink()
            raise
        _sync_folder(path.parent)
    except OSError as error:
        hint = ""
        if error.errno in (errno.EBUSY, errno.EXDEV):
            hint = f". It is mounted by itself and can't be replaced: mount its folder, {path.parent}, instead"
        raise StateError(f"{path} can't be written: {error.strerror or error}{hint}") from error


def sweep(path: Path) -> None:
    """Remove what writers that were killed have left beside `path`; a young file may still be somebody's work."""
    path, before = Path(os.path.realpath(path)), time() - STALE_SECONDS
    with suppress(OSError):
        for beside in path.parent.iterdir():
            if beside.name.startswith(f".{path.name}.") and beside.suffix == ".part":
                with suppress(OSError):
                    if beside.stat().st_mtime < before:
                        beside.unlink()


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable, where the system offers that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def read(path: Path, *, layout: str, contract: Mapping[str, str] | None = None) -> tuple[list[Part], dict[str, Any]]:
    """Return the parts and the further facts of a file that `write` made.

    Args:
        contract: source and fingerprint of the contract that is served; None where that does not matter.

    Raises:
        StateError: the file can't be read, is not ours, is cut short or changed, or has another layout. It is left
            as it is.
    """
    try:
        with path.open("rb") as file:
            line, digest = file.readline(LONGEST_HEAD).rstrip(b"\n"), file.readline(100).strip()
            head = _head(path, line, digest)
            parts = [_part(path, file.read(int(row["size"])), row) for row in head["parts"]]
            if file.read(1):
                raise _damaged(path, "more stands in it than it says")
    except OSError as error:
        raise StateError(f"{path} can't be read: {error.strerror or error}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(path, "its first line is not as it should be") from error
    if contract is not None:
        _check_contract(path, head["about"].get("contract"), contract)
    if head["layout"] != layout:
        raise StateError(
            f"{path} was kept by another version of the contract or of cancelkit. "
            "Export it there (GET /_mock/export) and load that with --data, or name another file"
        )
    return parts, head["about"]


def _check_contract(path: Path, kept: Any, served: Mapping[str, str]) -> None:
    if not isinstance(kept, dict) or kept.get("fingerprint") == served["fingerprint"]:
        return
    raise StateError(
        f"{path} was kept with the contract {kept.get('source')} ({kept.get('fingerprint')}), and the one that is "
        f"served is {served['source']} ({served['fingerprint']}). Serve the former, or name another file"
    )


def _head(path: Path, line: bytes, digest: bytes) -> dict[str, Any]:
    try:
        head = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise StateError(f"{path} is not a state file of cancelkit; name another file, or move it away") from error
    if not isinstance(head, dict) or MAGIC not in head:
        raise StateError(f"{path} is not a state file of cancelkit; name another file, or move it away")
    if head[MAGIC] != VERSION:
        raise StateError(f"{path} has form {head[MAGIC]}, and this cancelkit reads form {VERSION}")
    if digest != sha256(line).hexdigest().encode():
        raise _damaged(path, "its first line has been changed")
    return head


def _part(path: Path, data: bytes, row: dict[str, Any]) -> Part:
    name = f"{row['kind']} {row['name']}"
    if len(data) < row["size"]:
        raise _damaged(path, f"it ends within {name}, {row['size'] - len(data)} bytes too early")
    if sha256(data).hexdigest() != row["sha256"]:
        raise _damaged(path, f"the bytes of {name} have been changed")
    return Part(row["kind"], row["name"], data, row["created"])


def _damaged(path: Path, what: str) -> StateError:
    return StateError(f"{path} is damaged: {what}. It was left as it is; restore it from a copy, or move it away")
