"""What a comparison says in the end: each change with what is known of it beside, and the exit code.

Owns: Outcome and Line; which classes fail.
Source: docs/diff.md, "Exit codes".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cancelkit.diff.change import Change, Kind
from cancelkit.diff.ignoring import Ignore
from cancelkit.diff.recorded import Use

FAIL_ON = {
    "breaks-clients": frozenset({Kind.CLIENTS}),
    "breaks-servers": frozenset({Kind.SERVERS}),
    "dangerous": frozenset({Kind.DANGEROUS}),
    "harmless": frozenset({Kind.HARMLESS}),
    "any": frozenset(Kind),
    "never": frozenset[Kind](),
}
SAME, FINDINGS, COULD_NOT_RUN = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Line:
    """One change. accepted: the ignore that covers it. use: who of the recorded client would notice."""

    change: Change
    accepted: Ignore | None = None
    use: Use | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """old, new: as they were named. notes: what the reader of a contract refused, ignores to look at."""

    old: str
    new: str
    lines: tuple[Line, ...]
    fail_on: frozenset[Kind]
    notes: tuple[str, ...] = ()

    def fails(self, line: Line) -> bool:
        """Whether a line is a finding: of a class that fails, not accepted, and noticed where calls were given."""
        counted = line.accepted is None and (line.use is None or line.use.hit)
        return counted and bool(line.change.kinds & self.fail_on)

    @property
    def exit_code(self) -> int:
        return FINDINGS if any(map(self.fails, self.lines)) else SAME

    def of(self, kind: Kind) -> Sequence[Line]:
        return [line for line in self.lines if line.change.kind is kind]

    @property
    def sentence(self) -> str:
        if not self.lines:
            return "Nothing changed."
        counts = [(len(self.of(kind)), kind) for kind in Kind if self.of(kind)]
        words = {Kind.CLIENTS: "break clients", Kind.SERVERS: "break servers"}
        told = ", ".join(f"{n} {kind.value if n == 1 else words.get(kind, kind.value)}" for n, kind in counts)
        return f"{len(self.lines)} change{'s' * (len(self.lines) != 1)}: {told}."


def about(line: Line) -> list[str]:
    """What is said below a change: who would notice, why it is accepted."""
    said = [str(line.use)] if line.use else []
    return said + ([f"accepted until {line.accepted.expires}: {line.accepted.reason}"] if line.accepted else [])
