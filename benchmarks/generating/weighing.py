"""How fast a maker is, and how much memory it needs.

Owns: the clock (processor seconds, so that neighbours on the machine matter less) and the scales.
Knows nothing of: who makes records, how figures are shown.
"""

from __future__ import annotations

import subprocess
import sys
from itertools import islice
from time import process_time

from benchmarks.generating.makers import Lines

_AT_ONCE = 50
_CHILD = """
import sys
from itertools import islice
from benchmarks.generating.makers import FORMS, MAKERS
lines = next(maker for maker in (*MAKERS, *FORMS) if maker.name == sys.argv[1]).start()
made = sum(map(len, islice(lines, int(sys.argv[2]))))
with open("/proc/self/status") as status:
    print(next(line.split()[1] for line in status if line.startswith("VmHWM:")), made)
"""


def per_second(lines: Lines, seconds: float) -> float:
    """Records by processor second, measured for about so long, after fifty to get warm."""
    list(islice(lines, _AT_ONCE))
    made, began = 0, process_time()
    while (passed := process_time() - began) < seconds:
        for _ in islice(lines, _AT_ONCE):
            pass
        made += _AT_ONCE
    return made / passed


def megabytes(name: str, count: int) -> float:
    """The most that a process which makes so many records has resident, counted from its exec."""
    told = subprocess.run([sys.executable, "-c", _CHILD, name, str(count)], capture_output=True, text=True, check=True)
    return int(told.stdout.split()[0]) / 1024
