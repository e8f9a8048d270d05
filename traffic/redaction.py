"""Keys, cookies and passwords taken out of what was recorded, before anybody shows or keeps it.

Owns: finding a secret by its name (secret.py), and again wherever else it stands. Judge first: a redacted exchange is
    another one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

from cancelkit.spec.secret import SECRET, SHORTEST
from cancelkit.traffic.exchange import Exchange, Headers

FIELD: Final = re.compile(
    r'("[^"\\]*(?:auth|token|secret|passw|api_?key|signature)[^"\\]*"\s*:\s*)"((?:[^"\\]|\\.)*)"', re.I
)
COOKIES: Final = frozenset({"cookie", "set-cookie"})


class Redaction:
    """Takes secrets out of exchanges and texts.

    mask: what stands in place of a secret. header: the one that holds the key, whatever it is called.
    Secrets are remembered, so that a later text which repeats one is clean too.
    """

    def __init__(self, mask: Callable[[str], str], header: str = "") -> None:
        self._mask = mask
        self._header_name = header.lower()
        self._known: dict[str, str] = {}

    def learn(self, exchange: Exchange) -> None:
        """Remember the secrets in an exchange's headers."""
        for name, value in (*exchange.request_headers, *exchange.response_headers):
            if self._is_secret(name):
                for secret in _secrets(name, value):
                    self._remember(secret)

    def __call__(self, exchange: Exchange) -> Exchange:
        """The exchange without secrets; bodies that are no UTF-8 stay as they are."""
        self.learn(exchange)
        return replace(
            exchange,
            url=self.text(self._url(exchange.url)),
            request_headers=self._headers(exchange.request_headers),
            response_headers=self._headers(exchange.response_headers),
            request_body=self._body(exchange.request_body),
            response_body=self._body(exchange.response_body),
        )

    def text(self, text: str) -> str:
        """A text without the secrets that are known."""
        for secret, mask in self._known.items():
            if secret in text:
                text = text.replace(secret, mask)
        return text

    def _remember(self, secret: str) -> None:
        if len(secret) >= SHORTEST and secret not in self._known:
            for form in (secret, quote(secret, safe="")):
                self._known[form] = self._mask(secret)

    def _is_secret(self, header: str) -> bool:
        return SECRET.search(header) is not None or header.lower() == self._header_name

    def _headers(self, headers: Headers) -> Headers:
        return tuple(
            (name, self._header(name, value) if self._is_secret(name) else self.text(value)) for name, value in headers
        )

    def _header(self, name: str, value: str) -> str:
        if name.lower() in COOKIES:
            return self._mask(value)
        word, space, rest = value.strip().partition(" ")
        return f"{word} {self._mask(rest.strip())}" if space else self._mask(value) if value else ""

    def _url(self, url: str) -> str:
        parts = urlsplit(url)
        pairs = [pair.partition("=") for pair in parts.query.split("&")]
        query = "&".join(f"{n}{eq}{self._mask(v) if v and SECRET.search(n) else v}" for n, eq, v in pairs)
        return urlunsplit(parts._replace(query=query, netloc=parts.netloc.rpartition("@")[2]))

    def _body(self, body: bytes | None) -> bytes | None:
        if not body:
            return body
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            return body
        return self.text(FIELD.sub(lambda found: f'{found[1]}"{self._mask(found[2])}"', text)).encode("utf-8")


def _secrets(name: str, value: str) -> Iterable[str]:
    if name.lower() not in COOKIES:
        yield value.strip().partition(" ")[2].strip() or value.strip()
        return
    for part in value.split(";")[: 1 if name.lower() == "set-cookie" else None]:
        yield part.partition("=")[2].strip()
