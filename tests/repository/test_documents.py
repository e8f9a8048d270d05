"""The documents say what the code does, and hold nothing of the machine they were written on."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from cancelkit import command as front_door
from cancelkit.mockserver.mutants import mutants
from cancelkit.spec import load
from cancelkit.spec.facts import EXTENSIONS
from cancelkit.spec.filters import LOOKUPS

ROOT = Path(__file__).parents[2]


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _options(command: click.Command, path: str) -> Iterator[tuple[str, str]]:
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            yield path, parameter.opts[0]
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from _options(inner, f"{path} {name}")


def _every_option() -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for verb, (module, attribute, _) in front_door.VERBS.items():
        found += _options(getattr(import_module(f"cancelkit.{module}"), attribute), verb)
    return found


@pytest.mark.parametrize("word", sorted(EXTENSIONS | LOOKUPS))
def test_every_extension_is_described(word: str):
    """docs/spec-extensions.md names each extension and lookup that the loader knows."""
    assert f"`{word}`" in _read("docs/spec-extensions.md")


def test_every_option_is_described():
    """Each option of each verb stands in one of the documents."""
    text = "".join(path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")])

    missing = [f"{verb} {option}" for verb, option in _every_option() if not re.search(rf"{option}(?![\w-])", text)]

    assert missing == []


def test_the_readme_shows_the_two_commands_first():
    """`make run` and `make test` are the first commands in the README."""
    commands = re.findall(r"^(?:\$ )?(make \w+)", _read("README.md"), re.MULTILINE)

    assert commands[:2] == ["make run", "make test"]


def test_the_readme_shows_what_the_fixtures_command_prints():
    """The records of the tour come out as they stand there."""
    form = r"^\$ \.venv/bin/cancelkit (fixtures generate .+)\n((?:\{.+\n)+)"
    shown = re.search(form, _read("README.md"), re.MULTILINE)
    assert shown
    told = CliRunner().invoke(front_door.main, shown[1].split())

    assert told.stdout == shown[2]


def test_the_readme_counts_the_mutants():
    """As many wrong mocks as it says."""
    said = re.search(r"(\d+) mocks that are wrong on purpose", _read("README.md"))

    assert said
    assert int(said[1]) == sum(mutant.sample for mutant in mutants(load()).values())


def test_constraints_pin_versions_and_name_no_host():
    """Every line of the constraints file is name==version."""
    lines = [line for line in _read("constraints.txt").splitlines() if line and not line.startswith("#")]

    assert lines
    assert [line for line in lines if not re.fullmatch(r"[\w.\[\]-]+==[\w.+!]+", line)] == []


def test_nothing_of_this_machine_is_in_the_project():
    """No tracked text holds an absolute home or work path, nor a lock file the host of a registry."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listing.returncode:
        pytest.skip("not a git checkout")
    found = []
    for name in listing.stdout.decode().split("\0"):
        path = ROOT / name
        if not name or not path.is_file() or path.suffix in {".png", ".gz", ".parquet"} or path == Path(__file__):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        if re.search(r"(?<![\w.])/(?:work|root|farm|home/\w+)/|\"resolved\": \"http", text):
            found.append(name)

    assert found == []
