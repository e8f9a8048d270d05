"""Records in every state, and each operation on one called about them by those for whom they are not there.

Owns: `asked` (observed once in a run), Told, the two ways between scopes, the table of operation, asker and state.
Knows nothing of: what is right; isolation_items.py, unknown_records.py and security_refused.py in rules/access judge.
Source: x-behaviours <scope>-isolation, delete-gone, authentication; x-transitions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.context.ground import Scope
from cancelkit.contract_tests.context.states import reachable
from cancelkit.contract_tests.engine.cells import Cell, Table
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.observing.evidence import Row
from cancelkit.contract_tests.observing.listing import listings
from cancelkit.contract_tests.observing.names import item_operations, scope_word, short
from cancelkit.contract_tests.observing.sending import bad_values, fields, good_body, kept, no_text
from cancelkit.contract_tests.observing.writes import delete, seen
from cancelkit.contract_tests.target.answer import Answer, Auth
from cancelkit.spec import Contract, Operation, Role

FOREIGN, GONE, DELETING = "another scope", "after its delete", "its delete"
KEYLESS: Final[tuple[Auth, ...]] = ("none", "empty", "wrong")
BODIES, ASKERS = "unknown records", "askers"


Unknown = dict[tuple[str, str, Scope], tuple[tuple[Any, Answer], ...]]
"""Answers about ids that no record ever had, by operation, body and scope."""


@dataclass(frozen=True, slots=True)
class Told:
    """An answer about a record that is not there for the caller.

    body: what kind of body was sent. unknown: two answers about ids that no record ever had, where they are compared.
    before, after: the record, where it is there for others and a write was tried.
    """

    what: str
    answer: Answer
    id: Any
    unknown: tuple[tuple[Any, Answer], ...] = ()
    before: Row | None = None
    after: Any = None
    body: str = ""


def shown(scope: Scope) -> str:
    """A scope in a sentence."""
    return "/".join(map(str, scope))


def both_ways(context: Context) -> tuple[tuple[Scope, Scope], ...]:
    """(a scope, the other one), each way in which records can be created."""
    other = context.other_scope
    if other is None:
        raise Skip(f"no other {scope_word(context.contract)} is given")
    ways = ((context.scope, other), (other, context.scope))
    return ways if all(context.other_references.get(name) for name in context.references) else ways[:1]


def asked(
    context: Context, operation: Operation, asker: str, wrong: Callable[[Sequence[Told]], Iterable[str]]
) -> list[Told]:
    """What the walk showed of an operation and who asked; where that is `wrong`, of them alone, once more."""
    told = context.shared("askers", _every)[operation.id, asker]
    if told and any(wrong(told)):
        told = _walk([operation], (asker,), context)[operation.id, asker]
    if not told:
        raise Skip(f"no other {scope_word(context.contract)} is given" if asker == FOREIGN else "there is no record")
    return told


def ended(context: Context, state: str, retrieve: Operation) -> tuple[Answer, Answer] | None:
    """What the delete of a record in a state was answered with, and what retrieving it then; None where it was not."""
    found = context.shared("askers", _every)
    for one in found["", DELETING]:
        for then in found[retrieve.id, GONE]:
            if one.body == state and one.id == then.id:
                return one.answer, then.answer
    return None


def _every(context: Context) -> dict[tuple[str, str], list[Told]]:
    return _walk(item_operations(context.contract), (FOREIGN, *KEYLESS, GONE), context)


def _walk(
    operations: Sequence[Operation], askers: Collection[str], context: Context
) -> dict[tuple[str, str], list[Told]]:
    found, known = defaultdict[tuple[str, str], list[Told]](list), Unknown()
    ways: Sequence[tuple[Scope, Scope | None]] = ((context.scope, None),)
    with suppress(Skip):
        ways = both_ways(context)
    for number, (home, away) in enumerate(ways if askers != (FOREIGN,) or ways[0][1] else ()):
        if number and FOREIGN not in askers:
            break
        rows = _in_every_state(context, home)
        ask = partial(_ask, context, operations, rows, home, found, known)
        if away is not None and FOREIGN in askers:
            ask(FOREIGN, away)
        for credential in (one for one in KEYLESS if not number and one in askers):
            ask(credential, home)
        if not number and GONE in askers and context.contract.role(Role.DESTROY):
            for row in rows:
                state, answer = str(context.state_of(row)), delete(context, row, scope=home)
                found["", DELETING].append(
                    Told(f"DELETE of a record that is {state}", answer, context.id_of(row), body=state)
                )
            ask(GONE, home)
    return found


def states(contract: Contract, scale: int) -> list[str | None]:
    """The states of the records: all; in quick the first and a final one."""
    found = reachable(contract)
    moves = contract.resource.transitions
    if moves is None or not found:
        return [None]
    return [*found] if scale > 1 else [moves.initial, *[state for state in found if state in moves.final][:1]]


def _in_every_state(context: Context, home: Scope) -> list[Row]:
    """Records of a scope, a few where each keeps a row of another table to itself.

    Raises:
        Inconclusive: none could be made.
    """
    wanted, rows = states(context.contract, context.scale), list[Row]()
    for state in wanted if context.one_each is None else wanted[: max(1, context.room // 3)]:
        with suppress(Inconclusive):
            rows.append(context.fresh(state, scope=home))
    return rows or [context.create(home)]


def _ask(
    context: Context,
    operations: Sequence[Operation],
    rows: Sequence[Row],
    home: Scope,
    found: Mapping[tuple[str, str], list[Told]],
    known: Unknown,
    asker: str,
    scope: Scope,
) -> None:
    """Call each operation about each record, with other bodies than a right one and an empty key about one of them.

    Records that are there for others are read before and after it.
    """
    there = {} if asker == GONE else _views(context, rows, home)
    for operation in operations:
        if asker in KEYLESS and not (context.contract.api_key and operation.secured):
            continue
        told: list[Told] = []
        for number, (name, sent) in enumerate(bodies(context, operation, asker).items()):
            some = rows if not number and asker != "empty" else [rows[number % len(rows)]]
            told += _told(context, operation, asker, scope, name, sent, some, known)
        if operation.method != "GET" and there:
            before, there = there, _views(context, rows, home)
            told = [replace(one, before=before.get(one.id), after=there.get(one.id)) for one in told]
        found[operation.id, asker] += told


def _told(
    context: Context,
    operation: Operation,
    asker: str,
    scope: Scope,
    name: str,
    sent: Mapping[str, Any],
    rows: Sequence[Row],
    known: Unknown,
) -> Iterator[Told]:
    contract = context.contract
    auth: Auth = asker if asker in KEYLESS else "good"
    unknown: tuple[tuple[Any, Answer], ...] = ()
    if asker not in KEYLESS:
        unknown = known.get((operation.id, name, scope)) or tuple(
            (one, context.call(operation, scope=scope, id=one, **sent)) for one in strangers(context)
        )
        known[operation.id, name, scope] = unknown
        word = "a deleted record" if asker == GONE else f"a record of another {scope_word(contract)}"
        context.cover(BODIES, operation=short(operation), record=word, body=name)
    for row in rows:
        state, key = context.state_of(row), context.id_of(row)
        body = sent
        if auth != "good" and operation.body is not None:
            body = {"body": {**kept(context, operation, row, whole=False), **sent["body"]}}
        answer = context.call(operation, scope=scope, id=key, auth=auth, **body)
        what = f"{operation.method}{f' with {name}' if operation.body else ''} of record {key}"
        what += f", which is {state}," * (state is not None)
        what += {FOREIGN: f" asked of {scope_word(contract)} {shown(scope)}", GONE: " after its delete"}.get(asker, "")
        context.cover(ASKERS, operation=short(operation), asker=asker, state=str(state or ""))
        yield Told(what, answer, key, unknown, body=name)


def _views(context: Context, rows: Sequence[Row], home: Scope) -> dict[Any, Any]:
    """The records as they are now, by id: of a list that can be asked for them, or each by itself."""
    ids = [context.id_of(row) for row in rows]
    listing = next((one for one in listings(context.contract) if one.ids), None)
    if listing is None:
        return {key: seen(context, key, scope=home) for key in ids}
    page = listing.ask(context, listing.query(ids, limit=len(ids)), home)
    return {context.id_of(row): row for row in page.rows if isinstance(row, Mapping)}


def bodies(context: Context, operation: Operation, asker: str) -> dict[str, dict[str, Any]]:
    """What is sent, by its kind: a right body, a wrong one, an empty one, one that is no JSON; nothing at all."""
    if operation.body is None:
        return {"no body": {}}
    contract, known = context.contract, fields(operation).items()
    found: dict[str, dict[str, Any]] = {"a right body": {"body": good_body(context, operation)}}
    if asker in KEYLESS:
        return found
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


def tables(contract: Contract) -> Iterator[Table]:
    """Operations by who asks, and about what: with which body, of a record in which state."""
    word = scope_word(contract)
    gone = contract.role(Role.DESTROY) is not None and contract.role(Role.CREATE) is not None

    def of_bodies(scale: int) -> Iterator[Cell]:
        whose = [*(["a deleted record"] * gone), *([f"a record of another {word}"] * bool(contract.resource.scope))]
        for operation in item_operations(contract):
            kinds = ["a right body", "a wrong body", *(["an empty body", "no JSON"] if scale > 1 else [])]
            for record in whose:
                yield from ((short(operation), record, body) for body in (kinds if operation.body else ["no body"]))

    def of_askers(scale: int) -> Iterator[Cell]:
        askers = [FOREIGN] * bool(contract.resource.scope) + [GONE] * gone
        for operation in item_operations(contract):
            for asker in (*askers, *(("none", "wrong") if contract.api_key and operation.secured else ())):
                yield from ((short(operation), asker, str(state or "")) for state in states(contract, scale))

    says = "an operation called with a body of a kind about a record that is not there for the caller"
    yield Table(BODIES, f"{says} (deleted, or of another {word})", ("operation", "record", "body"), of_bodies)
    says = "an operation called about a record in a state by another scope, after its delete, or without a known key"
    yield Table(ASKERS, says, ("operation", "asker", "state"), of_askers)
