"""What proxies tell of a call: who made it, by which scheme and host, under which path.

Owns: reading X-Forwarded-For, -Proto, -Host, -Prefix and Forwarded; which address is a trusted proxy's.
Knows nothing of: what is done with it (behind.py), who may do what (control/guard.py).
Source: RFC 7239; the X-Forwarded-* headers as nginx, HAProxy and Traefik write them.

A proxy adds itself behind what the client sent, so lists are read from their end: the first address that is no trusted
proxy's is the client, and nothing before it counts. Forwarded counts only where there is no X-Forwarded-For, -Proto or
-Host: proxies that write those pass a Forwarded of the client's own on as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple, TypeVar

Hop = TypeVar("Hop")
Headers = Iterable[tuple[bytes, bytes]]
UNIX = "unix"
"""The word for whoever calls through a Unix socket."""
SEGMENTS = re.compile(r"(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._~-]+)*")
"""A path that can stand before others; never "//", which would lead to another host."""
_PAIR = re.compile(r"""\s*([\w!#$%&'*+.^`|~-]+)=("(?:[^"\\]|\\.)*"|[\w!#$%&'*+.^`|~:\[\]-]*)\s*([;,]|\Z)\s*""")
_ADDRESS = re.compile(r"\[([^\]]*)\](?::\w+)?|([^:]*)(?::\w+)?")


class Told(NamedTuple):
    """client: an address, or a word in its place; None where nothing is told, as of the others."""

    client: str | None = None
    scheme: str | None = None
    host: str | None = None
    prefix: str | None = None


class Trusted:
    """Addresses and networks, and UNIX.

    Raises:
        ValueError: one is neither.
    """

    def __init__(self, given: Iterable[str]) -> None:
        given = tuple(given)
        self._unix = UNIX in given
        self._networks = tuple(ip_network(each, strict=False) for each in given if each != UNIX)
        self._known = lru_cache(maxsize=1024)(self._find)

    def __contains__(self, address: str | None) -> bool:
        return self._unix if address is None else len(address) < 64 and self._known(address)

    def _find(self, address: str) -> bool:
        try:
            found = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        if isinstance(found, IPv6Address) and found.ipv4_mapped:
            found = found.ipv4_mapped
        return any(found in network for network in self._networks)


def told(headers: Headers, trusted: Trusted) -> Told:
    """What a call's headers tell, where a trusted proxy sent it."""
    lists: dict[bytes, list[str]] = {}
    for name, value in headers:
        if name.startswith((b"x-forwarded-", b"forwarded")):
            lists.setdefault(name, []).append(value.decode("latin-1"))
    prefix = _last(lists.get(b"x-forwarded-prefix"))
    if not lists.keys().isdisjoint((b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host")):
        clients = [_address(text) for text in ",".join(lists.get(b"x-forwarded-for", ())).split(",") if text.strip()]
        client = _first(clients, lambda address: address in trusted)
        return Told(client, _last(lists.get(b"x-forwarded-proto")), _last(lists.get(b"x-forwarded-host")), prefix)
    hops = _hops(",".join(lists.get(b"forwarded", ())))
    hop = _first(hops, lambda hop: _address(hop.get("for", "")) in trusted) or {}
    return Told(_address(hop["for"]) if "for" in hop else None, hop.get("proto"), hop.get("host"), prefix)


def clients(headers: Headers) -> list[str]:
    """Every address that a call is said to have come from, whoever says so."""
    found = []
    for name, value in headers:
        text = value.decode("latin-1")
        if name == b"x-forwarded-for":
            found += [_address(each) for each in text.split(",")]
        elif name == b"forwarded":
            found += [_address(hop.get("for", "")) for hop in _hops(text)] or [text]
    return found


def _first(hops: Sequence[Hop], trusted: Callable[[Hop], bool]) -> Hop | None:
    """The last one that no trusted proxy stands for; the first where all are."""
    return next((hop for hop in reversed(hops) if not trusted(hop)), hops[0] if hops else None)


def _last(values: list[str] | None) -> str | None:
    return values[-1].rpartition(",")[2].strip() or None if values else None


def _address(text: str) -> str:
    """An address without brackets and port."""
    text = text.strip()
    found = _ADDRESS.fullmatch(text)
    return (found[1] or found[2] or "") if found else text


def _hops(text: str) -> list[dict[str, str]]:
    """The elements of Forwarded; none where a part of it is malformed, for that could hide what a proxy added."""
    hops: list[dict[str, str]] = [{}]
    place = 0
    while place < len(text):
        found = _PAIR.match(text, place)
        if found is None:
            return []
        value = found[2]
        hops[-1][found[1].lower()] = re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
        if found[3] == ",":
            hops.append({})
        place = found.end()
    return [hop for hop in hops if hop]
