"""A form in place of JSON: what the contract's choice makes of it.

Owns: reading the fields of a form by the types that the body's schema gives them, or refusing it.
Knows nothing of: the checks of the schema (bodies.py).
Source: spec/points/bodies.py: form-body; WHATWG URL, "application/x-www-form-urlencoded".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from cancelkit.mockserver.api.converting import text_as_boolean, text_as_number
from cancelkit.mockserver.replies import malformed, unsupported
from cancelkit.spec import Contract, Field
from cancelkit.spec.media import FORM, media_type

Read = Callable[[bytes], dict[str, Any]]
_NUMBER = re.compile(r"[+-]?[0-9]{1,200}(\.[0-9]*)?([eE][+-]?[0-9]{1,2})?")


def is_form(content_type: bytes) -> bool:
    return media_type(content_type.decode("latin-1")) == FORM


def forms(contract: Contract, fields: Mapping[str, Field]) -> Read | None:
    """How a form is read as the value of a body with these fields; None where nothing is said of forms, and they are as
    any other media type; or where a form is refused because it is no JSON.

    The reader raises ApiError where forms are refused, or where this one is not UTF-8 text.
    """
    choice = contract.choices["form-body"]
    as_json = choice.chosen == "refused" and contract.chosen("wrong-media") == "read"
    if not choice.stated or as_json:
        return None

    def read(content: bytes) -> dict[str, Any]:
        if choice.chosen == "unsupported":
            raise unsupported(FORM)
        if choice.chosen == "refused":
            raise unsupported(FORM, 400)
        try:
            sent = dict(parse_qsl(content.decode("utf-8"), keep_blank_values=True, errors="strict"))
        except (UnicodeDecodeError, ValueError):
            raise malformed("The form is not UTF-8 text.") from None
        return {name: _typed(text, fields[name]) if name in fields else text for name, text in sent.items()}

    return read


def _typed(text: str, field: Field) -> Any:
    """A text as a value of the field's type; as it stands where it is none."""
    if text == "" and field.nullable:
        return None
    match field.type:
        case "integer":
            return text_as_number(text)
        case "number":
            return float(text) if _NUMBER.fullmatch(text) else text
        case "boolean":
            return text_as_boolean(text)
    return text
