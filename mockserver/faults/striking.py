"""What is to go wrong with one call, by its own wish or by the faults of its session, and having it go wrong.

Owns: the choice between preferences and faults, and the answers in their place.
Knows nothing of: who would answer the call otherwise, journals.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from cancelkit.mockserver.faults.answers import FaultAnswers, answering
from cancelkit.mockserver.faults.fault import Faults, Hit
from cancelkit.mockserver.faults.play import play, transport_of
from cancelkit.mockserver.faults.preferences import Preferences, read
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract, Operation

FAULT = "cancelkit.fault"
"""The key of the scope under which stands, for the journal, what strikes the call."""


class Striker:
    """Made once from the contract. dressed: wraps an application in what every answer gets."""

    def __init__(self, contract: Contract, dressed: Callable[[ASGIApp], ASGIApp] = lambda app: app) -> None:
        self._answers = FaultAnswers(contract)
        self._dressed = dressed

    async def __call__(
        self,
        faults: Faults,
        prefer: bytes | None,
        meant: Operation | None,
        app: ASGIApp,
        call: tuple[Scope, Receive, Send],
        send: Send,
    ) -> None:
        """Have a call answered by `app`, or otherwise.

        Args:
            prefer: the header; a wish goes before the faults.
            send: the server's own, through which a connection can be broken.
        """
        name = meant.id if meant else None
        wishes = read(prefer.decode("latin-1")) if prefer else None
        hit = _wished(wishes) if wishes else faults.strike(name)
        if hit is None:
            await app(*call)
            return

        def refuse(hit: Hit) -> ASGIApp:
            reply = self._answers.reply(hit.status, name, hit.retry_after)
            return self._dressed(answering(_applied(reply, wishes) if wishes else reply))

        call[0][FAULT] = "prefer" if wishes else hit.kind
        await play(hit, app, call, refuse=refuse, transport=transport_of(send))


def _wished(wishes: Preferences) -> Hit:
    return Hit("status", wishes.delay, status=wishes.code) if wishes.code else Hit("latency", wishes.delay)


def _applied(reply: Reply, wishes: Preferences) -> Reply:
    return Reply(reply.status, reply.body, (*reply.headers, (b"preference-applied", wishes.applied.encode())))
