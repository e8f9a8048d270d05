"""`cancelkit compare` as a program: the mock that it starts, exit codes, reports, and what they leave out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from cancelkit.command import main
from tests.clients.running import mock

KEY = "key-of-the-tests"
REVIEWS = str(Path(__file__).parents[2] / "examples" / "contracts" / "reviews.yaml")


@pytest.fixture(scope="module")
def ignoring() -> Iterator[str]:
    """A server that ignores one filter, and counts the key among what it knows."""
    with mock("--size", "60", "--seed", "3", "--token", KEY, "--mutant", "filter-status-ignored") as url:
        yield url


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["compare", *arguments, "--token", KEY])


def test_a_mock_is_started_for_the_target_and_every_report_tells_the_difference(ignoring: str, tmp_path: Path):
    """Each format names the operation; none holds the key, or what records of others show."""
    files = {name: tmp_path / "reports" / f"compare.{name}" for name in ("json", "junit", "html", "md")}
    options = [text for name, path in files.items() for text in (f"--report-{name}", str(path))]
    done = _run(ignoring, "--calls", "500", "--fail-under", "100", *options)

    assert done.exit_code == 1, done.output
    texts = [done.stdout, *(path.read_text(encoding="utf-8") for path in files.values())]
    for text in texts:
        assert "listCancellationRequests" in text
        assert KEY not in text
        assert not re.search(r"[\w.]+@example\.com", text)
    report = json.loads(texts[1])
    assert report["exit_code"] == 1
    assert report["differences"][0]["steps"][-1]["left"]["command"].startswith("curl")
    suite = ET.fromstring(texts[2]).find("testsuite")
    assert suite is not None
    assert suite.findall("testcase/failure")


def test_the_mock_has_the_contract_and_the_overlays_of_the_command(tmp_path: Path):
    """A server of another contract, and a choice that an overlay makes, are followed by the mock."""
    overlay = tmp_path / "chosen.overlay.yaml"
    overlay.write_text(
        "overlay: 1.0.0\ninfo: {title: chosen, version: '1'}\nactions:\n  - target: $\n    update:\n"
        "      x-choices: {head: {chosen: not-allowed, level: observed}}\n",
        encoding="utf-8",
    )
    chosen = ("--contract", REVIEWS, "--overlay", str(overlay))
    with mock("--token", KEY, *chosen) as url:
        done = _run(url, "--calls", "150", "--fail-under", "100", *chosen)

    assert done.exit_code == 0, done.output
    assert "100 %" in done.stdout


def test_two_servers_are_compared_with_each_other(ignoring: str):
    """The second one is reached with the same key; JSON goes to stdout."""
    with mock("--size", "60", "--token", KEY) as url:
        done = _run(ignoring, "--with", url, "--calls", "300", "--json")

    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["right"] == f"other {url}"
    assert report["differences"][0]["operations"].keys() <= {
        "listCancellationRequests",
        "listCancellationRequestsDetailed",
    }


def test_a_mock_with_the_targets_records_shows_the_same_of_them(tmp_path: Path):
    """What rows of others show is compared then: the records that `learn --data` kept are alike, those of another world
    are not; the command that repeats the run has the file."""
    seen, other = tmp_path / "seen.json", tmp_path / "other.json"
    with mock("--size", "40", "--seed", "3", "--token", KEY) as url, mock("--size", "40", "--token", KEY) as elsewhere:
        for of, file in ((url, seen), (elsewhere, other)):
            words = [of, "--token", KEY, "--read-only", "--no-mask", "--data", str(file), "--out", f"{file}.yaml"]
            assert CliRunner().invoke(main, ["learn", *words]).exit_code == 0
        right, wrong = (
            _run(url, "--data", str(file), "--calls", "200", "--fail-under", "100", "--json") for file in (seen, other)
        )

    assert (right.exit_code, wrong.exit_code) == (0, 1), right.output
    assert json.loads(right.stdout)["differences"] == []
    assert f"--data {seen}" in json.loads(right.stdout)["repeat"]
    assert any("customer" in group["where"] for group in json.loads(wrong.stdout)["differences"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("http://127.0.0.1:1",), "does not answer"),
        ((), "cancelkit compare"),
        (("http://shop.example",), "--allow-host"),
        (("http://127.0.0.1:1", "--with", "http://shop.example"), "--allow-host"),
        (("http://127.0.0.1:1", "--with", "http://127.0.0.1:2", "--data", "x.json"), "give one of them"),
    ],
)
def test_what_can_not_be_run_is_one_line(options: tuple[str, ...], said: str):
    """Exit code 2, and what to do."""
    done = _run(*options, "--timeout", "2")

    assert done.exit_code == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
