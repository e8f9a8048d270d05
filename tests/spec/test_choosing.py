"""Which contract a run works with: the order of the sources, and what each may say."""

from __future__ import annotations

import os
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from cancelkit.spec import PATH, Contract, SpecError
from cancelkit.spec.choosing import ContractFiles, choose
from cancelkit.spec.options import contract_options

OVERLAY = """
overlay: 1.0.0
info: {title: A bound, version: "1"}
actions:
  - target: $.components.schemas.CancellationRequestCreate.properties.holder_name
    update: {maxLength: 80}
"""


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    path = tmp_path / "cancelkit.toml"
    path.write_text('\ufeff[contract]\nfile = "own.yaml"\noverlays = ["a.yaml", "b.yaml"]\n', encoding="utf-8")
    return path


def test_the_packaged_contract_is_the_last_resort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Where nothing says otherwise."""
    monkeypatch.chdir(tmp_path)

    assert choose(environment={}) == ContractFiles(PATH)
    assert choose(environment={}).arguments() == []


def test_paths_of_the_settings_file_stand_beside_it(toml: Path):
    """They are relative to the file, wherever the command runs; a byte order mark is accepted."""
    folder = toml.parent

    assert choose(settings=toml, environment={}) == ContractFiles(
        folder / "own.yaml", (folder / "a.yaml", folder / "b.yaml")
    )


def test_what_is_given_comes_first_then_the_environment(toml: Path):
    """A source that names the file leaves out the overlays of those after it."""
    environment = {"CANCELKIT_CONTRACT": "env.yaml", "CANCELKIT_OVERLAYS": os.pathsep.join(("x.yaml", "y.yaml"))}

    assert choose("given.yaml", settings=toml, environment=environment) == ContractFiles(Path("given.yaml"))
    assert choose(overlays=["z.yaml"], settings=toml, environment=environment) == ContractFiles(
        Path("env.yaml"), (Path("z.yaml"),)
    )
    assert choose(settings=toml, environment=environment) == ContractFiles(
        Path("env.yaml"), (Path("x.yaml"), Path("y.yaml"))
    )
    assert choose(overlays=["z.yaml"], settings=toml, environment={}).path == toml.parent / "own.yaml"


@pytest.mark.parametrize(
    "text", ["[contract]\nfiles = 'a'", "contract = 3", "[contract]\nfile = 3", "[contract]\noverlays = 'a'", "[con"]
)
def test_a_wrong_settings_file_is_named(tmp_path: Path, text: str):
    """Misspelt, of the wrong type, or no TOML."""
    path = tmp_path / "cancelkit.toml"
    path.write_text(text)

    with pytest.raises(SpecError, match=r"cancelkit\.toml: "):
        choose(settings=path, environment={})


def test_a_command_gets_the_contract_with_its_overlays(tmp_path: Path):
    """The decorated command gets what the options choose, read once."""
    overlay = tmp_path / "bound.yaml"
    overlay.write_text(OVERLAY)

    @click.command()
    @contract_options
    def command(contract: Contract) -> None:
        create = contract.operations["createCancellationRequest"].body
        assert create
        click.echo(create.fields["holder_name"].schema.get("maxLength"))

    done = CliRunner().invoke(command, ["--overlay", str(overlay)])

    assert done.output == "80\n"
