"""The control endpoints of one session as methods.

Owns: the names and arguments of those for state, records, time and faults; sessions are in server.py, the journal in
    journal.py.
Source: docs/workbench.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import quote

from cancelkit.mockserver.client.journal import JournalControl
from cancelkit.mockserver.client.shapes import (
    ClockEntry,
    FaultEntry,
    FaultKind,
    Loaded,
    ProgressRule,
    RecordPage,
    RecordView,
    SnapshotEntry,
    Tables,
)

Scenario = Mapping[str, Any] | Sequence[Mapping[str, Any]]


class MockControl(JournalControl):
    """Steers one session of a mock. Every method but `wait` raises MockUnreachable, and ControlError when refused."""

    # State

    def reset(self, *, journal: bool = False) -> Loaded:
        """Back to the starting records and clock, without faults and progress; with `journal` that is emptied too."""
        return cast(Loaded, self._call("POST", "reset", {"journal": journal}))

    def scenario(self, scenario: Scenario | Path) -> Loaded:
        """Play a scenario: recipes, or a whole scenario, or a file with one in YAML or JSON."""
        if isinstance(scenario, Path):
            import yaml

            scenario = yaml.safe_load(scenario.read_text(encoding="utf-8-sig"))
        return cast(Loaded, self._call("POST", "scenario", json.loads(json.dumps(scenario, default=_moment))))

    def export(self, snapshot: str | None = None) -> Tables:
        """The present state, or a snapshot, as the tables that `import_tables` and `--data` read."""
        path = "export" if snapshot is None else f"snapshots/{quote(snapshot, safe='')}"
        return cast(Tables, self._call("GET", path))

    def import_tables(self, tables: Tables) -> Loaded:
        """Take `tables` over as the session's state."""
        return cast(Loaded, self._call("POST", "import", tables))

    def snapshots(self) -> list[SnapshotEntry]:
        return cast(list[SnapshotEntry], self._call("GET", "snapshots")["snapshots"])

    def save_snapshot(self, name: str) -> SnapshotEntry:
        """Keep the present state under `name`, in place of one that has it."""
        return cast(SnapshotEntry, self._call("PUT", f"snapshots/{quote(name, safe='')}"))

    def restore_snapshot(self, name: str) -> Loaded:
        """Go back to this session's snapshot of that name, else to the default session's."""
        return cast(Loaded, self._call("POST", f"snapshots/{quote(name, safe='')}/restore"))

    def delete_snapshot(self, name: str) -> None:
        self._call("DELETE", f"snapshots/{quote(name, safe='')}")

    # Records, beyond what the API allows

    def records(
        self,
        *,
        scope: Any = None,
        channel: Any = None,
        status: str | None = None,
        q: str | None = None,
        order: Literal["id", "-id"] | None = None,
        page: int = 1,
        limit: int = 50,
    ) -> RecordPage:
        """One page of those that match.

        Args:
            scope: one value, or a list of them; with a single one its own name does as well, such as channel=5.
            q: a text found in the id, in what text filters look at, or in the record.
        """
        found = self._call(
            "GET",
            "records",
            scope=_scope(scope),
            channel=channel,
            status=status,
            q=q,
            order=order,
            page=page,
            limit=limit,
        )
        return cast(RecordPage, found)

    def record(self, id: Any) -> RecordView:
        return cast(RecordView, self._call("GET", f"records/{_id(id)}"))

    def create_record(self, **fields: Any) -> RecordView:
        """Make a record in any state; `scope` and every other field that is left out is made up to fit."""
        return cast(RecordView, self._call("POST", "records", fields))

    def edit_record(self, id: Any, /, **fields: Any) -> RecordView:
        """Change fields without regard to transitions; an object is laid over what is there."""
        return cast(RecordView, self._call("PATCH", f"records/{_id(id)}", fields))

    def delete_record(self, id: Any) -> None:
        self._call("DELETE", f"records/{_id(id)}")

    # Time

    def clock(self) -> ClockEntry:
        return cast(ClockEntry, self._call("GET", "clock"))

    def freeze(self, at: datetime | str | None = None) -> ClockEntry:
        """Stop the clock, at `at` or where it is; a datetime must have a time zone."""
        return cast(ClockEntry, self._call("POST", "clock", {"freeze": True if at is None else _moment(at)}))

    def set_clock(self, to: datetime | str) -> ClockEntry:
        return cast(ClockEntry, self._call("POST", "clock", {"set": _moment(to)}))

    def advance(self, by: timedelta | float) -> ClockEntry:
        """Let time pass; a number counts seconds."""
        seconds = by.total_seconds() if isinstance(by, timedelta) else by
        return cast(ClockEntry, self._call("POST", "clock", {"advance": seconds}))

    def release(self) -> ClockEntry:
        """Back to the real time."""
        return cast(ClockEntry, self._call("POST", "clock", {"release": True}))

    def progress(self) -> list[ProgressRule]:
        return cast(list[ProgressRule], self._call("GET", "progress")["rules"])

    def set_progress(self, *rules: ProgressRule) -> list[ProgressRule]:
        """Let requests move on by themselves by these rules and no others; none switches it off."""
        return cast(list[ProgressRule], self._call("PUT", "progress", {"rules": rules})["rules"])

    # Faults

    def faults(self) -> list[FaultEntry]:
        return cast(list[FaultEntry], self._call("GET", "faults")["faults"])

    def add_fault(
        self,
        kind: FaultKind,
        *,
        operation: str | None = None,
        share: float = 1.0,
        count: int | None = None,
        seed: int | None = None,
        status: int | None = None,
        retry_after: int | None = None,
        delay_ms: float | tuple[float, float] | None = None,
        percentiles: Mapping[str, float] | None = None,
    ) -> FaultEntry:
        """Add a fault; docs/workbench.md says what each kind does and takes."""
        given = {
            "kind": kind,
            "operation": operation,
            "share": share,
            "count": count,
            "seed": seed,
            "status": status,
            "retry_after": retry_after,
            "delay_ms": delay_ms,
            "percentiles": percentiles,
        }
        sent = {name: value for name, value in given.items() if value is not None}
        return cast(FaultEntry, self._call("POST", "faults", sent))

    @contextmanager
    def fault(self, kind: FaultKind, **options: Any) -> Iterator[FaultEntry]:
        """A fault for the length of a `with` block; options as in `add_fault`."""
        added = self.add_fault(kind, **options)
        try:
            yield added
        finally:
            if any(fault["id"] == added["id"] for fault in self.faults()):
                self.delete_fault(added["id"])

    def delete_fault(self, number: int) -> None:
        self._call("DELETE", f"faults/{number}")

    def clear_faults(self) -> None:
        self._call("DELETE", "faults")


def _id(id: Any) -> str:
    return quote(str(id), safe="")


def _scope(scope: Any) -> str | None:
    return None if scope is None else json.dumps(list(scope) if isinstance(scope, tuple) else scope)


def _moment(when: date | str) -> str:
    return when if isinstance(when, str) else when.isoformat()
