"""Java's own HTTP client, java.net.http with default settings, against a running mock and through the proxy.

Owns: running tests/clients/java/Calls.java and reading what it prints.
Knows nothing of: the mock's code. That client offers `Upgrade: h2c` on what it sends, bodies and all.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.clients.running import mock, proxy
from tests.clients.tap import tapped

PROGRAM = Path(__file__).parent / "java" / "Calls.java"
BODY = {"order_item": 1, "reason": 1, "cancellation_type": "cancel", "description": "Beden küçük"}
EXPECTED = [("POST", 201), ("PUT", 200), ("PATCH", 200), ("GET", 200), ("DELETE", 204), ("GET", 404)]
JAVA = shutil.which("java") if shutil.which("javac") else None

pytestmark = pytest.mark.skipif(JAVA is None, reason="no JDK here; on Debian: make debian")


def _answers(base: str) -> list[dict[str, Any]]:
    """What each call was answered; an upgrade was really offered with a body, else this would show nothing."""
    assert JAVA
    with tapped(base) as (url, sent):
        url = f"{url}/api/channel/5/cancellation_requests/"
        command = [JAVA, str(PROGRAM), url, json.dumps(BODY), json.dumps({"quantity": 2})]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    heads = [head for head in sent.split(b"\r\n\r\n") if b"upgrade: h2c" in head.lower()]
    assert any(b"POST " in head and b"content-length:" in head.lower() for head in heads), heads
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def test_a_default_client_is_answered_alike_by_the_mock_and_through_the_proxy() -> None:
    """Every method, with a body of known length and with a chunked one; POST, PUT, PATCH and GET tell the same id."""
    with mock() as base:
        direct = _answers(base)
    with mock() as upstream, proxy(upstream) as base:
        passed = _answers(base)
    first, second = direct[0]["id"], direct[len(EXPECTED)]["id"]

    assert [(row["method"], row["status"]) for row in direct] == EXPECTED * 2
    assert [row["id"] for row in direct] == [*[first] * 4, None, None, *[second] * 4, None, None]
    assert second == first + 1
    assert passed == direct
