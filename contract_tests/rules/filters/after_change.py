"""A filter finds a record by what it is now, not by what it was: on lists that can't be asked for chosen records.

Owns: filters/<list>/after-<write>. (Where a list takes ids, history.py asks its filters after each write.)
Source: x-filter; x-behaviours patch-partial (put-omitted without it), <action>-effect.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.observing.evidence import Row
from cancelkit.contract_tests.observing.filters_found import MOST_UNCONFINED, Found, ask, judge, made
from cancelkit.contract_tests.observing.filters_plan import leaves, matching_value
from cancelkit.contract_tests.observing.filters_values import decided, example_rows, example_values, kind
from cancelkit.contract_tests.observing.listing import Listing, listings
from cancelkit.contract_tests.observing.names import changes, words
from cancelkit.contract_tests.observing.sending import fields, kept, other_value
from cancelkit.contract_tests.observing.stating import Proof, from_behaviour
from cancelkit.contract_tests.observing.writes import read
from cancelkit.contract_tests.oracles.instants import resolution
from cancelkit.contract_tests.oracles.matching import value_at
from cancelkit.contract_tests.target.answer import UNSET
from cancelkit.spec import Contract, Operation


def _observe(listing: Listing, write: Operation, context: Context) -> list[Found]:
    """Filter by each value that a record had and has, on both sides of a write."""
    id = context.id_of(context.create())
    rows: list[Row] = [read(context, id, detailed=True)]
    found = _look(context, listing, rows[0], rows)
    context.call(write, id=id, body=changed_body(context, write, read(context, id)) or UNSET)
    rows.append(read(context, id, detailed=True))
    return found + _look(context, listing, rows[1], rows)


def changed_body(context: Context, write: Operation, row: Row) -> dict[str, Any]:
    """A body that changes every field which has another valid value; {} for an operation without a body."""
    if write.body is None:
        return {}
    body = kept(context, write, row)
    for name, field in fields(write).items():
        with suppress(Skip):
            body[name] = other_value(context, name, field, row)
    return body


def _look(context: Context, listing: Listing, now: Row, rows: list[Row]) -> list[Found]:
    moments = [path for path, schema in leaves(context.resource.detailed_schema) if kind(schema) == "date-time"]
    unit = resolution(value_at(now, path) for path in moments)
    found = []
    for name, parameter, rule in listing.judged:
        for value in dict.fromkeys(matching_value(parameter, rule, row) for row in rows):
            if value is None:
                continue
            first, ids, complete = ask(context, listing, {name: value}, MOST_UNCONFINED)
            when = "before" if len(rows) == 1 else "after"
            what = f"{listing.operation.id} with {name}={value} of a record {when} a write"
            shown = (first.status, ids, first.count, complete, [now], unit, False, listing.id_field)
            found.append(Found(what, ((name, rule, value),), *shown))
    return found


def _proof(listing: Listing) -> Proof | None:
    """None where no filter has a meaning that the oracle can judge."""
    for name, parameter, rule in listing.judged:
        if not decided(rule) or rule.path == (listing.id_field,):
            continue
        asked, hit, miss = example_values(parameter, rule)
        tests, rows = ((name, rule, asked),), example_rows(rule, listing.id_field, hit, miss)
        lost, stale = ({"without": 1}, {"plus": rows[1:]})
        good, *wrong = ([made(tests, rows, listing.id_field, **how)] for how in ({}, lost, stale))
        return Proof((good,), tuple(wrong))
    return None


def rules(contract: Contract) -> Iterator[Rule]:
    for listing in listings(contract):
        proof = None if listing.ids else _proof(listing)
        for name, write, effect in changes(contract) if proof else ():
            behaviour = effect_of(contract, write, effect)
            if proof is None or behaviour is None:
                continue
            yield from from_behaviour(
                contract,
                behaviour,
                f"filters/{listing.name}/after-{name}",
                partial(_observe, listing, write),
                judge,
                proof,
                requires=f"After {words(name, write)} the filters of {listing.path} find the record by its new values, "
                "not by its old ones.",
                source=f"x-filter; x-behaviours: {behaviour}",
                quiet=True,
            )


def effect_of(contract: Contract, write: Operation, effect: str) -> str | None:
    """The behaviour that says what a write changes, as far as the contract promises one."""
    wanted = (effect, "action-effect") if write.action else ("patch-partial", effect)
    return next((id for id in wanted if contract.behaviour(id)), None)
