"""Learning from recordings in place of a server.

Owns: which files are meant, one server's calls in them, what they prove of each point.
Knows nothing of: overlays and files that are written (writing.py), how a call proves something (recorded/).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlsplit

from cancelkit.contract_tests.check.selecting import Selected, Wanted, select
from cancelkit.contract_tests.choices import detectors
from cancelkit.contract_tests.errors import Cause, CouldNotRun
from cancelkit.contract_tests.learning.observing import Learned
from cancelkit.contract_tests.learning.refused import refused
from cancelkit.contract_tests.recorded import Sight, Tape, sights
from cancelkit.contract_tests.recorded.sight import lesson
from cancelkit.spec import Contract


def files_among(sources: Sequence[str]) -> tuple[Path, ...]:
    """The recordings that a command was given; none where it was given a URL, or nothing.

    Raises:
        CouldNotRun: it was given several URLs, or a URL and files.
    """
    files = tuple(Path(source) for source in sources if source.lower().endswith(".har") or Path(source).is_file())
    if len(files) != len(sources) and len(sources) > 1:
        raise CouldNotRun(Cause.OPTIONS, "give one URL, or one or several recordings (.har), not both.")
    return files


def selected(files: Sequence[Path], contract: Contract, *, server: str = "", prefix: str = "") -> Selected:
    """The calls of one server in the files.

    Args:
        server: the URL of the one that is meant, where the files hold calls to several.
        prefix: what stands in place of the contract's root; "" for those that are known.
    Raises:
        CouldNotRun: a file is no HAR, none holds a call of the API, or they hold calls to several servers.
    """
    found = select(Wanted(tuple(files), server, (prefix,) if prefix else ()), contract)
    hosts = _hosts(found)
    if len(hosts) > 1:
        raise CouldNotRun(
            Cause.OPTIONS, f"the files hold calls of this API to {', '.join(hosts[:4])}: say which with --base-url."
        )
    return found


def learn_files(chosen: Selected, contract: Contract) -> Learned:
    """What the calls of one server prove."""
    begun = time.monotonic()
    tape = Tape(contract, chosen.judge, chosen.ours)
    found: dict[str, list[Sight]] = {detector.point: [] for detector in detectors(contract)}
    for sight in sights(tape):
        if sight.point in found:
            found[sight.point].append(sight)
    lessons = tuple(lesson(contract.choices[point], seen) for point, seen in found.items())
    topics = tuple(refused(tape))
    seconds = time.monotonic() - begun
    return Learned(lessons, _hosts(chosen)[0], _day(chosen), len(chosen.ours), seconds, topics=topics)


def _hosts(chosen: Selected) -> list[str]:
    return list(dict.fromkeys(urlsplit(exchange.url).netloc.rpartition("@")[2] for exchange in chosen.ours))


def _day(chosen: Selected) -> date:
    """The day of the last call, so that the same files say the same whenever they are read."""
    last = max(exchange.started for exchange in chosen.ours)
    return datetime.fromtimestamp(last, UTC).date() if last else date.today()
