"""One call with one fault alone, and what the target says of it.

Owns: Said, Probe, and reading text and code from a refusal.
Source: spec/wording.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec.wording import DETAIL, NON_FIELD


@dataclass(frozen=True, slots=True)
class Said:
    """What a refusal said.

    values: what it may show of what was sent, by the kind's places. under: the member that has the text; None for that
    of the field that is wrong.
    """

    status: int
    text: str | None
    code: str | None
    values: Mapping[str, str] = field(default_factory=dict)
    under: str | None = None


Look = Callable[[Context, int], Said]


@dataclass(frozen=True, slots=True)
class Probe:
    """look: (context, turn) -> Said; with another turn other values are sent, where there are others.

    operation: the id of the one that is asked; field: the field or parameter that is wrong, if one is; name: the same,
    where the words may be its own. along: it is asked only where the operation has words of its own, or another has for
    the field.
    """

    kind: str
    operation: str
    look: Look
    writes: bool = True
    name: str = ""
    field: str = ""
    along: bool = False

    @property
    def at(self) -> str:
        """The place as x-errors calls it."""
        return f"{self.operation}.{self.name}" if self.name else self.operation


def further(found: Iterable[Probe], *, along: bool = False) -> Iterator[Probe]:
    """The probes of one operation: the first of each kind stands for all its fields, the others for theirs."""
    told = set[str]()
    for probe in found:
        yield replace(probe, name=probe.field, along=along) if probe.kind in told else probe
        told.add(probe.kind)


def said(answer: Answer, name: str | None, values: Mapping[str, Any]) -> Said:
    """The text about a field, or of the call, and the code.

    Raises:
        Skip: it was not refused, or errors of this kind have a shape of the contract's own.
    """
    if not 400 <= answer.status < 500:
        raise Skip(f"it is answered {answer.status}")
    if answer.own_shape or not isinstance(answer.json, dict):
        raise Skip("its errors have a shape of their own")
    return worded(answer.status, answer.json, name, values)


def worded(status: int, body: Mapping[str, Any], name: str | None, values: Mapping[str, Any]) -> Said:
    """The text about a field, or of the call, and the code, of a refusal in the usual shape."""
    usual = [key for key in (name, DETAIL, NON_FIELD) if key]
    others = [key for key in body if key not in (*usual, "code")] if not name else []
    found = {key: one[0] if isinstance(one := body.get(key), list) and one else one for key in (*usual, *others)}
    under, text = next(((key, one) for key, one in found.items() if isinstance(one, str)), (name, None))
    code = body.get("code")
    shown = {key: str(value) for key, value in values.items()}
    return Said(status, text, code if isinstance(code, str) else None, shown, None if under == name else under)


def agree(said: Sequence[Said]) -> None:
    """Refusals of the same fault have the same status and code.

    Raises:
        Inconclusive: they have not.
    """
    one = said[0]
    if other := next((other for other in said if (other.status, other.code) != (one.status, one.code)), None):
        raise Inconclusive(f"now {one.status} {one.code}, now {other.status} {other.code}")
