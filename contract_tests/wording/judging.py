"""The rules that hold a target to what the contract says of its errors.

Owns: choices/error-<kind>.
Source: x-errors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.wording.probe import Probe, Said
from cancelkit.contract_tests.wording.probes import probes
from cancelkit.spec import Contract
from cancelkit.spec.wording import ANY, ERROR, Wording

AREA = "choices"


Heard = Mapping[str, Said]
"""What was said, by place as in x-errors; "" for everywhere else."""


def judge(wording: Wording, heard: Heard) -> Iterator[str]:
    """Text and code must be those of the contract."""
    for place, found in heard.items():
        here, where = wording.at.get(place, wording), f"{place}: " if place else ""
        if here.code is not None and found.code != here.code:
            yield f"{where}the code is {found.code!r}, not {here.code!r}"
        if here.under is not None and found.under != here.under:
            yield f"{where}the text stands under {found.under or 'the field'}, not {here.under}"
        if not here.admits(found.text or "", found.values):
            yield f"{where}the text is {found.text!r}, not {here.filled({**_shown(here), **found.values})!r}"


def _shown(wording: Wording) -> dict[str, str]:
    return dict.fromkeys(wording.kind.places, "…")


def _observe(wording: Wording, known: Sequence[Probe], context: Context) -> Heard:
    """What is said at each place of which the contract speaks, and at the first other one."""
    heard: dict[str, Said] = {}
    whys: list[Skip | Inconclusive] = []
    for probe in known:
        place = next((one for one in (probe.at, probe.operation) if one in wording.at), "")
        if place not in heard:
            try:
                heard[place] = probe.look(context, 0)
            except (Skip, Inconclusive) as why:
                whys.append(why)
    if not heard:
        raise whys[0]
    return heard


def requires(wording: Wording) -> str:
    """The sentence that a server must keep."""
    says = [f"says `{wording.text}`"] if wording.text is not None else []
    says += [f"has the code {wording.code}"] if wording.code is not None else []
    says += [f"has its text under {wording.under}"] if wording.under is not None else []
    instead = [f", at {place} {one.said}" for place, one in wording.at.items()]
    return f"A refusal of {wording.kind.about} {' and '.join(says)}{''.join(instead)}."


def _right(wording: Wording) -> Said:
    return Said(400, wording.filled(_shown(wording)), wording.code, _shown(wording), wording.under)


def _wrong(wording: Wording) -> Iterator[Said]:
    right = _right(wording)
    if wording.code is not None:
        yield replace(right, code=f"no {wording.code}")
    if wording.under is not None:
        yield replace(right, under=f"no_{wording.under}")
    if wording.text not in (None, ANY):
        yield replace(right, text=f"no {right.text} no")


def rules(contract: Contract) -> Iterator[Rule]:
    known = probes(contract)
    for kind, wording in contract.wordings.items():
        if kind not in known:
            continue
        places = {"": wording, **wording.at}
        right = {place: _right(one) for place, one in places.items()}
        yield Rule(
            id=f"{AREA}/{ERROR}{kind}",
            area=AREA,
            requires=requires(wording),
            source=f"x-errors: {kind}",
            level=wording.fact.level,
            observe=partial(_observe, wording, known[kind]),
            judge=partial(judge, wording),
            accepts=(right,),
            rejects=tuple({**right, place: wrong} for place, one in places.items() for wrong in _wrong(one)),
            writes=known[kind][0].writes,
        )
