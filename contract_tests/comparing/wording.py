"""The texts and codes of two refusals, as far as the contract says them (x-errors).

Owns: of which kind of fault a text is, and where two refusals say something else.
Source: spec/wording.py; docs/compare.md, "What is compared".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cancelkit.contract_tests.comparing.differences import Difference
from cancelkit.contract_tests.comparing.refusals import CODE, Words
from cancelkit.contract_tests.target.answer import shown
from cancelkit.spec.wording import ERROR, REST, Wording, pattern

OWN = frozenset({REST, "value"})
"""Places of a text that are each side's own: what was sent may be a key of its rows."""
Kinds = dict[str, Mapping[str, str]]
"""What a text shows by the kinds that it may be of."""


@dataclass(slots=True)
class Spoken:
    """What came of comparing words. reworded: they differ where the contract says nothing of them."""

    differences: list[Difference] = field(default_factory=list)
    reworded: bool = False


def spoken(stated: Mapping[str, Wording], left: Words, right: Words, *, left_open: bool = False) -> Spoken:
    """Where two refusals with the same status and shape say something else.

    Args:
        stated: what the contract says of errors, by kind.
        left_open: the contract leaves open whether what was sent is right, so also which fault it is.
    """
    found, kinds = Spoken(), list[str]()
    for place, theirs in right.items():
        mine = left.get(place, ())
        if not mine or place == (CODE,):
            continue
        ours, known = _kinds(stated, mine), _kinds(stated, theirs)
        kinds += [*known, *ours]
        if both := [kind for kind in known if kind in ours]:
            if all(_values(ours[kind]) != _values(known[kind]) for kind in both):
                found.differences.append(_difference(place, mine, theirs, both[0]))
        elif told := next((kind for kind in [*known, *ours] if stated[kind].text is not None and not left_open), ""):
            found.differences.append(_difference(place, mine, theirs, told))
        else:
            found.reworded |= mine != theirs
    if not (left_open and found.reworded):
        _code(stated, kinds, left.get((CODE,), ()), right.get((CODE,), ()), found)
    return found


def _code(
    stated: Mapping[str, Wording], kinds: list[str], mine: tuple[str, ...], theirs: tuple[str, ...], found: Spoken
) -> None:
    """The codes beside each other: which of several faults a code is of is open."""
    codes = {stated[kind].code: kind for kind in reversed(kinds) if stated[kind].code is not None}
    if mine == theirs or not mine or not theirs or (mine[0] in codes and theirs[0] in codes):
        return
    if told := codes.get(theirs[0]) or codes.get(mine[0]):
        found.differences.append(_difference((CODE,), mine, theirs, told))
    else:
        found.reworded = True


def _kinds(stated: Mapping[str, Wording], texts: tuple[str, ...]) -> Kinds:
    found: Kinds = {}
    for kind, wording in stated.items():
        if wording.text == f"{{{REST}}}":  # any text is of this form
            continue
        known = pattern(wording.kind.text if wording.text is None else wording.text, {}, wording.kind.places)
        for text in texts:
            if match := known.fullmatch(text):
                found.setdefault(kind, match.groupdict())
    return found


def _values(shown_: Mapping[str, str]) -> Mapping[str, str]:
    return {name: value for name, value in shown_.items() if name not in OWN}


def _difference(place: tuple[str, ...], mine: tuple[str, ...], theirs: tuple[str, ...], kind: str) -> Difference:
    return Difference(("body", *place), _text(mine), _text(theirs), f"{ERROR}{kind}")


def _text(texts: tuple[str, ...]) -> str:
    return ", ".join(shown(f'"{text}"', 200) for text in texts)
