"""Files that begin with a byte order mark, as editors and shells of Windows write them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import orjson
import pytest

from cancelkit.fixtures import generate
from cancelkit.fixtures.describe.reading import read_rows
from cancelkit.fixtures.push.command import _token
from cancelkit.fixtures.world import generate_world
from cancelkit.mockserver.local import LocalMock
from cancelkit.spec import load
from cancelkit.spec.choosing import ContractFiles
from tests.clients.running import ROOT, mock

MARK = "\ufeff"


@pytest.fixture
def local() -> Iterator[LocalMock]:
    with LocalMock() as mock:
        yield mock


def _marked(path: Path, text: str) -> Path:
    path.write_text(MARK + text, encoding="utf-8")
    return path


def test_data_and_scenario_are_served(tmp_path: Path):
    """`--data` and `--scenario`, from the same editor."""
    tables = generate_world(size=7).to_tables(load())
    data = _marked(tmp_path / "world.json", json.dumps(tables))
    scenario = _marked(tmp_path / "scenario.yaml", "requests:\n- count: 2\n")
    with mock("--data", str(data), "--scenario", str(scenario)) as url:
        found = httpx.get(f"{url}/_mock/records", trust_env=False).json()

    assert found["count"] == 9


def test_contract_and_overlay_are_read(tmp_path: Path):
    """Both files of one contract."""
    contract = _marked(tmp_path / "contract.yaml", (ROOT / "spec" / "openapi.yaml").read_text(encoding="utf-8"))
    overlay = _marked(
        tmp_path / "overlay.yaml",
        "overlay: 1.0.0\ninfo: {title: t, version: '1'}\nactions:\n- {target: $.info, update: {title: Marked}}\n",
    )

    assert ContractFiles(contract, (overlay,)).read().document["info"]["title"] == "Marked"


def test_a_world_is_imported(local: LocalMock):
    """`curl --data-binary @world.json` sends the file as it is."""
    tables = json.dumps(generate_world(size=3).to_tables(load()))
    with httpx.Client(base_url=local.url, transport=local.transport) as client:
        answer = client.post(
            "/_mock/import", content=(MARK + tables).encode(), headers={"Content-Type": "application/json"}
        )

    assert (answer.status_code, answer.json().get("records")) == (200, 3)


@pytest.mark.parametrize("name", ["a.ndjson", "a.json", "one.json", "a.csv"])
def test_records_are_described(tmp_path: Path, name: str):
    """Every format that `fixtures describe` reads."""
    from click.testing import CliRunner

    from cancelkit.fixtures.cli import fixtures

    file = tmp_path / name
    rows = list(generate(count=2))
    if name == "one.json":
        rows = rows[:1]
        file.write_bytes(orjson.dumps(rows[0]))
    else:
        CliRunner().invoke(fixtures, ["generate", "--count", "2", "--out", str(file)])
    _marked(file, file.read_text(encoding="utf-8"))

    assert list(read_rows(file, load())) == rows


def test_a_key_is_read_without_it(tmp_path: Path):
    """A key is sent in a header, which the mark would spoil."""
    file = _marked(tmp_path / "key", "s3cret\n")

    assert _token(load(), None, file) == "s3cret"


def test_the_mock_of_a_test_run_is_made_of_a_file(tmp_path: Path):
    """`mock_data` of pytest's settings."""
    _marked(tmp_path / "world.json", json.dumps(generate_world(size=4).to_tables(load())))
    (tmp_path / "pytest.ini").write_text("[pytest]\nmock_data = world.json\n")
    (tmp_path / "test_it.py").write_text(
        "def test_it(mock_api):\n    assert mock_api.control.records()['count'] == 4\n"
    )
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--mock-in-process"]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
