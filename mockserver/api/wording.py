"""Refusals in the words of the contract: the usual texts and codes, as they were raised, put into those of x-errors.

Owns: recognising the kind of fault by its usual text, and saying it otherwise.
Knows nothing of: why a call is refused; the shape in which the contract wants errors (refusing.py, which comes after).
Source: spec/wording.py.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson

from cancelkit.mockserver.api.refusing import Fit
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract, Operation
from cancelkit.spec.wording import DETAIL, KINDS


def worded(contract: Contract, fit: Fit, operation: Operation | None = None) -> Fit:
    """What `fit` makes of a refusal, in the words of the contract; `fit` itself where it has none of its own.

    operation: that refuses; None for any of them.
    """
    words, id = contract.wordings, operation.id if operation else None
    if not words:
        return fit

    def said(name: str, text: Any, codes: list[tuple[str, str] | None]) -> tuple[str, Any]:
        """Under which member a text stands, and what it says."""
        read = [
            (kind, found)
            for kind in (KINDS.values() if isinstance(text, str) else ())
            if (found := kind.pattern.fullmatch(text))
        ]
        if not read:
            codes.append(None)
            return name, text
        kind, found = next((one for one in read if one[0].id in words), read[0])
        wording = words[kind.id].here(id, name) if kind.id in words else None
        codes.append((kind.code, (wording and wording.code) or kind.code))
        return (wording and wording.under) or name, (wording and wording.filled(found.groupdict())) or text

    def reword(reply: Reply) -> Reply:
        body = orjson.loads(reply.body) if reply.body else None
        if not isinstance(body, dict):
            return fit(reply)
        codes: list[tuple[str, str] | None] = []
        out: dict[str, Any] = {}
        for name, value in body.items():
            if not isinstance(value, list) and name != DETAIL:
                out[name] = value
                continue
            for one in value if isinstance(value, list) else [value]:
                under, text = said(name, one, codes)
                if under == DETAIL:
                    out[under] = text
                else:
                    out.setdefault(under, []).append(text)
        known = [code for code in codes if code is not None]
        if "code" in body and known and len(known) == len(codes):
            out["code"] = next((mine for usual, mine in known if usual == body["code"]), known[0][1])
        return fit(replace(reply, body=orjson.dumps(out)))

    return reword
