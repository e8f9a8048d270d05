"""One edit in spec/openapi.yaml changes mock, suite and fixtures together; a broken one is told in a line."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.clients.running import ending

ROOT = Path(__file__).parents[2]
LIST = "/api/channel/5/cancellation_requests/"
HEADERS = {"Authorization": "Token demo"}
NEW_RULES = (
    "filters/list/*quantity*",
    "filters/list/product_name",
    "filters/list/after-*",
    "patch/*contact*",
    "transitions",
)


class Copy:
    """The toolkit in a folder of its own, with a contract file that a test may change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT / "cancelkit", folder / "cancelkit", ignore=shutil.ignore_patterns("__pycache__"))
        self._path = folder / "cancelkit" / "spec" / "openapi.yaml"
        self.document: dict[str, Any] = yaml.safe_load(self._path.read_text(encoding="utf-8"))

    def save(self) -> None:
        text = yaml.safe_dump(self.document, sort_keys=False, allow_unicode=True)
        self._path.write_text(text, encoding="utf-8")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self._command, *arguments], cwd=self.folder, env=self._environment, capture_output=True, text=True
        )

    @contextmanager
    def mock(self) -> Iterator[httpx.Client]:
        command = [*self._command, "mock", "--port", "0", "--self-check"]
        process = subprocess.Popen(command, cwd=self.folder, env=self._environment, stdout=subprocess.PIPE, text=True)
        with ending(process):
            assert process.stdout
            url = process.stdout.readline().split()[-1]
            with httpx.Client(base_url=url, headers=HEADERS, trust_env=False, timeout=20) as client:
                yield client

    @property
    def _command(self) -> list[str]:
        return [sys.executable, "-u", "-m", "cancelkit"]

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(self.folder)}


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """With new filters (two that compare by half, over a value that may be null), a body field and a transition."""
    copy = Copy(tmp_path_factory.mktemp("edited"))
    paths, components = copy.document["paths"], copy.document["components"]
    for path in (LIST, f"{LIST}detailed"):
        paths[path.replace("/5/", "/{channel_id}/")]["get"]["parameters"] += [
            {
                "name": "product_name",
                "in": "query",
                "x-filter": {"path": "order_item.product_name", "lookup": "iexact"},
                "schema": {"type": "string", "minLength": 1},
            },
            {
                "name": "quantity__gte",
                "in": "query",
                "x-filter": {"path": "quantity", "lookup": "gte"},
                "schema": {"type": "integer", "minimum": 1},
            },
            {
                "name": "quantity__lt",
                "in": "query",
                "x-filter": {"path": "quantity", "lookup": "lt"},
                "schema": {"type": "integer", "minimum": 1},
            },
        ]
    phone = {"type": "string", "nullable": True, "pattern": r"^[^\x00]*$", "description": "Where to call"}
    for name in ("CancellationRequestCreate", "CancellationRequestUpdate", "RequestContent"):
        components["schemas"][name]["properties"]["contact_phone"] = phone
    components["schemas"]["Status"]["x-transitions"]["allowed"]["waiting"].append("completed")
    copy.save()
    return copy


def test_the_mock_follows(edited: Copy):
    """It filters by what is new, keeps and checks the new field, and allows the new transition."""
    body = {"order_item": 1, "reason": 1, "cancellation_type": "cancel", "contact_phone": "+90 555 000 00 00"}
    with edited.mock() as api:
        made = api.post(LIST, json=body)
        refused = api.post(LIST, json={**body, "contact_phone": "\0"})
        done = api.patch(f"{LIST}{made.json()['id']}/", json={"status": "completed", "contact_phone": None})
        found = api.get(LIST, params={"quantity__gte": 2, "limit": 1000}).json()["results"]
        product = api.get(f"{LIST}1/detailed/").json()["order_item"]["product_name"]
        same = api.get(f"{LIST}detailed", params={"product_name": product.upper(), "limit": 1000}).json()["results"]

    assert (made.status_code, made.json()["contact_phone"]) == (201, "+90 555 000 00 00")
    assert (refused.status_code, set(refused.json())) == (400, {"contact_phone", "code"})
    assert (done.status_code, done.json()["status"], done.json()["contact_phone"]) == (200, "completed", None)
    assert found
    assert all(row["quantity"] >= 2 for row in found)
    assert 1 in [row["id"] for row in same]
    assert {row["order_item"]["product_name"] for row in same} == {product}


def test_the_suite_follows(edited: Copy):
    """There are rules for each new thing, also where only some comparisons of a value are offered."""
    listed = edited.run("verify", "--list")

    assert listed.returncode == 0, listed.stderr
    for word in ("filters/list/product.name/", "filters/list/quantity.+gte/", "quantity/splits", "contact.phone"):
        assert re.search(word, listed.stdout), word


def test_the_suite_finds_nothing_in_the_mock_that_followed(edited: Copy):
    """Both read the new filters, field and transition in the same way."""
    with edited.mock() as api:
        chosen = [f"--rule={rule}" for rule in NEW_RULES]
        options = ["--token", "demo", "--other-channel", "6", "--profile", "quick", "--strict", "--json"]
        judged = edited.run("verify", str(api.base_url), *options, *chosen)

    verdict = json.loads(judged.stdout)
    outcomes = {rule["id"]: rule["outcome"] for rule in verdict["rules"]}
    assert judged.returncode == 0, judged.stdout
    assert set(outcomes.values()) <= {"passed", "skipped"}
    assert [name for name in outcomes if "quantity-" in name and outcomes[name] == "passed"]


def test_the_fixtures_follow(edited: Copy):
    """Data is made as before, and what must be refused covers the new field."""
    made = edited.run("fixtures", "generate", "--count", "5", "--view", "create")
    broken = edited.run("fixtures", "generate", "--invalid")

    assert made.returncode == 0, made.stderr
    assert len([json.loads(line) for line in made.stdout.splitlines()]) == 5
    assert "contact_phone" in broken.stdout, broken.stderr


@pytest.mark.parametrize("verb", [["mock", "--port", "0"], ["verify", "--list"], ["fixtures", "generate"]])
def test_a_broken_contract_is_one_line_that_names_the_place(tmp_path: Path, verb: list[str]):
    """No traceback from any verb, exit code 2."""
    copy = Copy(tmp_path)
    copy.document["components"]["parameters"]["Sku"]["x-filter"]["path"] = "order_item.skuu"
    copy.save()

    done = copy.run(*verb)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "order_item.skuu" in done.stderr
    assert "openapi.yaml" in done.stderr
