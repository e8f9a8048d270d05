"""`learn --waive`: contradictions of documented facts become waivers of the rules that the server breaks."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cancelkit.contract_tests.configuration import options
from cancelkit.contract_tests.configuration.options import read_settings
from cancelkit.contract_tests.configuration.settings import Profile, Settings
from cancelkit.contract_tests.context.scopes import default_scope
from cancelkit.contract_tests.errors import CouldNotRun
from cancelkit.contract_tests.learning.command import learn as command
from cancelkit.contract_tests.learning.observing import learn
from cancelkit.contract_tests.learning.waiving import broken, waive
from cancelkit.mockserver.local import LocalMock
from cancelkit.spec import read
from tests.choices.dialects import speaking
from tests.choices.test_states_learned import OTHERWISE, altered

DAY = date(2026, 1, 2)
REASONS = {"create/ignores-a": 'seen "b"', "transitions/patch/from-x": "seen c"}


def test_each_broken_rule_about_a_contradicted_fact_is_waived() -> None:
    """Those alone: a rule about something else, or one that the server keeps, is not."""
    path, table, actions = OTHERWISE["reviews"]
    contract = read(path)
    server = speaking(altered(contract, table, actions, "documented"), {"unknown-field": "refused"})
    with LocalMock(contract=server) as mock:
        settings = Settings(mock.url, token="in-process", scope=default_scope(contract), profile=Profile.QUICK)
        found = learn(settings, contract, transport=mock.transport, points={"unknown-field", "head"})
        reasons = broken(settings, contract, found, transport=mock.transport)

    assert {"create/initial-state", "transitions/patch/from-pending"} <= reasons.keys()
    assert any(id.startswith("create/ignores-") for id in reasons)
    assert {id.partition("/")[0] for id in reasons} <= {"create", "put", "patch", "transitions"}
    assert "after-pending: seen nothing at localhost" in reasons["transitions/patch/from-pending"]


def test_waivers_are_written_where_verify_reads_them(tmp_path: Path) -> None:
    file = tmp_path / "cancelkit.toml"
    added = waive(file, REASONS, DAY)
    settings = read_settings({"url": "http://127.0.0.1:1", "token": "a"}, file, contract=read(OTHERWISE["reviews"][0]))

    assert added == 2
    assert [(one.rule, one.reason, one.expires) for one in settings.waivers] == [
        (id, why, date(2026, 4, 2)) for id, why in REASONS.items()
    ]


def test_what_stands_in_the_file_stays(tmp_path: Path) -> None:
    """Comments, other tables, and the waivers that are there, with their dates."""
    file = tmp_path / "cancelkit.toml"
    old = '"create/ignores-a" = { reason = "known", expires = 2026-12-31 }'
    file.write_text(f"[target]\nscope = 5 # ours\n\n[waivers] # of the team\n{old}\n\n[verify]\nstrict = true\n")
    added = waive(file, REASONS, DAY)
    text = file.read_text()

    assert added == 1
    assert all(part in text for part in ("scope = 5 # ours", "[waivers] # of the team", old, "strict = true"))
    assert list(tomllib.loads(text)["waivers"]) == ["transitions/patch/from-x", "create/ignores-a"]
    assert waive(file, REASONS, DAY) == 0
    assert file.read_text() == text


def test_waivers_of_another_form_are_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "cancelkit.toml"
    file.write_text('waivers = { a = { reason = "b", expires = 2026-12-31 } }\n')

    with pytest.raises(CouldNotRun, match="put them into one"):
        waive(file, REASONS, DAY)
    assert "create" not in file.read_text()


def test_the_command_writes_overlay_and_waivers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The overlay leaves out what is contradicted, and verify's settings accept it; the exit code says that there is
    something. The settings file is read once: what is waived is of the run that was made."""
    reads: list[Path | None] = []
    monkeypatch.setattr(options, "read_settings", lambda given, path, **more: _read(reads, given, path, **more))
    path, table, actions = OTHERWISE["reviews"]
    contract = read(path)
    overlay, file = tmp_path / "learned.yaml", tmp_path / "cancelkit.toml"
    with LocalMock(contract=altered(contract, table, actions, "documented")) as mock:
        asked = [mock.listen(), "--contract", str(path), "--out", str(overlay), "--waive", "--config", str(file)]
        file.write_text("[verify]\nstrict = true\n")
        done = CliRunner().invoke(command, asked, env={"CANCELKIT_TOKEN": "in-process"})

    assert done.exit_code == 1, done.output
    assert reads == [file]
    assert '"create/initial-state" = { reason = "initial-state: seen hidden' in file.read_text()
    assert "x-transitions" not in overlay.read_text()


def _read(reads: list[Path | None], given: Any, path: Path | None, **more: Any) -> Settings:
    reads.append(path)
    return read_settings(given, path, **more)
