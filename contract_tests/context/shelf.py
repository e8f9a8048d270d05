"""The rows that a run knows to exist: what the target holds already, and records of every kind of its own.

Owns: Shelf (a sample is made once per scope and run, and so is what several rules judge).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from random import Random
from threading import Lock
from typing import Any, TypeVar

from cancelkit.contract_tests.context.bodies import marker_field, settable, values_of
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.context.ground import Scope
from cancelkit.contract_tests.context.limits import least
from cancelkit.contract_tests.context.sample import Sample
from cancelkit.contract_tests.context.walking import page_of, page_query
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.spec import Field, Operation, Role
from cancelkit.spec.values import NoValue, Values

OWNER = "shelf"
T = TypeVar("T")
MOST = 200
STATELESS = 3
"""So many pairs of own records where the contract has no states."""


class Shelf:
    """Makes a scope's sample when it is first asked for; thread-safe."""

    def __init__(self) -> None:
        self._samples: dict[Scope, Sample] = {}
        self._shared: dict[str, Any] = {}
        self._locks: defaultdict[str, Lock] = defaultdict(Lock)
        self._lock = Lock()

    def sample(self, context: Context, scope: Scope) -> Sample:
        with self._lock:
            if scope not in self._samples:
                self._samples[scope] = _make(context, scope)
            return self._samples[scope]

    def shared(self, context: Context, key: str, make: Callable[[Context], T]) -> T:
        """What `make` observes; a failure is not kept, so that the next who asks tries again."""
        with self._lock:
            lock = self._locks[key]
        with lock:
            if key not in self._shared:
                trace, context.trace = context.trace, []
                try:
                    self._shared[key] = make(context), frozenset(context.above)
                finally:
                    context.trace = trace
            found: T
            found, above = self._shared[key]
            context.above |= above
            return found


def _make(context: Context, scope: Scope) -> Sample:
    owner, context.rule_id = context.rule_id, OWNER
    trace, context.trace = context.trace, []
    above, context.above = context.above, set()
    contract = context.contract
    listing = contract.role(Role.LIST_DETAILED) or contract.role(Role.LIST)
    try:
        own = frozenset() if context.read_only else _stock(context, scope)
        rows: dict[Any, dict[str, Any]] = {}
        total = 0
        if listing is not None:
            first = page_of(context.call(listing, scope=scope, query=page_query(listing, limit=1)).json)
            total = first.count if first else 0
            rows = _listed(context, listing, scope, max_rows=MOST)
            missing = [id for id in own if id not in rows]
            name = _by_ids(context, listing)
            if missing and name:
                found = _listed(context, listing, scope, query={name: sorted(missing)})
                rows |= {id: row for id, row in found.items() if id in own}
        rows |= {id: row for id in own if id not in rows and (row := _retrieved(context, scope, id))}
        ids = sorted(rows) if context.resource.numbered else list(rows)
        return Sample(
            tuple(rows[id] for id in ids), own & rows.keys(), max(total, len(rows)), context.resource.id_field
        )
    finally:
        context.rule_id = owner
        context.trace, context.above = trace, above


def _by_ids(context: Context, listing: Operation) -> str | None:
    """The filter that finds records by several ids."""
    wanted = (context.resource.id_field,)
    return next((n for n, f in listing.filters.items() if f.path == wanted and f.lookup == "in"), None)


def _listed(context: Context, listing: Operation, scope: Scope, **how: Any) -> dict[Any, dict[str, Any]]:
    """Rows by id; none where the list can't be read to its end, which the paging rules judge."""
    with suppress(Inconclusive):
        rows = [row for row in context.rows(listing, scope=scope, **how) if isinstance(row, dict)]
        return {context.id_of(row): row for row in rows if context.is_id(context.id_of(row))}
    return {}


def _retrieved(context: Context, scope: Scope, id: Any) -> dict[str, Any] | None:
    operation = context.contract.role(Role.RETRIEVE_DETAILED) or context.contract.role(Role.RETRIEVE)
    if operation is None:
        return None
    answer = context.call(operation, scope=scope, id=id)
    found = answer.json
    return found if answer.status == 200 and isinstance(found, dict) and context.id_of(found) == id else None


def _stock(context: Context, scope: Scope) -> frozenset[Any]:
    known = settable(context.operation(Role.CREATE)) if context.contract.role(Role.CREATE) else {}

    def make(state: str | None, fields: dict[str, Any]) -> Any:
        with suppress(Inconclusive, Skip):
            return context.id_of(context.fresh(state, scope=scope, **fields))
        if modest := {name: least(known[name]) for name in context.above if fields.get(name) is not None}:
            with suppress(Inconclusive, Skip):
                return context.id_of(context.fresh(state, scope=scope, **{**fields, **modest}))
        return None

    made = context.parallel([partial(make, state, fields) for state, fields in _kinds(context, scope)])
    _touch(context, scope, made[: len(made) // 2])
    return frozenset(id for id in made if id is not None)


def _touch(context: Context, scope: Scope, ids: list[Any]) -> None:
    """Change the first records once more, so that the order of changes is not that of ids."""
    operation, marker = context.contract.role(Role.PARTIAL_UPDATE), marker_field(context.contract)
    if operation is None or marker is None or marker.name not in settable(operation):
        return
    for id in (id for id in ids if id is not None):
        with suppress(Inconclusive, Skip):
            body = context.update_body(operation, {}, scope=scope, **{marker.name: f"{context.marker} touched"})
            context.call(operation, scope=scope, id=id, body=body)


def _kinds(context: Context, scope: Scope) -> Iterator[tuple[str | None, dict[str, Any]]]:
    """Each state twice: with every nullable field null, and with every one filled; over choices and references."""
    create, moves = context.contract.role(Role.CREATE), context.resource.transitions
    if create is None:
        return
    states: tuple[str | None, ...] = moves.statuses if moves else (None,) * STATELESS
    marker = marker_field(context.contract)
    fields = {
        name: field
        for name, field in settable(create).items()
        if name != context.resource.state and (marker is None or name != marker.name)
    }
    for number, state in enumerate((*states, *states)):
        filled = number >= len(states)
        made: dict[str, Any] = {}
        for field in fields.values():
            with suppress(NoValue, Skip):
                made |= _value(context, scope, field, number, filled=filled)
        if filled and number % 2:
            _letter(context, made, number)
        yield state, made


def _letter(context: Context, made: dict[str, Any], number: int) -> None:
    """Put letters beyond ASCII where filters compare texts ignoring case, as far as a body sets them."""
    marker, text = marker_field(context.contract), f"{context.marker} Çöğ {number}"
    for rule in context.contract.filters.values():
        *way, last = rule.path
        node: Any = made
        for key in way:
            node = node.get(key) if isinstance(node, dict) else None
        free = isinstance(node, dict) and (last in node or (not way and marker is not None and last == marker.name))
        if free and rule.lookup == "iexact" and Values(rule.schema, place=last).admits(text):
            node[last] = text


def _value(context: Context, scope: Scope, field: Field, number: int, *, filled: bool) -> dict[str, Any]:
    if field.reference:
        known = context.keys_in(scope).get(field.name, ())
        return {field.name: known[number % len(known)]} if known else {}
    choices = [value for value in field.enum if value is not None]
    if field.required and choices:
        return {field.name: choices[number % len(choices)]}
    if field.nullable and not filled:
        return {field.name: None}
    if not filled and not field.required:
        return {}
    return {field.name: values_of(field).draw(Random(f"{field.name}/{number}"))}
