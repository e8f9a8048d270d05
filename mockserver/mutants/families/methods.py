"""Methods and slashes that are answered otherwise than the contract says.

Owns: 405 and Allow, HEAD, OPTIONS, the final slash.
Source: x-behaviours method-not-allowed, head-and-options, final-slash.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cancelkit.mockserver.mutants.exchange import Change, Exchange, restated
from cancelkit.mockserver.mutants.maker import Maker
from cancelkit.mockserver.mutants.mutant import Mutant
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract


def family(contract: Contract) -> Iterator[Mutant]:
    """Mutants of what the contract promises beside its operations."""
    maker = Maker(contract, "robustness")
    for behaviour, name, says, change in CHANGES:
        if contract.behaviour(behaviour):
            yield maker.everywhere(name, says, change)


def _not_found(reply: Reply, exchange: Exchange) -> Reply:
    return replace(reply, status=404, headers=()) if reply.status == 301 else reply


def _of_method(method: str) -> Change:
    return lambda reply, exchange: replace(reply, status=405) if exchange.method == method else reply


def _without_allow(reply: Reply, exchange: Exchange) -> Reply:
    if reply.status != 405:
        return reply
    return replace(reply, headers=tuple(header for header in reply.headers if header[0] != b"allow"))


CHANGES: tuple[tuple[str, str, str, Change], ...] = (
    ("method-not-allowed", "method-404", "a method that is not offered is 404", restated(405, 404)),
    ("method-not-allowed", "method-no-allow", "405 has no Allow", _without_allow),
    ("method-not-allowed", "method-200", "a method that is not offered is 200", restated(405, 200)),
    ("head-and-options", "head-405", "HEAD is 405", _of_method("HEAD")),
    ("head-and-options", "options-405", "OPTIONS is 405", _of_method("OPTIONS")),
    ("final-slash", "slash-not-found", "a wrong final slash is 404", _not_found),
)
