"""What a server says when it refuses: the kinds of faults, and what a contract says of each (x-errors).

Owns: the kinds with the texts and codes that the mock has where a contract says nothing; Wording; templates of texts.
Source: docs/spec-extensions.md, "What errors say"; the usual texts are Django REST Framework's.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from cancelkit.spec.errors import SpecError
from cancelkit.spec.facts import fact
from cancelkit.spec.model import Fact

KEYS = frozenset({"text", "code", "under", "at", "level", "why", "seen"})
SAID = ("text", "code", "under")
DETAIL, NON_FIELD = "detail", "non_field_errors"
"""Members of a refusal that stand for no field: one text, or a list of texts."""
ERROR = "error-"
"""Before a kind's id where it stands among the points of choices."""
REST = "detail"
"""The placeholder for what differs each time and is none of the values."""
ANY = f"{{{REST}}}"
"""The text that any text is like."""
_PLACE = re.compile(r"\{(\w+)\}")
_MOMENT = (
    "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."
)


@dataclass(frozen=True)
class Kind:
    """One kind of fault. text: a template; what it has in braces are the values that such a text may show.

    under: the member of the refusal that usually has the text; None for the field that is wrong.
    """

    id: str
    about: str
    text: str
    code: str
    under: str | None = None

    @property
    def places(self) -> frozenset[str]:
        return frozenset({*_PLACE.findall(self.text), REST})

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Reads the values from a usual text."""
        return pattern(self.text, {}, self.places)


@dataclass(frozen=True, slots=True)
class Wording:
    """What a contract says of a kind; None where it leaves text or code open, or has the text under the usual member.

    at: what is said instead by an operation, "<operationId>", or of one of its fields or parameters,
    "<operationId>.<name>".
    """

    kind: Kind
    text: str | None
    code: str | None
    fact: Fact
    at: Mapping[str, Wording] = field(default_factory=dict, hash=False)
    under: str | None = None

    @property
    def said(self) -> str:
        """Code and text in one line, for people."""
        return shown(self.text, self.code, self.under, self.at)

    def here(self, operation: str | None, name: str = "") -> Wording:
        """What is said of a field or parameter of an operation."""
        return self.at.get(f"{operation}.{name}") or self.at.get(operation or "") or self

    def filled(self, values: Mapping[str, str]) -> str | None:
        """The text with the values in their places."""
        known = self.kind.places
        return self.text and _PLACE.sub(lambda p: values.get(p[1], "") if p[1] in known else p[0], self.text)

    def admits(self, text: str, values: Mapping[str, str]) -> bool:
        """Whether a text that was said with these values is of this form."""
        return self.text is None or bool(pattern(self.text, values, self.kind.places).fullmatch(text))


def pattern(template: str, values: Mapping[str, str], places: frozenset[str]) -> re.Pattern[str]:
    """What the texts of a template look like. values: those that are known; any other place may hold any text."""
    out, end = [], 0
    seen: set[str] = set()
    for found in _PLACE.finditer(template):
        name = found[1]
        if name in places:
            out.append(re.escape(template[end : found.start()]))
            if name in values and name != REST:
                out.append(re.escape(values[name]))
            else:
                out.append(f"(?P={name})" if name in seen else f"(?P<{name}>.*?)")
                seen.add(name)
            end = found.end()
    return re.compile("".join([*out, re.escape(template[end:])]), re.DOTALL)


def shown(text: str | None, code: str | None, under: str | None = None, at: Mapping[str, Wording] | None = None) -> str:
    """Code, text and where it stands in one line, for people."""
    said = [*([code] if code else []), *([f'"{text}"'] if text is not None else [])]
    here = " ".join([*said, *([f"under {under}"] if under else [])])
    return "; ".join([here, *(f"at {place} {one.said}" for place, one in sorted((at or {}).items()))])


def _kind(id: str, about: str, text: str, code: str = "invalid", under: str | None = None) -> Kind:
    return Kind(id, about, text, code, under)


KINDS: dict[str, Kind] = {
    kind.id: kind
    for kind in (
        _kind("required", "a field that is needed and left out", "This field is required.", "required"),
        _kind("null", "null where it may not be", "This field may not be null.", "null"),
        _kind("blank", "an empty text where one is needed", "This field may not be blank.", "blank"),
        _kind("integer", "what is no integer", "A valid integer is required."),
        _kind("number", "what is no number", "A valid number is required."),
        _kind("boolean", "what is no boolean", "Must be a valid boolean."),
        _kind("string", "what is no text", "Not a valid string."),
        _kind("array", "what is no list", 'Expected a list of items but got type "{type}".', "not_a_list"),
        _kind("object", "what is no object", "Invalid data. Expected a dictionary, but got {type}.", under=NON_FIELD),
        _kind("null-body", "null in place of an object", "No data provided", "null", NON_FIELD),
        _kind("choice", "a value that its enum does not have", '"{value}" is not a valid choice.', "invalid_choice"),
        _kind("empty", "a parameter without a value", "A value is needed here, or leave the parameter out."),
        _kind("several", "several values for a parameter that takes one", "Only one value is taken here."),
        _kind(
            "minimum",
            "a number that is too small",
            "Ensure this value is greater than or equal to {limit}.",
            "min_value",
        ),
        _kind(
            "maximum", "a number that is too large", "Ensure this value is less than or equal to {limit}.", "max_value"
        ),
        _kind(
            "min-length", "a text that is too short", "Ensure this field has at least {limit} characters.", "min_length"
        ),
        _kind(
            "max-length",
            "a text that is too long",
            "Ensure this field has no more than {limit} characters.",
            "max_length",
        ),
        _kind("date-time", "what is no date-time", _MOMENT),
        _kind("date", "what is no date", "Date has wrong format. Use one of these formats instead: YYYY-MM-DD."),
        _kind("uuid", "what is no UUID", "Must be a valid UUID."),
        _kind("uri", "what is no URL", "Enter a valid URL."),
        _kind("email", "what is no e-mail address", "Enter a valid email address."),
        _kind(
            "reference",
            "a reference that names nothing",
            'Invalid pk "{value}" - object does not exist.',
            "does_not_exist",
        ),
        _kind("open-record", "a second open record for a row", '"{value}" has an open record already.', "unique"),
        _kind(
            "transition",
            "a state that may not follow",
            "A record that is {old} can't become {new}.",
            "invalid_transition",
        ),
        _kind(
            "action",
            "an action that is refused",
            "This action is not allowed for a record that is {old}.",
            "not_allowed",
            NON_FIELD,
        ),
        _kind("not-found", "an id that nothing has", "Not found.", "not_found", DETAIL),
        _kind("path", "a path that leads nowhere, as with an id of another form", "No such path.", "not_found", DETAIL),
        _kind("page", "a page beyond the last", "Invalid page.", "not_found", DETAIL),
        _kind("no-key", "no API key", "Authentication credentials were not provided.", "not_authenticated", DETAIL),
        _kind("wrong-key", "an unknown API key", "Invalid token.", "authentication_failed", DETAIL),
        _kind("bare-key", "a key without its word", "Invalid token header.", "authentication_failed", DETAIL),
        _kind("method", "a method that a path lacks", 'Method "{method}" not allowed.', "method_not_allowed", DETAIL),
        _kind(
            "media",
            "a body that is not said to be JSON",
            'Unsupported media type "{media}" in request.',
            "unsupported_media_type",
            DETAIL,
        ),
        _kind("no-body", "a write without a body", "JSON parse error - the body is empty.", "parse_error", DETAIL),
        _kind("parse", "a body that is no JSON", "JSON parse error - {detail}", "parse_error", DETAIL),
    )
}


def wordings(document: Mapping[str, Any], operations: Collection[str]) -> dict[str, Wording]:
    """What x-errors says, by kind.

    Args:
        operations: the ids of the contract's.
    Raises:
        SpecError: an unknown kind or key, no level, or a place that is in no operation.
    """
    nodes = document.get("x-errors", {})
    if not isinstance(nodes, dict):
        raise SpecError("x-errors", "must be a mapping of kinds of faults to {text, code, level}")
    return {id: wording(str(id), node, f"x-errors/{id}", operations) for id, node in nodes.items()}


def wording(id: str, node: Any, place: str, operations: Collection[str]) -> Wording:
    """One node of x-errors.

    Raises:
        SpecError: as of `wordings`.
    """
    if id not in KINDS:
        raise SpecError(place, f"unknown kind of fault; known are {', '.join(KINDS)}")
    if not isinstance(node, dict) or not {*SAID} & node.keys() or "level" not in node:
        raise SpecError(place, "needs `level`, and what is said: `text`, `code` or both, `under`")
    if unknown := sorted(node.keys() - KEYS):
        raise SpecError(f"{place}/{unknown[0]}", f"unknown key; known are {', '.join(sorted(KEYS))}")
    _check_texts(node, place)
    found = Wording(
        KINDS[id], node.get("text"), node.get("code"), fact(node, place, prefix=""), under=node.get("under")
    )
    return replace(found, at=dict(_places(found, node.get("at", {}), f"{place}/at", operations)))


def _places(whole: Wording, node: Any, place: str, operations: Collection[str]) -> Iterator[tuple[str, Wording]]:
    """What is said at a place; what it leaves out is as everywhere."""
    if not isinstance(node, dict):
        raise SpecError(place, "must be a mapping of operationIds, or <operationId>.<name>, to {text, code}")
    for name, said in node.items():
        here = f"{place}/{name}"
        if name not in operations and not any(str(name).startswith(f"{id}.") for id in operations):
            raise SpecError(here, "there is no such operation")
        if not isinstance(said, dict) or not said or said.keys() - {*SAID}:
            raise SpecError(here, "needs `text`, `code` or `under`, and nothing else")
        _check_texts(said, here)
        yield name, replace(whole, **{key: said.get(key, getattr(whole, key)) for key in SAID})


def _check_texts(node: Mapping[str, Any], place: str) -> None:
    for key in SAID:
        if key in node and not isinstance(node[key], str):
            raise SpecError(f"{place}/{key}", "must be text")
