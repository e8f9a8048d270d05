"""Which broken rules share a cause, and which of them says it best.

Owns: Cause and `causes`. Works on findings alone: what their complaints name of the parameters and fields in the
exchanges, and the words in which they end. A rule about one thing explains those about it and others.
Knows nothing of: rules, contracts, reports.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from cancelkit.contract_tests.engine.verdict import Finding, Outcome
from cancelkit.contract_tests.target.answer import Answer

READ: Final = 50
"""So many complaints of a finding are read; the others are mostly the same about other records."""
KINDS: Final = ("parameter", "field", "answer")
_INNER: Final = re.compile(r" ?\([^()]*\)")
_VALUE: Final = re.compile(r"'[^']*'|\"[^\"]*\"|\[[^\]]*\]|\{[^}]*\}")
_NUMBER: Final = re.compile(r"(answered \d{3}(?:, not \d{3}(?: or \d{3})*)?)|\b\d[\d.:TZ+-]*")
"""Numbers are values, but for the status that was answered and those that were right."""


class Key(NamedTuple):
    """What findings have in common. kind: parameter or field, by its name; answer: the words about what came back."""

    kind: str
    name: str


@dataclass(frozen=True)
class Cause:
    """first: the finding that shows it alone; others: those that break with it, as reports order them."""

    key: Key
    first: Finding
    others: tuple[Finding, ...] = ()

    @property
    def about(self) -> str:
        """What the findings share, in words; empty for a finding that stands alone."""
        if not self.others:
            return ""
        return f"the {self.key.kind} {self.key.name}" if self.key.kind != "answer" else f"“{self.key.name}”"

    @property
    def sentence(self) -> str:
        """The line under the first finding that tells of the others."""
        number = len(self.others)
        return f"{number} more rule{'s' * (number > 1)} break{'s' * (number == 1)} with it, all about {self.about}"


def causes(broken: Sequence[Finding], id_field: str = "id") -> tuple[Cause, ...]:
    """The findings in groups, failures first, then those that explain the most; each finding stands in one group."""
    seen = [_Seen(finding, id_field) for finding in broken if finding.outcome.broken]
    left, found = list(seen), []
    while left:
        counted = Counter(key for one in left for key in one.keys)
        key = min(counted, key=lambda k: (-counted[k], KINDS.index(k.kind), k.name), default=None)
        if key is None or counted[key] < 2:
            break
        members = [one for one in left if key in one.keys]
        left = [one for one in left if key not in one.keys]
        first = min(members, key=lambda one: one.rank(key))
        found.append(Cause(key, first.finding, tuple(one.finding for one in members if one is not first)))
    found += [Cause(Key("answer", ""), one.finding) for one in left]
    order, place = list(Outcome), {id(finding): number for number, finding in enumerate(broken)}
    return tuple(
        sorted(
            found,
            key=lambda c: (
                min(order.index(f.outcome) for f in (c.first, *c.others)),
                -len(c.others),
                place[id(c.first)],
            ),
        )
    )


@dataclass
class _Seen:
    finding: Finding
    id_field: str

    @cached_property
    def keys(self) -> frozenset[Key]:
        """What every complaint is about, and the words in which the first ends."""
        complaints = self.finding.complaints[:READ]
        if not complaints:
            return frozenset()
        named = [{key for key in self._names if _says(text, key.name)} for text in complaints]
        words = _ending(complaints[0])
        return frozenset.intersection(*map(frozenset, named)) | ({Key("answer", words)} if words else set())

    @cached_property
    def _names(self) -> frozenset[Key]:
        return frozenset(
            key for answer in self.finding.exchanges for key in _named(answer) if key.name != self.id_field
        )

    def rank(self, key: Key) -> tuple[Any, ...]:
        """Smaller for what shows the cause more plainly: called after it, failed, about fewer other things, short."""
        text = " ".join(self.finding.complaints[:READ])
        others = {one.name for one in self._names if one.name != key.name and _says(text, one.name)}
        called = key.name in re.split(r"/", self.finding.rule_id) or self.finding.rule_id.endswith(f"-{key.name}")
        outcome = list(Outcome).index(self.finding.outcome)
        return not called, outcome, len(others), len(self.finding.rule_id), self.finding.rule_id


def _named(answer: Answer) -> Iterator[Key]:
    for name, _ in parse_qsl(urlsplit(answer.url).query, keep_blank_values=True):
        yield Key("parameter", name)
    yield from (Key("field", name) for name in _fields(answer.request_body))
    yield from (Key("field", name) for name in _fields(answer.json))


def _fields(value: Any) -> Iterator[str]:
    """The names of an object's fields, or of the objects in it that are rows."""
    if isinstance(value, Mapping):
        yield from (str(name) for name in value)
        for inner in value.values():
            if isinstance(inner, list) and inner and isinstance(inner[0], Mapping):
                yield from map(str, inner[0])


def _says(text: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def _ending(text: str) -> str:
    """What a complaint says of the answer, without the values: the words behind its last colon."""
    while (shorter := _INNER.sub("", text)) != text:
        text = shorter
    said = _VALUE.sub("…", text.partition(" (")[0]).rpartition(": ")[2]
    return " ".join(_NUMBER.sub(lambda number: number[1] or "…", said).split())
