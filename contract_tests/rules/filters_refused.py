"""A filter value that does not parse is refused, naming the parameter.

Owns: filters/<list>/<parameter>/refuses.
Source: x-behaviours filter-refuses-malformed; schemas of the parameters. Empty values, and values that a server may
convert, are left open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.context.walking import page_query
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.rules.evidence import Refusal, Usual
from cancelkit.contract_tests.rules.filters_values import takes, text
from cancelkit.contract_tests.rules.listing import Listing, key, listings
from cancelkit.contract_tests.rules.stating import from_behaviour
from cancelkit.spec import Contract, Parameter, Schema
from cancelkit.spec.values import NoValue, Values

GARBAGE = "abc"
MOST = 8
"""So many values are tried at most."""
LONGEST = 2000
TYPED = ("integer", "number", "boolean", "array")


def malformed(schema: Schema) -> list[str]:
    """Query values that no reading of the schema takes; empty where every text will do."""
    values = Values(schema)
    try:
        broken, typical = values.broken(), text(values.typical())
    except NoValue:
        return []
    found = [text(one.value) for one in broken if not one.open and not one.convertible and _writable(one.value)]
    inner = schema.get("items", schema)
    if schema.get("type") in TYPED and inner.get("type") in TYPED:
        found += [f"{typical}{GARBAGE}", *([f"{typical},{GARBAGE}"] if schema.get("type") == "array" else [])]
    usable = (value for value in dict.fromkeys(found) if value.strip() == value != "" and len(value) <= LONGEST)
    return [value for value in usable if "\0" not in value and not takes(schema, value)][:MOST]


def _writable(value: Any) -> bool:
    """Whether a query can write the value at all."""
    if isinstance(value, list):
        return bool(value) and all(_writable(item) and not isinstance(item, list) for item in value)
    return value is not None and not isinstance(value, Mapping)


def _observe(listing: Listing, parameter: Parameter, context: Context) -> tuple[Refusal, ...]:
    def refusal(query: dict[str, Any]) -> Refusal:
        answer = context.call(listing.operation, query=query)
        return Refusal(f"{listing.operation.id} with {query}", answer, parameter.name)

    values = malformed(parameter.schema)
    found = [refusal({parameter.name: value}) for value in values]
    found.append(refusal({**dict(page_query(listing.operation, 5, 1)), parameter.name: values[0]}))
    return tuple(found)


def rules(contract: Contract) -> Iterator[Rule]:
    usual = Usual(contract)
    for listing in listings(contract):
        for name, parameter, _ in listing.judged:
            if malformed(parameter.schema):
                yield from from_behaviour(
                    contract,
                    "filter-refuses-malformed",
                    f"filters/{listing.name}/{key(name)}/refuses",
                    partial(_observe, listing, parameter),
                    *usual.refusals(name, record=False),
                    requires=f"A {name} of {listing.path} that does not parse is 400 naming it.",
                    writes=False,
                )
