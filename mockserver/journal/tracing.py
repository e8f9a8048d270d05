"""The trace that a call belongs to, as its client says.

Owns: reading the header `traceparent`. One that is malformed or sent twice does not count.
Knows nothing of: journals, logs.
Source: W3C Trace Context (Recommendation), 3.2 "Traceparent Header".
"""

from __future__ import annotations

import re
from collections.abc import Iterable

NAME = b"traceparent"
_FORM = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_LENGTH = 55
"""Of what version 00 knows; later versions may add to it, and that is left out."""


def traceparent(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The header of a call, where it has a right one. headers: names in small letters."""
    found = [value.strip() for name, value in headers if name == NAME]
    if len(found) != 1:
        return None
    form = _FORM.fullmatch(found[0][:_LENGTH])
    if form is None or (len(found[0]) > _LENGTH and (found[0].startswith(b"00") or found[0][_LENGTH] != ord("-"))):
        return None
    return form[0].decode()


def fields(trace: str) -> dict[str, str]:
    """What a line of a log says of it, in OpenTelemetry's words for logs in JSON."""
    _, trace_id, span_id, flags = trace.split("-")
    return {"trace_id": trace_id, "span_id": span_id, "trace_flags": flags}
