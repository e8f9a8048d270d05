"""The options that say which server is meant, as whom, and how gently: of every verb that talks to one.

Owns: their names, forms and help; read_settings (options.py) gives them their meaning.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from cancelkit.spec.options import with_options

F = TypeVar("F", bound=Callable[..., Any])
FILE = click.Path(dir_okay=False, path_type=Path)


class Ids(click.ParamType[tuple[int, ...]]):
    """Comma-separated integers."""

    name = "ids"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        if isinstance(value, tuple):
            return value
        try:
            return tuple(int(part) for part in str(value).split(",") if part.strip())
        except ValueError:
            self.fail(f"{value!r} is not a list of ids such as 1,2,3", param, ctx)


class Header(click.ParamType[tuple[str, str]]):
    """`Name: value`."""

    name = "header"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        name, colon, text = str(value).partition(":")
        if not colon or not name.strip():
            self.fail(f"{value!r} is not a header such as 'X-Team: returns'", param, ctx)
        return name.strip(), text.strip()


_OPTIONS = (
    click.option("--config", type=FILE, help="Settings file; by default cancelkit.toml, if there is one."),
    click.option("--prefix", help="What stands in place of the contract's /api, such as /api/v1."),
    click.option("--token", help="The API key; better in CANCELKIT_TOKEN or a file."),
    click.option("--token-file", type=FILE, help="A file that holds the API key."),
    click.option("--scope", multiple=True, help="The scope to work in: VALUE, or NAME=VALUE for each path parameter."),
    click.option("--other-scope", multiple=True, help="A second scope, for the rules about isolation."),
    click.option(
        "--reference", "references", multiple=True, help="FIELD=1,2,3: keys that a create may name; else discovered."
    ),
    click.option("--other-reference", "other_references", multiple=True, help="The same in the second scope."),
    click.option("--channel", type=int, hidden=True, help="The earlier name of --scope."),
    click.option("--other-channel", type=int, hidden=True, help="The earlier name of --other-scope."),
    click.option("--order-items", type=Ids(), hidden=True, help="The earlier form of --reference."),
    click.option("--reasons", type=Ids(), hidden=True, help="The earlier form of --reference."),
    click.option("--other-order-items", type=Ids(), hidden=True, help="The earlier form of --other-reference."),
    click.option("--other-reasons", type=Ids(), hidden=True, help="The earlier form of --other-reference."),
    click.option("--header", "headers", type=Header(), multiple=True, help="Sent with every request; repeatable."),
    click.option("--proxy", help="Proxy URL; else as HTTP_PROXY and HTTPS_PROXY say, except for this machine."),
    click.option("--ca", type=FILE, help="A CA bundle to trust."),
    click.option("--insecure", is_flag=True, help="Do not check the TLS certificate."),
    click.option("--timeout", type=float, help="Seconds to wait for an answer [20]."),
    click.option("--rps", type=float, help="The most requests per second [no limit]."),
    click.option("--concurrency", type=int, help="The most requests at once [16]."),
    click.option("--workers", type=int, help="The most rules at once [8]."),
    click.option("--allow-host", "allow_hosts", multiple=True, help="A host other than this machine that may be used."),
    click.option("--read-only", is_flag=True, help="Send GET, HEAD and OPTIONS only."),
)


def target_options(command: F) -> F:
    """Give a command the options about its target."""
    return with_options(command, _OPTIONS)


def given_options(options: dict[str, Any]) -> dict[str, Any]:
    """The options as read_settings takes them."""
    flags = {flag: options[flag] or None for flag in ("read_only", "insecure")}
    return {**options, "headers": dict(options["headers"]), **flags}
