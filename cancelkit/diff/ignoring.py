"""Changes that are known and accepted until a day: the table [diff.ignore] of cancelkit.toml.

Owns: Ignore, reading them, and which change each covers.
Source: docs/diff.md, "What is accepted".
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from cancelkit.diff.change import Change
from cancelkit.diff.opening import Unreadable
from cancelkit.spec.choosing import SETTINGS_FILE


@dataclass(frozen=True, slots=True)
class Ignore:
    """What is accepted: changes of a rule (a glob), at spots that match `place` (a glob, any where it is empty).

    expires: the last day on which that is so.
    """

    rule: str
    place: str
    reason: str
    expires: date

    def covers(self, change: Change) -> bool:
        """Whether the rule and every spot of the change match."""
        if not fnmatchcase(change.rule, self.rule):
            return False
        return not self.place or all(fnmatchcase(str(spot), self.place) for spot in change.spots)

    def __str__(self) -> str:
        return f"{self.rule}{f' at {self.place}' if self.place else ''}"


def read_ignores(path: Path | None) -> tuple[Ignore, ...]:
    """The ignores of a settings file, by default cancelkit.toml of the working directory.

    Raises:
        Unreadable: it can't be read, or an entry lacks its reason or its day.
    """
    chosen = path or Path(SETTINGS_FILE)
    if path is None and not chosen.exists():
        return ()
    try:
        data = tomllib.loads(chosen.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Unreadable(f"{chosen} can't be read: {error}") from error
    table = data.get("diff", {})
    known = table.get("ignore", {}) if isinstance(table, dict) and set(table) <= {"ignore"} else None
    if not isinstance(known, dict):
        raise Unreadable(f"{chosen}: [diff] holds the table [diff.ignore] and nothing else.")
    return tuple(_ignore(chosen, str(name), node) for name, node in known.items())


def _ignore(path: Path, name: str, node: Any) -> Ignore:
    found = node if isinstance(node, dict) else {}
    rule, _, place = name.partition(" ")
    expires = found.get("expires")
    expires = expires.date() if isinstance(expires, datetime) else expires
    if not found.get("reason") or not isinstance(expires, date) or set(found) - {"reason", "expires"}:
        raise Unreadable(f'{path}, [diff.ignore]: "{name}" needs {{ reason = "…", expires = 2027-01-31 }}.')
    return Ignore(rule, place.strip(), str(found["reason"]), expires)


def ignored(change: Change, ignores: Iterable[Ignore], today: date) -> Ignore | None:
    return next((one for one in ignores if today <= one.expires and one.covers(change)), None)


def stale(ignores: Sequence[Ignore], changes: Sequence[Change], today: date) -> list[str]:
    """What to look at: ignores that have expired, or cover nothing."""
    found = []
    for one in ignores:
        if today > one.expires:
            found.append(f"{one}: expired on {one.expires} ({one.reason})")
        elif not any(one.covers(change) for change in changes):
            found.append(f"{one}: covers no change any more ({one.reason})")
    return found
