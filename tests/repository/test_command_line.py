"""How commands end: one line and exit code 2 for what nobody foresaw, and for a contract that is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from cancelkit.command import VERBS, main

REVIEWS = Path(__file__).parents[2] / "examples" / "contracts" / "reviews.yaml"
ARGUMENTS = {
    "proxy": ["http://127.0.0.1:1"],
    "check": ["none.har"],
    "diff": ["none.yaml"],
    "fixtures push": ["http://127.0.0.1:1"],
}


def _commands() -> Iterator[tuple[list[str], click.Command]]:
    def inner(path: list[str], command: click.Command) -> Iterator[tuple[list[str], click.Command]]:
        if isinstance(command, click.Group):
            for name, below in command.commands.items():
                yield from inner([*path, name], below)
        else:
            yield path, command

    for verb, (module, attribute, _) in VERBS.items():
        yield from inner([verb], getattr(import_module(f"cancelkit.{module}"), attribute))


@pytest.mark.parametrize(("path", "command"), list(_commands()), ids=lambda value: str(value))
def test_what_nobody_foresaw_is_one_line_and_its_details_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: list[str], command: click.Command
):
    """Exit code 2, never 0 or 1, in each verb; the traceback stands in the file that the line names."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a fault\nof ours")

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(command, "callback", broken)
    done = CliRunner().invoke(main, [*path, *ARGUMENTS.get(" ".join(path), [])])
    kept = list((tmp_path / "cancelkit").glob("failure-*.txt"))

    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.output
    assert "ZeroDivisionError: a fault of ours" in done.stderr
    assert str(kept[0]) in done.stderr
    assert "Traceback" in kept[0].read_text()
    assert kept[0].stat().st_mode & 0o77 == 0


def test_where_no_folder_can_be_written_the_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The exit code stays 2."""
    from cancelkit import failing

    file = tmp_path / "file"
    file.write_text("")
    monkeypatch.setattr(failing, "_folders", lambda: iter([file]))

    assert failing.kept(ValueError("x"), "cancelkit mock").endswith("its details could not be written to any folder")


def test_a_closed_pipe_is_no_failure(monkeypatch: pytest.MonkeyPatch):
    """`cancelkit … | head` ends quietly, as click has it."""
    command = import_module("cancelkit.contracts.command").show

    def closed(*_: object, **__: object) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(command, "callback", closed)
    done = CliRunner().invoke(main, ["contract", "show"])

    assert "failed unexpectedly" not in done.output


@pytest.mark.parametrize(
    "arguments", [["mock", "--port", "0"], ["verify", "--list"], ["check", "x.har"], ["proxy", "http://127.0.0.1:1"]]
)
def test_a_wrong_contract_is_one_line_with_its_place(tmp_path: Path, arguments: list[str]):
    """File, line and column; exit code 2."""
    overlay = tmp_path / "wrong.yaml"
    overlay.write_text(
        'overlay: 1.0.0\ninfo: {title: x, version: "1"}\nactions:\n'
        "  - target: $.components.parameters.Sku\n"
        "    update: {x-filter: {path: order_item.skuu, lookup: iexact}}\n"
    )
    done = CliRunner().invoke(main, [*arguments, "--overlay", str(overlay)])

    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.output
    assert f"cancelkit: {overlay}:5:25: " in done.stderr


def test_a_contract_that_the_framework_refuses_is_a_short_line(tmp_path: Path):
    """Not the whole contract; `contract check` knows the place."""
    overlay = tmp_path / "wrong.yaml"
    overlay.write_text(
        'overlay: 1.0.0\ninfo: {title: x, version: "1"}\nactions:\n'
        "  - target: $.components.schemas.Review.properties.votes\n"
        "    update: {type: obj}\n"
    )
    chosen = ["--contract", str(REVIEWS), "--overlay", str(overlay)]
    done = CliRunner().invoke(main, ["mock", "--port", "0", *chosen])
    checked = CliRunner().invoke(main, ["contract", "check", *chosen])

    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.output
    assert len(done.stderr) < 300
    assert "contract check" in done.stderr
    assert f"{overlay}:5:14: error" in checked.stdout
