"""Each filter finds the records whose value matches, and no other: on every list, judged by the detailed answer.

Owns: filters/<list>/<parameter>/matches, /folds-case, /null, /alone.
Source: x-filter of each parameter; x-behaviours filter-ignores-case, filter-null-never-matches.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.observing.filters_found import Found, ask, find, judge, made, settled
from cancelkit.contract_tests.observing.filters_plan import reread, subject
from cancelkit.contract_tests.observing.filters_probes import common_probes
from cancelkit.contract_tests.observing.filters_values import Named, decided, example_rows, example_values
from cancelkit.contract_tests.observing.listing import Listing, key, listings
from cancelkit.contract_tests.observing.names import scope_word
from cancelkit.contract_tests.observing.stating import Proof, from_behaviour, from_fact
from cancelkit.contract_tests.oracles.matching import value_at
from cancelkit.spec import Contract

LIMIT = 40
ALONE = 2
"""So many values of a filter are asked for without ids beside them."""


def _matches(listing: Listing, named: Named, folding: bool, context: Context) -> list[Found]:
    name, _, rule = named
    known = subject(context)
    chosen = [p for p in common_probes(context, listing, named, known) if p.folding is folding]
    if not chosen:
        letters = " with letters beyond ASCII" if folding else ""
        raise Skip(f"no record shows a value{letters} that {name} could be asked for")
    thunks = [partial(find, context, listing, known, ((name, rule, p.value),), p.why, odd=p.odd) for p in chosen]
    return settled(context, context.parallel(thunks))


def _null(listing: Listing, named: Named, context: Context) -> list[Found]:
    name, _, rule = named
    known = subject(context)
    if not any(value_at(row, rule.path) is None for row in known.rows):
        raise Skip(f"no record is known whose {'.'.join(rule.path)} is null")
    chosen = [p for p in common_probes(context, listing, named, known) if not p.odd]
    telling = [p for p in chosen if "own" in p.why or "no record" in p.why or "one of" in p.why]
    telling.sort(key=lambda probe: "nothing" not in probe.why)
    # Of moments and numbers those beyond all are telling: null may be taken for the least or the greatest.
    some = (telling or sorted(chosen, key=lambda probe: "all" not in probe.why))[: 4 + context.scale]
    if not some:
        raise Skip(f"nothing is known that {name} could be asked for")
    return settled(context, [find(context, listing, known, ((name, rule, p.value),), p.why) for p in some])


def _alone(listing: Listing, named: Named, context: Context) -> list[Found]:
    """Without confining to known ids; rows that turn up are read in detail and judged, too."""
    name, _, rule = named
    known = subject(context)
    chosen = [p for p in common_probes(context, listing, named, known) if not p.odd and not p.folding]
    context.rng.shuffle(chosen)
    found = []
    for probe in chosen[:ALONE]:
        query = {name: probe.value}
        first, ids, complete = ask(context, listing, query, most=100)
        new = [id for id in ids if id not in set(known.ids) and context.is_id(id)][:LIMIT]
        rows = list(reread(context, new).values())
        what = f"{listing.operation.id} with {name}={probe.value} alone ({probe.why})"
        shown = (first.status, ids, first.count, complete, [*known.rows, *rows], known.unit, False, known.id_field)
        one = Found(what, ((name, rule, probe.value),), *shown)
        if rows and any(judge([one])):
            moved = set(ids) ^ set(ask(context, listing, query, most=100)[1])
            one = replace(one, known=[row for row in one.known if row not in rows or context.id_of(row) not in moved])
        found.append(one)
    return settled(context, found)


def _only_nulls(found: list[Found]) -> Iterator[str]:
    yield from judge(found, nulls=True)


def rules(contract: Contract) -> Iterator[Rule]:
    id_field = contract.resource.id_field
    for listing in listings(contract):
        for named in listing.judged:
            if decided(named[2]) and not (named[2].lookup == "in" and named[2].path == (id_field,)):
                yield from _rules(contract, listing, named, id_field)


def _rules(contract: Contract, listing: Listing, named: Named, id_field: str) -> Iterator[Rule]:
    name, parameter, rule = named
    path, where, id = listing.path, ".".join(rule.path), f"filters/{listing.name}/{key(name)}"
    asked, hit, miss = example_values(parameter, rule)
    tests, rows = ((name, rule, asked),), example_rows(rule, id_field, hit, miss, None)
    good = made(tests, rows, id_field)

    def wrong(**how: Any) -> tuple[Found]:
        return (made(tests, rows, id_field, **how),)

    rejects = (wrong(without=1), wrong(plus=rows[1:2]), wrong(count=9), wrong(status=400, ids=[]))
    proof = Proof(((good,),), rejects)
    more: dict[str, Any] = {"writes": False, "quiet": not listing.ids}
    lookup = f"{rule.transform}__{rule.lookup}" if rule.transform else rule.lookup
    requires = f"{name} of {path} finds the records whose {where} matches ({lookup}), and no other."
    look, fact, source = partial(_matches, listing, named, False), parameter.fact, f"x-filter of {name}"
    yield from_fact(f"{id}/matches", fact.level, source, requires, look, judge, proof, **more)
    place = f"in the whole {scope_word(contract)}"
    requires = f"{name} of {path} alone, {place}, finds records that match, and no other."
    look = partial(_alone, listing, named)
    yield from_fact(f"{id}/alone", fact.level, source, requires, look, judge, proof, **more)
    if rule.lookup == "iexact" and parameter.schema.get("format") != "email":
        requires = f"{name} of {path} ignores the case of letters beyond ASCII, and nothing else."
        look = partial(_matches, listing, named, True)
        behaviour = "filter-ignores-case"
        yield from from_behaviour(
            contract, behaviour, f"{id}/folds-case", look, judge, proof, requires=requires, **more
        )
    if rule.nullable:
        requires = f"{name} of {path} never finds a record whose {where} is null."
        nothing = Proof(((good,),), (wrong(plus=rows[2:]),))
        look = partial(_null, listing, named)
        behaviour = "filter-null-never-matches"
        yield from from_behaviour(
            contract, behaviour, f"{id}/null", look, _only_nulls, nothing, requires=requires, **more
        )
