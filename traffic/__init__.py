"""Real traffic, judged by the contract: each recorded exchange yields plain findings about client and server.

Owns: Judge, which puts the parts together, and the names that others import.
Knows nothing of: HAR files, proxies, reports.
Source: spec/openapi.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from cancelkit.spec import Contract
from cancelkit.traffic.client import Client
from cancelkit.traffic.codes import CODES, Code
from cancelkit.traffic.exchange import Exchange, Finding, Headers, Judgement, Side
from cancelkit.traffic.exercised import exercised
from cancelkit.traffic.history import History
from cancelkit.traffic.meaning import Meanings
from cancelkit.traffic.paths import PREFIXES, Meaning, Paths
from cancelkit.traffic.reading import Call, read
from cancelkit.traffic.schemas import Problem, Schemas
from cancelkit.traffic.server import Server


class Judge:
    """Judges the traffic of one server, exchange by exchange, in the order in which they began.

    prefixes: what may stand in place of the contract's first path segment. base: the path below which the server is.
    remember: whether earlier exchanges are held against later ones; not where the server is reset between them.
    """

    def __init__(
        self, spec: Contract, *, prefixes: Sequence[str] = PREFIXES, base: str = "", remember: bool = True
    ) -> None:
        self._spec = spec
        self._paths = Paths(spec, prefixes, base)
        self._schemas = Schemas(spec)
        self._client = Client(spec)
        self._server = Server(spec, self._schemas)
        self._meanings = Meanings(spec)
        self._history = History(spec) if remember else None

    def meaning(self, method: str, url: str) -> Meaning | None:
        """What a call means; None for a call of some other API."""
        return self._paths.find(method.upper(), urlsplit(url).path)

    def __call__(self, exchange: Exchange) -> Judgement | None:
        """What is wrong with both sides; None for a call of some other API."""
        meaning = self.meaning(exchange.method, exchange.url)
        if meaning is None:
            return None
        call = read(exchange, meaning)
        operation = meaning.operation.id if meaning.operation else None
        findings = [
            Finding(f.side, f.code, f.message, f.place, f.level, operation) for f in dict.fromkeys(self._all(call))
        ]
        return Judgement(operation, tuple(findings), frozenset(exercised(call, self._spec)))

    def prepare(self) -> None:
        """Load what the first call would have to wait for, half a second or so."""
        self._schemas.prepare()

    def forget(self, realm: str | None = None) -> None:
        """Hold no earlier exchange against later ones: all, or one realm's records were reset."""
        if self._history is not None:
            self._history.forget(realm)

    def _all(self, call: Call) -> Iterator[Finding]:
        problems = tuple(self._schemas.request(call))
        client = list(self._client(call, problems))
        yield from client
        yield from self._server(call, problems)
        doubtful = frozenset([f.place for f in client] + [".".join(problem.place) for problem in problems])
        yield from self._meanings(call, doubtful)
        if self._history is not None:
            yield from self._history(call)


__all__ = [
    "CODES",
    "Code",
    "Exchange",
    "Finding",
    "Headers",
    "Judge",
    "Judgement",
    "Meaning",
    "Problem",
    "Side",
]
