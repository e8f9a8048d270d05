"""Points of bodies: what is converted, kept, filled in, ignored or refused.

Owns: the detectors of unknown-field, the conversions, text-blanks, empty-text, put-omitted, empty-patch, empty-body,
    wrong-media, form-body, faults-named.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from cancelkit.contract_tests.choices.detector import Detector, Seen, agreed, is_refusal, status
from cancelkit.contract_tests.context.bodies import values_of
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.observing.clock import pause
from cancelkit.contract_tests.observing.filters_values import text
from cancelkit.contract_tests.observing.names import updates
from cancelkit.contract_tests.observing.sending import bad_values, fields, free_text, good_body, kept
from cancelkit.contract_tests.observing.writes import filled, read
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Field, Operation, Role
from cancelkit.spec.media import FORM
from cancelkit.spec.values import Values

UNKNOWN = "no_such_field"
NUMBER = 7
PADDED = "  two words "
WORDS = {"yes": True, "off": False, "1": True}


@dataclass(frozen=True, slots=True)
class Taker:
    """An update and one field of its body that is answered as sent."""

    operation: Operation
    name: str
    field: Field

    def send(self, context: Context, value: Any) -> tuple[Answer, Any]:
        """The answer to a value, and what the record shows for it afterwards."""
        row = filled(context)
        body = {**kept(context, self.operation, row), self.name: value}
        answer = context.call(self.operation, id=context.id_of(row), body=body)
        return answer, read(context, context.id_of(row)).get(self.name) if answer.ok else None


def takers(contract: Contract, fits: Callable[[Field], bool]) -> Iterator[Taker]:
    """Fields of updates, PATCH first, for which `fits` holds; no state and no reference."""
    resource = contract.resource
    for _, operation in updates(contract):
        for name, field in fields(operation).items():
            if name != resource.state and name not in resource.references and name in resource.fields and fits(field):
                yield Taker(operation, name, field)


def _conversion(taker: Taker, value: Any, right: Any, context: Context) -> Seen:
    """Whether a value of another type is refused, or taken as the right one."""
    answer, shown = taker.send(context, value)
    if is_refusal(answer):
        return Seen("refused")
    if not answer.ok:
        return Seen(None, status(answer))
    same = shown == right and type(shown) is type(right)
    return Seen("converted") if same else Seen(None, f"{value!r} is kept as {shown!r}")


def _words(taker: Taker, context: Context) -> Seen:
    return agreed({word: _conversion(taker, word, right, context) for word, right in WORDS.items()})


def _conversions(contract: Contract) -> Iterator[Detector]:
    def integer(field: Field) -> bool:
        return field.type == "integer" and not field.enum and values_of(field).admits(1)

    def boolean(field: Field) -> bool:
        return field.type == "boolean"

    def any_text(field: Field) -> bool:
        return free_text(field) and values_of(field).admits(str(NUMBER))

    tried: tuple[tuple[str, Callable[[Field], bool], Any, Any], ...] = (
        ("text-as-number", integer, "1", 1),
        ("fraction-as-integer", integer, 1.0, 1),
        ("boolean-as-number", integer, True, 1),
        ("number-as-text", any_text, NUMBER, str(NUMBER)),
        ("text-as-boolean", boolean, "true", True),
        ("number-as-boolean", boolean, 1, True),
    )
    for point, fits, value, right in tried:
        taker = next(takers(contract, fits), None)
        if taker is not None:
            yield Detector(point, partial(_conversion, taker, value, right))
    flag = next(takers(contract, boolean), None)
    if flag is not None:
        yield Detector("word-as-boolean", partial(_words, flag))


def _text_blanks(taker: Taker, context: Context) -> Seen:
    answer, shown = taker.send(context, PADDED)
    options = {PADDED: "kept", PADDED.strip(): "trimmed"}
    return Seen(options.get(str(shown)), f"{status(answer)}, kept as {shown!r}")


def _empty_text(taker: Taker, context: Context) -> Seen:
    answer, shown = taker.send(context, "")
    if is_refusal(answer):
        return Seen("refused")
    option = {"": "kept", None: "cleared"}.get(shown) if answer.ok else None
    return Seen(option, f"{status(answer)}, kept as {shown!r}")


def _unknown(context: Context) -> Seen:
    operation, row = updates(context.contract)[0][1], context.create()
    body = {**kept(context, operation, row), **good_body(context, operation), UNKNOWN: 1}
    answer = context.call(operation, id=context.id_of(row), body=body)
    return Seen("refused") if is_refusal(answer) else Seen("ignored" if answer.ok else None, status(answer))


def _put_omitted(operation: Operation, context: Context) -> Seen:
    """PUT with required fields alone, on a record where no field is null or at its default."""
    row, known = filled(context), fields(operation)
    state, references = context.resource.state, context.resource.references
    body = {n: row.get(n) if n not in references else context.key_of(row, n) for n, f in known.items() if f.required}
    name = next((n for n, f in known.items() if n not in body and free_text(f) and n in row), None)
    body = {**body, **({name: "sent"} if name and not body else {})}
    left = {n: f for n, f in known.items() if n not in body and n in row and n != state and n not in references}
    nullable = [n for n, f in left.items() if f.nullable and not f.has_default and row[n] is not None]
    default = [n for n, f in left.items() if f.has_default and row[n] != f.default]
    answer = context.call(operation, id=context.id_of(row), body=body)
    if not answer.ok:
        return Seen(None, f"PUT of {sorted(body)} {status(answer)}")
    now = read(context, context.id_of(row))
    kept_null = {now.get(n) == row[n] for n in nullable}
    reset_null = {now.get(n) is None for n in nullable}
    kept_default = {now.get(n) == row[n] for n in default}
    if not nullable and not default:
        raise Skip("PUT has no field that could be left out and told apart")
    if nullable and reset_null == {True}:
        return Seen("reset")
    if kept_null <= {True} and kept_default == {False}:
        return Seen("default-or-kept")
    if kept_null <= {True} and kept_default <= {True}:
        now_chosen = context.contract.chosen("put-omitted")
        return Seen("kept" if default or now_chosen != "default-or-kept" else now_chosen)
    return Seen(None, f"left out {sorted(left)}: {[n for n in left if now.get(n) != row[n]]} changed")


def _empty_patch(operation: Operation, context: Context) -> Seen:
    row, changed = filled(context), context.resource.set_on("change")
    pause(context, row)
    answer = context.call(operation, id=context.id_of(row), body={})
    if is_refusal(answer):
        return Seen("refused")
    now = read(context, context.id_of(row))
    others = [n for n in row if n not in changed and now.get(n) != row[n]]
    if not answer.ok or others:
        return Seen(None, f"{status(answer)}; changed: {', '.join(others) or 'nothing'}")
    return Seen("stamped" if any(now.get(n) != row.get(n) for n in changed) else "unchanged")


def _empty_body(operation: Operation, context: Context) -> Seen:
    """Beside an object without fields, which may itself be refused."""
    id = context.id_of(context.create())
    answer, bare = context.call(operation, id=id, content=b""), context.call(operation, id=id, body={})
    if is_refusal(answer):
        same = is_refusal(bare) and answer.json == bare.json
        return Seen("no-fields" if same else "refused")
    return Seen("no-fields") if answer.ok else Seen(None, status(answer))


def _wrong_media(operation: Operation, context: Context) -> Seen:
    row = context.create()
    body = {**kept(context, operation, row), **good_body(context, operation)}
    content, headers = json.dumps(body).encode(), {"Content-Type": "text/plain"}
    answer = context.call(operation, id=context.id_of(row), content=content, headers=headers)
    if answer.status == 415:
        return Seen("unsupported")
    if is_refusal(answer):
        return Seen("refused")
    return Seen("read") if answer.ok else Seen(None, status(answer))


def _form(operation: Operation, context: Context) -> Seen:
    """By fields that a form can write: no objects, no lists, no null."""
    row = context.create()
    body = {**kept(context, operation, row), **good_body(context, operation)}
    plain = {name: value for name, value in body.items() if isinstance(value, str | int | float)}
    if lost := [name for name, field in fields(operation).items() if field.required and name not in plain]:
        raise Skip(f"a form can't write {', '.join(lost)}")
    content = urlencode({name: text(value) for name, value in plain.items()}).encode()
    answer = context.call(operation, id=context.id_of(row), content=content, headers={"Content-Type": FORM})
    if answer.status == 415:
        return Seen("unsupported")
    if is_refusal(answer):
        return Seen("refused")
    if not answer.ok:
        return Seen(None, status(answer))
    records = Records(context.contract)
    if lost := list(records.lacks(read(context, context.id_of(row)), plain)):
        return Seen(None, f"a form is taken, and {'; '.join(lost)}")
    if not list(records.lacks(row, plain)):
        return Seen(None, "a form is taken, and holds nothing that was not there before")
    return Seen("read")


def _broken(context: Context, operation: Operation) -> dict[str, Any]:
    """For each field that has one, a value that must be refused."""
    state = context.resource.state
    found: dict[str, Any] = {}
    for name, field in fields(operation).items():
        bad = next((v for kind, v in bad_values(context, name, field, context.contract) if kind != "part"), None)
        if bad is not None and name != state and name not in context.resource.references:
            found[name] = bad
    return found


def _faults(operation: Operation, context: Context) -> Seen:
    row, broken = context.create(), _broken(context, operation)
    names = list(broken)[:3]
    if len(names) < 2:
        raise Skip("the body has no two fields that can be wrong together")
    body = {**kept(context, operation, row), **{name: broken[name] for name in names}}
    answer = context.call(operation, id=context.id_of(row), body=body)
    if not is_refusal(answer):
        raise Inconclusive(f"wrong {', '.join(names)}: {status(answer)}")
    named = [name for name in names if name in answer.text]
    if not named:
        return Seen(None, f"a refusal names none of {', '.join(names)}")
    return Seen("all") if named == names else Seen("first" if len(named) == 1 else None, f"named {', '.join(named)}")


def detectors(contract: Contract) -> Iterator[Detector]:
    if contract.role(Role.CREATE) is None or not updates(contract):
        return
    operation = updates(contract)[0][1]
    yield Detector("unknown-field", _unknown)
    yield from _conversions(contract)
    padded = next(takers(contract, lambda field: free_text(field) and values_of(field).admits(PADDED)), None)
    if padded is not None:
        yield Detector("text-blanks", partial(_text_blanks, padded))
    empty = next(takers(contract, lambda field: free_text(field) and values_of(field).admits("")), None)
    if empty is not None:
        yield Detector("empty-text", partial(_empty_text, empty))
    if put := contract.role(Role.UPDATE):
        yield Detector("put-omitted", partial(_put_omitted, put))
    patch = contract.role(Role.PARTIAL_UPDATE)
    if patch and patch.body and Values(patch.body.schema).admits({}):
        yield Detector("empty-patch", partial(_empty_patch, patch))
        if patch.body.required:
            yield Detector("empty-body", partial(_empty_body, patch))
    yield Detector("wrong-media", partial(_wrong_media, operation))
    yield Detector("form-body", partial(_form, operation))
    yield Detector("faults-named", partial(_faults, operation))
