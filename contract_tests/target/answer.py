"""One request and its answer, as plain data that can be judged, shown and kept.

Owns: Answer, and what stands in for the token in everything recorded.
Knows nothing of: how it was sent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Literal

TOKEN: Final = "$TOKEN"  # noqa: S105  (the name that stands in for the token)


class Unset(Enum):
    """The absence of a body, which null is not."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET
Auth = Literal["good", "none", "empty", "wrong", "bare"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and what had been sent for it.

    headers: names in lower case. json: the parsed body; None where it is not JSON (see is_json).
    is_json: the content type says JSON and the text parses.
    request_body: the JSON value sent; a str is the raw text of what was sent; UNSET where there was none.
    request_headers: as sent, with $TOKEN in place of the token.
    operation_id: of the operation that method and path belong to, if any. elapsed: seconds.
    record: the id that the path names, as text; empty where it names none.
    halves: where the JSON held half of a surrogate pair, such as "results.0.id"; U+FFFD stands there in `json`.
    refusals: the statuses with which the operation may refuse what is sent. own_shape: the contract gives an error with
        this status a schema of its own, by which alone it is judged.
    way: what a curl command needs besides to get there as the run did (see commands.way), each word quoted.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    json: Any = None
    method: str = "GET"
    url: str = ""
    request_body: Any = UNSET
    is_json: bool = True
    request_headers: Mapping[str, str] = field(default_factory=dict)
    operation_id: str | None = None
    elapsed: float = 0.0
    way: tuple[str, ...] = ()
    record: str = ""
    halves: tuple[str, ...] = ()
    refusals: tuple[int, ...] = (400,)
    own_shape: bool = False

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def brief(self, limit: int = 300) -> str:
        """Method, URL, body and answer in one line, cut to be read."""
        sent = "" if self.request_body is UNSET else f" {shown(self.request_body, limit)}"
        return f"{self.method} {self.url}{sent} -> {self.status} {shown(self.text, limit)}".rstrip()


def shown(value: Any, limit: int = 300) -> str:
    """`value` as JSON text, or the text itself, cut after `limit` characters."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"
