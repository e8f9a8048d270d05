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
from cancelkit.spec import Contract
from cancelkit.spec.wording import KINDS, Kind


def worded(contract: Contract, fit: Fit) -> Fit:
    """What `fit` makes of a refusal, in the words of the contract; `fit` itself where it has none of its own."""
    words = contract.wordings
    if not words:
        return fit

    def said(text: Any, kinds: list[Kind | None]) -> Any:
        for kind in KINDS.values() if isinstance(text, str) else ():
            if found := kind.pattern.fullmatch(text):
                kinds.append(kind)
                wording = words.get(kind.id)
                return (wording and wording.filled(found.groupdict())) or text
        kinds.append(None)
        return text

    def reword(reply: Reply) -> Reply:
        body = orjson.loads(reply.body) if reply.body else None
        if not isinstance(body, dict):
            return fit(reply)
        kinds: list[Kind | None] = []
        out = {
            name: [said(one, kinds) for one in value]
            if isinstance(value, list)
            else said(value, kinds)
            if name == "detail"
            else value
            for name, value in body.items()
        }
        known = {_code(contract, kind) for kind in kinds if kind is not None}
        if "code" in body and kinds and None not in kinds:
            out["code"] = known.pop() if len(known) == 1 else body["code"]
        return fit(replace(reply, body=orjson.dumps(out)))

    return reword


def _code(contract: Contract, kind: Kind) -> str:
    wording = contract.wordings.get(kind.id)
    return (wording and wording.code) or kind.code
