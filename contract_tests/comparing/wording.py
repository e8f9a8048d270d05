"""The texts and codes of two refusals, as far as the contract says them (x-errors).

Owns: of which kind of fault a text is, and where two refusals say something else.
Source: spec/wording.py; docs/compare.md, "What is compared".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cancelkit.contract_tests.comparing.differences import Difference
from cancelkit.contract_tests.comparing.refusals import CODE, Texts, Words
from cancelkit.contract_tests.target.answer import shown
from cancelkit.spec.wording import ANY, ERROR, KINDS, REST, Wording, pattern

OWN = frozenset({REST, "value"})
"""Places of a text that are each side's own: what was sent may be a key of its rows."""
Known = dict[Wording, Mapping[str, str]]
"""What a text shows by the wordings that it may be of."""


@dataclass(slots=True)
class Spoken:
    """What came of comparing words. reworded: they differ where the contract says nothing of them."""

    differences: list[Difference] = field(default_factory=list)
    reworded: bool = False


def spoken(
    stated: Mapping[str, Wording], left: Words, right: Words, operation: str = "", *, left_open: bool = False
) -> Spoken:
    """Where two refusals with the same status and shape say something else.

    Args:
        stated: what the contract says of errors, by kind. operation: that refuses.
        left_open: the contract leaves open whether what was sent is right, so also which fault it is.
    """
    found, faults = Spoken(), list[Wording]()
    for place, theirs in right.items():
        mine = left.get(place, ())
        if not mine or place == (CODE,):
            continue
        here = {id: one.here(operation, place[0]) for id, one in stated.items()}
        ours, known = _known(here, mine), _known(here, theirs)
        faults += [*known, *ours]
        if both := [one for one in known if one in ours]:
            if all(_values(ours[one]) != _values(known[one]) for one in both):
                found.differences.append(_difference(place, mine, theirs, both[0]))
        elif told := None if left_open else _told([*known, *ours], here, (mine, theirs)):
            found.differences.append(_difference(place, mine, theirs, told))
        else:
            found.reworded |= mine != theirs
    if not (left_open and found.reworded):
        _code(faults, left.get((CODE,), ()), right.get((CODE,), ()), found)
    return found


def _told(known: list[Wording], stated: Mapping[str, Wording], both: tuple[Texts, Texts]) -> Wording | None:
    """Of which fault the contract says what is said; None where it does not, or one side means a fault of which it says
    nothing."""
    unstated = [kind for id, kind in KINDS.items() if id not in stated]
    if any(kind.pattern.fullmatch(text) for kind in unstated for texts in both for text in texts):
        return None
    return next((one for one in known if one.text is not None), None)


def _code(faults: list[Wording], mine: Texts, theirs: Texts, found: Spoken) -> None:
    """The codes beside each other: which of several faults a code is of is open."""
    codes = {one.code: one for one in reversed(faults) if one.code is not None}
    if mine == theirs or not mine or not theirs or (mine[0] in codes and theirs[0] in codes):
        return
    if told := codes.get(theirs[0]) or codes.get(mine[0]):
        found.differences.append(_difference((CODE,), mine, theirs, told))
    else:
        found.reworded = True


def _known(stated: Mapping[str, Wording], texts: Texts) -> Known:
    found: Known = {}
    for wording in stated.values():
        if wording.text == ANY:
            continue
        known = wording.kind.pattern if wording.text is None else pattern(wording.text, {}, wording.kind.places)
        for text in texts:
            if match := known.fullmatch(text):
                found.setdefault(wording, match.groupdict())
    return found


def _values(shown_: Mapping[str, str]) -> Mapping[str, str]:
    return {name: value for name, value in shown_.items() if name not in OWN}


def _difference(place: tuple[str, ...], mine: Texts, theirs: Texts, told: Wording) -> Difference:
    return Difference(("body", *place), _text(mine), _text(theirs), f"{ERROR}{told.kind.id}")


def _text(texts: Texts) -> str:
    return ", ".join(shown(f'"{text}"', 200) for text in texts)
