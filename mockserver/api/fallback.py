"""What is answered where the contract has no operation: unknown path, wrong slash, wrong method, OPTIONS.

Owns: 404, 405 and OPTIONS with the complete Allow, the redirect where a final slash is wrong.
Knows nothing of: operations' meaning, state.
Source: contract, "Paths are served exactly as documented" and "method not offered on a path".
"""

from __future__ import annotations

from urllib.parse import quote

from starlette.types import Receive, Scope, Send

from cancelkit.mockserver.api.dispatch import ORIGINAL_PATH
from cancelkit.mockserver.api.recognition import Recogniser
from cancelkit.mockserver.api.refusing import Fit
from cancelkit.mockserver.replies import Reply, error, no_path, wrong_slash
from cancelkit.spec import Contract


class Fallback:
    """Answers every call that is no operation."""

    def __init__(self, recognise: Recogniser, contract: Contract, fit: Fit = lambda reply: reply) -> None:
        """fit: what makes a refusal one that the contract describes."""
        self._recognise, self._fit = recognise, fit
        self._head = ["HEAD"] if contract.chosen("head") == "answered" else []
        self._read = {slash: _redirect(contract.slash(extra=slash == "extra").chosen) for slash in ("missing", "extra")}
        self._write = _redirect(contract.chosen("wrong-slash-write"))
        self._says_path = "path" in contract.wordings
        self._refuses_writes = contract.chosen("wrong-slash-write") == "not-allowed"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        reply = self._reply(scope)
        await (self._fit(reply) if reply.status >= 400 else reply).send(send)

    def _reply(self, scope: Scope) -> Reply:
        path, method = scope["path"], scope["method"]
        shown = scope.get(ORIGINAL_PATH, path)
        known = self._recognise(method, path)
        if not known.methods or not known.fits:
            return no_path().reply
        reads = method in ("GET", "HEAD")
        if known.slash is None or (self._refuses_writes and not reads):
            allowed = ", ".join([*known.methods, *(self._head if "GET" in known.methods else []), "OPTIONS"])
            if method == "OPTIONS":
                return Reply(200, b"", ((b"allow", allowed.encode()),))
            detail = f'Method "{method[:40]}" not allowed.'
            return error(405, detail, "method_not_allowed", {"Allow": allowed}).reply
        right = shown.rstrip("/") if known.slash == "extra" else f"{shown}/"
        redirect = self._read[known.slash] if reads else self._write
        if redirect and ("GET" if reads else method) in known.methods:
            query = scope["query_string"].decode("latin-1")
            target = quote(right, safe="/") + (f"?{query}" if query else "")
            return Reply(redirect, b"", ((b"location", target.encode("latin-1")),))
        return (no_path() if self._says_path else wrong_slash(right)).reply


def _redirect(option: str) -> int | None:
    """The status of the redirect that an option is; None for another option."""
    return int(option.rpartition("-")[2]) if option.startswith("redirect-") else None
