"""Every record is one of its own: no id twice, dates in order, a second record for the same references accepted.

Owns: create/unique, create/stamps-dates, create/repeated-item, create/listed.
Source: x-behaviours ids-unique, create-repeated-item; x-set-on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.observing.clock import pause
from cancelkit.contract_tests.observing.evidence import Row, judge_unique, unique_fields
from cancelkit.contract_tests.observing.examples import LATER, Examples
from cancelkit.contract_tests.observing.listing import Page, listings
from cancelkit.contract_tests.observing.sending import fields, other_value
from cancelkit.contract_tests.observing.stating import Judge, Proof, from_behaviour, from_fact
from cancelkit.contract_tests.observing.writes import delete, filling
from cancelkit.contract_tests.oracles.instants import SECOND, instant
from cancelkit.contract_tests.rules.bodies.create_echo import Created, of_created
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Level, Operation, Role


def _many(context: Context) -> list[Row]:
    made: list[Row] = []
    body = context.body()
    for number in range(4 + 4 * context.scale):
        made.append(context.create(**(body if number % 2 else {})))
        if number % 3 == 1 and context.contract.role(Role.DESTROY):
            delete(context, made[-1])
    sample = context.sample()
    return made + [row for row in sample.rows if context.id_of(row) in sample.own]


def _repeated(operation: Operation, context: Context) -> list[Created]:
    """A body sent twice, and but in quick once more with each field by itself another."""
    known = fields(operation)
    body = {**context.body(), **(filling(context) if context.scale > 1 else {})}
    sent: list[dict[str, Any]] = [{}, {}]
    names = [name for name in known if context.scale > 1 or not (known[name].required or known[name].reference)]
    for name in names if context.scale > 1 else names[:1]:
        with suppress(Skip):
            sent.append({name: other_value(context, name, known[name], body)})
    found = []
    for over in sent:
        made = {**body, **over}
        answer = context.call(operation, body=made)
        told = {name: value for name, value in made.items() if name in known}
        if not any(_names(answer, name) for name in over):  # else which may go with the others is for a server to know
            found.append(Created(made, told, answer, answer.json))
    return found


def _names(answer: Answer, name: str) -> bool:
    return answer.status in answer.refusals and isinstance(answer.json, Mapping) and name in answer.json


def judge_repeated(judge: Judge, id_field: str, found: Iterable[Created]) -> Iterator[str]:
    """Each is accepted and shows what was sent, and each is a record of its own."""
    made = list(found)
    yield from judge(made)
    rows = [one.answer.json for one in made if one.answer.ok and isinstance(one.answer.json, Mapping)]
    yield from judge_unique([id_field], rows)


def _of_repeated(contract: Contract, operation: Operation) -> tuple[Judge, Proof]:
    judge, proof = of_created(contract, dict.fromkeys(fields(operation), "a"))
    (right,), id_field = proof.accepts[0], contract.resource.id_field
    other = {**right.answer.json, id_field: Examples(contract).id(8)}
    second = replace(right, answer=replace(right.answer, json=other), after=other)
    rejects = ([right, right], *([right, *one] for one in proof.rejects))
    return partial(judge_repeated, judge, id_field), Proof(([right, second],), rejects)


def _stamps(context: Context) -> list[Row]:
    first = context.create()
    pause(context, first)
    return [first, context.create()]


def judge_stamps(created: str, changed: Iterable[str], rows: list[Row]) -> Iterator[str]:
    """The time of creation must be later than that of the record before, that of the change not earlier than it."""
    dates = [instant(row.get(created)) for row in rows]
    if None in dates or not all(a < b for a, b in pairwise(d for d in dates if d)):
        yield f"{created} of records created one after the other: {[row.get(created) for row in rows]}"
    for row, date in zip(rows, dates, strict=True):
        for name in changed:
            modified = instant(row.get(name))
            if date and (modified is None or modified < date - SECOND):
                yield f"{name} {row.get(name)} of a record created at {row.get(created)}"


@dataclass(frozen=True, slots=True)
class Listed:
    """A record just created, and what each list answers when asked for it alone, by the list's name."""

    id: Any
    pages: Mapping[str, Page]


def _listed(context: Context) -> tuple[Listed, ...]:
    found = []
    for _ in range(2):
        id = context.id_of(context.create())
        asked = [one for one in listings(context.contract) if one.ids]
        found.append(Listed(id, {one.name: one.ask(context, one.query([id])) for one in asked}))
    return tuple(found)


def judge_listed(found: Iterable[Listed]) -> Iterator[str]:
    """Each list must hold the record, once, and count it."""
    for one in found:
        for name, page in one.pages.items():
            times = list(page.ids).count(one.id)
            if times != 1:
                yield f"{name} asked for record {one.id} alone holds it {times} times"
            elif page.count not in (1, None):
                yield f"{name} asked for record {one.id} alone counts {page.count}"


def rules(contract: Contract) -> Iterator[Rule]:
    operation, some = contract.role(Role.CREATE), Examples(contract)
    if operation is None:
        return
    names = unique_fields(contract)
    different = [some.record(number, **dict.fromkeys(names, number)) for number in (1, 2)]
    alike = tuple([different[0], {**different[1], name: 1}] for name in names)
    yield from from_behaviour(
        contract,
        "ids-unique",
        "create/unique",
        _many,
        partial(judge_unique, names),
        Proof((different,), alike),
        requires=f"Records created one after another all have different {' and '.join(f'{n}s' for n in names)}.",
    )
    if created := contract.resource.set_on("create"):
        changed = contract.resource.set_on("change")
        early, late = some.record(), some.record(**dict.fromkeys((created[0], *changed), LATER))
        rejects = [[early, early], [late, early]]
        rejects += [[early, {**late, name: early[name]}] for name in changed]
        requires = f"{created[0]} is when the record was created: later than that of one created before."
        judge = partial(judge_stamps, created[0], changed)
        proof = Proof(([early, late],), tuple(rejects))
        yield from_fact("create/stamps-dates", Level.DOCUMENTED, "x-set-on", requires, _stamps, judge, proof)
    if contract.resource.references:
        look = partial(_repeated, operation)
        judged = _of_repeated(contract, operation)
        yield from from_behaviour(contract, "create-repeated-item", "create/repeated-item", look, *judged)
    lists = [one.name for one in listings(contract) if one.ids]
    if lists:
        good = dict.fromkeys(lists, Page(200, [7], 1))
        wrong = [{**good, name: page} for name in lists for page in (Page(200, [], 0), Page(200, [7], 2))]
        proof = Proof(((Listed(7, good),),), tuple((Listed(7, pages),) for pages in wrong))
        where = "the plain and in the detailed list" if len(lists) > 1 else "the list"
        requires = f"A record just created stands in {where}, and is counted."
        yield from_fact("create/listed", Level.DOCUMENTED, "create; the lists", requires, _listed, judge_listed, proof)
