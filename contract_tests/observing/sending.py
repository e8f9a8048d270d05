"""Values that writing rules send, made from the schemas of the bodies: valid ones, other ones, broken ones.

Owns: which of a field's values a rule sends; what a body must hold beside its point.
Source: the schemas of the bodies, x-reference, x-transitions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cancelkit.contract_tests.context.bodies import values_of
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.context.limits import least
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.observing.evidence import Row
from cancelkit.contract_tests.oracles.omitted import resets
from cancelkit.spec import Contract, Field, Operation, Role, Schema
from cancelkit.spec.values import NoValue, Values

LETTERS = "Şikâyet: “ĞÜİ ıçöş” — 😀 <b>&amp;</b> \\ ' \""
CHANGED = "Değişti, ÇĞİÖŞÜ çğıöşü"
LONG = ("uzun açıklama " * 40 + "son", "ilk satır\nson satır")
TAKEN = 100
"""A text of so many characters fits wherever the contract states no greatest length."""
STANDS = frozenset({"nullable", "type", "enum", "minimum", "required"})
"""Keywords that hold although the schema's x-open leaves something open: that is about how much and in which form."""
CODE = re.compile(r"(?=.*\d)[A-Z0-9_.-]{6,}")
"""An example that looks so stands for a number with rules of its own, which no schema says: stay close to it."""
NO_TEXT, NO_UUID = "no-such-id", "00000000-0000-4000-8000-"
FAR = 900_000_000
"""Numbers from here on are keys of no row."""
Bad = tuple[str, Any]


def fields(operation: Operation | None) -> dict[str, Field]:
    """The body's fields by name, without the read-only ones."""
    body = operation.body if operation else None
    return {name: field for name, field in body.fields.items() if not field.read_only} if body else {}


def text_field(contract: Contract, operation: Operation | None) -> str | None:
    """A field of the body that takes any text and is answered as sent, if there is one."""
    for name, field in fields(operation).items():
        if free_text(field) and name in contract.resource.fields and name != contract.resource.state:
            return name
    return None


def free_text(field: Field) -> bool:
    """Whether the field takes an ordinary sentence."""
    return field.type == "string" and not field.reference and values_of(field).admits(f"{CHANGED} “123456” ok")


def valid_values(context: Context, operation: Operation, name: str, field: Field) -> list[Any]:
    """Valid values for a field, the most telling ones first; never null."""
    contract = context.contract
    if name in context.references:
        known = context.usable(name)
        return context.rng.sample(list(known), min(len(known), 2 * context.scale))
    if field.enum:
        return [value for value in field.enum if value is not None]
    if name in context.modest:
        return [least(field)]
    values = values_of(field)
    found: list[Any] = []
    if field.type == "string":
        code = code_of(field)
        texts = [] if code else [f"{LETTERS} {context.rng.randrange(10**6)}", CHANGED]
        found = [text for text in texts if values.admits(text)][:1]
        if name == text_field(contract, operation):
            empty = [] if contract.chosen("empty-text") == "refused" else [""]
            found += [text for text in (*empty, *LONG) if values.admits(text)]
        found += [values.typical(), *([_next(field, values, code)] if code else [])]
    elif field.type in ("integer", "number"):
        found = [value for value in (field.schema.get("minimum", 1), 3) if values.admits(value)]
        found += (
            [] if field.fact.open else [edge.value for edge in values.edges() if edge.label in ("greatest", "least")]
        )
    found += values.distinct(3, context.rng) if len(found) < 2 or field.type not in ("string", "integer") else []
    if field.type not in ("string", "integer", "number", "boolean"):
        found.append(values.typical())  # with every part that it may have
    if len(found) < 2 and field.type != "boolean":
        found += [edge.value for edge in values.edges()][:4]
    return [value for value in found if value is not None]


def one_value(context: Context, operation: Operation, name: str, field: Field) -> Any:
    """One valid value, not null."""
    return valid_values(context, operation, name, field)[0]


def other_value(context: Context, name: str, field: Field, row: Row) -> Any:
    """A valid value for the field that `row` does not have.

    Raises:
        Skip: there is only one: a single row of a table is known, no state may follow, the server takes no more.
    """
    resource, current = context.contract.resource, current_value(context, name, row)
    if name in context.references:
        choices = [key for key in context.usable(name) if key != current]
        if not choices:
            raise Skip(f"a second valid value for {name} is needed; give more of its table's keys")
        return context.rng.choice(choices)
    if name == resource.state and resource.transitions:
        allowed = resource.transitions.allowed.get(current, frozenset())
        if not allowed:
            raise Skip(f"no state may follow {current}")
        return context.rng.choice(sorted(allowed - resource.transitions.final) or sorted(allowed))
    if name in context.modest:
        return _least_or_none(field, current)
    values = values_of(field)
    if field.type == "integer" and isinstance(current, int) and values.admits(current + 1):
        return current + 1
    if field.type == "string" and not field.enum:
        code = code_of(field)
        if code:
            return next((v for v in (code, _next(field, values, code)) if v != current), None)
        number, longest = context.rng.randrange(10**6), field.schema.get("maxLength")
        for text in (f"{CHANGED} “{number}” ok", f"Ğa{number} {CHANGED}"[:longest].rstrip(), f"ğ{number}"):
            if values.admits(text):
                return text
    try:
        return values.other_than(current, random=context.rng)
    except NoValue as error:
        raise Skip(str(error)) from error


def _least_or_none(field: Field, current: Any) -> Any:
    if current != least(field):
        return least(field)
    if not field.nullable:
        raise Skip(f"the server takes no more than {current} as {field.name}")
    return None


def code_of(field: Field) -> str | None:
    """The field's example where it is a code, whose like no generator makes."""
    example = field.schema.get("example")
    is_code = isinstance(example, str) and CODE.fullmatch(example) and not field.enum
    return example if is_code and values_of(field).admits(example) else None


def _next(field: Field, values: Values, code: str) -> str:
    """Another code of the same form."""
    other = code[:-1] + ("1" if code[-1] == "0" else str(int(code[-1]) - 1) if code[-1].isdigit() else "X")
    return other if values.admits(other) else code


def current_value(context: Context, name: str, row: Row) -> Any:
    """What a body would have to hold for a field to stay as `row` shows it."""
    return context.key_of(row, name) if name in context.contract.resource.references else row.get(name)


def bad_values(context: Context | None, name: str, field: Field, contract: Contract) -> Iterator[Bad]:
    """Yield (kind, value) that the field must refuse, whatever a server may convert.

    context: None where only the kinds matter.
    """
    reference = name in contract.resource.references
    try:
        broken = values_of(field).broken()
    except NoValue:
        broken = []
    for one in broken:
        spelling = one.keyword == "enum" and str(one.value).strip() == one.value
        if (one.convertible and not spelling) or (one.open and one.keyword not in STANDS):
            continue
        if reference and isinstance(one.value, float):
            continue  # a database may cut it to a key that exists
        yield ("part" if one.path else "null" if one.keyword == "nullable" else one.keyword), one.value
    if reference:
        yield from (("reference", key) for key in unknown_keys(context, field))


def unknown_keys(context: Context | None, field: Field) -> list[Any]:
    """Keys that no row has: of the right type."""
    number = context.rng.randrange(10**8) if context else 0
    if field.type == "integer":
        return [key for key in (FAR + number, 0, -1) if values_of(field).admits(key)]
    key = no_text(field.schema, number)
    return [key] if field.schema.get("format") == "uuid" or values_of(field).admits(key) else []


def no_text(schema: Schema, number: int) -> str:
    """A text, in the form that a schema of keys or ids gives, that names nothing; another one for each number."""
    return f"{NO_UUID}{number:012}" if schema.get("format") == "uuid" else f"{NO_TEXT}-{number}"


def no_row_has(field: Field, value: Any) -> bool:
    """Whether a value is a key of a reference like those of `unknown_keys`."""
    if not field.reference or isinstance(value, bool):
        return False
    if isinstance(value, int):
        return value >= FAR or value < 0
    return isinstance(value, str) and value.startswith((NO_TEXT, NO_UUID))


def kinds(name: str, field: Field, contract: Contract) -> list[str]:
    """The kinds of bad values that the field has."""
    found = dict.fromkeys(kind for kind, _ in bad_values(None, name, field, contract))
    first = [kind for kind in ("null", "minimum", "enum", "reference") if kind in found]
    return [*first, *(kind for kind in found if kind not in (*first, "type")), *(["type"] if "type" in found else [])]


def kept(context: Context, operation: Operation, row: Row, *, whole: bool = True) -> dict[str, Any]:
    """What a body must hold beside its point: nothing for a partial update; for an update every field but the state.

    whole: False where what the contract says of omitted fields (put-omitted) is itself in question: only required ones.
    Whether a field that an update omits stands is for put-omitted alone to say; without it, every field is sent.
    """
    if operation.role is not Role.UPDATE:
        return {}
    contract = context.contract
    promised = contract.behaviour("put-omitted") is not None
    found: dict[str, Any] = {}
    for name, field in fields(operation).items():
        wanted = not promised or field.required or (whole and name != contract.resource.state)
        if wanted and (name in row or name in contract.resource.references):
            found[name] = current_value(context, name, row)
        elif wanted and (field.required or not promised):
            found[name] = one_value(context, operation, name, field)
    return found


def after_put(contract: Contract, operation: Operation, sent: Row) -> dict[str, Any]:
    """What must stand after an update with this body, which may reset omitted fields."""
    return {**resets(contract, operation, fields(operation)), **sent}


def good_body(context: Context, operation: Operation, row: Row | None = None) -> Any:
    """A body that the operation accepts and that changes something."""
    if operation.role is Role.CREATE:
        return context.body()
    known, name = fields(operation), text_field(context.contract, operation)
    body = {key: one_value(context, operation, key, field) for key, field in known.items() if field.required}
    if name is not None:
        body[name] = f"written by {context.rule_id}" if free_text(known[name]) else body[name]
    elif not body:
        state = context.contract.resource.state
        name = next((key for key in known if key != state and key not in context.references), None)
        body = {name: one_value(context, operation, name, known[name])} if name else {}
    return body


def with_body(context: Context, operation: Operation, body: Any = None) -> Mapping[str, Any]:
    """The keyword argument that gives a call its body, where the operation takes one."""
    if operation.body is None:
        return {}
    return {"body": good_body(context, operation) if body is None else body}


def plain_fields(context: Context, operation: Operation) -> list[str]:
    """The fields that a rule changes freely: no state, no reference, without a default."""
    state = context.contract.resource.state
    known = fields(operation).items()
    return [n for n, field in known if n != state and n not in context.references and not field.has_default]


def some_values(context: Context, operation: Operation, row: Row, names: list[str]) -> dict[str, Any]:
    known = fields(operation)
    body = {name: other_value(context, name, known[name], row) for name in names}
    return {**kept(context, operation, row, whole=False), **body}


def may_refuse(field: Field, value: Any) -> bool:
    """Whether a refusal that names the field is one of the options that the contract leaves."""
    if isinstance(value, str) and field.type == "string" and not field.enum:
        return len(value) > min(TAKEN, field.schema.get("maxLength", TAKEN)) or bool(
            code_of(field) or "format" in field.schema
        )
    if isinstance(value, int | float) and not isinstance(value, bool):
        return field.fact.open is not None and value != field.schema.get("minimum", 1)
    return False
