"""What recorded writes prove of bodies that leave something out, or that are not said to be JSON.

Owns: the sights of put-omitted, empty-patch, empty-body, wrong-media, form-body.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl

from cancelkit.contract_tests.choices.written import DATE_TIME
from cancelkit.contract_tests.observing.sending import fields, free_text
from cancelkit.contract_tests.recorded.bodies import WRITES
from cancelkit.contract_tests.recorded.sight import Sight
from cancelkit.contract_tests.recorded.tape import Heard, Row, Tape
from cancelkit.spec import Role
from cancelkit.spec.media import FORM, is_json, media_type
from cancelkit.traffic.comparing import same

APART = {0: 1.1, 3: 0.02}
"""Seconds between two changes that dates with so many digits of a second tell apart; FINE for those with more."""
FINE = 0.005


def _omitted(tape: Tape, heard: Heard) -> dict[str, set[bool]] | None:
    """Whether a PUT kept the fields that it left out: those that may be null, and those with a default, that were not
    so already."""
    row, resource = tape.row_before(heard), tape.contract.resource
    if row is None or heard.sent is None or heard.faults or not heard.ok:
        return None
    found: dict[str, set[bool]] = {"null": set(), "default": set()}
    for name, field in fields(heard.operation).items():
        before, now = row.get(name), heard.answer
        if name in heard.sent or name not in row or name not in now or name == resource.state:
            continue
        if name in resource.references or isinstance(before, dict) or now[name] not in (before, None, field.default):
            continue
        if field.has_default and before != field.default:
            found["default"].add(now[name] == before)
        elif not field.has_default and field.nullable and before is not None:
            found["null"].add(now[name] == before)
    return found


def _put(tape: Tape) -> Iterator[Sight]:
    """Of all PUTs together: a server that keeps what has no default may yet reset what has one."""
    calls, nulls, defaults = [], set[bool](), set[bool]()
    for heard in tape.calls:
        if heard.operation.role is Role.UPDATE and heard.known and (found := _omitted(tape, heard)):
            calls += [heard] if found["null"] or found["default"] else []
            nulls |= found["null"]
            defaults |= found["default"]
    known = fields(tape.contract.role(Role.UPDATE)).values()
    have = any(field.has_default for field in known), any(field.nullable and not field.has_default for field in known)
    if not calls:
        return
    if len(nulls) > 1 or len(defaults) > 1 or (nulls == {False} and True in defaults):
        yield Sight("put-omitted", None, (), "recorded PUTs keep some of what they leave out, and reset some")
    elif nulls == {False}:
        yield from (Sight("put-omitted", "reset", (call,)) for call in calls)
    elif (not nulls and have[1]) or (not defaults and have[0]):
        yield Sight("put-omitted", None, (), "no recorded PUT leaves out a field of each kind that was set before")
    else:
        usual = tape.contract.chosen("put-omitted")
        kept = "kept" if defaults or usual != "default-or-kept" else usual
        yield from (Sight("put-omitted", "default-or-kept" if defaults == {False} else kept, (c,)) for c in calls)


def _empty(tape: Tape, heard: Heard) -> Iterator[Sight]:
    """A PATCH of {} beside the record as it stood, if that was changed so long before that a date would tell."""
    changed = tape.contract.resource.set_on("change")
    if heard.refused:
        yield Sight("empty-patch", "refused", (heard,))
        return
    row = tape.row_before(heard) if heard.ok else None
    if row is None or not changed or not all(name in row and name in heard.answer for name in changed):
        return
    others = [name for name in row if name not in changed and heard.answer.get(name, row[name]) != row[name]]
    moved = any(heard.answer[name] != row[name] for name in changed)
    if not others and moved:
        yield Sight("empty-patch", "stamped", (heard,))
    elif not others and _long_ago(tape, heard, row, changed):
        yield Sight("empty-patch", "unchanged", (heard,))


def _long_ago(tape: Tape, heard: Heard, row: Row, changed: tuple[str, ...]) -> bool:
    """Whether the record has had its date for so long that another change would show."""
    digits = [len(found[1] or "") if (found := DATE_TIME.fullmatch(str(row[name]))) else 0 for name in changed]
    had = [one.exchange.ended for one, shown in tape.shows(heard) if all(shown.get(n) == row[n] for n in changed)]
    return heard.exchange.started - min(had) > APART.get(min(digits), FINE)


def _bodiless(tape: Tape) -> Iterator[Sight]:
    """A PATCH without a body beside one of {}, which may itself be refused."""
    patches = [h for h in tape.calls if h.operation.role is Role.PARTIAL_UPDATE and h.known]
    bare = [heard for heard in patches if heard.sent == {} and not heard.faults]
    taken, refusals = any(heard.ok for heard in bare), [heard.call.answered for heard in bare if heard.refused]
    for heard in patches:
        if heard.exchange.request_body != b"" or heard.operation.body is None or not heard.operation.body.required:
            continue
        if heard.ok:
            yield Sight("empty-body", "no-fields", (heard,))
        elif heard.refused and taken:
            yield Sight("empty-body", "refused", (heard,))
        elif heard.refused and refusals:
            alike = heard.call.answered in refusals
            yield Sight("empty-body", "no-fields" if alike else "refused", (heard,))


def _media(heard: Heard) -> Iterator[Sight]:
    kind = media_type(heard.exchange.sent("content-type"))
    if not kind or is_json(kind) or heard.sent is None or heard.faults != {"header.content-type"}:
        return
    known, answer = fields(heard.operation), heard.answer
    shown = [n for n, v in heard.sent.items() if n in known and n in answer and same(v, answer[n], known[n].schema)]
    option = "unsupported" if heard.status == 415 else "refused" if heard.refused else None
    if heard.ok and shown:
        option = "read"
    if option:
        yield Sight("wrong-media", option, (heard,))


def _form(heard: Heard) -> Iterator[Sight]:
    """A form is read where the answer shows a text of it; one may have been read where a refusal names its fields."""
    if media_type(heard.exchange.sent("content-type")) != FORM or not heard.faults <= {"body", "header.content-type"}:
        return
    sent = dict(parse_qsl((heard.exchange.request_body or b"").decode("utf-8", "replace")))
    known, answer = fields(heard.operation), heard.answer
    shown = [
        name for name, text in sent.items() if name in known and free_text(known[name]) and text == answer.get(name)
    ]
    option = "unsupported" if heard.status == 415 else "read" if heard.ok and shown else None
    if heard.refused and not any(heard.names(name) for name in sent):
        option = "refused"
    if option and any(name in known for name in sent):
        yield Sight("form-body", option, (heard,))


def sights(tape: Tape) -> Iterator[Sight]:
    yield from _put(tape)
    yield from _bodiless(tape)
    for heard in tape.calls:
        if heard.operation.role not in WRITES or not heard.known or heard.call.meaning.slash:
            continue
        yield from _media(heard)
        yield from _form(heard)
        if heard.operation.role is Role.PARTIAL_UPDATE and heard.sent == {} and not heard.faults:
            yield from _empty(tape, heard)
