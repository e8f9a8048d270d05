"""Points of records: what is done twice, what belongs to somebody else, how dates are written.

Owns: the detectors of action-again, reference-again, delete-again, foreign-record, date-offset, date-digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from cancelkit.contract_tests.choices.days import steady
from cancelkit.contract_tests.choices.detector import Detector, Seen, agreed, is_refusal, status
from cancelkit.contract_tests.choices.written import shown_at, stamped, written, zones_written
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.observing.sending import fields, with_body
from cancelkit.contract_tests.observing.writes import delete, deleted, read, retrieve
from cancelkit.contract_tests.oracles.zones import UTC_OFFSET, has_name, open_season, together, told
from cancelkit.spec import Contract, Operation, Role, zones

OFFSET = re.compile(zones.OFFSET)
DIGITS = {6: "microseconds", 3: "milliseconds", 0: "seconds"}


def _again(operation: Operation, context: Context) -> Seen:
    action = operation.action
    reached = [state for state in sorted(map(str, action.refused)) if _reachable(context, state)] if action else []
    if not reached:
        raise Skip("no state in which the action is refused can be reached")
    found: dict[str, Seen] = {}
    for state in reached[:2]:
        row = context.fresh(state)
        answer = context.call(operation, id=context.id_of(row), **with_body(context, operation))
        if answer.status == 409 and 400 in answer.refusals:
            found[state] = Seen("conflict")
        elif is_refusal(answer):
            found[state] = Seen("refused")
        elif answer.ok and read(context, context.id_of(row)) == row:
            found[state] = Seen("without-effect")
        else:
            found[state] = Seen(None, status(answer))
    return agreed(found)


def _reachable(context: Context, state: Any) -> bool:
    try:
        context.way(state)
    except Skip:
        return False
    return True


def _reference_again(operation: Operation, context: Context) -> Seen:
    """By a second record with the same references, and others with another one each, whatever a refusal names."""
    first = context.fresh()
    body = context.body(**{name: context.key_of(first, name) for name in required(operation)})
    body |= {name: context.key_of(first, name) for name in required(operation)}
    again = context.call(operation, body=body)
    if again.ok:
        return Seen("accepted")
    if not is_refusal(again):
        return Seen(None, status(again))
    others = {name: [key for key in context.usable(name) if key != body[name]] for name in required(operation)}
    apart = [n for n, keys in others.items() if keys and context.call(operation, body={**body, n: keys[0]}).ok]
    if len(apart) != 1:
        return Seen(None, f"a second record is refused; it is accepted with another {' or '.join(apart) or 'nothing'}")
    context.give_back()
    return _closing(operation, context, body, apart[0])


def _closing(operation: Operation, context: Context, body: Mapping[str, Any], name: str) -> Seen:
    """In which states a record leaves its row to another: by a second one for the row of one that was brought there.

    Of a state to which nothing led, what the contract says.
    """
    if (moves := context.resource.transitions) is None:
        return Seen("refused", value=name)
    closed, untold = set[str](), list[str]()
    for state in moves.statuses:
        try:
            row = context.create()
            context.keep(row)
            for new in context.way(state):
                row = context.step(row, new)
            again = context.call(operation, body={**body, name: context.key_of(row, name)})
        except (Skip, Inconclusive):
            untold.append(state)
            closed |= {state} & context.contract.closing
        else:
            closed |= {state} if again.ok else set()
        context.give_back()
    said = f"a record is not open that is {' or '.join(sorted(closed)) or 'in no state'}"
    note = f"whether a record is open that is {' or '.join(untold)} could not be told" if untold else ""
    return Seen("refused", said, name, note, frozenset(closed))


def required(operation: Operation) -> list[str]:
    """The references that a body must name."""
    return [name for name, field in fields(operation).items() if field.reference and field.required]


def _delete_again(context: Context) -> Seen:
    """While a later record stands: some servers know by the ids that they have which were given."""
    gone = deleted(context)
    context.create()
    answer = delete(context, gone)
    if answer.status == 404:
        return Seen("not-found")
    return Seen("done") if answer.ok else Seen(None, status(answer))


def _foreign(context: Context) -> Seen:
    row = context.create(scope=context.other_scope)
    answer = retrieve(context, context.id_of(row))
    return Seen({404: "not-found", 403: "forbidden"}.get(answer.status), status(answer))


def _created(context: Context) -> list[dict[str, Any]]:
    return [context.create() for _ in range(4)]


def _offset(context: Context) -> Seen:
    """By all date-times of records that are known, the run's own among them; where these leave a zone with summer time
    beside one offset, also by what filters make of days and of date-times without an offset."""
    contract, rows = context.contract, _created(context)
    known, likely = [*rows, *context.sample().rows], contract.choices["date-offset"].value
    zones = zones_written(contract, known, likely)
    if not zones and len({ahead for _, ahead in shown_at(written(known, stamped(contract)))}) > 1:
        raise Inconclusive("date-times are written with several offsets, and no zone that is known has them")
    if UTC_OFFSET not in zones:
        zones = together(zones, likely, (left(context, likely) for left in steady(contract)))
    if (found := told(zones, likely)) and has_name(found[0]):
        return Seen("zone", f"date-times are written as in {found[0]}", found[0])
    ends = {found[2] for found in written(rows, stamped(contract))}
    if len(ends) != 1:
        return Seen(None, f"date-times end in {', '.join(sorted(ends)) or 'nothing that is known'}")
    end = ends.pop()
    said = f"date-times end in {end or 'no offset'}"
    if OFFSET.fullmatch(end) and end != UTC_OFFSET:
        return Seen("zone", said, end, open_season(end, zones))
    return Seen({"Z": "letter", "+00:00": "number"}.get(end), said)


def _digits(context: Context) -> Seen:
    """By the most digits that are seen: some servers leave out what is zero."""
    found = written(_created(context), stamped(context.contract))
    most = max((len(one[1] or "") for one in found), default=-1)
    return Seen(DIGITS.get(most), f"{most} digits of a second")


def detectors(contract: Contract) -> Iterator[Detector]:
    create = contract.role(Role.CREATE)
    if create is None:
        return
    if required(create):
        yield Detector("reference-again", partial(_reference_again, create))
    acting = next((o for o in contract.actions if o.action and o.action.refused), None)
    if acting is not None:
        yield Detector("action-again", partial(_again, acting))
    if contract.role(Role.DESTROY):
        yield Detector("delete-again", _delete_again)
    if contract.resource.scope and contract.role(Role.RETRIEVE):
        yield Detector("foreign-record", _foreign, needs_other=True)
    shown = {name for moment in ("create", "change") for name in contract.resource.set_on(moment)}
    if any(contract.resource.fields[name].schema.get("format") == "date-time" for name in shown):
        yield Detector("date-offset", _offset)
        yield Detector("date-digits", _digits)
