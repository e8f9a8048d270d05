"""One call, sent on to who answers it and its answer sent back: as it was, or held until it is judged.

Owns: the course of a call: streams, what is kept of them for the judge, refusals, a client that leaves.
Knows nothing of: who answers (halves.py), sessions.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import suppress
from dataclasses import replace
from time import perf_counter, time
from typing import Any, TypeVar, cast

import httpx
from starlette.types import Receive, Scope, Send

from cancelkit.mockserver.api.refusing import fitting
from cancelkit.mockserver.faults.play import transport_of
from cancelkit.mockserver.faults.striking import FAULT
from cancelkit.mockserver.proxy import wire
from cancelkit.mockserver.proxy.halves import Gone, Half
from cancelkit.mockserver.proxy.kept import Kept, plain
from cancelkit.mockserver.proxy.settings import Forwarding
from cancelkit.mockserver.proxy.upstream import Unreachable
from cancelkit.mockserver.proxy.watch import Passed, Watch, counted, marks
from cancelkit.mockserver.replies import JSON_TYPE, Reply, error, json_reply, typed
from cancelkit.mockserver.serving.lost import CLIENT_LEFT, JOURNALLED, MALFORMED, REFUSED, noted
from cancelkit.traffic import Exchange, Finding

T = TypeVar("T")
STREAMED = ("text/event-stream", "multipart/", "application/octet-stream")
"""Answers of these types are never held."""
ALIKE = (503, 500, 404, 403, 401, 409, 400)
"""Errors whose shape one of ours takes, the first that the operation describes, where it does not describe ours."""
HELD = 1024 * 1024
"""Bytes of an answer that are held to be judged; a larger one is judged behind its back."""


class Course:
    """One call on its way."""

    def __init__(
        self,
        settings: Forwarding,
        half: Half,
        watch: Watch,
        asgi: tuple[Scope, Receive, Send],
        session: str,
    ) -> None:
        self._settings = settings
        self._half = half
        self._watch = watch
        self._scope, self._receive, self._send = asgi
        self._scope[JOURNALLED] = True
        self._session = session
        self._path = wire.path(self._scope)
        self._meant = watch.meaning(self._scope["method"], f"http://any{self._path}")
        self._ours = self._meant is not None
        self._sent, self._got = Kept(self._ours), Kept(self._ours)
        self._started = 0
        self._heard = not wire.has_body(self._scope)
        self._left: asyncio.Task[None] | None = None
        self._began, self._at = perf_counter(), time()

    async def run(self, refusal: Reply | None = None) -> None:
        """refusal: what is answered in place of sending the call on."""
        try:
            if refusal is not None:
                self._note(fault="refused", shown=refusal.status)
                await self._reply(refusal)
            else:
                await self._forwarded()
        except Gone:
            refused = self._scope.get(REFUSED, 0)
            self._note(fault=MALFORMED if refused else CLIENT_LEFT, shown=self._started or refused)
        except Unreachable as problem:
            self._note(fault=problem.code, shown=self._started or problem.status)
            await self._reply(self._fit(error(problem.status, problem.detail, problem.code).reply))
        except Exception:
            self._note(fault="lost in the proxy", shown=self._started or 500)
            raise
        finally:
            if self._left is not None:
                self._left.cancel()

    async def _forwarded(self) -> None:
        content: AsyncIterator[bytes] | None = None
        if not self._heard:
            content = self._body()
            if self._settings.errors and self._ours:
                content = _again(b"".join([piece async for piece in content]))
        if self._settings.errors and await self._refused():
            return
        answer = await self._unless_gone(self._half.send(self._scope, content, ours=self._ours))
        try:
            await self._answered(answer)
        finally:
            with suppress(httpx.HTTPError):
                await answer.aclose()

    async def _body(self) -> AsyncIterator[bytes]:
        """The request's body as it comes in, kept for the judge."""
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise Gone
            piece: bytes = message.get("body", b"")
            if piece:
                self._sent.add(piece)
                yield piece
            if not message.get("more_body"):
                self._heard = True
                return

    async def _refused(self) -> bool:
        """With --errors: whether the client broke the contract, and was told so instead of being let through."""
        if not self._ours:
            return False
        judgement = await self._watch.judge(self._exchange(0, ()))
        found = counted(judgement.of("client"), strict=self._settings.strict) if judgement else []
        if not found or judgement is None:
            return False
        self._watch.note(replace(self._passed(self._exchange(0, ())), shown_status=400, fault="refused"), judgement)
        await self._reply(_violation(400, "the call breaks the contract and was not sent on", found))
        return True

    async def _answered(self, answer: httpx.Response) -> None:
        headers = wire.backward(answer.headers.raw, answer.status_code)
        pieces = aiter(cast("httpx.AsyncByteStream", answer.stream))
        kind = answer.headers.get("content-type", "")
        if not (self._ours and self._settings.mark) or kind.startswith(STREAMED):
            await self._stream(answer.status_code, headers, pieces, held=[])
            self._note(answer)
            return
        held: list[bytes] = []
        ended = False
        while self._got.size <= HELD:
            piece = await self._piece(pieces)
            if piece is None:
                ended = True
                break
            self._got.add(piece)
            held.append(piece)
        if not ended:
            await self._stream(answer.status_code, headers, pieces, held=held)
            self._note(answer)
            return
        exchange = self._exchange(answer.status_code, answer.headers.raw)
        judgement = await self._watch.judge(exchange)
        findings = judgement.findings if judgement else ()
        wrong = counted(judgement.of("server"), strict=self._settings.strict) if judgement else []
        refusing = self._settings.errors and wrong
        self._watch.note(replace(self._passed(exchange), shown_status=502 if refusing else 0), judgement)
        if refusing:
            await self._reply(_violation(502, "the server's answer breaks the contract", wrong))
            return
        await self._start(answer.status_code, [*headers, *marks(findings)])
        await self._send({"type": "http.response.body", "body": b"".join(held)})

    async def _stream(
        self, status: int, headers: wire.Pairs, pieces: AsyncIterator[bytes], *, held: Sequence[bytes]
    ) -> None:
        """Pass an answer on as it comes; it carries no marks."""
        await self._start(status, headers)
        for early in held:
            await self._send({"type": "http.response.body", "body": early, "more_body": True})
        while (piece := await self._piece(pieces)) is not None:
            self._got.add(piece)
            await self._send({"type": "http.response.body", "body": piece, "more_body": True})
        await self._send({"type": "http.response.body", "body": b""})

    async def _piece(self, pieces: AsyncIterator[bytes]) -> bytes | None:
        """The next piece of the answer, None at its end."""
        try:
            return await self._unless_gone(_next(pieces))
        except httpx.HTTPError as problem:
            raise Unreachable(
                502, f"{self._half.origin(self._scope)} broke its answer off: {problem!r}", "upstream_broken"
            ) from problem

    async def _unless_gone(self, work: Coroutine[Any, Any, T]) -> T:
        """What `work` gives, unless the client leaves before. It is listened for only after its body is whole."""
        if not self._heard:
            return await work
        if self._left is None:
            self._left = asyncio.ensure_future(self._leaving())
        task = asyncio.ensure_future(work)
        await asyncio.wait({task, self._left}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        task.cancel()
        with suppress(asyncio.CancelledError, httpx.HTTPError):
            await task
        raise Gone

    async def _leaving(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _start(self, status: int, headers: wire.Pairs) -> None:
        self._started = status
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def _reply(self, reply: Reply) -> None:
        if self._started:
            await self._break()
        else:
            await reply.send(self._send)

    async def _break(self) -> None:
        """An answer that has begun can't be taken back: the connection goes, so that nobody takes it for whole."""
        transport = transport_of(self._send)
        if transport is None:
            raise ConnectionResetError("upstream's answer broke off")
        transport.close()
        await (self._left or self._leaving())

    def _fit(self, reply: Reply) -> Reply:
        """An error of ours as the contract shapes the errors of the operation that was called."""
        operation = self._meant.operation if self._meant else None
        if operation is None:
            return reply
        described = next(filter(None, map(operation.response, (reply.status, *ALIKE))), None)
        return typed(fitting(operation, alike=ALIKE)(reply), described)

    def _note(self, answer: httpx.Response | None = None, *, fault: str | None = None, shown: int = 0) -> None:
        exchange = self._exchange(answer.status_code, answer.headers.raw) if answer else self._exchange(0, ())
        passed = self._passed(exchange)
        self._watch.note(replace(passed, fault=fault or passed.fault, shown_status=shown))

    def _passed(self, exchange: Exchange) -> Passed:
        return Passed(
            exchange,
            path=self._scope["path"],
            query=self._scope["query_string"],
            session=self._session,
            ours=self._ours,
            sent=self._sent.size,
            answered=self._got.size,
            fault=self._scope.get(FAULT),
            said=noted(self._scope),
            upstream=self._half.upstream,
            operation=self._meant.operation.id if self._meant and self._meant.operation else None,
        )

    def _exchange(self, status: int, headers: Sequence[wire.Header]) -> Exchange:
        """The call as the judge sees it, without what upstream alone is told."""
        sent, got = wire.texts(self._scope["headers"]), wire.texts(headers)
        query = self._scope["query_string"].decode("latin-1")
        return Exchange(
            method=self._scope["method"],
            url=f"{self._half.origin(self._scope)}{self._path}{'?' if query else ''}{query}",
            request_headers=sent,
            request_body=plain(self._sent.whole if self._heard else None, sent),
            status=status,
            response_headers=got,
            response_body=plain(self._got.whole, got),
            started=self._at,
            seconds=perf_counter() - self._began,
            realm=self._half.realm(self._session),
        )


async def _next(pieces: AsyncIterator[bytes]) -> bytes | None:
    return await anext(pieces, None)


async def _again(body: bytes) -> AsyncIterator[bytes]:
    yield body


def _violation(status: int, detail: str, found: Sequence[Finding]) -> Reply:
    violations = [{"side": f.side, "code": f.code, "place": f.place, "message": f.message} for f in found]
    reply = json_reply(status, {"detail": detail, "code": "contract_violation", "violations": violations})
    return Reply(reply.status, reply.body, (JSON_TYPE, *marks(found)))
