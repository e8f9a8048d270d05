"""The proxy's page in a real browser: calls as they come, and only the views that a proxy has."""

from __future__ import annotations

import asyncio
import shutil

import httpx
import pytest

from cancelkit.mockserver.proxy.app import Proxy
from cancelkit.mockserver.proxy.settings import ProxySettings
from cancelkit.mockserver.serving.serve import bind, server
from tests.mockserver.proxy_bench import LIST, UPSTREAM, mock

playwright = pytest.importorskip("playwright.async_api", reason="needs Playwright")
CHROMIUM = shutil.which("chromium")


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_the_page_shows_what_a_proxy_has():
    """A call made while the page is open appears with the violation of the server; there are no records to edit."""

    async def look(url: str) -> tuple[list[str], str]:
        async with playwright.async_playwright() as driver, httpx.AsyncClient(base_url=url) as client:
            browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = await browser.new_page()
            await page.goto(f"{url}/_mock/#records")
            await page.get_by_role("heading", name="Journal").wait_for()
            await client.get(LIST, headers={"Authorization": "Token demo"})
            await page.get_by_text("server/list-order").wait_for()
            views = await page.get_by_role("navigation", name="Views").get_by_role("link").all_inner_texts()
            brand = await page.locator("a.brand").inner_text()
            await browser.close()
            return [view.split("\n")[0] for view in views], brand

    async def run() -> tuple[list[str], str]:
        listener = bind("127.0.0.1", 0)
        proxy, ready = Proxy(ProxySettings(UPSTREAM), httpx.ASGITransport(mock("paging-descending"))), asyncio.Event()
        running = server(proxy, ready=ready.set, stopping=proxy.stop)
        serving = asyncio.create_task(running.serve(sockets=[listener]))
        await ready.wait()
        try:
            return await look(f"http://127.0.0.1:{listener.getsockname()[1]}")
        finally:
            running.should_exit = True
            await serving

    views, brand = asyncio.run(run())

    assert views == ["Journal", "Coverage", "Faults"]
    assert "proxy" in brand
