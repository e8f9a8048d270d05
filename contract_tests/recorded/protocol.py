"""What recorded calls prove of HTTP: slashes, HEAD, keys.

Owns: the sights of wrong-slash, extra-slash, wrong-slash-write, head, missing-key, key-challenge, bare-key.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cancelkit.contract_tests.recorded.sight import Sight
from cancelkit.contract_tests.recorded.tape import LISTS, Heard, Tape
from cancelkit.spec import ApiKey, Role
from cancelkit.spec.points import POINTS

REDIRECTS = (301, 302, 307, 308)
WRITES = ("POST", "PUT", "PATCH", "DELETE")


def _slash(tape: Tape, heard: Heard) -> Iterator[Sight]:
    """A list read with a wrong slash, where the right path is known: a record may be missing for reasons of its own."""
    if heard.operation.role in LISTS and heard.exchange.method == "GET":
        option = {404: "not-found"}.get(heard.status) if tape.reached(heard) else None
        if option := option or _led(heard):
            point = tape.contract.slash_point(extra=heard.call.meaning.slash == "extra")
            yield Sight(point, option, (heard,))


def _slash_write(tape: Tape, heard: Heard) -> Iterator[Sight]:
    """A write with a wrong slash, where the right path takes such writes; of a record that was surely there."""
    if heard.exchange.method not in WRITES or heard.exchange.method != heard.operation.method:
        return
    key, option = tape.key(heard), None
    if tape.reached(heard) and (key is None or heard.status != 404 or tape.stands(key, heard)):
        option = {404: "not-found", 405: "not-allowed"}.get(heard.status)
    option = option or _led(heard)
    if option in POINTS["wrong-slash-write"].options:
        yield Sight("wrong-slash-write", option, (heard,))


def _led(heard: Heard) -> str | None:
    """The option of a call that is led to the right path, or answered in its place."""
    if heard.ok:
        return "served"
    there, here = urlsplit(heard.exchange.got("location") or "").path, urlsplit(heard.exchange.url).path
    right = here.removesuffix("/") if heard.call.meaning.slash == "extra" else f"{here}/"
    return f"redirect-{heard.status}" if heard.status in REDIRECTS and there == right else None


def _head(tape: Tape, heard: Heard) -> Iterator[Sight]:
    option = {200: "answered", 405: "not-allowed"}.get(heard.status)
    if option and heard.exchange.method == "HEAD" and heard.known and not heard.call.meaning.slash:
        yield Sight("head", option, (heard,))


@dataclass(frozen=True, slots=True)
class _Known:
    """taken: the keys that the server takes, without the word before them. missing, wrong: what it says where
    there is no key, and of an unknown one."""

    taken: frozenset[str]
    missing: tuple[Any, ...]
    wrong: tuple[Any, ...]

    def refused(self, said: Any) -> str | None:
        """The option of a bare key that is refused in these words; None where they are neither's."""
        return "refused" if said in self.wrong else "no-key" if said in self.missing and self.wrong else None


def _keys(key: ApiKey, tape: Tape, heard: Heard, known: _Known) -> Iterator[Sight]:
    exchange = heard.exchange
    if not heard.operation.secured or not exchange.secrets or heard.call.meaning.slash or exchange.sent("cookie"):
        return
    sent = (exchange.sent(key.header) or "").strip()
    if not sent or key.unknown in sent:
        option = {401: "unauthorized", 403: "forbidden"}.get(heard.status)
        if option:
            yield Sight("missing-key", option, (heard,))
            if exchange.response_headers:
                challenged = "sent" if exchange.got("www-authenticate") else "left-out"
                yield Sight("key-challenge", challenged, (heard,))
    elif key.prefix and sent in known.taken:
        option = "accepted" if heard.ok else known.refused(heard.answer) if heard.status in (401, 403) else None
        if option:
            yield Sight("bare-key", option, (heard,))


def sights(tape: Tape) -> Iterator[Sight]:
    key = tape.contract.api_key
    taken = frozenset(
        sent[len(key.prefix) + 1 :].strip()
        for heard in tape.calls
        if key and key.prefix and heard.ok and (sent := heard.exchange.sent(key.header) or "")
        if sent.lower().startswith(f"{key.prefix.lower()} ") and heard.operation.role is not Role.OTHER
    )
    refused = [heard for heard in tape.calls if key and heard.status in (401, 403)]
    known = _Known(
        taken,
        tuple(heard.answer for heard in refused if key and not heard.exchange.sent(key.header)),
        tuple(heard.answer for heard in refused if key and key.unknown in (heard.exchange.sent(key.header) or "")),
    )
    for heard in tape.calls:
        if heard.call.meaning.slash and heard.known:
            yield from (*_slash(tape, heard), *_slash_write(tape, heard))
        yield from _head(tape, heard)
        if key is not None:
            yield from _keys(key, tape, heard, known)
