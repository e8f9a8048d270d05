"""Listening at a path: a Unix socket, from its making to its removal.

Owns: the file: its mode, one that a mock left behind, taking it away at the end.
Knows nothing of: what is served.
"""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

from cancelkit.mockserver.serving.serve import BACKLOG, CannotBind


def bind_unix(path: Path, mode: int) -> tuple[socket.socket, Callable[[], None]]:
    """Return a listening socket at `path`, and what removes its file, unless it is another's by then.

    Raises:
        CannotBind: somebody listens there, something else is there, or nothing can be made there.
    """
    if not hasattr(socket, "AF_UNIX"):
        raise CannotBind("--unix-socket: this system's Python has none")
    _clear(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o777)  # nobody gets in before the mode is set
    try:
        listener.bind(str(path))
        listener.listen(BACKLOG)
        path.chmod(mode)
    except OSError as problem:
        listener.close()
        raise CannotBind(f"can't listen at {path}: {problem.strerror or problem}") from None
    finally:
        os.umask(before)
    made = _identity(path)

    def remove() -> None:
        if _identity(path) == made:
            path.unlink()

    return listener, remove


def _clear(path: Path) -> None:
    """Remove a socket that nobody listens at."""
    try:
        kind = path.stat().st_mode
    except OSError:
        return
    if not stat.S_ISSOCK(kind):
        raise CannotBind(f"can't listen at {path}: there is a file that is no socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        try:
            caller.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
        except OSError as problem:
            raise CannotBind(f"can't listen at {path}: {problem.strerror or problem}") from None
        else:
            raise CannotBind(f"can't listen at {path}: somebody does already. Is a mock running?")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
