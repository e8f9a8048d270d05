"""Who asks for a record that is not there for them learns nothing: not that it was, nor that another scope has it.

Owns: isolation/<operation>/as-unknown, delete/as-unknown-for-<operation>.
Source: x-behaviours <scope>-isolation (answered as an unknown one), delete-gone, refused-changes-nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.cells import Cell, Table
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.oracles.statuses import foreign
from cancelkit.contract_tests.rules import examples
from cancelkit.contract_tests.rules.evidence import Row
from cancelkit.contract_tests.rules.examples import Examples
from cancelkit.contract_tests.rules.isolation_items import both_ways, isolation, shown
from cancelkit.contract_tests.rules.names import item_operations, scope_word, short
from cancelkit.contract_tests.rules.sending import bad_values, fields, good_body, no_text
from cancelkit.contract_tests.rules.stating import Proof, from_behaviour
from cancelkit.contract_tests.rules.writes import delete, seen
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Operation, Role

TABLE: Final = "unknown records"
SAYS: Final = "an operation called with a body of a kind about a record that is not there for the caller"
TELLING: Final = ("etag", "last-modified", "location", "content-location", "allow", "link")
"""Headers of which an answer about nothing has none, or the same."""
VARYING: Final = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F-]{22}|\d{4}-\d\d-\d\d[T ]\d\d:\d\d[\d:.+Z-]*|\b[0-9a-fA-F]{16,}\b"
)
"""Ids of traces and moments."""


@dataclass(frozen=True, slots=True)
class Told:
    """An answer about a record that is not there for the caller, and two about ids that no record ever had.

    before, after: the record, where another scope has it and a write was tried.
    """

    what: str
    answer: Answer
    id: Any
    unknown: tuple[tuple[Any, Answer], ...]
    before: Row | None = None
    after: Any = None


def bodies(context: Context, operation: Operation) -> dict[str, dict[str, Any]]:
    """What is sent, by its kind: a right body, a wrong one, an empty one, one that is no JSON; nothing at all."""
    if operation.body is None:
        return {"no body": {}}
    contract, known = context.contract, fields(operation).items()
    found: dict[str, dict[str, Any]] = {"a right body": {"body": good_body(context, operation)}}
    bad = next(({n: value} for n, field in known for _, value in bad_values(context, n, field, contract)), None)
    if context.scale > 1:
        found |= {"an empty body": {"body": {}}, "no JSON": {"content": b"{"}}
    return {**found, **({"a wrong body": {"body": bad}} if bad else {})}


def strangers(context: Context) -> list[Any]:
    """Two ids that no record ever had."""
    number = context.rng.randrange(10**6)
    if context.resource.numbered:
        highest = max([*context.sample().ids, 0])
        return [highest + 200_000 + number, highest + 1_300_000 + number]
    return [no_text(context.resource.id_schema, number), no_text(context.resource.id_schema, number + 1)]


def _told(
    context: Context, operation: Operation, what: str, ids: Sequence[Any], scope: Any, rows: Sequence[Row | None]
) -> list[Told]:
    """Call the operation about each id in the scope, with every kind of body, and about two that were never given."""
    found = []
    for name, sent in bodies(context, operation).items():
        unknown = tuple((id, context.call(operation, scope=scope, id=id, **sent)) for id in strangers(context))
        for id, row in zip(ids, rows, strict=True):
            answer = context.call(operation, scope=scope, id=id, **sent)
            found.append(Told(f"{operation.method} with {name} of {what} {id}", answer, id, unknown, row))
        context.cover(TABLE, operation=short(operation), record=what.partition(" (")[0], body=name)
    return found


def _gone(operation: Operation, context: Context) -> list[Told]:
    moves = context.resource.transitions
    rows = (
        [context.fresh(state) for state in (moves.initial, *sorted(moves.final)[:1])] if moves else [context.create()]
    )
    for row in rows:
        delete(context, row)
    ids = [context.id_of(row) for row in rows]
    return _told(context, operation, "a deleted record", ids, None, [None] * len(ids))


def _foreign(operation: Operation, context: Context) -> list[Told]:
    """Records of each scope, new and in every state where reading is tried, asked for in the other one.

    Those that are written about are read before and after.
    """
    found: list[Told] = []
    word, moves = scope_word(context.contract), context.resource.transitions
    for home, away in both_ways(context):
        rows: list[Row] = [context.create(home)]
        if operation.method == "GET":
            sample = context.sample(scope=home)
            own = [row for row in sample.rows if context.id_of(row) in sample.own]
            rows += own if context.scale > 1 else own[-1:]
        elif moves and context.scale > 1:
            rows.append(context.fresh(sorted(moves.final or moves.statuses)[0], scope=home))
        ids = [context.id_of(row) for row in rows]
        what = f"a record of another {word} ({shown(home)}) in {shown(away)}:"
        if operation.method == "GET":
            found += _told(context, operation, what, ids, away, [None] * len(ids))
            continue
        before = [seen(context, id, scope=home) for id in ids]
        told = _told(context, operation, what, ids, away, before)
        after = {id: seen(context, id, scope=home) for id in ids}
        found += [replace(one, after=after[one.id]) for one in told]
    return found


def same_answer(one: Answer, its: Any, other: Answer, id: Any) -> Iterator[str]:
    """Yield in what two answers about two ids differ, other than in the ids, moments and traces."""
    if one.status != other.status:
        yield f"answered {one.status}, {other.status} for an id that no record ever had"
    elif one.content_type != other.content_type or _settled(one.text, its) != _settled(other.text, id):
        yield f"answered {one.text[:200]!r}, {other.text[:200]!r} for an id that no record ever had"
    for name in TELLING:
        mine, theirs = (_settled(a.headers.get(name, ""), i) for a, i in ((one, its), (other, id)))
        if bool(mine) != bool(theirs) or (name == "allow" and mine != theirs):
            yield f"the header {name} is {mine or 'missing'}, {theirs or 'missing'} for an id that no record ever had"


def _settled(text: str, id: Any) -> str:
    return VARYING.sub("…", re.sub(rf"(?<!\w){re.escape(str(id))}(?!\w)", "ID", text))


def judge(records: Records, found: Iterable[Told]) -> Iterator[str]:
    """Each answer is the same as about an id that no record had (where two of these agree); the record stands."""
    for one in found:
        (left, first), (right, second) = one.unknown
        if not list(same_answer(first, left, second, right)):
            yield from (f"{one.what}: {text}" for text in same_answer(one.answer, one.id, first, left))
        elif one.answer.status != first.status == second.status:
            yield f"{one.what}: answered {one.answer.status}, {first.status} for an id that no record ever had"
        if one.before is not None:
            yield from (f"{one.what}: {text}" for text in records.stands(one.before, one.after))


def _proof(contract: Contract) -> Proof:
    some = Examples(contract)
    row, id = some.record(), some.id()

    def about(number: int, status: int = 404, text: str = "No {}.", headers: dict[str, str] | None = None) -> Answer:
        sentence = {"detail": text.format(some.id(number)), "code": "not_found"}
        return examples.answer(status, sentence, headers=headers)

    unknown = tuple((some.id(number), about(number)) for number in (8, 9))

    def told(answer: Answer, after: Any = row) -> list[Told]:
        return [Told("call", answer, id, unknown, row, after)]

    rejects = [told(about(7, 403)), told(about(7, text="No {} any more.")), told(about(7), None)]
    rejects += [told(about(7, headers={"etag": '"a"'})), told(about(7), some.altered())]
    return Proof((told(about(7)),), tuple(rejects))


def rules(contract: Contract) -> Iterator[Rule]:
    usual, proof = Records(contract), _proof(contract)
    for operation in item_operations(contract):
        where = f"{operation.method} {operation.path}"
        done = operation.role is Role.DESTROY and contract.chosen("delete-again") == "done"
        if contract.role(Role.DESTROY) and contract.role(Role.CREATE) and not done:
            yield from from_behaviour(
                contract,
                "delete-gone",
                f"delete/as-unknown-for-{short(operation)}",
                partial(_gone, operation),
                partial(judge, usual),
                proof,
                requires=f"{where} about a deleted record is answered as about one that never was, whatever is sent.",
            )
        if contract.resource.scope and foreign(contract) == 404:
            yield from from_behaviour(
                contract,
                isolation(contract),
                f"isolation/{short(operation)}/as-unknown",
                partial(_foreign, operation),
                partial(judge, usual),
                proof,
                requires=f"{where} about a record of another {scope_word(contract)} is answered as about one that "
                "never was, whatever is sent; the record stands.",
                needs_other=True,
            )


def tables(contract: Contract) -> Iterator[Table]:
    word = scope_word(contract)

    def cells(scale: int) -> Iterator[Cell]:
        gone = contract.role(Role.DESTROY) and contract.role(Role.CREATE)
        whose = [
            *(["a deleted record"] if gone else []),
            *([f"a record of another {word}"] if contract.resource.scope else []),
        ]
        for operation in item_operations(contract):
            kinds = ["a right body", "a wrong body", *(["an empty body", "no JSON"] if scale > 1 else [])]
            for record in whose:
                yield from ((short(operation), record, body) for body in (kinds if operation.body else ["no body"]))

    yield Table(TABLE, f"{SAYS} (deleted, or of another {word})", ("operation", "record", "body"), cells)
