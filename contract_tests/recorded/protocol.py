"""What recorded calls prove of HTTP: slashes, HEAD, keys.

Owns: the sights of wrong-slash, head, missing-key, key-challenge, bare-key.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from cancelkit.contract_tests.recorded.sight import Sight
from cancelkit.contract_tests.recorded.tape import LISTS, Heard, Tape
from cancelkit.spec import ApiKey, Role

REDIRECTS = (301, 302, 307, 308)


def _slash(tape: Tape, heard: Heard) -> Iterator[Sight]:
    """A wrong slash at a list whose right path is known: a record may be missing for reasons of its own."""
    wrong = heard.call.meaning.slash
    if not wrong or heard.operation.role not in LISTS or heard.exchange.method != "GET" or not heard.known:
        return
    option = {404: "not-found"}.get(heard.status) if tape.reached(heard) else None
    if heard.ok:
        option = "served"
    elif heard.status in REDIRECTS:
        there, here = urlsplit(heard.exchange.got("location") or "").path, urlsplit(heard.exchange.url).path
        right = here.removesuffix("/") if wrong == "extra" else f"{here}/"
        option = f"redirect-{heard.status}" if there == right else None
    if option:
        yield Sight("wrong-slash", option, (heard,))


def _head(tape: Tape, heard: Heard) -> Iterator[Sight]:
    option = {200: "answered", 405: "not-allowed"}.get(heard.status)
    if option and heard.exchange.method == "HEAD" and heard.known and not heard.call.meaning.slash:
        yield Sight("head", option, (heard,))


def _keys(key: ApiKey, tape: Tape, heard: Heard, taken: frozenset[str]) -> Iterator[Sight]:
    """taken: the keys that the server takes, without the word before them."""
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
    elif key.prefix and sent in taken:
        option = "accepted" if heard.ok else "refused" if heard.status in (401, 403) else None
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
    for heard in tape.calls:
        yield from _slash(tape, heard)
        yield from _head(tape, heard)
        if key is not None:
            yield from _keys(key, tape, heard, taken)
