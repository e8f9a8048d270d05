"""Which of the media types that a contract lists for a body are JSON: application/json, and those that end in +json;
and what a form is.

Source: RFC 6839, 3.1 "The +json Structured Syntax Suffix"; RFC 9110, 8.3.1 "Media Type".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def media_type(header: str | None) -> str:
    """A content type without its parameters, in lower case; "" where there is none."""
    return (header or "").partition(";")[0].strip().lower()


def is_json(media: str) -> bool:
    return media == JSON or media.endswith("+json")


def json_content(content: Mapping[str, Any]) -> dict[str, Any]:
    """What stands under the JSON types of a `content`, by type without parameters; application/json first."""
    found = {media_type(kind): node for kind, node in content.items() if is_json(media_type(kind))}
    return dict(sorted(found.items(), key=lambda item: item[0] != JSON))


def first_json(content: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The type that is sent, and what stands there; application/json and nothing where no type is JSON."""
    return next(iter(json_content(content).items()), (JSON, {}))
