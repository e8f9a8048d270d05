"""The calls that a session has seen, and whether they are those expected.

Owns: JournalControl: the methods for journal, verification and coverage.
Source: docs/workbench.md.
"""

from __future__ import annotations

from typing import Any, cast

from cancelkit.mockserver.client.errors import VerifyFailed
from cancelkit.mockserver.client.server import ServerControl
from cancelkit.mockserver.client.shapes import Call, CoverageReport, Expected, Verdict


class JournalControl(ServerControl):
    """The journal of one session."""

    def journal(
        self,
        *,
        operation: str | None = None,
        status: int | str | None = None,
        method: str | None = None,
        violation: bool | None = None,
        since: int | None = None,
        limit: int | None = None,
    ) -> list[Call]:
        """The calls that match, newest last. status: 404 or "4xx". since: leaves out calls up to that `seq`."""
        found = self._call(
            "GET",
            "journal",
            operation=operation,
            status=status,
            method=method,
            violation=violation,
            since=since,
            limit=limit,
        )
        return cast(list[Call], found["calls"])

    def clear_journal(self) -> None:
        self._call("DELETE", "journal")

    def har(self) -> dict[str, Any]:
        """The journal as HAR 1.2."""
        return cast(dict[str, Any], self._call("GET", "journal.har"))

    def judge(
        self, *calls: Expected, ordered: bool = False, no_violations: bool = False, since: int | None = None
    ) -> Verdict:
        """Compare the session's calls with what is expected, and return the verdict, good or bad."""
        sent = {"calls": calls, "ordered": ordered, "no_violations": no_violations}
        return cast(Verdict, self._call("POST", "verify", sent if since is None else sent | {"since": since}))

    def verify(
        self, *calls: Expected, ordered: bool = False, no_violations: bool = False, since: int | None = None
    ) -> None:
        """Fail, as an assertion does, unless the calls that were made are those that are expected.

        Args:
            ordered: they came in this order.
            no_violations: no call at all broke the contract.
            since: leaves out calls up to that `seq`.
        Raises:
            VerifyFailed: showing each difference, and the nearest call that was made.
        """
        verdict = self.judge(*calls, ordered=ordered, no_violations=no_violations, since=since)
        if not verdict["ok"]:
            raise VerifyFailed(verdict)

    def coverage(self) -> CoverageReport:
        """How much of the contract the session's calls have touched."""
        return cast(CoverageReport, self._call("GET", "coverage"))
