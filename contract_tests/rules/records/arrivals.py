"""Records brought from one state to another, each way once in a run, and what is then seen of them.

Owns: Move, `move`, `ways`, Came, `came`, `slowly`.
Knows nothing of: what is right; transitions.py and transitions_ways.py judge.
Source: x-transitions, x-action; x-filter on the state; x-behaviours patch-partial, put-omitted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.machine.histories import acting, moving, updating
from cancelkit.contract_tests.observing.evidence import Change, Refusal, Row
from cancelkit.contract_tests.observing.filters_found import Found
from cancelkit.contract_tests.observing.listing import listings
from cancelkit.contract_tests.observing.sending import after_put, fields, kept, may_refuse, other_value
from cancelkit.contract_tests.observing.writes import change, filling, left_alone, read, seen
from cancelkit.contract_tests.oracles.statuses import acted_again
from cancelkit.contract_tests.target.answer import UNSET, Answer
from cancelkit.spec import Contract, Operation, Transitions

TRIED: Final = 2
"""So many moves that are not permitted are tried in each way, others in the next one; all of them in deep."""
Way = tuple[str, str, str]
"""The old state, the kind of write, the new state."""
PROMISES: Final = {"patch": "patch-partial", "put": "put-omitted"}
Rest = Callable[[Row], object]
"""What is done between two writes of a record, as it is read."""


@dataclass(frozen=True, slots=True)
class Move:
    """A record asked to go from `old` to `new`, what must stay of it otherwise, as answered, and as read again."""

    old: str
    new: str
    before: Row
    answer: Answer
    after: Any


@dataclass(frozen=True, slots=True)
class Came:
    """What was seen on a way: writes that must be done, moves asked for, calls that must be refused, and filters.

    arrival: the move that the way is, which is among `changes`, too. edits: of every other field, by each
    update but the one that the way is, where there are two.
    """

    what: str
    arrival: Move | None = None
    changes: tuple[Change, ...] = ()
    edits: Mapping[str, Change] = field(default_factory=dict)
    moves: tuple[Move, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    found: tuple[Found, ...] = ()


def ways(contract: Contract, scale: int) -> list[Way]:
    """(old state, how, new state) of every arrival; in quick one for each state and kind of write, the longest."""
    moves, found = contract.resource.transitions, list[Way]()
    if moves is None:
        return []
    movers = [name for name, operation in updating(contract).items() if moves.field in fields(operation)]
    for new in moves.statuses:
        for old in moves.statuses:
            if old != new and new in moves.allowed.get(old, ()):
                found += [(old, how, new) for how in movers]
            for how, operation in acting(contract).items():
                action = operation.action
                if action and action.value == new and old not in action.refused:
                    found.append((old, how, new))
    if scale > 1:
        return found
    kinds, starts = [*movers, *acting(contract)], dict[tuple[str, str], list[Way]]()
    for way in found:
        starts.setdefault(way[1:], []).append(way)
    return [each[-1 - kinds.index(how) % len(each)] for (how, _), each in starts.items()]


def came(context: Context, moves: Transitions, way: Way) -> Came:
    """A record brought that way: once in a run, unless a rule is observed again."""
    return context.once(f"way {way}", partial(_came, moves, way))


def slowly(context: Context, moves: Transitions, way: Way, rest: Rest) -> Came:
    """Another record brought that way, with a rest before each write."""
    return _came(moves, way, context, rest)


def _came(moves: Transitions, way: Way, context: Context, rest: Rest = id) -> Came:
    """Bring a record there, try what is not permitted, name its state again, ask filters, edit it, move it on."""
    (old, how, new), turn = way, ways(context.contract, context.scale).index(way)
    start = context.fresh(None if old == moves.initial else old, **_filling(context))
    row = read(context, context.id_of(start))
    operation = moving(context.contract)[how]
    rest(row)
    arrived = move(context, operation, moves, row, new)
    change = Change(f"{old} to {new} by {how}", arrived.answer, row, arrived.after, {moves.field: new}, None)
    now = arrived.after if isinstance(arrived.after, dict) else row
    updates = list(updating(context.contract).values())
    refusals, tried = _still(context, moves, now, way, turn)
    staying = [one for one in updates if moves.field in fields(one)]
    if how not in acting(context.contract):  # what an update brought there in half of the ways, in quick, and by one
        staying = staying[turn % (len(staying) or 1) :][: 1 if context.scale > 1 else turn % 2]
    for one in staying:
        tried.append(move(context, one, moves, now, str(now.get(moves.field)), reread=False))
        now = dict(tried[-1].after) if isinstance(tried[-1].after, Mapping) else now
    found = tuple(_found(context, now, (old, new), turn))
    edits = {}
    for name, update in updating(context.contract).items():
        if context.contract.behaviour(PROMISES[name]) and (name != how or len(updates) < 2):
            rest(now)
            edit = _edited(context, update, now, f"{update.method} after {old} to {new} by {how}")
            if edit is not None:
                edits[name] = edit
                now = dict(edit.after) if isinstance(edit.after, Mapping) else now
    follows = sorted(moves.allowed.get(new, frozenset()) - {new})
    ready = [
        o for o in acting(context.contract).values() if o.action and o.action.value and new not in o.action.refused
    ]
    changes = [change]
    if ready and (turn % 2 or not follows):
        changes.append(_acted(context, ready[turn // 2 % len(ready)], moves, now, f"after {old} to {new} by {how}"))
    elif follows:
        tried.append(move(context, updates[turn % len(updates)], moves, now, follows[turn % len(follows)]))
    return Came(f"from {old} by {how}", arrived, tuple(changes), edits, tuple(tried), refusals, found)


def _filling(context: Context) -> dict[str, Any]:
    """Values for a create, but of fields that an update resets where it leaves them out, as a move does."""
    reset = {name for update in updating(context.contract).values() for name in after_put(context.contract, update, {})}
    return {name: value for name, value in filling(context).items() if name not in reset}


def _still(
    context: Context, moves: Transitions, row: Row, way: Way, turn: int
) -> tuple[tuple[Refusal, ...], list[Move]]:
    """What must leave the record as it is: actions that its state refuses, and some of the moves that it forbids."""
    (old, how, new), updates = way, list(updating(context.contract).values())
    forbidden = [s for s in moves.statuses if not moves.permits(new, s)]
    most = min(len(forbidden), len(forbidden) if context.scale > 2 else TRIED)
    chosen = [*forbidden[turn % (len(forbidden) or 1) :], *forbidden][:most]
    actions = []
    for name, acts in acting(context.contract).items():
        again = acted_again(context.contract, acts) in (200, acts.success.status)
        if acts.action and new in acts.action.refused and not again:
            actions.append((f"{name} of a record that came to {new} from {old} by {how}", acts))
    calls = [partial(context.call, acts, id=context.id_of(row)) for _, acts in actions]
    calls += [partial(ask, context, updates[(turn + n) % len(updates)], moves, row, s) for n, s in enumerate(chosen)]
    found = left_alone(context, row, calls)
    refusals = tuple(
        Refusal(what, answer, statuses=(acted_again(context.contract, acts),), before=row, after=after)
        for (what, acts), (answer, after) in zip(actions, found[: len(actions)], strict=True)
    )
    tried = [
        Move(str(row.get(moves.field)), s, row, *one) for s, one in zip(chosen, found[len(actions) :], strict=True)
    ]
    return refusals, tried


def _edited(context: Context, operation: Operation, row: Row, what: str) -> Change | None:
    """Every field but the state set to another value, less those that a server may refuse by what it alone knows."""
    known, sent = fields(operation), dict[str, Any]()
    for name, one in known.items():
        if name != context.resource.state:
            with suppress(Skip):
                sent[name] = other_value(context, name, one, row)
    while sent:
        body = {**kept(context, operation, row, whole=False), **sent}
        found = change(context, operation, body, row, after_put(context.contract, operation, body), what=what)
        refused = found.answer.json if found.answer.status in found.answer.refusals else None
        named = [name for name in sent if isinstance(refused, Mapping) and name in refused]
        if not named or not all(n in context.references or may_refuse(known[n], sent[n]) for n in named):
            return found
        sent = {name: value for name, value in sent.items() if name not in named}
    return None


def _acted(context: Context, operation: Operation, moves: Transitions, row: Row, when: str) -> Change:
    """An action that the record's state permits."""
    state = str(operation.action and operation.action.value)
    done = move(context, operation, moves, row, state)
    return Change(f"{operation.id} {when}", done.answer, row, done.after, {moves.field: state}, None)


def move(
    context: Context,
    operation: Operation,
    moves: Transitions,
    row: Row,
    new: str,
    *,
    old: str | None = None,
    reread: bool = True,
) -> Move:
    """Ask an update or an action for a record's new state, and read the record.

    old: what it should be in, if known. reread: False where a success is believed, and the record is read later.
    """
    answer, was = ask(context, operation, moves, row, new), old or str(row.get(moves.field))
    after = seen(context, context.id_of(row)) if reread or not answer.ok else answer.json
    return Move(was, new, _left(context, operation, row, answer), answer, after)


def _left(context: Context, operation: Operation, row: Row, answer: Answer) -> Row:
    """The record but for its state after an update that names the state alone, as far as it must."""
    left = after_put(context.contract, operation, {}) if answer.ok else {}
    sent = kept(context, operation, row, whole=False)
    return {**row, **{name: value for name, value in left.items() if name in row and name not in sent}}


def ask(context: Context, operation: Operation, moves: Transitions, row: Row, new: str) -> Answer:
    """Ask an update or an action for a record's new state."""
    body: Any = UNSET
    if operation.action is None:
        body = {**kept(context, operation, row, whole=False), moves.field: new}
    return context.call(operation, id=context.id_of(row), body=body)


def _found(context: Context, row: Row, states: tuple[str, str], turn: int) -> Iterator[Found]:
    """The record by its state before and by the present one, in one of the lists."""
    lists = [one for one in listings(context.contract) if one.ids]
    for one in lists[turn % len(lists) :][:1] if lists else ():
        for name, _, rule in one.judged:
            if rule.path == (context.resource.state,) and rule.lookup == "exact" and not rule.transform:
                for state in states:
                    page = one.ask(context, {**one.query([context.id_of(row)]), name: state})
                    count = page.count if "count" in one.fields else len(page.ids)
                    what = f"{one.operation.id} with {name}={state}"
                    shown = (page.status, list(page.ids), count, True, [row])
                    yield Found(what, ((name, rule, state),), *shown, id_field=one.id_field)
