"""A contract whose JSON is called otherwise than application/json: mock, suite, push and judge take it as JSON."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.clients.running import ROOT, mock

KIND = "application/vnd.reviews+json"
PATH = "/shops/green-tea/reviews"
BODY = {"product": 32, "customer": 32, "rating": 1, "title": "Çay"}
KEY = {"X-Api-Key": "demo"}


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The answers with a parameter, as some frameworks write it."""
    text = (ROOT / "examples" / "contracts" / "reviews.yaml").read_text(encoding="utf-8")
    file = tmp_path_factory.mktemp("contract") / "reviews.yaml"
    file.write_text(text.replace("application/json:", f"{KIND}; charset=utf-8:"), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def url(contract: Path) -> Iterator[str]:
    with mock("--self-check", "--contract", str(contract)) as found:
        yield found


def _run(contract: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cancelkit", *words, "--contract", str(contract)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=200, check=False)


def test_bodies_and_answers_have_the_documented_type(url: str):
    """Refusals as well, with and without a key, asked for and injected; another type is refused."""
    with httpx.Client(base_url=url, headers=KEY, trust_env=False) as client:
        made = client.post(PATH, content=json.dumps(BODY), headers={"Content-Type": f"{KIND}; charset=utf-8"})
        wrong = client.post(PATH, content="{}", headers={"Content-Type": KIND})
        other = client.post(PATH, content=json.dumps(BODY), headers={"Content-Type": "application/json"})
        keyless = client.get(PATH, headers={"X-Api-Key": ""})
        wished = client.get(PATH, headers={"Prefer": "code=400"})
    answers = [made, wrong, other, keyless, wished]

    assert [answer.status_code for answer in answers] == [201, 400, 415, 401, 400]
    assert [answer.headers["content-type"] for answer in (made, wrong, keyless, wished)] == [KIND] * 4
    assert made.json()["title"] == "Çay"


def test_the_suite_and_push_speak_it(url: str, contract: Path, tmp_path: Path):
    """Nothing is wrong with a right mock, and records are created."""
    rules = [word for area in ("create", "schema", "robustness") for word in ("--area", area)]
    judged = _run(contract, "verify", url, "--token", "k", "--other-scope", "old-books", "--profile", "quick", *rules)
    ledger = ("--ledger", str(tmp_path / "ledger"))
    pushed = _run(contract, "fixtures", "push", url, "--token", "k", "--scope", "green-tea", "--count", "2", *ledger)

    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert int(re.findall(r"(\d+) records created", judged.stdout)[0]) > 50
    assert pushed.stdout.startswith("2 created"), pushed.stderr


def test_calls_are_judged_by_it(url: str):
    """The journal's judge finds nothing in a right call, and names the right type where another was sent."""
    headers = {**KEY, "X-Mock-Session": "judged"}
    with httpx.Client(base_url=url, headers=headers, trust_env=False) as client:
        for kind in (KIND, "text/plain"):
            client.post(PATH, content=json.dumps(BODY), headers={"Content-Type": kind})
        right, wrong = client.get("/_mock/journal?session=judged").json()["calls"]

    assert right["violations"] == []
    assert KIND in wrong["violations"][0]["message"]
