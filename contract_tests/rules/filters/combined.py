"""Every filter at once: a row must match all of them. (Two at a time: combinations.py.)

Owns: filters/<list>/all-of-one-record.
Source: x-behaviours filters-combine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.observing.evidence import Row
from cancelkit.contract_tests.observing.filters_found import Found, find, judge, made, settled
from cancelkit.contract_tests.observing.filters_plan import Subject, matching_value, subject
from cancelkit.contract_tests.observing.filters_probes import probes
from cancelkit.contract_tests.observing.filters_values import Tests, decided, example_pair, kind
from cancelkit.contract_tests.observing.listing import Listing, listings
from cancelkit.contract_tests.observing.stating import Proof, from_behaviour
from cancelkit.contract_tests.oracles.matching import matches
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
    found += _near(listing, known, context)
    return settled(context, found)


def _near(listing: Listing, known: Subject, context: Context) -> Iterator[Found]:
    """What almost is a record's value, or is it in another spelling, beside its values of all other filters."""
    own = {context.id_of(row): _own(listing, row) for row in known.rows}
    row = max(known.rows, key=lambda row: len(own[context.id_of(row)]))
    values, alone = own[context.id_of(row)], replace(known, rows=(row,))
    lists, kinds = listings(context.contract), list[tuple[str, str, str | None]]()
    for name, parameter, rule in listing.judged:
        if name not in values or not decided(rule) or name == listing.ids:
            continue
        like = (kind(rule.schema), rule.lookup, rule.transform)
        kinds.append(like)
        if context.scale < 2 and (kinds.count(like) > 1 or len(set(kinds)) % len(lists) != lists.index(listing)):
            continue  # in quick one filter of each kind, in one of the lists
        drawn = [p for p in probes(context, (name, parameter, rule), alone, 1) if not p.odd and not p.folding]
        right = [p for p in drawn if p.value != values[name][2] and matches(rule, p.value, row) is True][:1]
        wrong = [p for p in drawn if matches(rule, p.value, row) is False]
        turn = context.scale > 2 or kinds.count(like) % len(lists) == lists.index(listing)
        several = context.scale > 1 and turn and kind(rule.schema) == "text" and not parameter.schema.get("enum")
        for probe in [*right, *wrong[: 3 if several else 1]] if several or context.scale > 1 else wrong[:1]:
            tests = tuple(test if key != name else (name, rule, probe.value) for key, test in values.items())
            yield find(context, listing, known, tests, f"all of record {context.id_of(row)}, {name} {probe.why}")


def _own(listing: Listing, row: Row) -> dict[str, tuple[str, Filter, str]]:
    """Of each filter that finds a record, the test that does."""
    found = {name: (rule, matching_value(parameter, rule, row)) for name, parameter, rule in listing.judged}
    return {name: (name, rule, value) for name, (rule, value) in found.items() if value is not None}


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
            requires=f"On {listing.path}, all filters at once find what matches each, and not what almost does.",
            writes=False,
            quiet=not listing.ids,
        )
