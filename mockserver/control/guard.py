"""Who may use the control endpoints.

Owns: the one decision, made from the client's address, the Host, the browser's own headers and the control token.
Knows nothing of: what the endpoints do.

Without a token: only a client on this machine, who speaks to it under a name of this machine (a page of another site
whose name was made to point here, DNS rebinding, carries its own name in Host), and, if it is a browser, from a page
of this very server. What proxies write into a call can close the endpoints and never open them. With the token:
anybody who has it. No CORS header is ever sent from here.
"""

from __future__ import annotations

from hmac import compare_digest
from typing import NamedTuple

from starlette.datastructures import Headers

from cancelkit.mockserver.serving.forwarded import clients
from cancelkit.spec.hosts import is_loopback

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


class Denied(NamedTuple):
    """Why a call is refused: a text for people and a code for programs."""

    detail: str
    code: str


class Guard:
    """token: the control token, or None. public: the server listens on an address that others can reach."""

    __slots__ = ("_public", "_token")

    def __init__(self, token: str | None = None, *, public: bool = False) -> None:
        self._token = token.encode() if token else None
        self._public = public

    @property
    def off(self) -> bool:
        """Whether nobody at all may pass: others can reach this server, and no token was set."""
        return self._public and self._token is None

    def check(self, client: str | None, headers: Headers, *, page: bool = False) -> Denied | None:
        """Return None for a call that may pass, else why it may not.

        Args:
            client: the client's address; None for one in the same process, which is loopback by nature.
            page: the call asks for the dashboard's own files. They hold no data, a link on another site may lead to
                them, and they are what asks a person for the token.
        """
        if self._has_token(headers) or (page and not self.off):
            return None
        if self.off:
            return Denied(
                "The control endpoints are off: this server listens beyond this machine. Start it with --control-token",
                "control_off",
            )
        beyond = [client] if client is not None else []
        beyond += clients(headers.raw)
        if self._public or not all(map(is_loopback, beyond)):
            return Denied("Send the control token: 'X-Mock-Control: <token>'", "control_token_required")
        host = headers.get("host", "")
        if _name(host) not in LOOPBACK_NAMES:
            return Denied("Speak to the control endpoints under localhost, 127.0.0.1 or [::1]", "host_not_loopback")
        if not _same_origin(headers, host):
            return Denied("The control endpoints are closed to pages of other origins", "cross_origin")
        return None

    def _has_token(self, headers: Headers) -> bool:
        if self._token is None:
            return False
        word, _, bearer = headers.get("authorization", "").partition(" ")
        given = (headers.get("x-mock-control", ""), bearer.strip() if word.lower() == "bearer" else "")
        return any(compare_digest(text.encode(), self._token) for text in given)


def _name(host: str) -> str:
    """The name in a Host header, without the port."""
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdigit() else host.lower()


def _same_origin(headers: Headers, host: str) -> bool:
    site = headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is None or origin.lower() in (f"http://{host.lower()}", f"https://{host.lower()}")
