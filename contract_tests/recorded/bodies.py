"""What recorded bodies prove of values: what is converted, kept, ignored, refused, and how a refusal names it.

Owns: the sights of unknown-field, the conversions, text-blanks, empty-text, faults-named.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cancelkit.contract_tests.context.bodies import values_of
from cancelkit.contract_tests.observing.sending import fields, free_text
from cancelkit.contract_tests.recorded.sight import Sight
from cancelkit.contract_tests.recorded.tape import Heard, Tape
from cancelkit.spec import Field, Role

WRITES = (Role.CREATE, Role.UPDATE, Role.PARTIAL_UPDATE)
MISSING = object()
WORDS = {"yes": True, "no": False, "on": True, "off": False, "1": True, "0": False}
ODD = 2**31
"""A number beyond may be written otherwise by whoever takes it for a fraction."""


def conversion(field: Field, value: Any) -> tuple[str, Any] | None:
    """The point that a value of another type is about, and the value that it is converted to."""
    found: tuple[str, Any] | None = None
    if field.type == "integer" and not field.enum:
        if isinstance(value, bool):
            found = "boolean-as-number", int(value)
        elif isinstance(value, float) and value.is_integer():
            found = "fraction-as-integer", int(value)
        elif isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
            found = "text-as-number", int(value)
    elif field.type == "boolean":
        if value in ("true", "false"):
            found = "text-as-boolean", value == "true"
        elif isinstance(value, str) and value in WORDS:
            found = "word-as-boolean", WORDS[value]
        elif type(value) is int and value in (0, 1):
            found = "number-as-boolean", value == 1
    elif type(value) is int and abs(value) < ODD and free_text(field):
        found = "number-as-text", str(value)
    return found if found and values_of(field).admits(found[1]) else None


def _converted(heard: Heard, name: str, point: str, right: Any) -> Iterator[Sight]:
    shown = heard.answer.get(name, MISSING)
    if heard.refuses(f"body.{name}"):
        yield Sight(point, "refused", (heard,))
    elif heard.ok and shown is not MISSING:
        same = shown == right and type(shown) is type(right)
        yield Sight(
            point, "converted" if same else None, (heard,), "a value of another type is taken, and not converted"
        )


def _text(heard: Heard, name: str, value: str) -> Iterator[Sight]:
    shown, trimmed = heard.answer.get(name, MISSING), value.strip(" ")
    if value == "":
        if heard.refuses(f"body.{name}"):
            yield Sight("empty-text", "refused", (heard,))
        elif heard.ok and shown is not MISSING:
            option = "cleared" if shown is None else "kept" if shown == "" else None
            yield Sight("empty-text", option, (heard,), "an empty text is answered as another")
    elif heard.ok and shown is not MISSING and trimmed and trimmed == value.strip() != value:
        option = {value: "kept", trimmed: "trimmed"}.get(str(shown))
        yield Sight("text-blanks", option, (heard,), "a text with blanks around it is answered as another")


def _values(tape: Tape, heard: Heard, sent: dict[str, Any]) -> Iterator[Sight]:
    resource = tape.contract.resource
    for name, field in fields(heard.operation).items():
        if name not in sent or name in resource.references or name == resource.state or name not in resource.fields:
            continue
        if found := conversion(field, sent[name]):
            yield from _converted(heard, name, *found)
        elif isinstance(sent[name], str) and free_text(field) and values_of(field).admits(sent[name]):
            yield from _text(heard, name, sent[name])


def _unknown(tape: Tape, heard: Heard, sent: dict[str, Any]) -> Iterator[Sight]:
    body, resource = heard.operation.body, tape.contract.resource
    known = {*(body.fields if body else ()), *resource.fields, *resource.detailed_fields}
    unknown = [name for name in sent if name not in known]
    taken = fields(heard.operation)
    if not unknown or not heard.faults <= {f"body.{name}" for name in sent if name not in taken}:
        return
    if heard.ok and not any(name in heard.answer for name in unknown):
        yield Sight("unknown-field", "ignored", (heard,))
    elif heard.refused and any(heard.names(name) for name in unknown):
        yield Sight("unknown-field", "refused", (heard,))


def _wrong(tape: Tape, heard: Heard, sent: dict[str, Any]) -> list[str]:
    """The fields with a value that no server converts: null or a list for a text or a number, below a bound, no
    member of an enum."""
    resource, found = tape.contract.resource, dict[str, None]()
    for problem in heard.problems:
        where, *rest = problem.place
        field = fields(heard.operation).get(rest[0]) if where == "body" and len(rest) == 1 else None
        if field is None or field.name in resource.references or field.name == resource.state:
            continue
        value = sent.get(field.name)
        mistyped = problem.keyword == "type" and (value is None or isinstance(value, list | dict))
        below = problem.keyword == "minimum" and type(value) is int
        other = problem.keyword == "enum" and isinstance(value, str) and value.strip() == value != ""
        if field.name in sent and field.type in ("string", "integer", "number", "boolean"):
            found |= {field.name: None} if mistyped or below or other else {}
    return list(found)


def _faults(tape: Tape, heard: Heard, sent: dict[str, Any]) -> Iterator[Sight]:
    wrong = _wrong(tape, heard, sent)
    if len(wrong) < 2 or not heard.refused:
        return
    named = [name for name in wrong if heard.names(name)]
    if named == wrong:
        yield Sight("faults-named", "all", (heard,))
    elif named:
        yield Sight(
            "faults-named", "first" if len(named) == 1 else None, (heard,), "a refusal names some of the faults"
        )


def sights(tape: Tape) -> Iterator[Sight]:
    for heard in tape.calls:
        sent = heard.sent
        if heard.operation.role in WRITES and heard.known and sent is not None and not heard.call.meaning.slash:
            if "header.content-type" in heard.faults:
                continue
            yield from _values(tape, heard, sent)
            yield from _unknown(tape, heard, sent)
            yield from _faults(tape, heard, sent)
