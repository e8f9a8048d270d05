"""The HTML report in a real browser: on a phone, with answers and URLs of any length and any content."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from made_verdict import verdict_of

from cancelkit.contract_tests.engine.verdict import Finding, Outcome
from cancelkit.contract_tests.reports import html
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Level

playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright")
CHROMIUM = shutil.which("chromium")
HOSTILE = "<img src=x onerror='document.title=1'><script>document.title = 2</script>"
URL = "http://127.0.0.1:1/api/channel/5/cancellation_requests/?pk__in=" + ",".join(map(str, range(10**9, 10**9 + 60)))


@pytest.fixture
def page_file(tmp_path: Path) -> Path:
    text = HOSTILE + "\n".join(["a line of the answer"] * 400)
    answer = Answer(400, {}, text, None, "GET", URL, is_json=False)
    names = [f"filters/list/{number}/{'long' * 30}" for number in range(12)]
    findings = tuple(
        Finding(name, "filters", URL, URL, Level.DOCUMENTED, Outcome.FAILED, (word, URL, HOSTILE), URL, (answer,) * 3)
        for name, word in zip(names, "abcdefghijkl", strict=True)
    )
    verdict = verdict_of(
        findings,
        url=f"http://127.0.0.1:1/{'deep' * 40}",
        repeat=f"cancelkit verify {URL}",
        repeat_rule=lambda rule: f"cancelkit verify {URL} --rule {rule}",
        leftovers=(URL, HOSTILE),
        stale=(URL,),
    )
    path = tmp_path / "report.html"
    path.write_text(html.render(verdict), encoding="utf-8")
    return path


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
@pytest.mark.parametrize("width", [390, 1200])
def test_the_page_fits_and_runs_nothing_that_a_server_said(page_file: Path, width: int):
    """It never scrolls sideways, stays short enough to be read, and hostile text stays text."""
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.goto(page_file.as_uri())
        wide, high = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
        opened = page.locator("article > details[open]").count()
        title, images = page.title(), page.locator("img").count()
        browser.close()

    assert wide == width
    assert high < 60_000
    assert opened == html.OPENED
    assert title not in ("1", "2")
    assert images == 0
