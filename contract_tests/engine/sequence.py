"""The shortest sequence of requests that shows a failure, as far as the complaint tells.

Owns: choosing among the answers of an observation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import unquote, urlsplit

from cancelkit.contract_tests.target.answer import Answer

MOST: Final = 8


def shortest(trace: Sequence[Answer], complaints: Iterable[str], id_field: str = "id") -> tuple[Answer, ...]:
    """At most MOST exchanges, in order: those whose ids or values the complaints name, the last of each kind kept."""
    if len(trace) <= MOST:
        return tuple(trace)
    text = " ".join(complaints)
    words = set(re.findall(r"[\w.:@+-]{2,}|\d+", text))
    segments = [set(unquote(urlsplit(answer.url).path).split("/")) for answer in trace]
    everywhere = set.intersection(*segments)

    def weight(number: int) -> tuple[int, int]:
        answer = trace[number]
        points = 3 * (answer.url in text)
        points += 4 * bool(words & (segments[number] - everywhere))
        points += 2 * sum(word in urlsplit(answer.url).query for word in words if len(word) > 3)
        created = answer.json.get(id_field) if isinstance(answer.json, dict) and answer.method == "POST" else None
        points += 4 * (created is not None and str(created) in words)
        return (points, number)

    best = sorted(range(len(trace)), key=weight, reverse=True)[:MOST]
    return tuple(trace[number] for number in sorted(best))
