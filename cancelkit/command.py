"""The front door: one command, its verbs, and nothing else.

Owns: the names of the verbs, where each is to be found, and how a bad call of any is told: in one line, exit code 2.
Knows nothing of: what a verb does; each package brings its own command and is imported only when it is called.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import IO, Any

import click

from cancelkit.spec import SpecError

VERBS = {
    "mock": ("mockserver.cli", "mock", "Serve the API from memory, as if it were the real one."),
    "proxy": (
        "mockserver.proxy.cli",
        "proxy",
        "Forward to a real server and hold both sides against the contract.",
    ),
    "verify": ("contract_tests.cli", "verify", "Check whether a server keeps the contract."),
    "check": (
        "contract_tests.check.command",
        "check",
        "Check whether recorded traffic (HAR) keeps the contract.",
    ),
    "fixtures": ("fixtures.cli", "fixtures", "Generate, push and describe test data."),
}


class _BadCall(click.ClickException):
    """An option or argument that is wrong, told in one line."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.format_message(), file=file, err=file is None)


@contextmanager
def _one_line() -> Iterator[None]:
    """Put the command and where to find help into the one line that says what is wrong."""
    try:
        yield
    except SpecError as wrong:
        raise _BadCall(f"cancelkit: the contract file can't be used: {' '.join(str(wrong).split())}") from wrong
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as wrong:
        path = wrong.ctx.command_path if wrong.ctx else "cancelkit"
        said = " ".join(wrong.format_message().split()).rstrip(".")
        raise _BadCall(f"{path}: {said}. {path} --help lists the options.") from wrong


class _Verbs(click.Group):
    """Loads a verb's package when the verb is used, so that the mock starts without the suite's libraries."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        with _one_line():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        with _one_line():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module, attribute, _ = VERBS[cmd_name]
        command: click.Command = getattr(import_module(f"cancelkit.{module}"), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, _, summary) in VERBS.items()])


def _version() -> str:
    try:
        return version("cancelkit")
    except PackageNotFoundError:
        return "unknown"


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(_version(), prog_name="cancelkit")
def main() -> None:
    """One contract, three tools: a mock server, a conformance suite and fixtures, all driven by spec/openapi.yaml."""
