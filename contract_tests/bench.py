"""What a rule works with while it observes: calls by operation, records of its own, the rows that are there.

Owns: Bench, Ground.
Knows nothing of: which rules there are, how evidence is judged.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random
from threading import Lock
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.sample import Sample
from cancelkit.contract_tests.target.answer import UNSET, Answer, Auth
from cancelkit.contract_tests.target.client import Query, Target
from cancelkit.contract_tests.target.ledger import Ledger
from cancelkit.spec import Contract

T = TypeVar("T")
LIST, CREATE = "listCancellationRequests", "createCancellationRequest"
PATCH, PUT = "partialUpdateCancellationRequest", "updateCancellationRequest"
PAGE = 100
PATIENCE = {1: 15.0, 2: 40.0, 3: 600.0}


@dataclass(frozen=True, slots=True)
class Ground:
    """What the probe found to stand on: the channels, and ids that a create accepts in each."""

    channel: int
    other_channel: int | None = None
    order_items: tuple[int, ...] = ()
    reasons: tuple[int, ...] = ()
    other_order_items: tuple[int, ...] = ()
    other_reasons: tuple[int, ...] = ()


class Samples(Protocol):
    """Where samples of a channel come from (shelf.py)."""

    def sample(self, bench: Bench, channel: int) -> Sample: ...


class Bench:
    """One rule's view of the run.

    rng: seeded from the run's seed and the rule. scale: 1 quick, 2 standard, 3 deep: multiply sample sizes by it.
    trace: every answer of this observation, in order.
    """

    def __init__(
        self,
        spec: Contract,
        ground: Ground,
        target: Target,
        shelf: Samples,
        *,
        rule_id: str,
        seed: int = 1,
        scale: int = 2,
        marker: str = "cancelkit",
    ) -> None:
        self.spec = spec
        self.channel = ground.channel
        self.other_channel = ground.other_channel
        self.order_items = ground.order_items
        self.other_order_items = ground.other_order_items
        self.reasons = ground.reasons
        self.other_reasons = ground.other_reasons
        self.rule_id = rule_id
        self.rng = Random(f"{seed}/{rule_id}")
        self.scale = scale
        self.trace: list[Answer] = []
        self.marker = marker
        self._target = target
        self._shelf = shelf
        self._lock = Lock()
        self._until = time.monotonic() + PATIENCE[scale]

    @property
    def over_time(self) -> bool:
        """Whether this observation takes so long that a search should be content with what it has tried."""
        return time.monotonic() > self._until

    @property
    def ledger(self) -> Ledger:
        return self._target.ledger

    @property
    def read_only(self) -> bool:
        return self._target.settings.read_only

    def documented(self, path: str) -> str:
        """A path of the target as the spec writes it."""
        return self._target.documented(path)

    def path_parameters(self, method: str, path: str) -> dict[str, str]:
        """The path parameters, as text, of a path as the spec writes it; none where it is no operation's."""
        found = self._target.match(method, path)
        return found[1] if found else {}

    def call(
        self,
        operation_id: str,
        *,
        channel: Any = None,
        id: Any = None,
        query: Query = None,
        body: Any = UNSET,
        headers: Mapping[str, str | None] | None = None,
        auth: Auth = "good",
        content: bytes | None = None,
    ) -> Answer:
        """Call an operation of the spec in `channel` (the run's own, unless given).

        body: any JSON value; content: raw bytes instead, sent as application/json unless `headers` say otherwise.
        Raises:
            Inconclusive: no answer came.
        """
        operation = self.spec.operations[operation_id]
        path = operation.path.replace("{channel_id}", _part(self.channel if channel is None else channel))
        path = path.replace("{id}", _part(id))
        if content is not None:
            headers = {"Content-Type": "application/json", **(headers or {})}
        return self.send(operation.method, path, query=query, body=body, content=content, headers=headers, auth=auth)

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Query = None,
        body: Any = UNSET,
        content: bytes | None = None,
        headers: Mapping[str, str | None] | None = None,
        auth: Auth = "good",
    ) -> Answer:
        """Send any request; a `path` that starts with http (a next link) goes to the target's own host."""
        answer = self._target.exchange(
            method, path, query=query, body=body, content=content, headers=headers, auth=auth, owner=self.rule_id
        )
        with self._lock:
            self.trace.append(answer)
        return answer

    def body(self, *, channel: int | None = None, **fields: Any) -> dict[str, Any]:
        """A create body that the target should accept: discovered references, and `fields` over it."""
        items, reasons = self.order_items, self.reasons
        if channel is not None and channel == self.other_channel:
            items, reasons = self.other_order_items, self.other_reasons
        if not items or not reasons:
            raise Skip("no order item or reason is known that a create accepts; give --order-items and --reasons")
        made: dict[str, Any] = {
            "order_item": self.rng.choice(items),
            "reason": self.rng.choice(reasons),
            "cancellation_type": self.rng.choice(self._types()),
            "description": f"{self.marker} {self.rule_id}",
        }
        return {**made, **fields}

    def create(self, *, channel: int | None = None, **fields: Any) -> dict[str, Any]:
        """Create a request and return the answered record; it is removed when the rule is done.

        Raises:
            Inconclusive: the target refused it.
        """
        answer = self.call(CREATE, channel=channel, body=self.body(channel=channel, **fields))
        if not answer.ok or not isinstance(answer.json, dict) or not isinstance(answer.json.get("id"), int):
            raise Inconclusive(f"a valid create was not accepted: {answer.brief()}")
        return dict(answer.json)

    def fresh(self, status: str = "waiting", *, channel: int | None = None, **fields: Any) -> dict[str, Any]:
        """Create a request and bring it to `status` by the shortest permitted way; return the record as answered.

        Raises:
            Inconclusive: the target refused the create or a permitted step.
        """
        record = self.create(channel=channel, **fields)
        for step in self.way(status):
            record = self._step(record["id"], channel, step)
        return record

    def way(self, status: str) -> tuple[str, ...]:
        """The statuses that lead from the initial one to `status`, by the fewest updates."""
        moves = self.spec.transitions
        queue: deque[tuple[str, ...]] = deque([(moves.initial,)])
        seen = {moves.initial}
        while queue:
            path = queue.popleft()
            if path[-1] == status:
                return path[1:]
            for follower in sorted(moves.allowed.get(path[-1], ()), key=moves.statuses.index):
                if follower not in seen:
                    seen.add(follower)
                    queue.append((*path, follower))
        raise Skip(f"no permitted way leads to the status {status}")

    def _step(self, id: int, channel: int | None, status: str) -> dict[str, Any]:
        answer = None
        for operation in (PATCH, PUT):
            answer = self.call(operation, channel=channel, id=id, body={"status": status})
            if answer.ok and isinstance(answer.json, dict) and answer.json.get("status") == status:
                return dict(answer.json)
        for operation, reached in self.spec.transitions.actions.items():
            if reached == status:
                answer = self.call(operation, channel=channel, id=id)
                if answer.ok and isinstance(answer.json, dict) and answer.json.get("status") == status:
                    return dict(answer.json)
        raise Inconclusive(f"a request could not be brought to the status {status}: {answer.brief() if answer else ''}")

    def rows(
        self,
        operation_id: str = LIST,
        *,
        channel: int | None = None,
        query: Mapping[str, Any] | Sequence[tuple[str, Any]] | None = None,
        limit: int | None = None,
        max_rows: int | None = None,
    ) -> list[dict[str, Any]]:
        """All rows of a list (or the first `max_rows`), walked page by page.

        Raises:
            Inconclusive: the list changed under the walk three times, or a page was refused.
        """
        why = ""
        for _ in range(3):
            rows, why = self._walk(operation_id, channel, query, limit or PAGE, max_rows)
            if not why:
                return rows
        raise Inconclusive(f"{operation_id} could not be walked: {why}")

    def _walk(
        self, operation_id: str, channel: int | None, query: Any, limit: int, max_rows: int | None
    ) -> tuple[list[dict[str, Any]], str]:
        pairs = list(query.items() if isinstance(query, Mapping) else query or ())

        def page(number: int) -> Answer:
            return self.call(operation_id, channel=channel, query=[*pairs, ("limit", limit), ("page", number)])

        first = page(1)
        if first.status != 200 or not _is_page(first.json):
            return [], f"page 1: {first.brief()}"
        rows, count = list(first.json["results"]), first.json["count"]
        wanted = count if max_rows is None else min(count, max_rows)
        if rows and len(rows) < wanted:
            numbers = range(2, 2 + -(-(wanted - len(rows)) // len(rows)))
            for answer in self.parallel([lambda n=n: page(n) for n in numbers]):  # type: ignore[misc]
                if answer.status != 200 or not _is_page(answer.json):
                    return [], f"a page of {count} rows: {answer.brief()}"
                if answer.json["count"] != count:
                    return [], f"the count moved from {count} to {answer.json['count']}"
                rows += answer.json["results"]
        ids = [row.get("id") for row in rows if isinstance(row, dict)]
        if len(set(ids)) != len(rows) or len(rows) < wanted:
            return [], f"{len(rows)} rows with {len(set(ids))} ids were seen of {wanted}"
        return rows[:wanted] if max_rows is not None else rows, ""

    def sample(self, *, channel: int | None = None) -> Sample:
        """Rows known to exist, in their detailed form; read once in a run, own records of every kind among them."""
        return self._shelf.sample(self, self.channel if channel is None else channel)

    def parallel(self, thunks: Iterable[Callable[[], T]]) -> list[T]:
        """Run all at once, as far as the run's concurrency allows; results in the order given."""
        waiting = list(thunks)
        if len(waiting) < 2:
            return [thunk() for thunk in waiting]
        with ThreadPoolExecutor(min(len(waiting), 16)) as pool:
            return list(pool.map(lambda thunk: thunk(), waiting))

    @staticmethod
    def steady(rows_before: Iterable[Mapping[str, Any]], rows_after: Iterable[Mapping[str, Any]]) -> set[int]:
        """The ids of rows that are equal in both snapshots: only these may be judged."""
        before = {row["id"]: row for row in rows_before}
        return {row["id"] for row in rows_after if before.get(row["id"]) == row}

    def _types(self) -> tuple[Any, ...]:
        body = self.spec.operations[CREATE].body
        return body.fields["cancellation_type"].enum if body else ()


def _is_page(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("results"), list) and isinstance(value.get("count"), int)


def _part(value: Any) -> str:
    return quote(str(value), safe="")
