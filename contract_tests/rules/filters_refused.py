"""A filter value that does not parse is refused, naming the parameter.

Owns: filters/<list>/<parameter>/refuses.
Knows nothing of: empty values and values that a server may convert, which are left open.
Source: x-behaviours filter-refuses-malformed; schemas of the parameters.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules.evidence import Refusal, examples_of_refusals, judge_refusals
from cancelkit.contract_tests.rules.filters_match import judged
from cancelkit.contract_tests.rules.writes import list_operations, short
from cancelkit.spec import Contract, Parameter, Schema


def malformed(schema: Schema) -> list[str]:
    """Values that no reading of the schema takes; empty where every text will do."""
    if schema.get("type") == "array":
        return ["abc", "1,abc", "1.5"]
    if schema.get("enum"):
        return ["no-such-value", schema["enum"][0] + "x", schema["enum"][0][:-1]]
    if schema.get("type") == "integer":
        return ["abc", "1.5", "12abc"]
    return {
        "date-time": ["not-a-date", "2025-13-45T00:00:00Z", "2025-02-30T10:00:00Z", "2025-03-01T25:00:00Z"],
        "date": ["not-a-date", "2025-13-01", "2025-02-30", "2025-00-10"],
        "email": ["not-an-email", "a@", "@example.com", "a b@example.com"],
    }.get(schema.get("format", ""), [])


def _observe(operation_id: str, parameter: Parameter, bench: Bench) -> tuple[Refusal, ...]:
    def refusal(query: dict[str, Any]) -> Refusal:
        return Refusal(f"{operation_id} with {query}", bench.call(operation_id, query=query), parameter.name)

    values = malformed(parameter.schema)
    found = [refusal({parameter.name: value}) for value in values]
    other = "page" if parameter.name != "page" else "limit"
    found.append(refusal({"limit": 5, parameter.name: values[0], other: 1}))
    return tuple(found)


def rules(spec: Contract) -> Iterator[Rule]:
    behaviour = spec.behaviours["filter-refuses-malformed"]
    for operation_id in list_operations(spec):
        for name, parameter, _ in judged(spec, operation_id):
            if malformed(parameter.schema):
                yield Rule(
                    id=f"filters/{short(operation_id)}/{name.replace('__', '-')}/refuses",
                    area="filters",
                    requires=f"A {name} of {spec.operations[operation_id].path} that does not parse is 400 naming it.",
                    source="x-behaviours: filter-refuses-malformed",
                    level=behaviour.fact.level,
                    observe=partial(_observe, operation_id, parameter),
                    judge=judge_refusals,
                    **examples_of_refusals(name, record=False),
                    writes=False,
                )
