"""Calls at once about different records, of one scope and of two: each is answered and stored as if it were alone.

Owns: concurrency/apart-<patch|put>, concurrency/two-scopes.
Source: x-behaviours patch-partial, put-omitted, <scope>-isolation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from typing import Any, Final

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.context.ground import Scope
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.observing import examples
from cancelkit.contract_tests.observing.askers_walk import shown
from cancelkit.contract_tests.observing.evidence import Row
from cancelkit.contract_tests.observing.examples import ELSE, Examples
from cancelkit.contract_tests.observing.history_views import ALONE
from cancelkit.contract_tests.observing.listing import Listing, listings
from cancelkit.contract_tests.observing.names import isolation, scope_word, updates
from cancelkit.contract_tests.observing.sending import fields, kept, other_value
from cancelkit.contract_tests.observing.stating import Proof, from_behaviour
from cancelkit.contract_tests.observing.writes import seen
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.rules.concurrency.lost_changes import apart
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Operation, Role

FEW: Final = 20
"""So many rows a list is asked for."""
LISTS: Final = 4
"""So many lists of each scope are asked for at once, at the least."""


@dataclass(frozen=True, slots=True)
class Apart:
    """One of the writes sent at once: what its record must show now, in the answer and when it is read again."""

    what: str
    expected: Row
    answer: Answer
    after: Any


@dataclass(frozen=True, slots=True)
class Shown:
    """One of the reads sent at once: the ids that it shows, those that it must show, and those of the other scope."""

    what: str
    status: int
    ids: tuple[Any, ...]
    own: frozenset[Any]
    foreign: frozenset[Any]


def _writes(operation: Operation, names: list[str], context: Context) -> list[Apart]:
    """The same fields of two records, and of one in the other scope, each with values of its own."""
    other = context.other_scope
    scopes: list[Scope] = [context.scope, context.scope]
    if other is not None and all(context.other_references.get(name) for name in context.references):
        scopes.append(other)
    found = _created(scopes, context)
    rows: list[Row] = [one.answer.json for one in found if one.answer.ok and isinstance(one.answer.json, dict)]
    if len(rows) < len(scopes):
        raise Inconclusive(f"a valid create was not accepted: {found[0].answer.brief()}")
    for _ in range(max(2, context.scale)):
        ids = [context.id_of(row) for row in rows]
        bodies = [_body(context, operation, names, row) for row in rows]
        calls = zip(scopes, ids, bodies, strict=True)
        answers = context.parallel([partial(context.call, operation, scope=s, id=i, body=b) for s, i, b in calls])
        where = zip(scopes, ids, strict=True)
        after = context.parallel([partial(seen, context, id, scope=scope) for scope, id in where])
        for scope, id, body, answer, now in zip(scopes, ids, bodies, answers, after, strict=True):
            what = f"{operation.method} of record {id} of {shown(scope)} among those of others"
            found.append(Apart(what, {context.resource.id_field: id, **body}, answer, now))
        rows = [now if isinstance(now, Mapping) else row for row, now in zip(rows, after, strict=True)]
    return found


def _created(scopes: list[Scope], context: Context) -> list[Apart]:
    """A create in each of the scopes, all at once; that each is in its own, the writes that follow show."""
    create = context.operation(Role.CREATE)
    known = fields(create)
    names = apart(context.contract, create)
    made = [{name: other_value(context, name, known[name], {}) for name in names} for _ in scopes]
    bodies = [context.body(scope, **own) for scope, own in zip(scopes, made, strict=True)]
    sends = [partial(context.call, create, scope=s, body=body) for s, body in zip(scopes, bodies, strict=True)]
    sent = zip(scopes, bodies, context.parallel(sends), strict=True)
    return [Apart(f"{create.method} in {shown(s)} among others", body, one, one.json) for s, body, one in sent]


def _body(context: Context, operation: Operation, names: list[str], row: Row) -> dict[str, Any]:
    known, body = fields(operation), kept(context, operation, row, whole=False)
    return {**body, **{name: other_value(context, name, known[name], row) for name in names}}


def judge_writes(records: Records, found: Iterable[Apart]) -> Iterator[str]:
    """Each is accepted, and shows what it was sent, of its own record."""
    for one in found:
        if not one.answer.ok:
            yield f"{one.what}: answered {one.answer.status}, not 200"
            continue
        for where, row in (("the answer", one.answer.json), ("the record read again", one.after)):
            yield from (f"{one.what}: in {where} {text}" for text in records.lacks(row, one.expected))


def _reads(context: Context) -> list[Shown]:
    """Every list, and every way to read one record, of both scopes: all at once, and many times over."""
    if context.other_scope is None:
        raise Skip(f"no other {scope_word(context.contract)} is given")
    samples = {scope: context.sample(scope=scope) for scope in (context.scope, context.other_scope)}
    known = {scope: sample.ids for scope, sample in samples.items()}
    own = {scope: sorted(sample.own)[: FEW // 2] for scope, sample in samples.items()}
    alone = [o for role in ALONE if (o := context.contract.role(role))]
    found = list[Shown]()
    for turn in range(2 * context.scale):
        asked = list[partial[Shown]]()
        lists = listings(context.contract)
        for one in islice(cycle(lists), max(LISTS, len(lists)) if lists else 0):
            for scope, foreign in _across(known):
                exactly = own[scope] if turn % 2 and one.ids else []
                query = one.query([*exactly, *sorted(foreign)[: FEW // 2]] if exactly else None, limit=FEW)
                asked.append(partial(_listed, context, one, scope, query, exactly, foreign))
        for operation in alone:
            for scope, foreign in _across(known):
                asked += [partial(_read, context, operation, scope, id, foreign) for id in own[scope][turn:][:1]]
        found += context.parallel(asked)
    if not found:
        raise Inconclusive("nothing could be read of two scopes")
    return found


def _across(known: Mapping[Scope, frozenset[Any]]) -> Iterator[tuple[Scope, frozenset[Any]]]:
    """(a scope, the ids of the other one)."""
    one, other = known
    yield from ((one, known[other] - known[one]), (other, known[one] - known[other]))


def _listed(
    context: Context, one: Listing, scope: Scope, query: Any, own: Iterable[Any], foreign: frozenset[Any]
) -> Shown:
    page = one.ask(context, query, scope)
    return Shown(f"{one.operation.id} of {shown(scope)}", page.status, tuple(page.ids), frozenset(own), foreign)


def _read(context: Context, operation: Operation, scope: Scope, id: Any, foreign: frozenset[Any]) -> Shown:
    answer = context.call(operation, scope=scope, id=id)
    ids = (context.id_of(answer.json),) if answer.ok and isinstance(answer.json, Mapping) else ()
    return Shown(f"{operation.id} of {shown(scope)}", answer.status, ids, frozenset([id]), foreign)


def judge_reads(found: Iterable[Shown]) -> Iterator[str]:
    """Each shows what it was asked for, and nothing of the other scope."""
    for one in found:
        leaked, lost = one.foreign & {*one.ids}, one.own - {*one.ids}
        if one.status != 200:
            yield f"{one.what}, beside those of another: answered {one.status}, not 200"
        elif leaked:
            yield f"{one.what}, beside those of another: shows records of the other: {sorted(leaked)[:5]}"
        elif lost:
            yield f"{one.what}, beside those of another: does not show its own: {sorted(lost)[:5]}"


def rules(contract: Contract) -> Iterator[Rule]:
    some, word = Examples(contract), scope_word(contract)
    row, ok = some.record(), examples.answer(200, some.record())
    if listings(contract) and contract.resource.scope:
        right, own, foreign = partial(Shown, "a", 200), frozenset({7}), frozenset({8})
        proof = Proof(
            ([right((7,), own, foreign)],),
            ([right((7, 8), own, foreign)], [right((), own, foreign)], [Shown("a", 404, (), own, foreign)]),
        )
        yield from from_behaviour(
            contract,
            isolation(contract),
            "concurrency/two-scopes",
            _reads,
            judge_reads,
            proof,
            requires=f"Reads of two {word}s at once, many times over, each show records of their own {word}.",
            writes=False,
            needs_other=True,
        )
    for area, operation in updates(contract) if contract.role(Role.CREATE) else ():
        names = apart(contract, operation)
        if names:
            sent = {**row, names[0]: ELSE}
            wrong = (
                [Apart("a", {names[0]: ELSE}, ok, sent)],
                [Apart("a", {names[0]: ELSE}, examples.answer(200, sent), row)],
                [Apart("a", {}, examples.error(500), row)],
            )
            yield from from_behaviour(
                contract,
                "patch-partial" if area == "patch" else "put-omitted",
                f"concurrency/apart-{area}",
                partial(_writes, operation, names),
                partial(judge_writes, some.records),
                Proof(([Apart("a", {names[0]: ELSE}, examples.answer(200, sent), sent)],), wrong),
                requires=f"Creates at once, and {operation.method}s of different records at once, of the same fields, "
                "each set and answer what was sent for their own.",
            )
