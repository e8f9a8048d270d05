"""What recorded refusals say, each of a call with one fault alone that is certain by the contract.

Owns: Fault, and which calls have one, of which kind.
Knows nothing of: what several refusals say together.
Source: spec/wording.py; docs/learn.md, "From recordings".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.states import movers
from cancelkit.contract_tests.observing.filters_values import takes
from cancelkit.contract_tests.observing.listing import listings
from cancelkit.contract_tests.observing.sending import STANDS, fields, no_row_has
from cancelkit.contract_tests.recorded.bodies import WRITES, conversion
from cancelkit.contract_tests.recorded.paging import BELOW, WORD, number, without
from cancelkit.contract_tests.recorded.queries import convertible
from cancelkit.contract_tests.recorded.tape import Heard, Tape
from cancelkit.contract_tests.wording import bodies, queries
from cancelkit.contract_tests.wording.probe import Said, worded
from cancelkit.spec import Field, Role
from cancelkit.spec.media import is_json, media_type
from cancelkit.spec.refusing import own_shape
from cancelkit.spec.wording import KINDS
from cancelkit.traffic.reading import ABSENT

LONGEST = 60
"""A longer value may be cut where a text shows it."""
SURE_DIGITS = 18
"""As many as surely fit in 64 bits."""
Known = tuple[str, str, Mapping[str, Any]]
"""The kind of a fault, the field or parameter that has it ("" where none does), and what a text may show of it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What was said of a fault. operation: the id of the one that refused; "" where the fault is none of its own."""

    kind: str
    operation: str
    field: str
    said: Said


def faults(tape: Tape) -> Iterator[Fault]:
    """The refusals of calls with one certain fault; a text must be among what they say."""
    for heard in tape.calls:
        if heard.ok or heard.call.meaning.slash or not heard.answer:
            continue
        key = _key(tape, heard)
        known = key or (_known(tape, heard) if heard.known else None)
        if known is not None and not own_shape(heard.operation, heard.status):
            kind, field, values = known
            said = worded(heard.status, heard.answer, field, values)
            yield from _fault(kind, "" if key else heard.operation.id, field, said)
    for exchange, body in tape.methods:
        yield from _fault("method", "", "", worded(exchange.status, body, None, {"method": exchange.method}))


def _fault(kind: str, operation: str, field: str, said: Said) -> Iterator[Fault]:
    if said.text is not None:
        yield Fault(kind, operation, field, said)


def _key(tape: Tape, heard: Heard) -> Known | None:
    """A key that is not there, or the one that nobody knows; of any other it is not certain what is wrong with it."""
    key, exchange = tape.contract.api_key, heard.exchange
    if key is None or not heard.operation.secured or not exchange.secrets or exchange.sent("cookie"):
        return None
    sent = (exchange.sent(key.header) or "").strip()
    kind = "no-key" if not sent else "wrong-key" if key.unknown in sent else ""
    return (kind, "", {}) if kind and heard.status in (401, 403) else None


def _known(tape: Tape, heard: Heard) -> Known | None:
    looks = (_path, _page, _media, _body, _field, _reference, _state, _query)
    return next((found for look in looks if (found := look(tape, heard))), None)


def _path(tape: Tape, heard: Heard) -> Known | None:
    """An id that no answer shows in any scope; or one of another form. The scope must be known."""
    identity = tape.contract.resource.identity
    if heard.status != 404 or heard.exchange.method != "GET" or identity is None or not tape.reached(heard):
        return None
    if not heard.faults and (key := tape.key(heard)):
        if tape.contract.resource.numbered and len(str(key[2])) > SURE_DIGITS:
            return None  # so large an id may be no path
        return None if key[2] in tape.shown_ids else ("not-found", "", {})
    odd = heard.faults == {f"path.{identity.name}"} and tape.contract.resource.numbered
    return ("path", "", {}) if odd and not convertible(heard.call.meaning.values[identity.name]) else None


def _page(tape: Tape, heard: Heard) -> Known | None:
    name, page = heard.operation.paging.get("page"), number(heard, "page")
    if not heard.lists or heard.query is None or heard.faults or heard.status != 404 or not name:
        return None
    beyond = page is not None and page > 1 and tape.any_page(heard, without(heard.query, name))
    return ("page", name, {}) if beyond else None


def _media(tape: Tape, heard: Heard) -> Known | None:
    sent = heard.exchange.sent("content-type") or ""
    kind, said = media_type(sent), (heard.exchange.response_body or b"").decode("utf-8", "replace")
    if not kind or is_json(kind) or heard.operation.body is None or not heard.exchange.request_body:
        return None
    alone = heard.refused and heard.faults == {"header.content-type"}
    return ("media", "", {"media": sent if sent in said else kind}) if heard.status == 415 or alone else None


def _body(tape: Tape, heard: Heard) -> Known | None:
    """A whole body that is no JSON, or JSON that is no object."""
    value = heard.call.sent
    if heard.faults != {"body"} or not heard.refused or not is_json(media_type(heard.exchange.sent("content-type"))):
        return None
    if value is ABSENT and not heard.exchange.request_body:
        return None if heard.answer.keys() & fields(heard.operation).keys() else ("no-body", "", {})
    if value is ABSENT:
        return ("parse", "", {}) if _no_json(heard.exchange.request_body or b"") else None
    if value is None:
        return "null-body", "", {}
    return ("object", "", {"type": type(value).__name__}) if isinstance(value, list | str) else None


def _no_json(body: bytes) -> bool:
    """Whether no reader takes it for JSON: NaN, half a character and deep nesting are taken by some."""
    try:
        json.loads(body.decode())
    except (UnicodeDecodeError, RecursionError):
        return False
    except ValueError:
        return bool(body.strip())
    return False


def _field(tape: Tape, heard: Heard) -> Known | None:
    """One field that breaks one keyword of its schema, and is named."""
    if heard.sent is None or len(heard.faults) != 1 or len(heard.problems) != 1 or heard.operation.role not in WRITES:
        return None
    (place,), (problem,) = heard.faults, heard.problems
    name = place.removeprefix("body.")
    field = fields(heard.operation).get(name)
    if field is None or problem.place != ("body", name) or not heard.refuses(place):
        return None
    if name not in heard.sent:
        needed = field.required and not field.has_default and heard.operation.role is not Role.PARTIAL_UPDATE
        return ("required", name, {}) if needed else None
    value, keyword = heard.sent[name], "format" if problem.keyword == "email" else problem.keyword
    if keyword == "enum" and name == tape.contract.resource.state:
        return None  # the server may know more states, and refuse the move
    if value is None:
        return "null", name, {}
    if not _certain(field, keyword, value):
        return None
    kind = bodies.kind_of(field, keyword, value)
    return (kind, name, bodies.shows(field, kind, keyword, value)) if kind in KINDS else None


def _certain(field: Field, keyword: str, value: Any) -> bool:
    """Whether a value is wrong by this keyword for every server: however it may convert values, and trim texts."""
    if keyword == "type":
        word = isinstance(value, str) and field.type in ("integer", "number", "boolean") and not convertible(value)
        return word or isinstance(value, list | dict) or conversion(field, value) is not None
    if field.fact.open and keyword not in STANDS:
        return False
    if keyword in ("minimum", "maximum"):
        return type(value) is int
    plain = isinstance(value, str) and value.strip() == value
    return plain and (keyword in ("minLength", "maxLength") or (value != "" and len(value) <= LONGEST))


def _reference(tape: Tape, heard: Heard) -> Known | None:
    """A key that is of the right form, and so odd that no row has it."""
    if heard.faults or not heard.sent or heard.operation.role not in WRITES:
        return None
    known = fields(heard.operation)
    odd = [name for name, value in heard.sent.items() if name in known and no_row_has(known[name], value)]
    if len(odd) != 1 or not heard.refuses(f"body.{odd[0]}"):
        return None
    return "reference", odd[0], {"value": heard.sent[odd[0]]}


def _state(tape: Tape, heard: Heard) -> Known | None:
    """A state, or an action, that the contract does not permit from the one in which the record stood."""
    moves, action = tape.contract.transitions, heard.operation.action
    row = None if moves is None or heard.faults or heard.exchange.method == "GET" else tape.row_before(heard)
    if moves is None or row is None or not (heard.refused or heard.status == 409):
        return None
    old = row.get(moves.field)
    if action is not None:
        refused = action.field == moves.field and old in action.refused
        return ("action", "", {"old": old}) if refused else None
    new = (heard.sent or {}).get(moves.field)
    if heard.operation not in movers(tape.contract) or old not in moves.statuses or new not in moves.statuses:
        return None
    return None if moves.permits(old, new) else ("transition", moves.field, {"old": old, "new": new})


def _query(tape: Tape, heard: Heard) -> Known | None:
    """One parameter of a list that no server takes, and that is named."""
    if not heard.lists or not heard.query or len(heard.faults) != 1:
        return None
    (place,) = heard.faults
    name = place.removeprefix("query.")
    value, of_paging = heard.query.get(name, ""), name in heard.operation.paging.values()
    if len(value) > LONGEST or not heard.refuses(place):
        return None
    if not value:
        return "empty", name, {}
    if of_paging:
        kind = "integer" if WORD.fullmatch(value) else "minimum" if BELOW.fullmatch(value) else ""
    else:
        kind = _of_filter(tape, heard, name, value)
    return (kind, name, queries.shows(kind, value)) if kind else None


def _of_filter(tape: Tape, heard: Heard, name: str, value: str) -> str:
    judged = {one: parameter for known in listings(tape.contract) for one, parameter, _ in known.judged}
    parameter = judged.get(name) if name in heard.operation.filters else None
    if parameter is None or parameter.many:
        return ""
    several = parameter.schema.get("type") in queries.ONE and "," in value
    if several:
        return "several" if all(map(partial(takes, parameter.schema), value.split(","))) else ""
    kind = queries.kind_of(parameter.schema)
    return kind if kind in KINDS and not takes(parameter.schema, value) and not convertible(value) else ""
