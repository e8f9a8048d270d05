"""What recorded refusals say of each kind of fault, together: told where they agree.

Owns: which of several refusals stand for all places, which for one; `refused`.
Knows nothing of: which call has which fault (recorded/refusals.py).
Source: docs/learn.md, "From recordings".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.learning.saying import as_said, otherwise, placed, stated, together, topics
from cancelkit.contract_tests.learning.topic import Node, Topic
from cancelkit.contract_tests.recorded.refusals import faults
from cancelkit.contract_tests.recorded.sight import UNSEEN
from cancelkit.contract_tests.recorded.tape import Tape
from cancelkit.contract_tests.wording.probe import Probe, Said
from cancelkit.contract_tests.wording.probes import probes
from cancelkit.spec import Contract

ONCE = "it was seen once only"
Place = tuple[str, str]
"""An operation, and one of its fields or parameters; "" for all of them."""


def refused(tape: Tape) -> Iterator[Topic]:
    """The topic of the errors, as far as recorded calls tell them."""
    known, heard = probes(tape.contract), dict[str, dict[Place, list[Said]]]()
    for fault in faults(tape):
        asked = known.get(fault.kind, [])
        operation = fault.operation or (asked[0].operation if asked else "")
        if operation in {probe.operation for probe in asked}:
            place = _place(asked, operation, fault.field)
            heard.setdefault(fault.kind, {}).setdefault(place, []).append(fault.said)
    found, whys = dict[str, tuple[Node, int]](), dict.fromkeys(known, UNSEEN)
    for kind, places in heard.items():
        order = [(probe.operation, probe.name) for probe in known[kind]]
        ranked = sorted(places, key=lambda place: order.index(place) if place in order else len(order))
        try:
            node = _node(tape.contract, kind, {place: places[place] for place in ranked})
            found[kind], whys[kind] = (node, sum(map(len, places.values()))), ""
        except Inconclusive as why:
            whys[kind] = f"recorded refusals contradict each other: {why}" if str(why) != ONCE else ONCE
    yield from topics(tape.contract, known, found, whys)


def _place(asked: Sequence[Probe], operation: str, field: str) -> Place:
    """Where x-errors has what is said of a field: with the operation, where that is what `learn` asks for first."""
    own = next((probe for probe in asked if (probe.operation, probe.field) == (operation, field)), None)
    return (operation, own.name) if own else (operation, field)


def _node(contract: Contract, kind: str, places: Mapping[Place, Sequence[Said]]) -> Node:
    """What is said at the first place where it was seen twice, and what others say instead.

    Raises:
        Inconclusive: it was seen once only, or otherwise each time.
    """
    first = next((place for place, said in places.items() if len(said) > 1), None)
    every = [said for found in places.values() for said in found]
    if first is None and (len(every) < 2 or len({placed(said.text or "", said.values) for said in every}) > 1):
        raise Inconclusive(ONCE)
    node, at = together(kind, places[first] if first else every), dict[str, Node]()
    if "text" not in node:
        raise Inconclusive("two texts have too little in common")
    for (operation, name), said in places.items():
        usual = stated(contract, kind, {**node, "at": at})
        here = usual.here(operation, name)
        if len(said) > 1 and not all(as_said(here, one) for one in said):
            with suppress(Inconclusive):
                at[f"{operation}.{name}" if name else operation] = otherwise(usual, here, together(kind, said))
    return {**node, **({"at": at} if at else {})}
