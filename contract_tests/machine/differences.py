"""Where an answer differs from what the model expects.

Owns: comparing an answer about one record, and the first page of a list, with the model's outcome.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from cancelkit.contract_tests.context.walking import page_of
from cancelkit.contract_tests.machine.model import REFUSED, Outcome
from cancelkit.contract_tests.oracles import refusals
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract

BY_ID = frozenset({"ascending", "descending"})
"""The options of list-order that say where each record stands."""


class Differences:
    """Compares answers of one contract with the model's outcomes."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.records = Records(contract)

    def record(self, outcome: Outcome, before: Mapping[str, Any] | None, answer: Answer) -> Iterator[str]:
        """Yield where an answer about one record differs from the outcome."""
        if answer.status == outcome.beside:
            outcome = replace(outcome, status=answer.status)
        right = answer.refusals if outcome.status == REFUSED else (outcome.status,)
        if answer.status not in right:
            yield f"answered {answer.status}, not {' or '.join(map(str, right))}"
            return
        if outcome.status >= 400:
            if self.contract.behaviour("error-shape") is None:
                return
            yield from refusals.refused(answer, outcome.status)
            if (
                outcome.names
                and not answer.own_shape
                and answer.status != refusals.CONFLICT
                and isinstance(answer.json, dict)
                and not outcome.names & answer.json.keys()
            ):
                yield f"the {answer.status} names none of {', '.join(sorted(outcome.names))}"
        elif outcome.state is not None and self._answers_record(answer):
            row = self.records.plain(answer.json) if isinstance(answer.json, dict) else answer.json
            yield from self.records.lacks(row, self._kept(outcome.state))
            if before is not None and isinstance(row, Mapping):
                yield from self.records.went_back(before, row)

    def _answers_record(self, answer: Answer) -> bool:
        """Whether the contract says that this answer holds the record."""
        operation = self.contract.operations.get(answer.operation_id or "")
        response = operation.response(answer.status) if operation else None
        return response is not None and self.contract.resource.id_field in (response.schema or {}).get("properties", {})

    def _kept(self, state: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in state.items() if name not in self.records.stamps}

    def page(
        self, expected: list[Any], limit: int, states: Mapping[Any, Mapping[str, Any]], answer: Answer
    ) -> Iterator[str]:
        """Yield where the first page of a list differs from the expected ids and states."""
        if answer.status != 200:
            yield f"answered {answer.status}, not 200"
            return
        page, id_field = page_of(answer.json), self.contract.resource.id_field
        rows = [row for row in page.rows if isinstance(row, dict)] if page else []
        ids = [row.get(id_field) for row in rows]
        ordered = self.contract.resource.numbered and self.contract.chosen("list-order") in BY_ID
        if ordered and ids != expected[:limit]:
            yield f"shows {ids}, not {expected[:limit]}"
        elif not set(ids) <= set(expected) or len(ids) != min(limit, len(expected)):
            yield f"shows {ids}, not {limit} of {expected}"
        if page is None or page.count != len(expected):
            yield f"counts {page.count if page else None}, not {len(expected)}"
        for row in rows:
            shown = self.records.plain(row)
            wanted = {n: v for n, v in self._kept(states.get(row.get(id_field), {})).items() if self._place(n) in shown}
            yield from (f"{id_field} {row.get(id_field)}: {text}" for text in self.records.lacks(shown, wanted))

    def _place(self, name: str) -> str:
        reference = self.contract.resource.references.get(name)
        return reference.opened or name if reference else name
