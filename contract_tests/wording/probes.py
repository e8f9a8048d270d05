"""Each kind of fault provoked alone, at each place where a target may say it otherwise.

Owns: the probes of a contract; those of keys, paths, methods and states. Works on records of the run's own.
Source: spec/wording.py; the paths and states of the contract.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.context.states import movers, reachable
from cancelkit.contract_tests.context.walking import page_query
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.observing.sending import FAR, NO_TEXT, kept, no_text, with_body
from cancelkit.contract_tests.wording.bodies import of_create, of_updates
from cancelkit.contract_tests.wording.probe import Probe, Said, said
from cancelkit.contract_tests.wording.queries import of_lists
from cancelkit.spec import Contract, Operation, Role
from cancelkit.spec.wording import KINDS

BEYOND = 9_999_999


def probes(contract: Contract) -> dict[str, list[Probe]]:
    """By the kind of fault, for each place where it may be said otherwise: the one that is said everywhere first."""
    found: dict[str, dict[str, Probe]] = {id: {} for id in KINDS}
    for probe in (
        *_of_protocol(contract),
        *of_create(contract),
        *_of_states(contract),
        *of_updates(contract),
        *of_lists(contract),
    ):
        found[probe.kind].setdefault(probe.at, probe)
    return {kind: list(known.values()) for kind, known in found.items() if known}


# Paths, keys, methods


def _of_protocol(contract: Contract) -> Iterator[Probe]:
    retrieve = contract.role(Role.RETRIEVE) or contract.role(Role.RETRIEVE_DETAILED)
    listing = contract.role(Role.LIST) or contract.role(Role.LIST_DETAILED)
    if retrieve is not None:
        yield Probe("not-found", retrieve.id, partial(_not_found, retrieve), writes=False)
        if contract.resource.numbered:
            yield Probe("path", retrieve.id, partial(_pathless, retrieve), writes=False)
    if listing is None:
        return
    if "page" in listing.paging:
        yield Probe("page", listing.id, partial(_beyond, listing), writes=False, field=listing.paging["page"])
    if contract.api_key is not None and listing.secured:
        yield Probe("no-key", listing.id, partial(_keyless, listing), writes=False)
        yield Probe("wrong-key", listing.id, partial(_wrong_key, listing), writes=False)
        if contract.api_key.prefix:
            yield Probe("bare-key", listing.id, partial(_bare_key, listing), writes=False)
    taken = {one.method for one in contract.operations.values() if one.path == listing.path}
    if free := [method for method in ("PATCH", "PUT") if method not in taken]:
        yield Probe("method", listing.id, partial(_method, listing, free))


def _not_found(retrieve: Operation, context: Context, turn: int) -> Said:
    number = FAR + context.rng.randrange(10**8)
    id = number if context.resource.numbered else no_text(context.resource.id_schema, number)
    answer = context.call(retrieve, id=id)
    if answer.status != 404:
        raise Skip(f"it is answered {answer.status}")
    return said(answer, None, {})


def _pathless(retrieve: Operation, context: Context, turn: int) -> Said:
    answer = context.call(retrieve, id=(NO_TEXT, "abc")[turn % 2])
    if answer.status != 404:
        raise Skip(f"it is answered {answer.status}")
    return said(answer, None, {})


def _beyond(listing: Operation, context: Context, turn: int) -> Said:
    return said(context.call(listing, query=page_query(listing, page=BEYOND + turn)), listing.paging["page"], {})


def _keyless(listing: Operation, context: Context, turn: int) -> Said:
    return said(context.call(listing, auth="none"), None, {})


def _wrong_key(listing: Operation, context: Context, turn: int) -> Said:
    return said(context.call(listing, auth="wrong"), None, {})


def _bare_key(listing: Operation, context: Context, turn: int) -> Said:
    found = said(context.call(listing, auth="bare"), None, {})
    if found == _keyless(listing, context, turn):
        raise Skip("it is answered as no key is")
    return found


def _method(listing: Operation, free: list[str], context: Context, turn: int) -> Said:
    method = free[turn % len(free)]
    answer = context.send(method, context.url(listing))
    if answer.status != 405:
        raise Skip(f"it is answered {answer.status}")
    return said(answer, None, {"method": method})


# States


def _of_states(contract: Contract) -> Iterator[Probe]:
    moves = contract.resource.transitions
    if moves is None or contract.role(Role.CREATE) is None:
        return
    if movers(contract):
        yield Probe("transition", movers(contract)[0].id, _transition, field=moves.field)
    for operation in contract.actions:
        action = operation.action
        if action and action.field == moves.field and action.refused:
            yield Probe("action", operation.id, partial(_action, operation), field=moves.field)


def _transition(context: Context, turn: int) -> Said:
    moves, operation = context.contract.transitions, movers(context.contract)[0]
    known = [(old, new) for old in reachable(context.contract) for new in moves.statuses if not moves.permits(old, new)]
    if not known:
        raise Skip("every move is permitted")
    old, new = known[turn % len(known)]
    row = context.fresh(old)
    body = {**kept(context, operation, row, whole=False), moves.field: new}
    return said(context.call(operation, id=context.id_of(row), body=body), moves.field, {"old": old, "new": new})


def _action(operation: Operation, context: Context, turn: int) -> Said:
    action = operation.action
    known = [state for state in reachable(context.contract) if action and state in action.refused]
    if not known:
        raise Skip("no state in which the action is refused can be reached")
    row = context.fresh(known[turn % len(known)])
    answer = context.call(operation, id=context.id_of(row), **with_body(context, operation))
    return said(answer, None, {"old": context.state_of(row)})
