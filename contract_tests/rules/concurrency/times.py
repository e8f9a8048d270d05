"""The time of the last change after writes at once: it is not before that which one of them was answered with.

Owns: concurrency/times-of-<updates|puts>, concurrency/times-of-<action>-and-patch.
Source: x-set-on; x-behaviours modified-date-advances.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.observing import examples
from cancelkit.contract_tests.observing.examples import EARLIER, LATER, Examples
from cancelkit.contract_tests.observing.names import short, updates
from cancelkit.contract_tests.observing.stating import Proof, from_behaviour
from cancelkit.contract_tests.oracles.instants import before
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.rules.concurrency.lost_changes import Together, acted, apart, updated
from cancelkit.spec import Contract, Role

AGAIN: Final = 2
"""So many times as many rounds are observed, when it was seen once."""
SEEN: Final = 3
"""In so many of these must it be seen: on any server a moment lies between looking at the clock and writing."""


@dataclass(frozen=True, slots=True)
class Times:
    """Rounds of writes at once. least: in so many of them it must be seen."""

    rounds: tuple[Together, ...]
    least: int


def _observe(observe: Callable[[Context], Iterable[Together]], context: Context) -> Times:
    if not context.again:
        return Times(tuple(observe(context)), 1)
    return Times(tuple(one for _ in range(AGAIN) for one in observe(context)), SEEN)


def judge(records: Records, found: Times) -> Iterator[str]:
    """What is read afterwards is no earlier than any of the answers."""
    texts = [text for one in found.rounds if (text := _went_back(records, one))]
    yield from texts if len(texts) >= found.least else ()


def _went_back(records: Records, one: Together) -> str:
    if not isinstance(one.after, Mapping):
        return ""
    for name in records.stamps:
        shown = [answer.json.get(name) for answer in one.answers if answer.ok and isinstance(answer.json, Mapping)]
        later = [stamp for stamp in shown if before(one.after.get(name), stamp)]
        if later:
            return f"{one.what}: one was answered with {name} {later[0]}, and then it is {one.after.get(name)}"
    return ""


def rules(contract: Contract) -> Iterator[Rule]:
    some, patch = Examples(contract), contract.role(Role.PARTIAL_UPDATE)
    records = some.records
    if not records.stamps or contract.role(Role.CREATE) is None:
        return
    row, late, early = (
        some.record(**dict.fromkeys(records.stamps, stamp)) for stamp in (examples.STAMP, LATER, EARLIER)
    )
    ok = examples.answer(200, row)
    right, wrong = (Together("a", (ok, ok), {}, after) for after in (late, early))
    proof = Proof((Times((right,), 1), Times((wrong,), SEEN)), (Times((wrong,), 1), Times((wrong,) * SEEN, SEEN)))
    observed = {}
    for area, operation in updates(contract):
        if len(names := apart(contract, operation)) > 1:
            observed["updates" if area == "patch" else "puts"] = partial(updated, operation, names)
    for operation in contract.actions:
        action = operation.action
        names = apart(contract, patch, [action.field]) if patch and action else []
        if patch and action and names and action.field in contract.resource.fields:
            observed[f"{short(operation)}-and-patch"] = partial(acted, operation, action, patch, names)
    for name, observe in observed.items():
        yield from from_behaviour(
            contract,
            "modified-date-advances",
            f"concurrency/times-of-{name}",
            partial(_observe, observe),
            partial(judge, records),
            proof,
            requires=f"After several writes of a record at once its {records.stamps[0]} is not before that which any "
            "of them was answered with.",
        )
