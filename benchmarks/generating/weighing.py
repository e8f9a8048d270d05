"""How fast a maker is, and how much memory it needs.

Owns: the clock (processor seconds, so that neighbours on the machine matter less) and the scales.
Knows nothing of: who makes records, how figures are shown.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from math import ceil
from time import process_time

from benchmarks.generating.makers import Lines

_FEW, _FASTER = 100, 20.0
_CHILD = """
import sys
from benchmarks.generating.makers import FORMS, MAKERS
maker = next(maker for maker in (*MAKERS, *FORMS) if maker.name == sys.argv[1])
made = sum(map(len, maker.make(int(sys.argv[2]))))
with open("/proc/self/status") as status:
    print(next(line.split()[1] for line in status if line.startswith("VmHWM:")), made)
"""


def per_second(make: Callable[[int], Lines], seconds: float) -> float:
    """Records by processor second, of as many as take about so long; whoever makes them is warm by then."""
    count = _FEW
    _spent(make, count)
    while (spent := _spent(make, count)) < seconds / 2:
        count = ceil(count * min(_FASTER, seconds / spent))
    return count / spent


def _spent(make: Callable[[int], Lines], count: int) -> float:
    """The processor seconds that so many records take, from the call to the last."""
    began = process_time()
    for _ in make(count):
        pass
    return process_time() - began


def megabytes(name: str, count: int) -> float:
    """The most that a process which makes so many records has resident, counted from its exec."""
    told = subprocess.run([sys.executable, "-c", _CHILD, name, str(count)], capture_output=True, text=True, check=True)
    return int(told.stdout.split()[0]) / 1024
