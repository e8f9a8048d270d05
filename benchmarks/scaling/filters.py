"""Every filter by itself, every two and every three of them together, over values that records have.

Owns: which are asked together, and which of them took longest.
Knows nothing of: how a server is started, other kinds of call (calls.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations
from random import Random
from statistics import median
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from benchmarks.scaling.calls import PAGE, Line, fitting, records
from benchmarks.serving.samples import LIST
from cancelkit.spec import Role, load

TOGETHER = {1: "one filter", 2: "two filters", 3: "three filters"}
WORST = 10


def measured(
    line: Line, *, times: int = 5, seed: int = 1, clock: Callable[[], float] = perf_counter, most: int = 3
) -> dict[str, Any]:
    """Ask for every combination of up to `most` filters that some record fits, each time as another record has it.

    Args:
        clock: in seconds, such as the server's own processor time, which hardly minds what else the machine does.
    Returns by number of filters: milliseconds (median and 99th percentile of all calls), and the combinations whose
    median is longest.
    """
    contract, random = load(), Random(seed)
    listing = contract.role(Role.LIST)
    names, rows = list(listing.filters if listing else ()), records(line, random)
    found: dict[str, Any] = {}
    for number, title in TOGETHER.items():
        spent: dict[str, list[float]] = {}
        for chosen in combinations(names, number) if number <= most else ():
            asked = [{name: fitting(contract, row, name) for name in chosen} for row in rows]
            asked = [values for values in asked if None not in values.values()]
            for values in random.sample(asked, min(times, len(asked))):
                request = ("GET", f"{LIST}?{urlencode({'limit': PAGE, **values})}", None)
                begun = clock()
                line.ask(request, 200)
                spent.setdefault(" ".join(chosen), []).append((clock() - begun) * 1000)
        if spent:
            found[title] = _told(spent)
    return found


def _told(spent: Mapping[str, list[float]]) -> dict[str, Any]:
    every = sorted(time for times in spent.values() for time in times)
    slowest = sorted(spent, key=lambda names: median(spent[names]), reverse=True)[:WORST]
    return {
        "combinations": len(spent),
        "calls": len(every),
        "p50": round(median(every), 3),
        "p99": round(every[int(0.99 * (len(every) - 1))], 3),
        "worst": [{"filters": names, "median": round(median(spent[names]), 3)} for names in slowest],
    }
