"""The newest rows of a channel, searched for what should not be there.

Owns: finding rows by their description among the newest, and removing them.
Knows nothing of: why they should not be there.
Source: x-behaviours list-order (ascending by id, so the newest stand on the last page).
"""

from __future__ import annotations

from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.rules.writes import DELETE, LIST

NEWEST = 50


def described(bench: Bench, text: str, *, channel: int | None = None) -> list[dict[str, Any]]:
    """The newest rows (and the first ones, should the order be wrong) with this description; they are deleted."""
    first = bench.call(LIST, channel=channel, query={"limit": NEWEST})
    rows = _rows(first)
    count = first.json.get("count") if isinstance(first.json, dict) else 0
    size = max(1, len(rows))
    last = -(-count // size) if isinstance(count, int) else 1
    for number in {last - 1, last} - {0, 1}:
        rows += _rows(bench.call(LIST, channel=channel, query={"limit": NEWEST, "page": number}))
    found = {row["id"]: row for row in rows if isinstance(row, dict) and row.get("description") == text}
    for id in found:
        bench.call(DELETE, channel=channel, id=id)
    return list(found.values())


def _rows(answer: Any) -> list[Any]:
    return list(answer.json["results"]) if answer.status == 200 and isinstance(answer.json, dict) else []
