"""`cancelkit verify` and pytest, as a user calls them, on a target behind a port."""

from __future__ import annotations

import gc
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event

import httpx
import pytest
from click.testing import CliRunner
from tiny_target import TOKEN, TinyTarget, served

from cancelkit.contract_tests import cli
from cancelkit.contract_tests.cli import verify
from cancelkit.contract_tests.collecting import SELDOM
from cancelkit.contract_tests.engine.registry import every_rule
from cancelkit.contract_tests.errors import CouldNotRun
from cancelkit.contract_tests.prove import proving
from cancelkit.contract_tests.prove.matrix import Kill, as_markdown, fingerprint
from cancelkit.contract_tests.prove.prove import stages
from cancelkit.contract_tests.prove.proving import Mutant, mock, mutants
from cancelkit.contract_tests.reports import json_report
from cancelkit.spec import load
from tests.clients.running import ending

PYTEST = [sys.executable, "-m", "pytest", "--pyargs", "cancelkit.contract_tests", "-p", "no:cacheprovider", "-q"]
ENVIRONMENT = {**os.environ, "CANCELKIT_TOKEN": TOKEN}


def by_pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The suite as a user runs it with plain pytest, in a folder of its own."""
    command = [*PYTEST, *arguments]
    return subprocess.run(command, env=ENVIRONMENT, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def url(target: TinyTarget):
    with served(target) as address:
        yield address


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("CANCELKIT_TOKEN", TOKEN)
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(verify, arguments)


def test_a_target_that_conforms(call, url: str, tmp_path: Path):
    """Exit code 0, and every report that was asked for."""
    result = call(
        *(url, "--rule", "reject/from-waiting", "--profile", "quick", "--json", "--no-schemathesis"),
        *(
            "--report-json",
            "r/a.json",
            "--report-junit",
            "r/a.xml",
            "--report-html",
            "r/a.html",
            "--report-md",
            "r/a.md",
        ),
    )

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["cancelkit_report"] == json_report.VERSION
    assert {path.suffix for path in (tmp_path / "r").iterdir()} == {".json", ".xml", ".html", ".md"}


def test_a_report_that_can_not_be_written_costs_no_verdict(call, url: str, tmp_path: Path):
    """The run was made: the verdict is shown, the other reports are written, and the exit code is 2, never 0."""
    (tmp_path / "file").write_text("")
    result = call(
        *(url, "--rule", "reject/from-waiting", "--profile", "quick", "--no-schemathesis"),
        *("--report-junit", "file/a.xml", "--report-md", "a.md"),
    )

    assert result.exit_code == 2
    assert "The target keeps the contract." in result.stdout
    assert "file/a.xml can't be written: " in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert (tmp_path / "a.md").exists()


def test_a_target_that_does_not_conform(call, url: str, target: TinyTarget):
    """Exit code 1, and the failure is explained."""
    target.fault = lambda request: httpx.Response(500) if request.url.path.endswith("/reject/") else None

    result = call(url, "--rule", "status/reject", "--profile", "quick")

    assert result.exit_code == 1
    assert "FAILED status/reject" in result.stdout
    assert TOKEN not in result.output


def test_a_run_that_ends_early_says_so_everywhere(call, url: str, target: TinyTarget, tmp_path: Path):
    """The console, the JSON on it, and each report tell that and what was not tried; no record is left."""
    target.fault = lambda request: httpx.Response(500) if request.url.path.endswith("/reject/") else None
    before = set(target.rows)
    reports = [text for kind in ("json", "junit", "html", "md") for text in (f"--report-{kind}", f"r.{kind}")]

    printed = call(url, "--rule", "status", "--area", "create", "--profile", "quick", "-x", "--json", *reports)
    shown = call(url, "--rule", "status", "--area", "create", "--profile", "quick", "--fail-fast")

    data = json.loads(printed.stdout)
    left = [rule for rule in data["rules"] if rule.get("why", "").startswith("not tried")]
    told = f"The run ended at the first failure (--fail-fast): {len(left)} rules were not tried ("
    assert printed.exit_code == shown.exit_code == 1
    assert data["run"]["ended_early"]
    assert sum(data["not_tried"].values()) == len(left) > 10
    assert data["counts"]["failed"] == 1
    assert "--fail-fast" in data["run"]["repeat"]
    assert json.loads((tmp_path / "r.json").read_text())["not_tried"] == data["not_tried"]
    assert told in (tmp_path / "r.junit").read_text()
    assert told in (tmp_path / "r.html").read_text()
    assert told.partition(" (")[0] in (tmp_path / "r.md").read_text()
    assert "not tried (" in " ".join(shown.stdout.split())
    assert set(target.rows) == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "no URL is given"),
        (("http://127.0.0.1:9",), "does not answer"),
        (("http://shop.example",), "--allow-host"),
        (("http://127.0.0.1:9", "--rule", "no/such"), "no rule is chosen"),
    ],
)
def test_a_run_that_can_not_be_done(call, arguments, words: str, monkeypatch: pytest.MonkeyPatch):
    """Exit code 2, and one line that says what to do."""
    monkeypatch.setattr("cancelkit.contract_tests.target.client.time.sleep", lambda seconds: None)

    result = call(*arguments)

    assert result.exit_code == 2
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("arguments", [["--order-items", "1,x"], ["--header", "no colon"], ["--profile", "fast"]])
def test_wrong_options(call, arguments):
    """Exit code 2, as the parser says it."""
    assert call("http://127.0.0.1:9", *arguments).exit_code == 2


def test_the_list_of_rules(call):
    """As a table and as JSON, chosen by area."""
    listed = json.loads(call("--list", "--json", "--area", "robustness").stdout)

    assert "robustness/no-html" in {rule["id"] for rule in listed}
    assert {rule["area"] for rule in listed} == {"robustness"}
    assert "robustness/no-html" in call("--list", "--rule", "robustness").stdout


def test_ctrl_c_leaves_no_record(target: TinyTarget, url: str):
    """A run that is interrupted while rules write removes what it created, and exits with 2."""
    before, busy = set(target.rows), Event()

    def notice(request: httpx.Request) -> None:
        if len(target.rows) > len(before) + 4 and request.method == "PATCH":
            busy.set()

    target.fault = notice
    command = [sys.executable, "-m", "cancelkit", "verify", url, "--area", "patch", "--area", "put"]
    process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    with ending(process):
        assert busy.wait(60)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)

    assert process.returncode == 2, output
    assert "interrupted" in output
    assert set(target.rows) == before


def test_the_suite_as_plain_pytest(target: TinyTarget, url: str, tmp_path: Path):
    """One test for each rule, chosen with -k; a broken rule is a failed test that explains itself."""
    target.fault = lambda request: httpx.Response(500) if request.url.path.endswith("/reject/") else None
    before = set(target.rows)

    done = by_pytest(
        tmp_path, "--contract-base-url", url, "--contract-other-scope", "6", "-k", "status/reject or no-html"
    )

    assert re.search(r"1 failed, 1 passed, 1 skipped, \d+ deselected", done.stdout), done.stdout + done.stderr
    assert "requires: " in done.stdout
    assert set(target.rows) == before


def test_pytest_ends_at_the_first_failure_and_cleans_up(target: TinyTarget, url: str, tmp_path: Path):
    """pytest's own -x does what --fail-fast does: one failure, the rest not run, no record left."""
    target.fault = lambda request: httpx.Response(500) if request.url.path.endswith("/reject/") else None
    before = set(target.rows)

    done = by_pytest(tmp_path, "-x", "--contract-base-url", url, "-k", "retrieve/shape or status or no-server-error")

    assert done.returncode == 1, done.stdout + done.stderr
    assert "stopping after 1 failures" in done.stdout
    assert re.search(r"\b1 failed, ", done.stdout), done.stdout
    assert set(target.rows) == before


def test_plain_pytest_holds_budgets(target: TinyTarget, url: str, tmp_path: Path):
    """One of cancelkit.toml that is exceeded is a failed test that names it."""
    (tmp_path / "cancelkit.toml").write_text(f'[target]\nurl = "{url}"\n[verify]\nmax_p95 = {{ "*" = 0.001 }}\n')

    done = by_pytest(tmp_path, "-k", "latency or filters/list/status")

    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(r"p95 is [\d.]+ ms over \d+ calls; the budget is 0.001 ms", done.stdout), done.stdout


def test_pytest_stops_where_the_target_can_not_be_used(tmp_path: Path):
    """Exit code 2, not hundreds of errors."""
    done = by_pytest(tmp_path)

    assert done.returncode == 2, done.stdout
    assert "no URL is given" in done.stdout + done.stderr


FAKE_MOCK = """
import sys
if "--list-mutants" in sys.argv:
    print("Mutants:\\nfilter-status-ignored  filters + The status filter does nothing.\\nreject-lost  reject  - Lost.")
elif "--mutant" in sys.argv:
    print("listening at http://127.0.0.1:1", flush=True)
    sys.stdin.read()
else:
    print("port taken")
"""


@pytest.fixture
def fake_mock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "fake.py"
    script.write_text(FAKE_MOCK)
    monkeypatch.setattr(proving, "MOCK", (sys.executable, str(script)))


def test_mutants_are_read_from_the_mocks_own_list(fake_mock):
    """Name, area, whether the default set has it, and summary, whatever else is printed."""
    assert mutants() == [
        Mutant("filter-status-ignored", "filters", True, "The status filter does nothing."),
        Mutant("reject-lost", "reject", False, "Lost."),
    ]


def test_a_mock_that_does_not_start_is_explained(fake_mock):
    """Its last words are passed on; one that starts tells its address."""
    with pytest.raises(CouldNotRun, match="port taken"), mock():
        pass
    with mock("--mutant", "reject-lost") as address:
        assert address == "http://127.0.0.1:1"


def test_likely_killers_are_tried_first():
    """Rules that share words with a mutant's name, then the others of its area, then the rest; none twice."""
    rules = every_rule(load())
    first, second, rest = stages(Mutant("filter-tracking-number-ignored", "filters", True, ""), rules)

    assert "tracking_number" in first[0].id
    assert {rule.area for rule in second} == {"filters"}
    assert sorted(rule.id for rule in (*first, *second, *rest)) == sorted(rule.id for rule in rules)


def test_calls_that_have_to_meet_are_tried_twice():
    """Where a mutant shows only by chance, a last step has the whole area once more."""
    rules = every_rule(load())
    *once, again = stages(Mutant("update-revives", "concurrency", True, ""), rules)

    assert sorted(rule.id for stage in once for rule in stage) == sorted(rule.id for rule in rules)
    assert sorted(rule.id for rule in again) == sorted(rule.id for rule in rules if rule.area == "concurrency")


def test_the_fingerprint_follows_rules_and_mutants():
    """Their order does not matter."""
    one, two = Mutant("a-b", "filters", True, "x"), Mutant("c-d", "filters", True, "x")

    assert fingerprint(["r", "s"], [one, two]) == fingerprint(["s", "r"], [two, one])
    assert len({fingerprint(["r"], [one]), fingerprint(["s"], [one]), fingerprint(["r"], [two])}) == 3


def test_the_matrix_names_survivors():
    """A mutant without a failing rule stands out."""
    from cancelkit.contract_tests.engine.verdict import Verdict

    verdict = Verdict.__new__(Verdict)
    for name, value in {"findings": (), "profile": "standard", "seed": 1}.items():
        object.__setattr__(verdict, name, value)
    text = as_markdown(
        verdict, [Kill("a-b", "wrong", (("x/y", "x"),), 1.0), Kill("c-d", "worse", (), 1.0)], "0123456789ab", full=True
    )

    assert "killed 1 of 2" in text
    assert "| `a-b` | wrong | `x/y` | x |" in text
    assert "| `c-d` | worse | **survived** |  |" in text


def test_a_run_looks_for_garbage_seldom_and_leaves_it_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thresholds are this process's, which may be somebody else's after the run."""
    before, during = gc.get_threshold(), []

    def run(options: object, contract: object) -> int:
        during.append(gc.get_threshold())
        return 1

    monkeypatch.setattr(cli, "_verify", run)
    done = CliRunner().invoke(verify, ["http://127.0.0.1:1"])

    assert done.exit_code == 1
    assert during == [SELDOM]
    assert gc.get_threshold() == before
