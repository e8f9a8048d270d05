"""The versions of a state in its file: a tree, of which each holds what has changed since its parent.

Owns: the tree, and the statements by which it changes in the file.
Knows nothing of: when it changes (serving/keeping.py).
"""

from __future__ import annotations

from datetime import datetime
from zlib import crc32

import orjson

from cancelkit.mockserver.state import clock
from cancelkit.mockserver.state.clock import Going
from cancelkit.mockserver.state.layout import DOC, EXTRAS, SCOPE, Row
from cancelkit.mockserver.state.statefile import Statement


class Version:
    """A state that is kept. id: 0 once it is gone. names: of the snapshots that are this one."""

    __slots__ = ("children", "id", "names", "parent")

    def __init__(self, id: int, parent: Version | None) -> None:
        self.id, self.parent = id, parent
        self.children: set[Version] = set()
        self.names: set[str] = set()
        if parent is not None:
            parent.children.add(self)


def checksum(number: int, scope: str | None, doc: bytes | None, extras: bytes | None) -> int:
    """Of a record that is kept."""
    return crc32(doc or b"", crc32(extras or b"", crc32(f"{number} {scope}".encode())))


def record(version: int, number: int, row: Row | None, scopes: int) -> Statement:
    """A record of a version; None where it is deleted. scopes: so many values are the record's scope."""
    scope = doc = extras = None
    if row is not None:
        scope, doc, extras = orjson.dumps(row[SCOPE : SCOPE + scopes]).decode(), row[DOC], row[EXTRAS]
    values = (version, number, scope, doc, extras, checksum(number, scope, doc, extras))
    return "INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?, ?)", values


def begins(id: int, parent: int | None, whole: bool, next: int, *root: str | None) -> Statement:
    """A new version. root: base, its maker, catalogue and mark of one that has no parent."""
    facts = (id, parent, int(whole), next, *(root or (None,) * 4))
    return "INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?, ?, ?)", facts


def told(name: str, value: str) -> Statement:
    """A fact."""
    return "INSERT OR REPLACE INTO about VALUES (?, ?)", (name, value)


def goes_on(id: int, going: Going | None) -> list[Statement]:
    """The session goes on with a version, and perhaps the clock otherwise."""
    current = told("current", str(id))
    return [current] if going is None else [current, clock_goes(going)]


def clock_goes(going: Going) -> Statement:
    """How the clock goes."""
    return told("clock", orjson.dumps(going).decode())


def snapshot(name: str, version: Version, created: datetime) -> Statement:
    """A version has a name."""
    return "INSERT INTO snapshots VALUES (?, ?, ?)", (name, version.id, clock.text(created))


def no_snapshot(name: str) -> Statement:
    """No version has this name any more."""
    return "DELETE FROM snapshots WHERE name = ?", (name,)


def gone(version: Version) -> list[Statement]:
    """A version goes, with what only it refers to."""
    return [
        ("DELETE FROM records WHERE version = ?", (version.id,)),
        ("DELETE FROM versions WHERE id = ?", (version.id,)),
        ("DELETE FROM catalogues WHERE digest NOT IN (SELECT catalogue FROM versions WHERE catalogue NOTNULL)", ()),
    ]


def merged(version: Version, child: Version) -> list[Statement]:
    """The child's records take the place of its parent's, under the parent's number."""
    whole = "(SELECT whole FROM versions WHERE id = ?)"
    return [
        (f"DELETE FROM records WHERE version = ? AND {whole}", (version.id, child.id)),  # noqa: S608
        (
            "INSERT OR REPLACE INTO records SELECT ?, number, scope, doc, extras, checksum FROM records "
            "WHERE version = ?",
            (version.id, child.id),
        ),
        ("DELETE FROM records WHERE version = ?", (child.id,)),
        (
            f"UPDATE versions SET mark = NULL, whole = whole OR {whole}, "  # noqa: S608
            "next = max(next, (SELECT next FROM versions WHERE id = ?)) WHERE id = ?",
            (child.id, child.id, version.id),
        ),
        ("UPDATE versions SET parent = ? WHERE parent = ?", (version.id, child.id)),
        ("UPDATE snapshots SET version = ? WHERE version = ?", (version.id, child.id)),
        ("UPDATE about SET value = ? WHERE name = 'current' AND value = ?", (str(version.id), str(child.id))),
        ("DELETE FROM versions WHERE id = ?", (child.id,)),
    ]
