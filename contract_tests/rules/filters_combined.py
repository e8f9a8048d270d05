"""Every filter at once: a row must match all of them. (Two at a time: combinations.py.)

Owns: filters/<list>/all-of-one-record.
Source: x-behaviours filters-combine.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.oracles.matching import matches
from cancelkit.contract_tests.rules.evidence import Row
from cancelkit.contract_tests.rules.filters_found import Found, find, judge, made, settled
from cancelkit.contract_tests.rules.filters_plan import matching_value, subject
from cancelkit.contract_tests.rules.filters_values import Tests, example_pair
from cancelkit.contract_tests.rules.listing import Listing, listings
from cancelkit.contract_tests.rules.stating import Proof, from_behaviour
from cancelkit.spec import Contract, Filter, Parameter


def _all(listing: Listing, context: Context) -> list[Found]:
    """Every filter that a record has a value for, at once: it must be found; with one value wrong, it must not."""
    known = subject(context)
    found = []
    for row in context.rng.sample(list(known.rows), min(len(known.rows), 2 * context.scale)):
        pairs = [(p, (name, rule, matching_value(p, rule, row))) for name, p, rule in listing.judged]
        named = [(parameter, (name, rule, value)) for parameter, (name, rule, value) in pairs if value is not None]
        tests: Tests = tuple(test for _, test in named)
        id = context.id_of(row)
        found.append(find(context, listing, known, tests, f"all of record {id}"))
        strangers = [r for r in known.rows if r is not row]
        context.rng.shuffle(strangers)
        for number in context.rng.sample(range(len(tests)), min(len(tests), 3)):
            parameter, (name, rule, value) = named[number]
            wrong = _wrong_value(parameter, rule, value, row, strangers)
            if wrong is not None:
                changed = (*tests[:number], (name, rule, wrong), *tests[number + 1 :])
                found.append(find(context, listing, known, changed, f"all of record {id} but {name}"))
    return settled(context, found)


def _wrong_value(parameter: Parameter, rule: Filter, value: str, row: Row, strangers: list[Row]) -> str | None:
    for stranger in strangers:
        other = matching_value(parameter, rule, stranger)
        if other is not None and other != value and matches(rule, other, row) is False:
            return other
    return None


def _proof(tests: Tests, rows: tuple[Row, Row, Row], id_field: str) -> Proof:
    def evidence(without: int = 0, plus: tuple[Row, ...] = ()) -> list[Found]:
        return [made(tests, rows, id_field, without=without, plus=plus)]

    return Proof((evidence(),), (evidence(plus=rows[1:2]), evidence(plus=rows[2:]), evidence(without=1)))


def rules(contract: Contract) -> Iterator[Rule]:
    for listing in listings(contract):
        filters = list(listing.judged)
        example = example_pair(filters, listing.id_field)
        if example is None:
            continue
        proof = _proof(*example, listing.id_field)
        yield from from_behaviour(
            contract,
            "filters-combine",
            f"filters/{listing.name}/all-of-one-record",
            partial(_all, listing),
            judge,
            proof,
            requires=f"On {listing.path}, all filters at once find the records that match each of them, and no other.",
            writes=False,
            quiet=not listing.ids,
        )
