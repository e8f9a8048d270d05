"""How long the answers of each operation took, and whether that is within a budget.

Owns: the log that every answer is noted in, the rules that --max-p95 makes.
Knows nothing of: how a time is taken (target/client.py: one request, without retries and waits of our own).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from functools import partial
from threading import Lock
from typing import Final

from cancelkit.contract_tests.configuration.settings import EACH
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.engine.verdict import Latency
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Level

AREA: Final = "latency"
FEWEST: Final = 20
"""With fewer answers the 95th percentile is the slowest of them, which says nothing about the others."""


class LatencyLog:
    """Thread-safe."""

    def __init__(self, contract: Contract) -> None:
        self._seconds = {id: array("d") for id in contract.operations}
        self._lock = Lock()

    def watch(self, answer: Answer) -> None:
        """Note an answer's time, whatever its status; a recording may have none, an unknown path is nobody's."""
        if answer.operation_id is not None and answer.elapsed > 0:
            with self._lock:
                self._seconds[answer.operation_id].append(answer.elapsed)

    def latency(self) -> dict[str, Latency]:
        """By operation; those that were called, in the order of the contract."""
        with self._lock:
            return {id: Latency.of(seconds) for id, seconds in self._seconds.items() if seconds}


def budget_rules(contract: Contract, budgets: Mapping[str, float], log: LatencyLog) -> Iterator[Rule]:
    """A rule for each operation that has a budget in milliseconds, its own or that of EACH."""
    for id in contract.operations:
        budget = budgets.get(id, budgets.get(EACH))
        if budget is not None:
            yield Rule(
                id=f"{AREA}/{id}/p95",
                area=AREA,
                requires=f"95 of 100 answers of {id} take at most {budget:g} ms.",
                source="--max-p95",
                level=Level.DOCUMENTED,
                observe=partial(_measured, log, id),
                judge=partial(_within, id, budget),
                accepts=(Latency(FEWEST, budget, budget, budget * 2, budget * 2),),
                rejects=(Latency(FEWEST, budget, budget * 1.01, budget * 2, budget * 2),),
                writes=False,
                once=True,
            )


def _measured(log: LatencyLog, id: str, context: Context) -> Latency:
    found = log.latency().get(id)
    if found is None or found.count < FEWEST:
        raise Skip(f"{found.count if found else 0} calls of {id} are too few for a p95: it needs {FEWEST}")
    return found


def _within(id: str, budget: float, measured: Latency) -> Iterator[str]:
    if measured.p95 > budget:
        yield f"{id}: p95 is {measured.p95:.1f} ms over {measured.count} calls; the budget is {budget:g} ms"
