"""Date-times as answers write them: where they stand, and the zones in which they may be written.

Owns: DATE_TIME, the places of date-times that the server writes, and the zones that all of them leave.
Knows nothing of: requests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from cancelkit.contract_tests.observing.filters_plan import leaves
from cancelkit.contract_tests.observing.names import bodies
from cancelkit.contract_tests.observing.sending import fields
from cancelkit.contract_tests.oracles.instants import instant
from cancelkit.contract_tests.oracles.matching import Row, value_at
from cancelkit.contract_tests.oracles.zones import fitting
from cancelkit.spec import Contract

DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d+))?(.*)")
Path = tuple[str, ...]


def stamped(contract: Contract) -> list[Path]:
    """Where the server writes the time of a create or a change."""
    resource = contract.resource
    return [(name,) for name in sorted({*resource.set_on("create"), *resource.set_on("change")})]


def everywhere(contract: Contract) -> list[Path]:
    """Where a detailed record shows date-times, but those that a body sets: these may stand as they were sent."""
    sent = {name for _, one in bodies(contract) for name, field in fields(one).items() if not field.reference}
    found = leaves(contract.resource.detailed_schema)
    return [path for path, schema in found if schema.get("format") == "date-time" and path[0] not in sent]


def written(rows: Iterable[Row], paths: Sequence[Path]) -> Iterator[re.Match[str]]:
    """The date-times of rows at these places, as of DATE_TIME."""
    for row in rows:
        for path in paths:
            if isinstance(text := value_at(row, path), str) and (found := DATE_TIME.fullmatch(text)):
                yield found


def shown_at(found: Iterable[re.Match[str]]) -> list[tuple[datetime, float]]:
    """Moments with the offset that they are written with, in seconds; none where one is written without."""
    pairs = []
    for text in found:
        moment = instant(text[0])
        if moment is None:
            return []
        there = datetime.fromisoformat(text[0]).utcoffset()
        pairs.append((moment, there.total_seconds() if there else 0))
    return pairs


def zones_written(contract: Contract, rows: Sequence[Row], likely: str | None) -> list[str]:
    """The zones in which all date-times of rows may be written; where they have none in common, those in which the
    server writes what it sets itself."""
    for paths in (everywhere(contract), stamped(contract)):
        if zones := fitting(list(dict.fromkeys(shown_at(written(rows, paths)))), likely):
            return zones
    return []
