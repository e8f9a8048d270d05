"""The command: its verbs, and how each ends when it can't do its work.

Owns: the names of the verbs, where each is found, and the one line of an error: exit code 2, never 0 or 1.
Source: docs/verify.md, "Exit codes".
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
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
    "learn": (
        "contract_tests.learning.command",
        "learn",
        "Find out what a server does where right servers differ.",
    ),
    "compare": (
        "contract_tests.comparing.command",
        "compare",
        "Tell how far a mock, or a second server, answers as a server does.",
    ),
    "check": (
        "contract_tests.check.command",
        "check",
        "Check whether recorded traffic (HAR) keeps the contract.",
    ),
    "fixtures": ("fixtures.cli", "fixtures", "Generate, push and describe test data."),
    "diff": ("diff.command", "diff", "Tell what changed between two contracts, and whom it breaks."),
    "contract": ("contracts.command", "contract", "Show, check and copy the contract that the others work with."),
}
INTERRUPTED = 130


class _Failed(click.ClickException):
    """A command that can't do its work; the message is one line."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.format_message(), file=file, err=file is None)


class _Interrupted(_Failed):
    """Ctrl-C; the exit code is the shells' own for it."""

    exit_code = INTERRUPTED


@contextmanager
def _one_line() -> Iterator[None]:
    """Turn every exception into one line and an exit code; the details of an unexpected one are kept in a file."""
    try:
        yield
    except SpecError as wrong:
        raise _Failed(f"cancelkit: {' '.join(str(wrong).split())}") from wrong
    except (click.exceptions.NoArgsIsHelpError, click.exceptions.Exit, click.Abort, _Failed):
        raise
    except click.UsageError as wrong:
        path = wrong.ctx.command_path if wrong.ctx else "cancelkit"
        said = " ".join(wrong.format_message().split()).rstrip(".")
        raise _Failed(f"{path}: {said}. {path} --help lists the options.") from wrong
    except KeyboardInterrupt as stopped:
        raise _Interrupted("cancelkit: interrupted") from stopped
    except Exception as error:
        if isinstance(error, click.ClickException) or getattr(error, "errno", None) == errno.EPIPE:
            raise
        from cancelkit.failing import kept

        context = click.get_current_context(silent=True)
        path = context.command_path if context else "cancelkit"
        raise _Failed(f"{path}: {kept(error, path)}") from error


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


def _version(ctx: click.Context, param: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    from cancelkit.spec.version import installed  # reads what pip has installed: a tenth of the mock's start

    click.echo(f"cancelkit, version {installed()}")
    ctx.exit()


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version and exit."
)
def main() -> None:
    """One contract, three tools: a mock server, a conformance suite and fixtures, all driven by one OpenAPI file."""
    if os.getpid() == 1:  # of a container: the kernel keeps a SIGTERM that nobody handles from it
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
