"""The server under test: sends requests to it, politely, and never mistakes the network's faults for the server's.

Owns: rate and concurrency limits, what is sent again after a dropped connection, the token (wire.py: how one is sent).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Event, Lock
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from cancelkit.contract_tests.configuration.settings import Settings
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.target.answer import UNSET, Answer, Auth
from cancelkit.contract_tests.target.commands import way
from cancelkit.contract_tests.target.encoding import Query, json_bytes, raw_text
from cancelkit.contract_tests.target.holdings import Holdings
from cancelkit.contract_tests.target.ledger import Ledger
from cancelkit.contract_tests.target.near_keys import NearKey, disguises, hidden, near_keys
from cancelkit.contract_tests.target.paths import Addresses, Found
from cancelkit.contract_tests.target.wire import Reply, Wire, tls
from cancelkit.spec import Contract, Role
from cancelkit.spec.media import JSON, is_json, media_type
from cancelkit.spec.refusing import own_shape, statuses
from cancelkit.spec.waiting import retry_after
from cancelkit.traffic.reading import ABSENT, json_and_halves

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
REPEATABLE: Final = SAFE | {"PUT", "PATCH"}
ATTEMPTS: Final = 4
FIRST: Final = 30
GATEWAY: Final = frozenset({502, 503, 504})
CHANGING: Final = frozenset({Role.UPDATE, Role.PARTIAL_UPDATE, Role.ACTION})
SILENT: Final = 12
SILENT_SECONDS: Final = 30.0
Watch = Callable[[Answer], None]


class Dropped(Inconclusive):
    """The connection broke, and whether the request took effect can't be told."""


@dataclass(slots=True)
class Traffic:
    """What has been sent so far. gateway: answers that a gateway may have given instead of the server (502, 503, 504),
    and that did not come again; `waits`: how many seconds the first answers took, without our own waiting for a turn.
    """

    requests: int = 0
    dropped: int = 0
    gateway: int = 0
    unclear_creates: list[tuple[tuple[str, ...], Any]] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)


class Target:
    """Thread-safe. Rules read what was answered, the token's letters among it; `hide` is for what is written out.
    `watch` is told of every answer; `ledger` of every record created or deleted, `holdings` of what it names.

    transport: in place of the network, for tests. stop: once set, nothing more is sent. lost: it answered, and then no
    more, for SILENT_SECONDS and SILENT requests in a row.
    """

    def __init__(
        self,
        settings: Settings,
        contract: Contract,
        ledger: Ledger,
        watch: Watch = lambda answer: None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.settings = settings
        self.contract = contract
        self.ledger = ledger
        self.holdings = Holdings(contract.resource, closed=contract.closing)
        self.traffic = Traffic()
        self.stop = Event()
        self.lost = False
        self._own: dict[tuple[str, int], bool] = {}
        self._unanswered = 0
        self._heard = time.monotonic()
        self._watch = watch
        self._lock = Lock()
        self._next_slot = 0.0
        self.addresses = Addresses(contract, settings.url, settings.prefix)
        concurrency = settings.concurrency or 16
        self._way = way(settings)
        self._disguises = disguises(settings.token)
        self._slots = BoundedSemaphore(concurrency)
        usual = {"User-Agent": "cancelkit-verify", "Accept": _accept(contract), **settings.headers}
        self._wire = Wire(
            self.addresses.origin,
            headers=tuple(usual.items()),
            timeout=settings.timeout,
            verify=tls(settings.verify_tls),
            proxy=settings.proxy,
            transport=transport,
            kept=concurrency,
        )

    def close(self) -> None:
        self._wire.close()

    def exchange(
        self,
        method: str,
        path: str,
        *,
        query: Query = None,
        body: Any = UNSET,
        content: bytes | None = None,
        headers: Mapping[str, str | None] | None = None,
        auth: Auth = "good",
        owner: str = "",
    ) -> Answer:
        """Send one request and return its answer, whatever the status.

        Args:
            path: as in the contract; or an absolute URL, of which path and query are sent to the target's own origin.
            headers: added to the usual ones; None takes one away.
            owner: the rule that answers for what is created.
        Raises:
            Inconclusive: no answer came, or it can't be told whether the request took effect.
        """
        url = self.addresses.url(path, query)
        plain = urlsplit(url).path
        found = self.addresses.match(method, self.addresses.documented(plain))
        sent = self._headers(auth, headers, body, found)
        data = content if content is not None else (None if body is UNSET else json_bytes(body))
        if self.settings.read_only and method not in SAFE:
            raise Inconclusive(f"{method} is not sent under --read-only")
        if self.stop.is_set():
            raise Inconclusive("the target no longer answers" if self.lost else "the run was interrupted")
        unclear = False
        for attempt in range(1 if self.lost else ATTEMPTS):
            try:
                response, elapsed = self._send(method, url, sent, data)
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
                self._pause(attempt, error)
                continue
            except (httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.InvalidURL, ValueError) as error:
                raise Inconclusive(f"{method} {url} can't be sent: {self.hide(str(error))}") from error
            except httpx.TransportError as error:
                unclear = unclear or method not in SAFE
                self._note_drop(found, body)
                self._pause(attempt, error)
                continue
            self._unanswered, self._heard = 0, time.monotonic()
            if response.status == 429 or (response.status == 503 and "retry-after" in response.headers):
                wanted = retry_after(response.headers)
                time.sleep(0.5 * 2**attempt if wanted is None else min(wanted, 10.0))
                if attempt < ATTEMPTS - 1:
                    continue
                raise Inconclusive("the target limits the rate of requests (429); give --rps")
            if response.status in GATEWAY and attempt < ATTEMPTS - 1:
                unclear = unclear or method not in SAFE
                self._note_drop(found, body, by_gateway=True)
                time.sleep(0.05 * 3**attempt)
                continue
            answer = self._answer(method, url, sent, body, content, response, found, elapsed)
            self._account(answer, found, owner)
            if unclear and method not in REPEATABLE and not answer.ok and answer.status not in GATEWAY:
                raise Dropped(f"the connection broke during {method} {plain}, and sent again it is {answer.status}")
            if len(self.traffic.waits) < FIRST:
                self.traffic.waits.append(answer.elapsed)
            self._watch(answer)
            return answer
        self._silence()
        raise Dropped(f"no answer to {method} {plain} in {attempt + 1} attempts")

    def _send(self, method: str, url: str, headers: list[tuple[str, str]], data: bytes | None) -> tuple[Reply, float]:
        """The answer, and how many seconds it took once it was this request's turn."""
        if self.settings.rps:
            with self._lock:
                slot = max(time.monotonic(), self._next_slot)
                self._next_slot = slot + 1 / self.settings.rps
            time.sleep(max(0.0, slot - time.monotonic()))
        with self._slots:
            self.traffic.requests += 1
            started = time.monotonic()
            response = self._wire.request(method, url, headers, data)
            return response, time.monotonic() - started

    def _headers(
        self, auth: Auth, extra: Mapping[str, str | None] | None, body: Any, found: Found | None
    ) -> list[tuple[str, str]]:
        key, token = self.contract.api_key, self.settings.token
        chosen: dict[str, str | None] = {}
        if key is not None:
            word = f"{key.prefix} " if key.prefix else ""
            good = word + token if token else None
            values = {"good": good, "bare": token, "empty": "", "wrong": word + key.unknown, "none": None}
            chosen[key.header] = values[auth]
        if body is not UNSET:
            chosen["Content-Type"] = found[0].body.media_types[0] if found and found[0].body else JSON
        for name, value in (extra or {}).items():
            chosen = {known: text for known, text in chosen.items() if known.lower() != name.lower()}
            chosen[name] = value
        return [(name, value) for name, value in chosen.items() if value is not None]

    def _answer(
        self,
        method: str,
        url: str,
        sent: list[tuple[str, str]],
        body: Any,
        content: bytes | None,
        response: Reply,
        found: Found | None,
        elapsed: float,
    ) -> Answer:
        text = response.content.decode("utf-8", "replace")
        headers = response.headers
        kind = media_type(headers.get("content-type"))
        value, halves = json_and_halves(response.content) if is_json(kind) else (ABSENT, ())
        raw = body
        if content is not None or isinstance(body, str):
            raw = raw_text(json_bytes(body) if content is None else content)
        return Answer(
            status=response.status,
            headers=headers,
            text=text,
            json=None if value is ABSENT else value,
            method=method,
            url=url,
            request_body=raw,
            is_json=value is not ABSENT,
            request_headers={name: self.hide(value) for name, value in sent},
            operation_id=found[0].id if found else None,
            elapsed=elapsed,
            way=self._way,
            record=self.addresses.record_of(found[1]) if found else "",
            halves=tuple(".".join(place) or "the body" for place in halves),
            refusals=statuses(found[0]) if found else (400,),
            own_shape=response.status >= 400 and self._own_shape(found, response.status),
        )

    def _own_shape(self, found: Found | None, status: int) -> bool:
        """Whether the contract gives this error a schema of its own; where no operation was called, any of them."""
        operations = [found[0]] if found else list(self.contract.operations.values())
        key = (found[0].id if found else "", status)
        if key not in self._own:
            self._own[key] = any(own_shape(operation, status) for operation in operations)
        return self._own[key]

    def hide(self, text: str) -> str:
        """`text` without the token, and without keys that would give it away."""
        return hidden(text, self.settings.token, self._disguises)

    @property
    def near_keys(self) -> tuple[NearKey, ...]:
        """Keys that are nearly the right one."""
        return near_keys(self.contract.api_key, self.settings.token)

    def _account(self, answer: Answer, found: Found | None, owner: str) -> None:
        if found is None:
            return
        operation, path = found
        if not answer.ok:
            if operation.body is not None:
                self.holdings.used(answer.request_body, owner)
            return
        scope, resource = self.addresses.scope_of(path), self.contract.resource
        if operation.role is Role.CREATE:
            id = answer.json.get(resource.id_field) if isinstance(answer.json, dict) else None
            if type(id) is int or (isinstance(id, str) and id):
                self.ledger.track(scope, id, owner)
                self.holdings.note(scope, id, answer.request_body, answer.json, owner)
        elif operation.role is Role.DESTROY and resource.identity is not None:
            self.ledger.gone(scope, path[resource.identity.name])
            self.holdings.gone(scope, path[resource.identity.name])
        elif operation.role in CHANGING and answer.record:
            self.holdings.note(scope, answer.record, answer.request_body, answer.json, owner)

    def _note_drop(self, found: Found | None, body: Any, *, by_gateway: bool = False) -> None:
        with self._lock:
            if by_gateway:
                self.traffic.gateway += 1
            else:
                self.traffic.dropped += 1
            if found and found[0].role is Role.CREATE:
                self.traffic.unclear_creates.append((self.addresses.scope_of(found[1]), body))
                self.holdings.lost(body)

    def listen(self) -> None:
        """Give a lost target another chance: a few requests, each sent once."""
        self._unanswered = 0

    def _silence(self) -> None:
        """Count a request that got no answer; after so many there is nobody left to ask."""
        with self._lock:
            self._unanswered += 1
            if self._unanswered >= SILENT and (self.lost or time.monotonic() - self._heard > SILENT_SECONDS):
                self.lost = True
                self.stop.set()

    def _pause(self, attempt: int, error: Exception) -> None:
        if attempt == ATTEMPTS - 1 and isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            self._silence()
            raise Dropped(f"the target can't be reached: {error}") from error
        time.sleep(0.05 * 3**attempt)


def _accept(contract: Contract) -> str:
    """The media types in which the contract answers."""
    kinds = {answer.media_type for operation in contract.operations.values() for answer in operation.responses.values()}
    return ", ".join([JSON, *sorted(kinds - {JSON})])
