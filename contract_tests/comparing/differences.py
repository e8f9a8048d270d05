"""Where two aligned answers differ.

Owns: Difference, finding them, and which choice one of them is about.
Knows nothing of: servers, how answers were aligned.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cancelkit.contract_tests.comparing.calls import Call
from cancelkit.contract_tests.comparing.forms import Form
from cancelkit.contract_tests.comparing.signs import ANY, Sign
from cancelkit.contract_tests.context.bodies import settable
from cancelkit.contract_tests.target.answer import shown
from cancelkit.spec import Role
from cancelkit.spec.values import same

NOTHING = Sign("nothing")
METHOD = re.compile("[A-Z]+")
ORDER = "order"
BY_PLACE = {"offset": "date-offset", "digits": "date-digits", "WWW-Authenticate": "key-challenge", ORDER: "list-order"}
"""The choice that the last part of a place is about, whatever the call."""


@dataclass(frozen=True, slots=True)
class Difference:
    """place: where, such as ("body", "quantity"). left, right: what stands there, as text.

    point: the choice or kind of error that it is about, where it is known whatever the call.
    """

    place: tuple[str, ...]
    left: str
    right: str
    point: str = ""

    @property
    def where(self) -> str:
        return ".".join(part for part in self.place if part != "body") or "the body"

    @property
    def sentence(self) -> str:
        return f"{self.where}: {self.left} here, {self.right} there"


def differences(left: Form, right: Form, id_field: str) -> list[Difference]:
    """Where the answers differ; only the status where that does."""
    if left.status != right.status:
        return [Difference(("status",), str(left.status), str(right.status))]
    found = list(_within(left.headers, right.headers, ("headers",), id_field))
    return [*found, *_within(left.body, right.body, ("body",), id_field)]


def _within(left: Any, right: Any, place: tuple[str, ...], id_field: str) -> Iterator[Difference]:
    if ANY in (left, right) if isinstance(left, Sign) or isinstance(right, Sign) else False:
        return
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        for name in [*left, *(name for name in right if name not in left)]:
            yield from _within(left.get(name, NOTHING), right.get(name, NOTHING), (*place, name), id_field)
    elif isinstance(left, list) and isinstance(right, list) and place[-1] == "results":
        yield from _rows(left, right, place, id_field)
    elif not _same(left, right):
        yield Difference(place, _text(left), _text(right))


def _rows(left: list[Any], right: list[Any], place: tuple[str, ...], id_field: str) -> Iterator[Difference]:
    ids = [[_text(row.get(id_field)) for row in rows] for rows in (left, right)]
    if sorted(ids[0]) != sorted(ids[1]):
        yield Difference((*place, "records"), ", ".join(ids[0]) or "none", ", ".join(ids[1]) or "none")
    elif ids[0] != ids[1]:
        yield Difference((*place, ORDER), ", ".join(ids[0]), ", ".join(ids[1]))
    else:
        seen: set[tuple[str, ...]] = set()
        for one, other in zip(left, right, strict=True):
            for found in _within(one, other, place, id_field):
                if found.place not in seen:
                    seen.add(found.place)
                    yield found


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, Sign) or isinstance(right, Sign):
        return bool(left == right)
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(_same(left[name], right[name]) for name in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return same(left, right)


def _text(value: Any) -> str:
    if isinstance(value, Sign):
        return str(value)
    return shown(value, 200) if not isinstance(value, str) else shown(f'"{value}"', 200)


def point(call: Call, difference: Difference, page: int, *, accepted: bool) -> str:
    """The choice that a difference is about; empty where it is about none.

    page: that was asked for. accepted: both sides did what was asked.
    """
    last = difference.place[-1]
    if last == "Allow" and {*METHOD.findall(difference.left)} ^ {*METHOD.findall(difference.right)} == {"HEAD"}:
        return "head"
    if last in BY_PLACE:
        return BY_PLACE[last]
    if "previous" in difference.place and page == 2:
        return "link-to-page-1"
    if accepted and call.operation.role is Role.UPDATE and _left_out(call, difference):
        return "put-omitted"
    return call.point if _about(call, difference, accepted=accepted) else ""


def _about(call: Call, difference: Difference, *, accepted: bool) -> bool:
    """Whether a difference can come of what the call tries, not of something that it shows beside that."""
    place = difference.place
    if place == ("status",):
        return call.point != "put-omitted"
    if call.lists:
        return finds_others(difference)
    if call.point == "put-omitted":
        return _left_out(call, difference)
    return not accepted or not call.topic or call.topic in place


def finds_others(difference: Difference) -> bool:
    """Whether a list shows other records."""
    place = difference.place
    return place[-1] in ("records", "count") or "next" in place or "previous" in place


def _left_out(call: Call, difference: Difference) -> bool:
    """Whether a difference is about a field that the body could have, and has not."""
    place = difference.place
    known = settable(call.operation)
    return isinstance(call.body, dict) and place[0] == "body" and place[-1] in known and place[-1] not in call.body
