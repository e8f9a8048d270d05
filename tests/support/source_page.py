"""The documentation page that the contract starts from, read as data.

Owns: the grammar of the page as it lies beside the project (plain text, one marked line per parameter or field).
Knows nothing of: the spec.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

TABLE = Path(__file__).parents[1] / "spec" / "source_page.json"
"""The page's facts as data: names, types, formats, defaults and marks, by operation."""
PAGE = Path(__file__).parents[3] / "shared" / "source" / "SalesChannelCancellationRequests.txt"
HEADINGS = {"Path parameters": "path", "Query parameters": "query", "Body": "body", "Responses": "answer"}
MARKED = re.compile(
    r"^(?P<name>[A-Za-z_]+?)(?P<type>string|integer|boolean|object)(?P<many>\[\])?"
    r"(?P<marks>(?: · [^·]+?)*)(?P<read_only>Read-only)?(?P<need>Optional|Required)$"
)


@dataclass(frozen=True)
class Line:
    """One parameter or field with all its marks; `default` is the text on the page."""

    name: str
    type: str
    many: bool
    marks: tuple[str, ...]
    read_only: bool
    required: bool
    default: str | None

    @property
    def format(self) -> str | None:
        return next((m for m in self.marks if m in ("date-time", "date", "uuid", "email", "int64")), None)


@dataclass
class Section:
    """One operation: `lines` by place (path, query, body, answer), `status` where the page gives one."""

    method: str
    path: str
    lines: dict[str, list[Line]] = field(default_factory=dict)
    status: int | None = None


def table() -> list[Section]:
    """Return the facts of the page as they are kept in the repository."""
    data = json.loads(TABLE.read_text(encoding="utf-8"))
    return [
        Section(
            node["method"],
            node["path"],
            {
                place: [Line(**{**line, "marks": tuple(line["marks"])}) for line in lines]
                for place, lines in node["lines"].items()
            },
            node["status"],
        )
        for node in data
    ]


def read(text: str) -> list[Section]:
    """Return the page's sections in order; an operation ends with its method and path."""
    sections: list[Section] = []
    start = 0
    rows = [row.strip() for row in text.splitlines()]
    for index, row in enumerate(rows):
        if row.startswith("/api/"):
            sections.append(_section(rows[start : index - 1], rows[index - 1], row))
            start = index + 1
    return sections


def _section(rows: list[str], method: str, path: str) -> Section:
    section, place = Section(method.upper(), path), ""
    for index, row in enumerate(rows):
        place = HEADINGS.get(row, place)
        if place == "answer" and row.isdigit():
            section.status = int(row)
        match = MARKED.match(row)
        if match and place:
            section.lines.setdefault(place, []).append(_line(match, rows[index + 1 :]))
    return section


def _line(match: re.Match[str], rest: list[str]) -> Line:
    default = None
    for row in rest:
        if MARKED.match(row) or row in HEADINGS:
            break
        if row.startswith("Default: "):
            default = row.removeprefix("Default: ")
    marks = tuple(mark.strip() for mark in match["marks"].split("·") if mark.strip())
    return Line(
        match["name"],
        match["type"],
        bool(match["many"]),
        marks,
        bool(match["read_only"]),
        match["need"] == "Required",
        default,
    )
