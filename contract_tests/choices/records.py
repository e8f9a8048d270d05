"""Points of records: what is done twice, what belongs to somebody else, how dates are written.

Owns: the detectors of action-again, reference-again, delete-again, foreign-record, date-offset, date-digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from cancelkit.contract_tests.choices.detector import Detector, Seen, agreed, is_refusal, status
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.observing.sending import fields, with_body
from cancelkit.contract_tests.observing.writes import delete, deleted, read, retrieve
from cancelkit.contract_tests.oracles.instants import instant
from cancelkit.contract_tests.oracles.zones import name_of, names_of, open_season
from cancelkit.spec import Contract, Operation, Role, zones

DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d+))?(.*)")
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


def _written(context: Context, rows: Iterable[Mapping[str, Any]]) -> Iterator[re.Match[str]]:
    """The date-times that the target sets."""
    resource = context.resource
    names = {*resource.set_on("create"), *resource.set_on("change")}
    for row in rows:
        for name in sorted(names):
            if isinstance(text := row.get(name), str) and (found := DATE_TIME.fullmatch(text)):
                yield found


def _created(context: Context) -> Iterator[re.Match[str]]:
    return _written(context, (context.create() for _ in range(4)))


def shown_at(found: Iterable[re.Match[str]]) -> list[tuple[datetime, float]]:
    """Moments with the offset that they are written with, in seconds; none where one is written without."""
    pairs = []
    for text in found:
        moment = instant(text[0])
        if moment is None:
            return []
        there = datetime.fromisoformat(text[0]).utcoffset()
        pairs.append((moment, there.total_seconds() if there else 0))
    return pairs


def written_in(context: Context, created: Iterable[re.Match[str]] = ()) -> str | None:
    """The name of the zone in which records are written; None where one offset is enough.

    Raises:
        Inconclusive: they are written with several, and no zone that is known has them.
    """
    shown = shown_at([*created, *_written(context, context.sample().rows)])
    zone = name_of(shown, context.contract.choices["date-offset"].value) if shown else None
    if zone is None and len({ahead for _, ahead in shown}) > 1:
        raise Inconclusive("date-times are written with several offsets, and no zone that is known has them")
    return zone


def _offset(context: Context) -> Seen:
    """By records of the run's own; those that were there before tell a zone whose offset changes over the year."""
    created = list(_created(context))
    ends = {found[2] for found in created}
    if (zone := written_in(context, created)) is not None:
        return Seen("zone", f"date-times are written as in {zone}", zone)
    if len(ends) != 1:
        return Seen(None, f"date-times end in {', '.join(sorted(ends)) or 'nothing that is known'}")
    end = ends.pop()
    said = f"date-times end in {end or 'no offset'}"
    if OFFSET.fullmatch(end) and end != "+00:00":
        return Seen("zone", said, end, open_season(end, names_of(shown_at(created))))
    return Seen({"Z": "letter", "+00:00": "number"}.get(end), said)


def _digits(context: Context) -> Seen:
    """By the most digits that are seen: some servers leave out what is zero."""
    most = max((len(found[1] or "") for found in _created(context)), default=-1)
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
