"""What users install: the wheel alone, in an empty folder, with nothing of the checkout beside it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import click
import httpx
import pytest

from cancelkit.command import main as cancelkit
from cancelkit.fixtures import generate

ROOT = Path(__file__).parents[2]
ROOMS = ("spec", "traffic", "mockserver", "contract_tests", "fixtures")
ASSETS = {".css", ".html", ".js", ".svg", ".txt", ".yaml"}


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content, as pip would put it into site-packages."""
    folder = tmp_path_factory.mktemp("site")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


def _run(unpacked: Path, folder: Path, *arguments: str) -> list[str]:
    """The command that runs the unpacked cancelkit, never the checkout's, with the libraries of this environment."""
    ours = [str(ROOT), str(ROOT / ".editable")]
    code = (
        f"import sys; sys.path[:] = [{str(unpacked)!r}] + [p for p in sys.path if p not in {ours!r}];"
        "sys.meta_path[:] = [f for f in sys.meta_path if 'editable' not in repr(f).lower()];"
        "import cancelkit.command as c; assert c.__file__.startswith(sys.path[0]); c.main()"
    )
    return [sys.executable, "-P", "-c", code, *arguments]


@contextmanager
def _serving(unpacked: Path, folder: Path) -> Iterator[str]:
    command = _run(unpacked, folder, "mock", "--port", "0")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder)
    assert process.stdout
    try:
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert found
        yield found[0]
    finally:
        process.terminate()
        process.wait(timeout=20)


def test_the_wheel_holds_every_file_that_is_read(wheel: Path):
    """Whatever the packages have in git, code or not, is in the wheel, and nothing else."""
    listing = subprocess.run(
        ["git", "ls-files", *ROOMS, "cancelkit"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode:
        pytest.skip("not a git checkout")
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    names = [name for name in listing.stdout.splitlines() if (ROOT / name).is_file()]
    tracked = {name if name.startswith("cancelkit/") else f"cancelkit/{name}" for name in names}

    assert tracked - packed == set()
    assert {name for name in packed if Path(name).suffix in {".pyc", ".log"}} == set()


def test_the_installed_mock_serves(unpacked: Path, tmp_path: Path):
    """From an empty folder: records, the docs page, the contract and the dashboard."""
    with (
        _serving(unpacked, tmp_path) as url,
        httpx.Client(base_url=url, headers={"Authorization": "Token t"}) as client,
    ):
        listed = client.get("/api/channel/5/cancellation_requests/")
        pages = [client.get(path) for path in ("/docs/", "/openapi.yaml", "/_mock/")]

    assert listed.json()["count"] > 0
    assert [page.status_code for page in pages] == [200, 200, 200]


HAR = ROOT / "tests/traffic/cases/har-turkish.har"
VERBS: dict[str, tuple[list[str], str]] = {
    "mock": (["mock", "--list-mutants"], "filter"),
    "proxy": (["proxy", "--help"], "UPSTREAM"),
    "verify": (["verify", "{url}", "--area", "paging", "--profile", "quick"], "keeps the contract"),
    "learn": (["learn", "{url}", "--read-only"], "x-choices"),
    "compare": (["compare", "{url}", "--read-only", "--calls", "60"], "alike"),
    "check": (["check", "calls.har"], "breaks 1 rule"),
    "fixtures generate": (["fixtures", "generate", "--count", "2", "--out", "two.ndjson"], ""),
    "fixtures describe": (["fixtures", "describe", "one.ndjson"], "quantity"),
    "fixtures push": (["fixtures", "push", "{url}", "--count", "3"], "3"),
    "diff": (["diff", "contract.yaml", "--fail-on", "never"], "Nothing changed"),
    "contract init": (["contract", "init", "mine.yaml"], ""),
    "contract check": (["contract", "check"], ""),
    "contract show": (["contract", "show"], "status"),
}


def _verbs(command: click.Command, before: str = "") -> list[str]:
    """Every command below this one, as it is typed."""
    if not isinstance(command, click.Group):
        return [before]
    inner = (
        (name, command.get_command(click.Context(command), name))
        for name in command.list_commands(click.Context(command))
    )
    return [verb for name, one in inner if one for verb in _verbs(one, f"{before} {name}".strip())]


def test_every_verb_is_tried():
    assert sorted(_verbs(cancelkit)) == sorted(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_the_installed_verb_works(verb: str, unpacked: Path, tmp_path: Path):
    """Each verb, from the wheel alone, in a folder that holds nothing but what it reads."""
    arguments, expected = VERBS[verb]
    shutil.copy(HAR, tmp_path / "calls.har")
    shutil.copy(ROOT / "spec/openapi.yaml", tmp_path / "contract.yaml")
    (tmp_path / "one.ndjson").write_text(json.dumps(next(generate(count=1))) + "\n")
    environment = {**os.environ, "PYTHONPATH": "", "CANCELKIT_TOKEN": "t", "CANCELKIT_CHANNEL": "5"}
    with _serving(unpacked, tmp_path) if "{url}" in arguments else nullcontext("") as url:
        done = subprocess.run(
            _run(unpacked, tmp_path, *[part.format(url=url) for part in arguments]),
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == (1 if verb == "check" else 0), done.stdout + done.stderr
    assert expected in done.stdout + done.stderr


OVERLAY = """
overlay: 1.0.0
info: {title: A bound and a filter, version: "1"}
actions:
  - target: $.components.schemas['CancellationRequestCreate','CancellationRequestUpdate'].properties.description
    update: {maxLength: 2000}
  - target: $.paths['/api/channel/{channel_id}/cancellation_requests/'].get.parameters
    update: {name: quantity__gte, in: query, x-filter: {path: quantity, lookup: gte}, schema: {type: integer}}
  - target: $.components.schemas['CancellationRequestCreate','CancellationRequestUpdate','RequestContent'].properties
    update: {priority: {type: string, enum: [low, high], nullable: true}}
"""


def _output(unpacked: Path, folder: Path, *arguments: str) -> str:
    done = subprocess.run(_run(unpacked, folder, *arguments), cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_one_overlay_changes_mock_suite_and_fixtures(unpacked: Path, tmp_path: Path):
    """From the wheel, in an empty folder that holds the overlay and nothing else."""
    (tmp_path / "overlay.yaml").write_text(OVERLAY)
    (tmp_path / "cancelkit.toml").write_text('[contract]\noverlays = ["overlay.yaml"]\n')
    rules = _output(unpacked, tmp_path, "verify", "--list")
    made = _output(unpacked, tmp_path, "fixtures", "generate", "--count", "40")
    shown = _output(unpacked, tmp_path, "contract", "show", "--json")
    with (
        _serving(unpacked, tmp_path) as url,
        httpx.Client(base_url=url, headers={"Authorization": "Token t"}) as client,
    ):
        body = {"order_item": 1, "reason": 1, "cancellation_type": "cancel", "description": "x" * 2001}
        refused = client.post("/api/channel/5/cancellation_requests/", json=body)
        rows = client.get("/api/channel/5/cancellation_requests/", params={"quantity__gte": 2}).json()["results"]

    assert "filters/list/quantity" in rules
    assert {"low", "high"} <= {json.loads(line)["priority"] for line in made.splitlines()}
    assert "quantity__gte" in shown
    assert (refused.status_code, "description" in refused.json()) == (400, True)
    assert rows
    assert all(row["quantity"] >= 2 for row in rows)
