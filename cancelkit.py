"""The front door: one command, its verbs, and nothing else.

Owns: the names of the verbs and where each is to be found.
Knows nothing of: what a verb does; each package brings its own command and is imported only when it is called.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

import click

VERBS = {
    "mock": ("mockserver.cli", "mock", "Serve the API from memory, as if it were the real one."),
    "proxy": ("mockserver.proxy.cli", "proxy", "Forward to a real server and hold both sides against the contract."),
    "verify": ("contract_tests.cli", "verify", "Check whether a server keeps the contract."),
    "check": ("contract_tests.check", "check", "Check whether recorded traffic (HAR files) keeps the contract."),
    "fixtures": ("fixtures.cli", "fixtures", "Generate, push and describe test data."),
}


class _Verbs(click.Group):
    """Loads a verb's package when the verb is used, so that the mock starts without the suite's libraries."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module, attribute, _ = VERBS[cmd_name]
        command: click.Command = getattr(import_module(module), attribute)
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


if __name__ == "__main__":
    main()
