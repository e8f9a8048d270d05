"""Every snippet of docs/contract-of-your-own.md works as it stands there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from cancelkit.command import main
from cancelkit.contract_tests.engine.behaviours import KNOWN
from cancelkit.spec import PATH, read

GUIDE = (Path(__file__).parents[2] / "docs" / "contract-of-your-own.md").read_text(encoding="utf-8")


def _snippets(language: str) -> list[str]:
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", GUIDE, re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", text, flags=re.MULTILINE) for indent, text in found]


OVERLAYS = [text for text in _snippets("yaml") if text.startswith("overlay:")]
CONTRACTS = [text for text in _snippets("yaml") if text.startswith("openapi:")]


def test_every_snippet_is_looked_at():
    """Five overlays, one whole contract, commands, a settings file; no YAML of another kind."""
    assert (len(OVERLAYS), len(CONTRACTS), len(_snippets("sh")), len(_snippets("toml"))) == (5, 1, 1, 1)
    assert len(_snippets("yaml")) == 6


@pytest.mark.parametrize("text", OVERLAYS, ids=lambda text: yaml.safe_load(text)["info"]["title"])
def test_each_overlay_changes_the_contract(tmp_path: Path, text: str):
    """It fits the packaged contract, and the check finds nothing wrong with the result."""
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(text, encoding="utf-8")
    done = CliRunner().invoke(main, ["contract", "check", "--overlay", str(overlay)])

    assert read(PATH, [overlay]).fingerprint != read(PATH).fingerprint
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("text", CONTRACTS)
def test_the_whole_contract_is_read(tmp_path: Path, text: str):
    """With its roles, scope, identity, reference, state and action; the check finds nothing wrong with it."""
    file = tmp_path / "contract.yaml"
    file.write_text(text, encoding="utf-8")
    contract = read(file)
    done = CliRunner().invoke(main, ["contract", "check", "--contract", str(file)])

    assert [operation.role for operation in contract.operations.values()] == [
        *("list", "create", "retrieve", "destroy", "action")
    ]
    assert [parameter.name for parameter in contract.resource.scope] == ["notebook"]
    assert (contract.resource.id_field, contract.resource.state) == ("id", "state")
    assert contract.resource.references["author"].opened == "author"
    assert done.exit_code == 0, done.output


def test_the_commands_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """In an empty folder, one after the other."""
    monkeypatch.chdir(tmp_path)

    for line in _snippets("sh")[0].splitlines():
        done = CliRunner().invoke(main, line.split()[1:])
        assert done.exit_code == 0, done.output


def test_the_settings_are_those_that_are_read():
    """The table and its keys."""
    assert set(tomllib.loads(_snippets("toml")[0])["contract"]) == {"file", "overlays"}


def test_every_behaviour_is_described():
    """The guide's table is that of the rules."""
    assert dict(re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", GUIDE, re.MULTILINE)) == KNOWN
