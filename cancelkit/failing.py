"""What is kept of an unexpected exception: its traceback, in a file that the one line of the error names.

Owns: the file's place and content. It holds no command line, since that may hold a token.
Source: docs/verify.md, "Exit codes".
"""

from __future__ import annotations

import os
import platform
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

KEPT = 20
"""How many such files stay in the folder; older ones go."""
SHOWN = 300


def kept(error: Exception, command: str) -> str:
    """Write the details of `error` to a file; return the line that says what happened and where they are."""
    said = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(": ")
    said = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in said)
    said = said if len(said) <= SHOWN else f"{said[:SHOWN]}…"
    file = _write(error, command)
    where = f"; details are in {file}" if file else "; its details could not be written to any folder"
    return f"failed unexpectedly: {said}{where}"


def _write(error: Exception, command: str) -> Path | None:
    lines = traceback.format_exception(error)
    text = f"{command}\nPython {platform.python_version()}, {platform.platform()}\n\n{''.join(lines)}"
    name = f"failure-{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.getpid()}.txt"
    for folder in _folders():
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            file = folder / name
            descriptor = os.open(file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
            with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as stream:
                stream.write(text)
            for old in sorted(folder.glob("failure-*.txt"))[:-KEPT]:
                old.unlink(missing_ok=True)
            return file
    return None


def _folders() -> Iterator[Path]:
    """The user's folder for state (XDG Base Directory Specification), else one for temporary files."""
    with suppress(RuntimeError):
        state = os.environ.get("XDG_STATE_HOME")
        yield (Path(state) if state else Path.home() / ".local" / "state") / "cancelkit"
    yield Path(tempfile.gettempdir()) / f"cancelkit-{os.getuid() if hasattr(os, 'getuid') else 'user'}"
