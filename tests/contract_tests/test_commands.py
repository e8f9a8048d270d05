"""Printed curl commands, pasted into every shell that is installed, against a server that writes down what it gets."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cancelkit.contract_tests.target.answer import Answer
from cancelkit.contract_tests.target.commands import curl, curl_commands
from cancelkit.contract_tests.target.encoding import raw_bytes, raw_text

OPTIONS = {"bash": ["-c"], "dash": ["-c"], "zsh": ["-f", "-c"]}
SHELLS = [
    pytest.param(
        [shutil.which(name) or name, *options],
        id=name,
        marks=pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} is not installed"),
    )
    for name, options in OPTIONS.items()
]
NODE = shutil.which("node")
DASHBOARD = Path(__file__).parents[2] / "mockserver/dashboard/curl.js"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"]
TEXT = st.text(
    st.sampled_from("[]{}$`'\"\\!*?~&;|<>()=%^@ \t\n-") | st.characters(exclude_categories=["Cs"]), max_size=15
)
QUERY = st.text(st.sampled_from("[]{}$`'\"\\!*~&;|<>()=%^@-,az09"), max_size=15)
VALUE = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=12)
BODY = st.none() | TEXT | st.binary(max_size=12).map(raw_text) | st.dictionaries(TEXT, TEXT | st.none(), max_size=2)


@dataclass
class Echo:
    """A server that keeps the last request as it stood on the wire."""

    url: str = ""
    got: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture(scope="module")
def echo() -> Iterator[Echo]:
    seen = Echo()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            seen.got.append((self.command, self.path, headers, body))
            self.send_response(201)
            self.send_header("content-type", "application/json")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(b'{"id": 41, "the id": "b"}')

        def log_message(self, *args: Any) -> None:
            return

    for method in (*METHODS, "HEAD"):
        setattr(Handler, f"do_{method}", Handler.answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    seen.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield seen
    server.shutdown()
    server.server_close()


def _paste(shell: list[str], commands: str, **variables: str) -> None:
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", **variables}
    done = subprocess.run([*shell, commands], env=environment, capture_output=True, timeout=20, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("shell", SHELLS)
@given(method=st.sampled_from(METHODS), query=QUERY, value=VALUE, body=BODY, dots=st.booleans(), key=st.booleans())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_printed_command_sends_what_was_sent(
    echo: Echo, shell: list[str], method: str, query: str, value: str, body: Any, dots: bool, key: bool
) -> None:
    """For any method, URL, header and body: the same request line, headers and bytes."""
    path = f"{'/a/../b' if dots else '/a'}/{{x}}/[1-3]/?{query}"
    headers = {"X-Odd": value, **({"Authorization": "Token $TOKEN"} if key else {})}
    answer = Answer(200, method=method, url=echo.url + path, request_headers=headers)
    if body is not None:
        answer = Answer(200, method=method, url=echo.url + path, request_headers=headers, request_body=body)

    _paste(shell, curl(answer), TOKEN="s3cr3t")
    got_method, got_path, got_headers, got_body = echo.got[-1]

    assert (got_method, got_path) == (method, path)
    assert got_headers["x-odd"] == value
    assert got_headers.get("authorization") == ("Token s3cr3t" if key else None)
    assert "content-type" not in got_headers
    if isinstance(body, dict):
        assert json.loads(got_body) == body
    else:
        assert got_body == (b"" if body is None else raw_bytes(body))


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("id_field", "id"), [("id", "41"), ("the id", "b")])
def test_a_printed_sequence_works_on_the_record_that_it_makes(
    echo: Echo, shell: list[str], id_field: str, id: str
) -> None:
    """The id is taken from the answer, whatever its field is called; brackets and a lone $ID1 in the query stand."""
    url = f"{echo.url}/things/"
    created = Answer(201, {}, "", {id_field: 7}, "POST", url, {"a": "it's"})
    changed = Answer(200, {}, "", None, "PATCH", f"{url}7/?a[]={{1,2}}&b=$c", {"a": None}, record="7")
    named = Answer(200, {}, "", None, "GET", f"{url}7/?a=$ID1", record="7")

    _paste(shell, "\n".join(curl_commands([created, changed, named], id_field)))

    assert [path for _, path, _, _ in echo.got[-2:]] == [f"/things/{id}/?a[]={{1,2}}&b=$c", "/things/7/?a=$ID1"]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_head_request_is_one(echo: Echo, shell: list[str]) -> None:
    """HEAD is asked for without waiting for a body that never comes."""
    _paste(shell, curl(Answer(200, method="HEAD", url=f"{echo.url}/a/")))

    assert echo.got[-1][:2] == ("HEAD", "/a/")


@pytest.mark.skipif(NODE is None, reason="node is not installed")
@pytest.mark.parametrize("shell", SHELLS)
def test_the_dashboards_command_sends_what_was_sent(echo: Echo, shell: list[str]) -> None:
    """What "Copy as curl" puts on the clipboard, for calls with all that shells and curl take for their own."""
    calls = [
        {"method": method, "path": "/a/../{x}/", "query": query, "request_body": body, "session": session}
        for method, query, body, session in (
            ("GET", "a[]=1&b={2,3}", None, "default"),
            ("POST", "q='$HOME`id`!\"\\", '{"a": "it\'s\x1b[2J"}', "one"),
            ("PUT", "", "@/etc/hostname", "default"),
            ("PATCH", "*", "%d\\n\n", "default"),
            ("HEAD", "", None, "default"),
        )
    ]
    script = (
        f"import {{ curl }} from {json.dumps(DASHBOARD.as_uri())};"
        f"console.log(JSON.stringify({json.dumps(calls)}.map((call) => curl(call, {json.dumps(echo.url)}))));"
    )
    assert NODE is not None
    commands = json.loads(
        subprocess.run([NODE, "--input-type=module", "-e", script], capture_output=True, timeout=30, check=True).stdout
    )
    for call, command in zip(calls, commands, strict=True):
        _paste(shell, command, TOKEN="s3cr3t")
        method, path, headers, body = echo.got[-1]

        assert (method, path) == (call["method"], call["path"] + (f"?{call['query']}" if call["query"] else ""))
        assert headers["authorization"] == "Token s3cr3t"
        assert body == (call["request_body"] or "").encode()
        assert "\x1b" not in command
