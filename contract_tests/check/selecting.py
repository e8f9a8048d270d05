"""Which exchanges of recordings count, and in what order.

Owns: Wanted, reading the files, the calls of one API by time, what is said where there are none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from cancelkit.contract_tests.errors import Cause, CouldNotRun
from cancelkit.spec import Contract
from cancelkit.traffic import Exchange, Judge
from cancelkit.traffic.har import HarError, Recording, read_har
from cancelkit.traffic.paths import prefixes


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to judge. prefixes: empty for those that the platform is known to use. side: client, server or both."""

    files: Sequence[Path]
    base_url: str = ""
    prefixes: Sequence[str] = ()
    side: str = "both"
    strict: bool = False
    rules: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Selected:
    """recordings: the files as read. ours: the calls of the API in them, in the order in which they began."""

    recordings: tuple[Recording, ...]
    judge: Judge
    ours: tuple[Exchange, ...]


def select(wanted: Wanted, contract: Contract) -> Selected:
    """Read the files.

    Raises:
        CouldNotRun: a file is no HAR, or none holds a call of the API.
    """
    recordings = tuple(_recording(path) for path in wanted.files)
    judge = _judge(wanted, contract)
    ours = _ours([e for r in recordings for e in r.exchanges], judge, wanted, contract)
    if not ours:
        raise CouldNotRun(Cause.NOT_THIS_API, _nothing(recordings, wanted, contract))
    return Selected(recordings, judge, tuple(ours))


def _recording(path: Path) -> Recording:
    try:
        return read_har(path)
    except HarError as error:
        raise CouldNotRun(Cause.OPTIONS, f"{path} {error}") from error


def _judge(wanted: Wanted, contract: Contract) -> Judge:
    try:
        parts = urlsplit(wanted.base_url)
        usable = parts.scheme in ("http", "https") and bool(parts.netloc) and parts.port != 0
    except ValueError:
        usable = False
    if wanted.base_url and not usable:
        raise CouldNotRun(Cause.OPTIONS, f"--base-url {wanted.base_url} is not a URL such as https://shop.example.")
    given = tuple(f"/{prefix.strip('/')}" for prefix in wanted.prefixes)
    return Judge(contract, prefixes=given, base=parts.path if wanted.base_url else "")


def _ours(exchanges: Sequence[Exchange], judge: Judge, wanted: Wanted, contract: Contract) -> list[Exchange]:
    """The calls of the API, by time. Where not one has a key, the recorder left keys out."""
    host, key = urlsplit(wanted.base_url).netloc, contract.api_key
    ours = [
        exchange
        for exchange in exchanges
        if (not host or urlsplit(exchange.url).netloc == host) and judge.meaning(exchange.method, exchange.url)
    ]
    secrets = key is not None and any(exchange.sent(key.header) for exchange in ours)
    return _in_order(replace(exchange, secrets=secrets) for exchange in ours)


def _in_order(exchanges: Iterator[Exchange]) -> list[Exchange]:
    """By the time at which they began; one without a time stays behind the one that stands before it in its file."""
    dated, last = [], 0.0
    for exchange in exchanges:
        last = exchange.started or last
        dated.append((last, exchange))
    return [exchange for _, exchange in sorted(dated, key=lambda pair: pair[0])]


def _nothing(recordings: Sequence[Recording], wanted: Wanted, contract: Contract) -> str:
    total = sum(len(recording.exchanges) for recording in recordings)
    paths = Counter(origin(e) for recording in recordings for e in recording.exchanges)
    hosts = ", ".join(host for host, _ in paths.most_common(3))
    seen = f"{total} calls, to {hosts}{', …' if len(paths) > 3 else ''}" if total else "no calls at all"
    hint = "see --base-url and --prefix" if wanted.base_url or wanted.prefixes else "if it is elsewhere, say --prefix"
    names = ", ".join(str(path) for path in wanted.files)
    below = " or ".join(prefix for prefix in reversed(prefixes(contract)) if prefix)
    known = f"its paths, below {below}" if below else f"its paths, such as {contract.resource.collection}"
    return f"nothing in {names} is a call of this API ({seen}). It is known by {known}; {hint}."


def origin(exchange: Exchange) -> str:
    parts = urlsplit(exchange.url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
