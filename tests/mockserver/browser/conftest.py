"""A real Chromium, and a mock that is a program of its own, for the page's tests.

No test waits for a time: each waits for what must appear. Whatever the browser complains of fails the test.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.clients.running import mock

sync_api = pytest.importorskip("playwright.sync_api", reason="needs Playwright: make setup")
sync_api.expect.set_options(timeout=20_000)
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync"]
HEADERS = {"Authorization": "Token demo"}
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Not of the session: while the driver lives, nobody else in this process can run an event loop."""
    if CHROMIUM is None:
        pytest.skip("no chromium here; on Debian: make debian")
    with sync_api.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    with mock("--size", "120") as address:
        yield address


@pytest.fixture
def session() -> str:
    return f"page-{uuid4().hex[:8]}"


@pytest.fixture
def api(url: str, session: str) -> Iterator[httpx.Client]:
    """The API in this test's session."""
    base = f"{url}/api/channel/5/cancellation_requests/"
    with httpx.Client(base_url=base, headers={**HEADERS, "X-Mock-Session": session}, timeout=20) as client:
        yield client


@pytest.fixture
def control(url: str, session: str) -> Iterator[httpx.Client]:
    """The control endpoints for this test's session."""
    with httpx.Client(base_url=f"{url}/_mock/", params={"session": session}, timeout=20) as client:
        yield client


@pytest.fixture
def opened(browser: Any, url: str, session: str) -> Iterator[Open]:
    """Opens the page at a view; at the end nothing may have been complained of or fetched from elsewhere."""
    contexts, complaints, foreign = [], [], []

    def at(view: str = "records", *, session: str = session, base: str = url, **options: Any) -> Any:
        context = browser.new_context(viewport=options.pop("viewport", {"width": 1280, "height": 800}), **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda m: complaints.append(m.text) if _matters(m) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: (complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda r: foreign.append(r.url) if not r.url.startswith((base, "data:", "blob:")) else None)
        page.goto(f"{base}/_mock/?session={session}#{view}")
        return page

    yield at
    for context in contexts:
        context.close()
    assert complaints == []
    assert foreign == []


def _matters(message: Any) -> bool:
    """Chromium itself notes every answer that is an error, and the end of a server; those are part of some tests."""
    return message.type in ("error", "warning") and not message.text.startswith("Failed to load resource")
