"""A target in a hundred lines, in memory, whose faults a test can switch on.

Owns: TinyTarget, and `served`, which puts one on a port.
Knows nothing of: the mock server; it does only what the tests of the suite's core need.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import httpx

TOKEN = "tiny-secret-token"
PATH = re.compile(r"/api/channel/(\d+)/cancellation_requests/(?:(detailed)|(?:(\d+)/(?:(detailed|reject)/)?)?)")
ITEMS, REASONS = {5: (1, 2, 3), 6: (11, 12)}, {5: (1, 2), 6: (21,)}
TYPES, STATUSES = (
    ("cancel", "refund"),
    ("waiting", "rejected", "confirmed", "waiting_approval", "approved", "completed"),
)
Fault = Callable[[httpx.Request], httpx.Response | None]


@dataclass
class TinyTarget:
    """`fault` sees each request first: it may answer it, raise, or return None. `after` sees it when it took effect."""

    fault: Fault = lambda request: None
    after: Fault = lambda request: None
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    seen: list[httpx.Request] = field(default_factory=list)
    last: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        for channel in (5, 6):
            for number in range(3):
                body = {"order_item": ITEMS[channel][number % 2], "reason": REASONS[channel][0]}
                self.add(channel, {**body, "cancellation_type": "cancel"})

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            request.read()
            self.seen.append(request)
            answer = self.fault(request)
            if answer is None:
                answer = self.answer(request)
                answer = self.after(request) or answer
            return answer

    def add(self, channel: int, body: dict[str, Any]) -> dict[str, Any]:
        self.last += 1
        now = (datetime(2025, 3, 1, tzinfo=UTC) + timedelta(seconds=self.last)).isoformat()
        empty = dict.fromkeys(("description", "iban", "holder_name", "quantity", "easy_return"))
        self.rows[self.last] = {
            "channel": channel,
            "id": self.last,
            "uuid": str(UUID(int=self.last)),
            "created_date": now,
            "modified_date": now,
            "status": "waiting",
            "fully_refund_as_loyalty_money": False,
            "attributes": {},
            **empty,
            **{name: body[name] for name in body if name in (*empty, "order_item", "reason", "cancellation_type")},
        }
        return self.rows[self.last]

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("authorization", "").removeprefix("Token ") != TOKEN:
            return error(401, "No key.")
        found = PATH.fullmatch(request.url.path)
        if not found or (channel := int(found[1])) not in ITEMS:
            return error(404, "Not found.")
        if found[3] is None:
            if request.method == "POST":
                return self.create(request, channel)
            return self.page(request, channel, bool(found[2]))
        row = self.rows.get(int(found[3]))
        if row is None or row["channel"] != channel:
            return error(404, "Not found.")
        if request.method == "DELETE":
            del self.rows[row["id"]]
            return httpx.Response(204)
        if found[4] == "reject":
            row["status"] = "rejected"
        elif request.method in ("PUT", "PATCH"):
            return self.change(request, row)
        return httpx.Response(200, json=shown(row, detailed=found[4] == "detailed"))

    def create(self, request: httpx.Request, channel: int) -> httpx.Response:
        body, refused = read(request, channel)
        if refused is not None:
            return refused
        for name in ("order_item", "reason", "cancellation_type"):
            if name not in body:
                return error(400, name, "Required.")
        return httpx.Response(201, json=shown(self.add(channel, body)))

    def change(self, request: httpx.Request, row: dict[str, Any]) -> httpx.Response:
        body, refused = read(request, row["channel"])
        if refused is not None:
            return refused
        row.update(
            {name: value for name, value in body.items() if name in row and name not in ("id", "uuid", "channel")}
        )
        return httpx.Response(200, json=shown(row))

    def page(self, request: httpx.Request, channel: int, detailed: bool) -> httpx.Response:
        query = {name: values[-1] for name, values in parse_qs(str(request.url.query, "ascii")).items()}
        try:
            limit, number = int(query.get("limit", 10)), int(query.get("page", 1))
            wanted = {int(id) for id in query["pk__in"].split(",")} if "pk__in" in query else None
        except ValueError:
            return error(400, "limit", "Not a number.")
        rows = [r for r in self.rows.values() if r["channel"] == channel and (wanted is None or r["id"] in wanted)]
        part = rows[(number - 1) * limit : number * limit]
        if number > 1 and not part:
            return error(404, "Invalid page.")
        results = [shown(row, detailed) for row in part]
        return httpx.Response(200, json={"count": len(rows), "next": None, "previous": None, "results": results})


def read(request: httpx.Request, channel: int) -> tuple[dict[str, Any], httpx.Response | None]:
    """The body, or why it is refused."""
    if request.headers.get("content-type") != "application/json":
        return {}, error(415, "Not JSON.")
    try:
        body = json.loads(request.content)
    except ValueError:
        return {}, error(400, "Malformed.")
    if not isinstance(body, dict):
        return {}, error(400, "Not an object.")
    allowed = {"order_item": ITEMS[channel], "reason": REASONS[channel], "cancellation_type": TYPES, "status": STATUSES}
    for name, values in allowed.items():
        if name in body and body[name] not in values:
            return body, error(400, name, "Not valid.")
    for name, kind in (("description", str), ("iban", str), ("holder_name", str), ("quantity", int)):
        if body.get(name) is not None and (not isinstance(body[name], kind) or body[name] == 0):
            return body, error(400, name, "Not valid.")
    return body, None


def error(status: int, text: str, told: str | None = None) -> httpx.Response:
    return httpx.Response(status, json={text: [told], "code": "x"} if told else {"detail": text, "code": "x"})


def shown(row: dict[str, Any], detailed: bool = False) -> dict[str, Any]:
    out = {name: value for name, value in row.items() if name != "channel"}
    if detailed:
        customer = {
            "id": 1,
            "first_name": "Ayşe",
            "last_name": "Şen",
            "email": "a@example.com",
            "channel": row["channel"],
        }
        order = {"id": row["order_item"], "number": "N1", "date_placed": "2025-03-01T00:00:00Z", "customer": customer}
        out["order_item"] = {"id": row["order_item"], "sku": "S", "tracking_number": None, "order": order}
        out["reason"] = {"id": row["reason"]}
        out["cancellation_plan"] = None
    return out


@contextmanager
def served(target: TinyTarget) -> Iterator[str]:
    """`target` on a free port of this machine; yields its URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            url = f"http://{self.headers['host']}{self.path}"
            answer = target(httpx.Request(self.command, url, headers=dict(self.headers), content=body))
            self.send_response(answer.status_code)
            self.send_header("content-type", answer.headers.get("content-type", "text/plain"))
            self.send_header("content-length", str(len(answer.content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = answer

        def log_message(self, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
