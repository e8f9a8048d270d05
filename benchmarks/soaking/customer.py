"""One session's customer, who calls at random and knows what every answer must be.

Owns: the customer's own account of the session's records, and the calls that are made.
Knows nothing of: other sessions; how many customers there are; the mock's code. The contract's statuses come from spec.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx

from benchmarks.soaking.account import Account, Start
from cancelkit.spec import Contract

CHANNEL = 5
LIST = f"/api/channel/{CHANNEL}/cancellation_requests/"
PAGE = 1000
COMPARED = 3
"""So many pages are compared at once; where there are more, some by chance and the last."""
NOTHING: Mapping[str, Any] = {}
BREAKING = ("reset", "truncate")
"""Faults after which there is no answer."""


class Customer:
    """One session. wrong: what was not as it should be. done: how often each kind of step was taken."""

    WEIGHTS: Mapping[str, int] = {
        "look": 25,
        "search": 15,
        "create": 18,
        "patch": 15,
        "put": 6,
        "reject": 8,
        "remove": 8,
        "miss": 4,
        "blunder": 4,
        "fault": 4,
        "keep": 3,
        "go_back": 3,
        "start_over": 2,
        "compare": 1,
        "leave": 2,
    }

    def __init__(
        self,
        client: httpx.AsyncClient,
        spec: Contract,
        start: Start,
        seed: int,
        *,
        stays: bool,
        session: str | None = None,
    ) -> None:
        """
        Args:
            start: what a new session holds.
            stays: never leaves the session, so that its journal fills up.
            session: its name; one of its own where none is given.
        """
        self._client = client
        self._spec = spec
        self._start = start
        self._session = session
        self._chance = random.Random(seed)
        self._stays = stays
        fields = spec.fields("CancellationRequestUpdate").values()
        self._defaults = {field.name: field.default for field in fields if field.has_default}
        self.wrong: list[str] = []
        self.done: Counter[str] = Counter()
        self.calls = 0
        self._first: int | None = None
        self._arrive()

    def _arrive(self) -> None:
        self.session = self._session or f"soak-{uuid4().hex}"
        self._snapshot = f"kept-{self.session}"  # the default session's are everybody's
        self._records = Account(self._start)
        self._kept: Account | None = None
        self._next = self._first

    async def step(self) -> None:
        """Take one step: a call or a few, each answer judged."""
        (name,) = self._chance.choices(list(self.WEIGHTS), list(self.WEIGHTS.values()))
        self.done[name] += 1
        try:
            await getattr(self, f"_{name}")()
        except httpx.HTTPError as error:
            self._expect(False, f"{name}: {error!r}")

    async def _call(self, method: str, path: str, body: object = None, **query: Any) -> httpx.Response:
        self.calls += 1
        headers = {"X-Mock-Session": self.session}
        return await self._client.request(method, path, json=body, params=query or None, headers=headers)

    def _expect(self, good: bool, what: str) -> bool:
        if not good:
            self.wrong.append(f"{self.session}: {what}")
        return good

    def _is(self, answer: httpx.Response, status: int, expected: object = None) -> bool:
        """Whether an answer has this status, and this JSON where some is given."""
        told = f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:300]}"
        good = answer.status_code == status and (expected is None or _json(answer) == expected)
        return self._expect(good, f"{told}, expected {status} {expected or ''}")

    def _any(self) -> int | None:
        return self._records.any(self._chance)

    async def _look(self) -> None:
        number = self._any()
        if number is not None:
            self._is(await self._call("GET", f"{LIST}{number}/"), 200, self._records[number])

    async def _search(self) -> None:
        """One status, some page: the right count, and the right records in the right order."""
        status = self._chance.choice(self._spec.transitions.statuses)
        answer = await self._call("GET", LIST, status=status, limit=3)
        found = self._records.with_status(status, 3)
        if self._is(answer, 200):
            page = answer.json()
            self._expect((page["count"], page["results"]) == found, f"search for {status}")

    async def _compare(self) -> None:
        """Everything is there, as it was left."""
        ids, records = self._records.ids(), self._records.copy()
        pages = range(1, max(1, math.ceil(len(ids) / PAGE)) + 1)
        some = pages if len(pages) <= COMPARED else [*self._chance.sample(pages[:-1], COMPARED - 1), pages[-1]]
        for page in some:
            answer = await self._call("GET", LIST, limit=PAGE, page=page)
            expected = [records[id] for id in ids[(page - 1) * PAGE : page * PAGE]]
            if self._is(answer, 200):
                self._expect(answer.json()["count"] == len(ids), f"count of records, page {page}")
                self._expect(answer.json()["results"] == expected, f"records, page {page}")

    async def _create(self) -> None:
        body = {"order_item": 1, "reason": 1, "cancellation_type": "cancel", "description": self._words()}
        answer = await self._call("POST", LIST, body)
        if self._is(answer, 201):
            made = answer.json()
            if self._next is None:
                # Other channels may hold the ids between; every session starts with the same ones.
                self._expect(made["id"] > max(self._start.ids, default=0), f"id {made['id']} was given before")
                self._first = self._next = made["id"]
            self._expect(made["id"] == self._next, f"id {made['id']}, expected {self._next}")
            self._expect(made | body | {"status": self._spec.transitions.initial} == made, f"created {made}")
            self._records[made["id"]], self._next = made, made["id"] + 1

    async def _patch(self) -> None:
        await self._change("PATCH", {"description": self._words()})

    async def _put(self) -> None:
        """Any next status, also one that must be refused; then nothing, which resets what has a default."""
        number = self._any()
        if number is not None:
            status = self._chance.choice(self._spec.transitions.statuses)
            await self._change("PUT", {"status": status}, self._defaults, number)
            await self._change("PUT", dict.fromkeys(self._defaults, True), self._defaults, number)
            await self._change("PUT", {}, self._defaults, number)

    async def _change(
        self, method: str, body: dict[str, Any], implied: Mapping[str, Any] = NOTHING, number: int | None = None
    ) -> None:
        number = self._any() if number is None else number
        if number is None:
            return
        before = self._records[number]
        permitted = "status" not in body or self._spec.transitions.permits(before["status"], body["status"])
        answer = await self._call(method, f"{LIST}{number}/", body)
        if self._is(answer, 200 if permitted else 400) and permitted:
            now = answer.json()
            expected = {**before, **implied, **body, "modified_date": now["modified_date"]}
            self._expect(now == expected, f"{method} {number}: {now}")
            self._records[number] = now

    async def _reject(self) -> None:
        number = self._any()
        if number is None:
            return
        before = self._records[number]
        open_still = before["status"] not in self._spec.transitions.final
        answer = await self._call("POST", f"{LIST}{number}/reject/")
        if self._is(answer, 200 if open_still else 400) and open_still:
            now = answer.json()
            expected = before | {"status": "rejected", "modified_date": now["modified_date"]}
            self._expect(now == expected, f"reject {number}: {now}")
            self._records[number] = now

    async def _remove(self) -> None:
        """Often the newest one, whose id must not come back."""
        number = self._records.newest if self._chance.random() < 0.3 else self._any()
        if number and self._is(await self._call("DELETE", f"{LIST}{number}/"), 204):
            del self._records[number]
            self._is(await self._call("GET", f"{LIST}{number}/"), 404)

    async def _miss(self) -> None:
        self._is(await self._call("GET", f"{LIST}{self._records.newest + 10_000_000}/"), 404)

    async def _blunder(self) -> None:
        self._is(await self._call("POST", LIST, {"order_item": "none"}), 400)

    async def _fault(self) -> None:
        """One that strikes the next call and no later one."""
        number = self._any()
        if number is None:
            return
        kind = self._chance.choice(["status", "malformed", "empty", *BREAKING])
        rule = {"kind": kind, "operation": "retrieveCancellationRequest", "count": 1}
        made = await self._call("POST", "/_mock/faults", rule | ({"status": 503} if kind == "status" else {}))
        self._is(made, 201)
        try:
            struck = await self._call("GET", f"{LIST}{number}/")
        except httpx.TransportError as error:
            self._expect(kind in BREAKING, f"{kind}: {error!r}")
        else:
            seen = "status" if struck.status_code == 503 else "malformed" if struck.content else "empty"
            self._expect(seen == kind and (seen == "status" or _json(struck) is None), f"{kind}: {struck.text[:100]}")
        self._is(await self._call("GET", f"{LIST}{number}/"), 200, self._records[number])
        self._is(await self._call("DELETE", f"/_mock/faults/{made.json()['id']}"), 204)

    async def _keep(self) -> None:
        if self._is(await self._call("PUT", f"/_mock/snapshots/{self._snapshot}"), 201):
            self._kept = self._records.copy()
            self._kept_next = self._next

    async def _go_back(self) -> None:
        answer = await self._call("POST", f"/_mock/snapshots/{self._snapshot}/restore")
        if self._kept is None:
            self._is(answer, 404)
        elif self._is(answer, 200):
            self._records, self._next = self._kept.copy(), self._kept_next

    async def _start_over(self) -> None:
        if self._is(await self._call("POST", "/_mock/reset"), 200):
            self._records, self._next = Account(self._start), self._first

    async def _leave(self) -> None:
        """End the session; the next one starts as every new one does."""
        if self._stays:
            return
        answer = await self._call("DELETE", f"/_mock/sessions/{self.session}")
        self._expect(answer.status_code in (204, 404), f"leaving: {answer.status_code}")
        self._arrive()

    async def finish(self) -> None:
        """Everything must be there to the end, above all what has changed."""
        await self._compare()
        for number, record in self._records.changed.items():
            answer = await self._call("GET", f"{LIST}{number}/")
            self._is(answer, 404 if record is None else 200, record)

    async def checked(self, client: httpx.AsyncClient) -> list[str]:
        """What is wrong with the session after the server was killed and started again."""
        self._client, before = client, len(self.wrong)
        await self.finish()
        await self._go_back()
        await self.finish()
        return self.wrong[before:]

    def _words(self) -> str:
        return f"{self.session} {self._chance.random()}"


def _json(answer: httpx.Response) -> Any:
    """What the body holds; None where it is broken."""
    try:
        return answer.json()
    except ValueError:
        return None
