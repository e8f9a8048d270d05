"""The rules that hold a target to what the contract says of its errors.

Owns: choices/error-<kind>.
Source: x-errors.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.wording.probes import Probe, Said, probes
from cancelkit.spec import Contract
from cancelkit.spec.wording import ERROR, Wording

AREA = "choices"


def judge(wording: Wording, found: Said) -> Iterator[str]:
    """Text and code must be those of the contract."""
    if wording.code is not None and found.code != wording.code:
        yield f"the code is {found.code!r}, not {wording.code!r}"
    if not wording.admits(found.text or "", found.values):
        yield f"the text is {found.text!r}, not {wording.filled({**_shown(wording), **found.values})!r}"


def _shown(wording: Wording) -> dict[str, str]:
    return dict.fromkeys(wording.kind.places, "…")


def _observe(probe: Probe, context: Context) -> Said:
    return probe.look(context, 0)


def requires(wording: Wording) -> str:
    """The sentence that a server must keep."""
    says = [f"says `{wording.text}`"] if wording.text is not None else []
    says += [f"has the code {wording.code}"] if wording.code is not None else []
    return f"A refusal of {wording.kind.about} {' and '.join(says)}."


def rules(contract: Contract) -> Iterator[Rule]:
    for probe in probes(contract):
        wording = contract.wordings.get(probe.kind)
        if wording is None:
            continue
        shown = _shown(wording)
        right = Said(400, wording.filled(shown), wording.code, shown)
        others = [Said(400, right.text, f"no {wording.code}", shown)] if wording.code is not None else []
        others += (
            [Said(400, f"no {right.text} no", right.code, shown)] if wording.text not in (None, "{detail}") else []
        )
        yield Rule(
            id=f"{AREA}/{ERROR}{probe.kind}",
            area=AREA,
            requires=requires(wording),
            source=f"x-errors: {probe.kind}",
            level=wording.fact.level,
            observe=partial(_observe, probe),
            judge=partial(judge, wording),
            accepts=(right,),
            rejects=tuple(others),
            writes=probe.writes,
        )
