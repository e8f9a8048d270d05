"""What is wrong with a value, in the words and codes of Django REST Framework.

Owns: one sentence and code for each keyword of a schema and each format.
Knows nothing of: where a value stood (bodies.py, query.py), how a refusal is sent.
Source: Django REST Framework 3.15, `fields.py`, `relations.py` and `validators.py`; Django's validators.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import jsonschema_rs

from cancelkit.mockserver.problem import Problem
from cancelkit.spec.wording import NON_FIELD

NULL = ("This field may not be null.", "null")
REQUIRED = ("This field is required.", "required")
BLANK = ("This field may not be blank.", "blank")
UNKNOWN = ("This field is not known.", "unknown")
UNKNOWN_PARAMETER = ("This parameter is not known.", "unknown")
INTEGER = ("A valid integer is required.", "invalid")
NUMBER = ("A valid number is required.", "invalid")
SEVERAL = ("Only one value is taken here.", "invalid")
BOOLEAN = ("Must be a valid boolean.", "invalid")
_NOT_VALID = ("Not valid.", "invalid")
_SHOWN = 100
_TYPES: Mapping[str, str] = {
    "integer": INTEGER[0],
    "number": NUMBER[0],
    "boolean": BOOLEAN[0],
    "string": "Not a valid string.",
}
_FORMATS: Mapping[str, str] = {
    "date-time": "Datetime has wrong format. Use one of these formats instead: "
    "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].",
    "date": "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.",
    "time": "Time has wrong format. Use one of these formats instead: hh:mm[:ss[.uuuuuu]].",
    "duration": "Duration has wrong format. Use one of these formats instead: P[n]DT[n]H[n]M[n]S.",
    "email": "Enter a valid email address.",
    "uri": "Enter a valid URL.",
    "uuid": "Must be a valid UUID.",
    "decimal": "A valid number is required.",
    "slug": 'Enter a valid "slug" consisting of letters, numbers, underscores or hyphens.',
    "ipv4": "Enter a valid IPv4 address.",
    "ipv6": "Enter a valid IPv6 address.",
    "hostname": "Enter a valid host name.",
    "byte": "Enter valid Base64 text.",
}
_LIMITS: Mapping[str, tuple[str, str]] = {
    "minimum": ("Ensure this value is greater than or equal to {}.", "min_value"),
    "maximum": ("Ensure this value is less than or equal to {}.", "max_value"),
    "exclusiveMinimum": ("Ensure this value is greater than {}.", "min_value"),
    "exclusiveMaximum": ("Ensure this value is less than {}.", "max_value"),
    "minLength": ("Ensure this field has at least {} characters.", "min_length"),
    "maxLength": ("Ensure this field has no more than {} characters.", "max_length"),
    "minItems": ("Ensure this field has at least {} elements.", "min_length"),
    "maxItems": ("Ensure this field has no more than {} elements.", "max_length"),
    "minProperties": ("Ensure this field has at least {} entries.", "min_length"),
    "maxProperties": ("Ensure this field has no more than {} entries.", "max_length"),
    "multipleOf": ("Ensure this value is a multiple of {}.", "step_size"),
}
_FIXED: Mapping[str, tuple[str, str]] = {
    "pattern": ("This value does not match the required pattern.", "invalid"),
    "uniqueItems": ("Ensure this field has no duplicates.", "unique"),
    "additionalProperties": UNKNOWN,
    "falseSchema": UNKNOWN,
}
_RANGE = "x-int-range"
"""The keyword that stands for the formats int32 and int64 in validators that spec/values compiles."""
_OVER = ("null", "invalid_choice")
"""Where one of these is wrong, or the type, nothing else is said of the value."""


def problems(errors: Iterable[jsonschema_rs.ValidationError], value: Any) -> list[Problem]:
    """What a validator objects to in a body, by its outermost fields; deeper places stand before the sentence.

    Args:
        value: the whole body.
    """
    by_place: dict[tuple[Any, ...], list[tuple[str, str, str]]] = {}
    for error in errors:
        for place, keyword, (message, code) in _places(error, value):
            by_place.setdefault(place, []).append((keyword, message, code))
    return [_problem(place, message, code) for place, found in by_place.items() for message, code in _first(found)]


def said(error: jsonschema_rs.ValidationError) -> tuple[str, str]:
    """Sentence and code for one error of one value, wherever it stood."""
    name, kind, value = error.kind.name, error.kind, error.instance
    if value is None and name in ("type", "enum", "oneOf", "anyOf", "not"):
        return NULL
    if name in ("enum", "const"):
        return f'"{_short(value)}" is not a valid choice.', "invalid_choice"
    if name == "type":
        return _type(kind.types, value)  # type: ignore[attr-defined]
    if name == "format":
        form = kind.format  # type: ignore[attr-defined]
        return _FORMATS.get(form, f"Enter a valid {form}."), "invalid"
    if name == "minLength" and value == "":
        return BLANK
    if name == _RANGE:
        return "A valid integer is required.", "invalid"
    if name in _LIMITS:
        text, code = _LIMITS[name]
        limit = getattr(kind, "multiple_of" if name == "multipleOf" else "limit")
        return text.format(_number(limit)), code
    return _FIXED.get(name, _NOT_VALID)


def too_large(limit: int) -> tuple[str, str]:
    text, code = _LIMITS["maximum"]
    return text.format(limit), code


def no_object(value: Any) -> tuple[str, str]:
    """Of a whole body that is none."""
    if value is None:
        return "No data provided", "null"
    return f"Invalid data. Expected a dictionary, but got {type(value).__name__}.", "invalid"


def of_format(form: str) -> tuple[str, str]:
    return _FORMATS[form], "invalid"


def missing(name: str) -> Problem:
    return Problem(name, *REQUIRED)


def _places(error: jsonschema_rs.ValidationError, value: Any) -> Iterator[tuple[tuple[Any, ...], str, tuple[str, str]]]:
    place, kind = tuple(error.instance_path), error.kind
    if kind.name == "required":
        yield (*place, kind.property), kind.name, REQUIRED  # type: ignore[attr-defined]
    elif kind.name == "additionalProperties":
        for name in kind.unexpected:  # type: ignore[attr-defined]
            yield (*place, name), kind.name, UNKNOWN
    else:
        yield place, kind.name, said(error)


def _first(found: Sequence[tuple[str, str, str]]) -> list[tuple[str, str]]:
    for _, message, code in found:
        if code in _OVER:
            return [(message, code)]
    typed = [(message, code) for keyword, message, code in found if keyword == "type"]
    return typed[:1] or [(message, code) for _, message, code in found]


def _problem(place: tuple[Any, ...], message: str, code: str) -> Problem:
    if not place:
        return Problem(NON_FIELD, message, code)
    inner = ".".join(map(str, place[1:]))
    return Problem(str(place[0]), f"{inner}: {message}" if inner else message, code)


def _type(types: Sequence[str], value: Any) -> tuple[str, str]:
    wanted = next((name for name in types if name != "null"), "null")
    if wanted == "array":
        return f'Expected a list of items but got type "{type(value).__name__}".', "not_a_list"
    if wanted == "object":
        return no_object(value)
    return _TYPES.get(wanted, _NOT_VALID[0]), "invalid"


def _number(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _short(value: Any) -> str:
    return str(value)[:_SHOWN]
