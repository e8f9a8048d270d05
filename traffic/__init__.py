"""Real traffic, judged by the contract: each recorded exchange yields plain findings about client and server.

Owns: Judge, which puts the parts together, and the names that others import.
Source: the contract that it is given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from urllib.parse import urlsplit

from cancelkit.spec import Contract, load
from cancelkit.traffic.client import Client
from cancelkit.traffic.codes import CODES, Code, codes
from cancelkit.traffic.exchange import Exchange, Finding, Headers, Judgement, Side
from cancelkit.traffic.exercised import exercised
from cancelkit.traffic.history import History
from cancelkit.traffic.meaning import Meanings
from cancelkit.traffic.paths import Meaning, Paths
from cancelkit.traffic.reading import Call, read
from cancelkit.traffic.schemas import Problem, Schemas
from cancelkit.traffic.server import Server


class Judge:
    """Judges the traffic of one server, exchange by exchange, in the order in which they began.

    contract: None for the packaged one. prefixes: what may stand in place of the root of the contract's paths (see
    paths.prefixes). base: the path below which the server is. remember: whether earlier exchanges are held against
    later ones; not where the server is reset between them.
    """

    def __init__(
        self,
        contract: Contract | None = None,
        *,
        prefixes: Sequence[str] = (),
        base: str = "",
        remember: bool = True,
    ) -> None:
        self._contract = contract = contract or load()
        self._paths = Paths(contract, prefixes, base)
        self._schemas = Schemas(contract)
        self._client = Client(contract)
        self._codes = frozenset(code.id for code in codes(contract))
        self._history = History(contract) if remember else None

    @cached_property
    def _server(self) -> Server:
        return Server(self._contract, self._schemas)

    @cached_property
    def _meanings(self) -> Meanings:
        return Meanings(self._contract)

    def meaning(self, method: str, url: str) -> Meaning | None:
        """What a call means; None for a call of some other API."""
        return self._paths.find(method.upper(), urlsplit(url).path)

    def __call__(self, exchange: Exchange) -> Judgement | None:
        """What is wrong with both sides; None for a call of some other API."""
        meaning = self.meaning(exchange.method, exchange.url)
        if meaning is None:
            return None
        call = read(exchange, meaning)
        chances = frozenset(exercised(call, self._contract)) & self._codes
        return Judgement(_id(meaning), self._findings(self._all(call), meaning), chances)

    def client(self, exchange: Exchange) -> Judgement:
        """What is wrong with the request alone, taken as a call of this API whatever its path."""
        meaning = self._paths.certain(exchange.method, urlsplit(exchange.url).path)
        call = read(exchange, meaning)
        return Judgement(_id(meaning), self._findings(self._client(call, self._request(call)), meaning))

    def prepare(self) -> None:
        """Compile what the first call would have to wait for."""
        self._schemas.prepare()

    def forget(self, realm: str | None = None) -> None:
        """Hold no earlier exchange against later ones: all, or one realm's records were reset."""
        if self._history is not None:
            self._history.forget(realm)

    def _request(self, call: Call) -> tuple[Problem, ...]:
        return tuple(self._schemas.request(call))

    def _findings(self, found: Iterator[Finding], meaning: Meaning) -> tuple[Finding, ...]:
        """Each once, with its operation; none about what the contract does not promise."""
        kept = [finding for finding in dict.fromkeys(found) if finding.code in self._codes]
        return tuple(Finding(f.side, f.code, f.message, f.place, f.level, _id(meaning)) for f in kept)

    def _all(self, call: Call) -> Iterator[Finding]:
        problems = self._request(call)
        client = list(self._client(call, problems))
        yield from client
        yield from self._server(call, problems)
        doubtful = frozenset([f.place for f in client] + [".".join(problem.place) for problem in problems])
        yield from self._meanings(call, doubtful)
        if self._history is not None:
            yield from self._history(call)


def _id(meaning: Meaning) -> str | None:
    return meaning.operation.id if meaning.operation else None


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
    "codes",
]
