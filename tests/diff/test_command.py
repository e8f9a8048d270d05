"""The verb: what OLD and NEW may be, its forms, ignores, recordings, exit codes, and one line for what is wrong."""

from __future__ import annotations

import json
import subprocess
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from cancelkit.command import main
from tests.diff.test_documents import call

REVIEWS = (Path(__file__).parents[2] / "examples" / "contracts" / "reviews.yaml").read_text(encoding="utf-8")
SHORTER = REVIEWS.replace("maxLength: 60", "maxLength: 40")
OVERLAY = """\
overlay: 1.0.0
info: {title: shorter titles, version: 1.0.0}
actions:
  - target: $.components.schemas.Title
    update: {maxLength: 40}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with a contract, a shorter one, and an overlay that says the same."""
    for name, text in (("old.yaml", REVIEWS), ("new.yaml", SHORTER), ("shorter.overlay.yaml", OVERLAY)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def diff(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["diff", *arguments])


def changes(*arguments: str) -> list[dict[str, Any]]:
    """What changed, where both sides could be read as contracts."""
    done = diff(*arguments, "--format", "json")
    assert done.exit_code < 2, done.output
    found = json.loads(done.stdout)
    assert found["notes"] == []
    return list(found["changes"])


def rules(*arguments: str) -> set[str]:
    return {change["rule"] for change in changes(*arguments)}


BOTH = {"request-maxLength-narrower", "answer-maxLength-narrower"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("old.yaml", "new.yaml"),
        ("old.yaml", "shorter.overlay.yaml"),
        ("old.yaml", "old.yaml", "--new-overlay", "shorter.overlay.yaml"),
        ("old.yaml", "--contract", "new.yaml"),
        ("git:HEAD", "new.yaml", "--contract", "old.yaml"),
        ("git:HEAD:old.yaml", "new.yaml"),
    ],
)
def test_a_contract_is_a_file_an_overlay_or_a_revision(folder: Path, arguments: tuple[str, ...]):
    """Each way of naming the two finds the same changes, and the exit code is that of a break."""
    if "git:" in arguments[0]:
        named = ["-c", "user.name=n", "-c", "user.email=e@example.com"]
        (folder / "new.yaml").write_text(REVIEWS, encoding="utf-8")
        for words in (["init", "-q"], ["add", "."], [*named, "commit", "-qm", "one"]):
            subprocess.run(["git", *words], cwd=folder, check=True)
        (folder / "new.yaml").write_text(SHORTER, encoding="utf-8")

    assert rules(*arguments) == BOTH
    assert diff(*arguments).exit_code == 1


def test_a_server_is_asked_for_its_document(folder: Path):
    """By its root or by the document's URL; servers that only one of them names are no change then."""
    document = {**yaml.safe_load(SHORTER), "servers": []}
    (folder / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    with ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        root = f"http://127.0.0.1:{server.server_port}"
        found = [rules("old.yaml", url) for url in (root, f"{root}/openapi.json")]
        lost = diff("old.yaml", f"{root}/none.json")
        server.shutdown()

    assert found == [BOTH, BOTH]
    assert (lost.exit_code, "answers 404" in lost.stderr) == (2, True)


@pytest.mark.parametrize(("name", "code"), [("breaks-clients", 1), ("dangerous", 0), ("never", 0), ("any", 1)])
def test_the_classes_that_fail_are_chosen(folder: Path, name: str, code: int):
    """`--fail-on` decides the exit code, and what is marked."""
    done = diff("old.yaml", "new.yaml", "--fail-on", name)

    assert done.exit_code == code
    assert ("  x " in done.stdout) == bool(code)


def test_nothing_changed_is_good(folder: Path):
    """The same contract twice."""
    done = diff("old.yaml", "old.yaml", "--fail-on", "any")

    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "Nothing changed.")


def ignoring(folder: Path, *entries: str) -> None:
    (folder / "cancelkit.toml").write_text("\n".join(["[diff.ignore]", *entries]), encoding="utf-8")


def test_what_is_accepted_does_not_fail_until_its_day(folder: Path):
    """An ignore with a future day covers, one of the past does not and is named, as is one that covers nothing."""
    ignoring(folder, '"request-*" = { reason = "agreed", expires = 2099-01-01 }')
    assert diff("old.yaml", "new.yaml").exit_code == 0

    ignoring(folder, '"request-*" = { reason = "agreed", expires = 2020-01-01 }')
    late = diff("old.yaml", "new.yaml")
    assert late.exit_code == 1
    assert "expired on 2020-01-01 (agreed)" in late.stdout

    ignoring(folder, '"request-* PUT *" = { reason = "agreed", expires = 2099-01-01 }')
    other = diff("old.yaml", "new.yaml")
    assert other.exit_code == 1
    assert "covers no change any more" in other.stdout


@pytest.mark.parametrize(("title", "code", "calls"), [("short", 0, 0), ("t" * 41, 1, 1)])
def test_recordings_tell_who_would_notice(folder: Path, title: str, code: int, calls: int):
    """A client whose titles are short is not hit by a lower limit."""
    log = {"log": {"entries": [call("POST", sent={"title": title}), call("GET")]}}
    (folder / "shop.har").write_text(json.dumps(log), encoding="utf-8")
    found = {change["rule"]: change for change in changes("old.yaml", "new.yaml", "--used-by", "shop.har")}

    assert found["request-maxLength-narrower"]["used_by"]["calls"] == calls
    assert found["request-maxLength-narrower"]["used_by"]["of"] == 2
    assert diff("old.yaml", "new.yaml", "--used-by", "shop.har").exit_code == code


def test_a_journal_of_the_mock_is_a_recording(folder: Path):
    """What /_mock/journal answers tells who would notice, as a HAR does."""
    body = json.dumps({"title": "t" * 41})
    calls = [{"method": "POST", "path": "/shops/green-tea/reviews", "status": 400, "request_body": body}]
    (folder / "journal.json").write_text(json.dumps({"calls": calls}), encoding="utf-8")
    (found,) = (c for c in changes("old.yaml", "new.yaml", "--used-by", "journal.json") if c["fails"])

    assert found["used_by"] == {"calls": 1, "of": 1, "such_as": "POST /shops/green-tea/reviews"}


def test_each_form_holds_each_change(folder: Path):
    """Text, Markdown, annotations and page name every rule; the reports are what the forms print."""
    reports = ["--report-json", "out/a.json", "--report-md", "out/a.md", "--report-html", "out/a.html"]
    for form in ("text", "markdown", "github", "html"):
        done = diff("old.yaml", "new.yaml", "--format", form, *reports)
        assert all(rule in done.stdout for rule in BOTH), form

    assert json.loads((folder / "out/a.json").read_text())["counts"]["breaks clients"] == 1
    assert (folder / "out/a.md").read_text() == diff("old.yaml", "new.yaml", "--format", "markdown").stdout
    assert (folder / "out/a.html").read_text() == diff("old.yaml", "new.yaml", "--format", "html").stdout


def test_annotations_stand_at_the_line_of_the_new_contract(folder: Path):
    """GitHub shows the error at the changed schema."""
    line = SHORTER[: SHORTER.index("    Title:")].count("\n") + 1
    done = diff("old.yaml", "new.yaml", "--format", "github")

    assert f"::error title=breaks clients%3A request-maxLength-narrower,file=new.yaml,line={line}::" in done.stdout


def test_a_page_shows_what_stands_in_a_contract_as_text(folder: Path):
    """Markup of a contract is escaped in HTML."""
    (folder / "new.yaml").write_text(REVIEWS.replace("name: page_size", "name: <b>size"), encoding="utf-8")
    done = diff("old.yaml", "new.yaml", "--format", "html")

    assert "&lt;b&gt;size" in done.stdout
    assert "<b>size" not in done.stdout


def test_what_is_no_contract_is_compared_as_a_document(folder: Path):
    """Without a list no other verb works; the changes are found all the same, and a note says why."""
    old = {"openapi": "3.0.3", "paths": {"/ping": {"get": {"responses": {"200": {"description": "pong"}}}}}}
    new = {**old, "paths": {}}
    for name, document in (("bare.yaml", old), ("empty.yaml", new)):
        (folder / name).write_text(json.dumps(document), encoding="utf-8")
    done = diff("bare.yaml", "empty.yaml")

    assert done.exit_code == 1
    assert "operation-removed" in done.stdout
    assert "note: bare.yaml is compared as a document only" in done.stdout


WRONG = {
    "none.yaml new.yaml": "none.yaml: can't be read",
    "git:nowhere new.yaml": "git",
    "broken.yaml new.yaml": "is not valid YAML",
    "http://127.0.0.1:1 new.yaml": "does not answer",
    "old.yaml new.yaml --used-by old.yaml": "old.yaml is no HAR file",
    "old.yaml new.yaml --used-by none.har": "none.har",
    "old.yaml new.yaml --config late.toml": '"x" needs { reason',
    "old.yaml new.yaml --config none.toml": "none.toml",
    "old.yaml new.yaml --report-json old.yaml/a.json": "can't be written",
    "old.yaml new.yaml --fail-on all": "--fail-on",
}


@pytest.mark.parametrize("arguments", WRONG)
def test_what_is_wrong_is_one_line_and_exit_code_2(folder: Path, arguments: str):
    """It names what is wrong; nothing is compared by half."""
    (folder / "broken.yaml").write_text("openapi: [3.0.3\npaths: {", encoding="utf-8")
    (folder / "late.toml").write_text('[diff.ignore]\n"x" = { reason = "y", expires = "soon" }', encoding="utf-8")
    done = diff(*arguments.split())

    assert done.exit_code == 2, done.output
    assert done.stderr.count("\n") == 1
    assert WRONG[arguments] in done.stderr
