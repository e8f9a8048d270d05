"""The examples of docs/diff.md are run: what the document shows is what the command prints."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from cancelkit.command import main

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "diff.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```\n\$ cancelkit (diff .*)\n((?s:.*?))^```$", TEXT, re.MULTILINE)


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n((?s:.*?))^```$", TEXT, re.MULTILINE)
    assert found
    return found[1]


def call(method: str, query: str = "", sent: object = None, got: object = None) -> dict[str, object]:
    """A call of the shop's reviews as HAR keeps it."""
    request = {"method": method, "url": f"https://shop.example/shops/green-tea/reviews{query}", "headers": []}
    if sent is not None:
        request["postData"] = {"mimeType": "application/json", "text": json.dumps(sent)}
    content = {"size": 0, "mimeType": "application/json", "text": json.dumps(got or {})}
    response = {"status": 200 if method == "GET" else 201, "headers": [], "content": content}
    return {"startedDateTime": "2026-01-05T10:00:00Z", "time": 1, "request": request, "response": response}


def recording() -> str:
    title = "I would buy this again and again, every single year"
    sent = {"product": 1, "customer": 1, "rating": 5, "title": title}
    return json.dumps({"log": {"version": "1.2", "entries": [call("GET", "?rating__gte=4"), call("POST", sent=sent)]}})


@pytest.mark.parametrize(("command", "shown"), EXAMPLES, ids=[command for command, _ in EXAMPLES])
def test_examples_print_what_the_document_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, shown: str
):
    """Each part between dots stands in the output, in order; the settings are there where ignores are shown."""
    shutil.copy(ROOT / "examples" / "contracts" / "reviews.yaml", tmp_path)
    (tmp_path / "next.overlay.yaml").write_text(block("yaml"), encoding="utf-8")
    (tmp_path / "shop.har").write_text(recording(), encoding="utf-8")
    if "accepted until" in shown:
        (tmp_path / "cancelkit.toml").write_text(block("toml"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, command.split())
    parts = [part for part in re.split(r"^\.\.\.\n", shown, flags=re.MULTILINE) if part]
    places = [done.stdout.find(part) for part in parts]

    assert done.exit_code == 1, done.output
    assert places == sorted(places)
    assert -1 not in places, done.stdout


def test_there_are_examples():
    """Of a plain comparison, of recordings, of ignores."""
    assert len(EXAMPLES) == 3
