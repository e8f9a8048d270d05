"""What a real browser records, `cancelkit check` can judge."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from cancelkit.contract_tests.check.command import check
from cancelkit.mockserver.local import LocalMock

playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright")
CHROMIUM = shutil.which("chromium")
KEY = "very-secret-browser-key"
CALLS = """async (key) => {
    const list = "/api/channel/5/cancellation_requests/", headers = { Authorization: `Token ${key}` };
    const send = (method, path, body) => fetch(path, {
        method, body: JSON.stringify(body), headers: { ...headers, "Content-Type": "application/json" } });
    await fetch(list + "?limit=3", { headers });
    await fetch(list + "detailed?customer_last_name=ŞÜKRÜOĞLU&limit=5", { headers });
    const body = { order_item: 1, reason: 1, cancellation_type: "cancel", description: "İade ✓" };
    const made = await send("POST", list, body);
    const own = list + (await made.json()).id + "/";
    await send("PATCH", own, { quantity: 2 });
    await fetch(own, { method: "DELETE", headers });
    await fetch(own, { headers });
    await fetch(list);
    const leaving = new AbortController(), left = fetch(list, { headers, signal: leaving.signal }).catch(() => 0);
    leaving.abort();
    await left;
    await fetch(list + "?colour=red", { headers });
    await fetch(list + "7", { headers });
}"""


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
@pytest.mark.parametrize("content", ["embed", "omit"])
def test_a_browsers_recording_is_judged(tmp_path: Path, content: str):
    """With bodies or without: the client's two violations are found, nothing else, and the key is not told."""
    har = tmp_path / "browser.har"
    with LocalMock() as mock, playwright.sync_playwright() as driver:
        url = mock.listen()
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(record_har_path=har, record_har_content=content)
        page = context.new_page()
        page.goto(f"{url}/openapi.json")
        page.evaluate(CALLS, KEY)
        context.close()
        browser.close()

    result = CliRunner().invoke(check, [str(har), "--json"])
    report = json.loads(result.stdout)
    passed = {rule["id"] for rule in report["rules"] if rule["outcome"] == "passed"}

    assert KEY in har.read_text(encoding="utf-8")
    assert KEY not in result.output
    assert {rule["id"] for rule in report["rules"] if rule["outcome"] == "failed"} == {
        "client/undocumented-parameter",
        "client/missing-slash",
    }
    assert report["counts"]["warned"] == 0
    assert ("server/schema" in passed) is (content == "embed")
