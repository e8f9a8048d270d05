"""The servers that are measured: how each is started, and its own words for the calls.

Owns: commands, versions, URLs; why a server is absent.
Knows nothing of: load, rounds, figures.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.serving.inputs import contract_with_examples, database, environment, mappings
from benchmarks.serving.process import Call
from benchmarks.serving.samples import ACTION, DELETE, DETAILED, FILTERED, GET, VARIED, Samples
from tests.clients import node

HERE = Path(__file__).parent
ROOT = Path(__file__).parents[2]
OURS = "cancelkit mock"
LIMIT = "bare ASGI app"
JSON_SERVER_LIST = "/cancellation_requests"


@dataclass(frozen=True)
class Server:
    """One server: `command` by port, `calls` by scenario; `note` tells what differs from ours.

    warm: seconds of load in front of each measured run; a JVM compiles what it runs only after a while.
    """

    name: str
    version: str
    command: Callable[[int], Sequence[str | Path]]
    calls: Mapping[str, Call]
    note: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    warm: int = 1


def ours() -> Callable[[int], Sequence[str | Path]]:
    """Return our mock's command by port: as a user starts it, with the default data."""
    return lambda port: [Path(sys.executable).with_name("cancelkit"), "mock", "--port", str(port)]


def catalogue(samples: Samples) -> list[Server]:
    """Return all servers, ours first, then the limit, then the peers; npm peers whether or not they are installed."""
    same = {
        "get": GET,
        "list": FILTERED,
        "varied": VARIED,
        "detailed": DETAILED,
        "create": samples.create,
        "patch": samples.patch,
        "action": ACTION,
        "delete": DELETE,
    }
    stateless = {name: _fixed(call) for name, call in same.items()}
    contract = contract_with_examples(samples, "stock.any_key")
    return [
        Server(OURS, version("cancelkit"), ours(), same),
        Server(
            LIMIT,
            f"uvicorn {version('uvicorn')}",
            lambda port: [sys.executable, HERE / "bare.py", str(port), *samples.answers],
            stateless,
            "sends fixed bytes",
        ),
        Server(
            "Connexion's mock",
            version("connexion"),
            lambda port: [sys.executable, HERE / "stock.py", str(port), contract],
            stateless,
            "answers with examples, keeps no state",
        ),
        Server(
            "Prism",
            _npm_version("@stoplight/prism-cli"),
            lambda port: [
                *_program("@stoplight/prism-cli/dist/index.js"),
                *("mock", contract, "--port", str(port), "--verboseLevel", "silent"),
            ],
            stateless,
            "answers with examples, keeps no state",
        ),
        Server(
            "json-server",
            _npm_version("json-server"),
            lambda port: [
                *_program("json-server/lib/bin.js"),
                *("--host", "127.0.0.1", "--port", str(port), database(samples)),
            ],
            _json_server_calls(samples),
            "no contract: neither checks nor keys",
            {"NODE_ENV": "production"},
        ),
        Server(
            "Mockoon",
            _npm_version("@mockoon/cli"),
            lambda port: [
                *_program("@mockoon/cli/bin/run.js"),
                *("start", "--data", environment(samples), "--port", str(port), "--hostname", "127.0.0.1"),
                *("--disable-log-to-file", "--disable-admin-api", "--repair"),
            ],
            _mockoon_calls(samples),
            "no contract: neither checks nor keys",
        ),
        Server(
            "WireMock",
            _npm_version("wiremock"),
            lambda port: [
                *("java", "-jar", *(node.PEERS / "node_modules/wiremock/build").glob("*.jar"), "--port", str(port)),
                *("--bind-address", "127.0.0.1", "--root-dir", mappings(samples, stateless), "--disable-banner"),
                *("--max-request-journal-entries", "1000"),
            ],
            stateless,
            "answers with stubs, keeps no state; its journal as long as ours",
            warm=8,
        ),
    ]


def _fixed(call: Call) -> Call:
    """The call for servers that keep no state: always of the same record."""
    return replace(call, path=call.path.replace("EACHID", "1"), each=None)


def absent(server: Server) -> str | None:
    """Return why `server` can't be started here, None where it can."""
    if server.version == "not installed":
        return "its npm package is not installed: `python -m tests.clients.node install benchmarks/peers`"
    if server.name == "WireMock" and shutil.which("java") is None:
        return "no Java runtime is installed: `apt-get install default-jre-headless` on Debian"
    return None


def _program(path: str) -> list[str | Path]:
    return [node.NODE, node.PEERS / "node_modules" / path]


def _npm_version(package: str) -> str:
    file = node.PEERS / "node_modules" / package / "package.json"
    if not file.exists():
        return "not installed"
    return str(json.loads(file.read_text(encoding="utf-8"))["version"])


def _json_server_calls(samples: Samples) -> dict[str, Call]:
    """Six conditions as well; it compares texts and numbers for equality, and dates not at all."""
    six = {
        "status": "waiting",
        "cancellation_type": "refund",
        "order_item.order.customer.channel": "5",
        "order_item.order.channel": "5",
        "order_item.currency": "TRY",
        "reason.cancellation_type": "refund",
        "_page": "1",
        "_per_page": "10",
    }
    ten = urlencode({"status": "waiting", "_page": "1", "_per_page": "10"})
    return {
        "get": Call("GET", f"{JSON_SERVER_LIST}/1"),
        **dict.fromkeys(("list", "varied"), Call("GET", f"{JSON_SERVER_LIST}?{urlencode(six)}")),
        "detailed": Call("GET", f"{JSON_SERVER_LIST}?{ten}"),
        "create": Call("POST", JSON_SERVER_LIST, 201, samples.file("body")),
        **_plain_writes(samples, JSON_SERVER_LIST),
    }


def _plain_writes(samples: Samples, path: str) -> dict[str, Call]:
    """Writes to a server that knows no actions: one is a PATCH of the field."""
    status = samples.file("status")
    status.write_text('{"status": "rejected"}', encoding="utf-8")
    return {
        "patch": Call("PATCH", f"{path}/1", body=samples.file("change")),
        "action": Call("PATCH", f"{path}/EACHID", body=status, each=path),
        "delete": Call("DELETE", f"{path}/EACHID", each=path),
    }


def _mockoon_calls(samples: Samples) -> dict[str, Call]:
    placed = "order_item.order.date_placed"
    six = {
        "status_eq": "waiting",
        "cancellation_type_eq": "refund",
        "order_item.order.customer.channel_eq": "5",
        f"{placed}_gte": "2000-01-01T00:00:00Z",
        f"{placed}_lt": "2100-01-01T00:00:00Z",
        "reason.cancellation_type_eq": "refund",
        "page": "1",
        "limit": "10",
    }
    path = samples.create.path.rstrip("/")
    return {
        "get": Call("GET", f"{path}/1"),
        "list": Call("GET", f"{path}?{urlencode(six)}"),
        "varied": Call("GET", f"{path}?{urlencode({**six, f'{placed}_lt': '2100-01-01T00:00:00.NNNNNNZ'})}"),
        "detailed": Call("GET", f"{path}?{urlencode({'status_eq': 'waiting', 'page': '1', 'limit': '10'})}"),
        "create": Call("POST", path, 201, samples.file("body")),
        **_plain_writes(samples, path),
    }
