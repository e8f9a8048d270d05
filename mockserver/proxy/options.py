"""The options that say which real server calls are sent on to, and how.

Owns: these options and their help, for `mock` and `proxy` alike.
Knows nothing of: which calls are sent on.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from cancelkit.mockserver.base.options import is_given
from cancelkit.mockserver.proxy.settings import TIMEOUT, CannotSend, Forwarding
from cancelkit.spec.options import with_options
from cancelkit.spec.showing import visible

TOKEN = "CANCELKIT_UPSTREAM_TOKEN"  # noqa: S105  (a name, no token)
FIELDS = {
    "upstream_timeout": "timeout",
    "keep_host": "keep_host",
    "upstream_ca": "ca",
    "upstream_insecure": "insecure",
    "upstream_token": "key",
}
"""The options, and what they are in the settings."""

_HALF_REAL = (
    click.option("--upstream", metavar="URL", help="A real server for what the contract does not describe."),
    click.option("--forward", multiple=True, metavar="OPERATION", help="Leave this operation to it, too; repeatable."),
    click.option("--upstream-cors", is_flag=True, help="Let pages of other origins call it through the mock, too."),
)


def upstream_options(*, short: bool = False) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add the options to a click command, which gets them as one argument, `sending`: fields of Forwarding.

    short: also by names without "upstream-", where nothing else could be meant.
    """

    def named(name: str, *more: str) -> tuple[str, ...]:
        return (f"--upstream-{name}", *([f"--{name}"] if short else []), f"upstream_{name}", *more)

    options = (
        click.option(
            *named("timeout"),
            default=TIMEOUT,
            show_default=True,
            type=click.FloatRange(0, min_open=True),
            help="Seconds to wait for upstream.",
        ),
        click.option(
            "--keep-host/--rewrite-host",
            default=None,
            help="Send the client's Host on, so that links in answers lead here [for an upstream on this machine].",
        ),
        click.option(
            *named("ca"), type=click.Path(dir_okay=False, path_type=Path), help="A CA bundle to trust upstream by."
        ),
        click.option(*named("insecure"), is_flag=True, help="Do not check upstream's TLS certificate."),
        click.option(
            "--upstream-token",
            envvar=TOKEN,
            show_envvar=True,
            metavar="KEY",
            help="Upstream's API key, sent in place of the client's, which must be one of --token.",
        ),
    )

    def add(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def with_sending(**given: Any) -> None:
            sending = {field: given.pop(option) for option, field in FIELDS.items()}
            if (key := sending["key"]) is not None and not (key.isascii() and key.isprintable() and key.strip()):
                raise click.UsageError("--upstream-token must be of printable ASCII characters, and not empty")
            command(**given, sending=sending)

        return with_options(with_sending, options)

    return add


def half_real_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options to a mock's command, which gets them as one argument, `forwarding`; None without a server."""

    @wraps(command)
    def with_forwarding(
        *, upstream: str | None, forward: tuple[str, ...], upstream_cors: bool, sending: dict[str, Any], **given: Any
    ) -> None:
        forwarding = None
        if upstream is not None:
            try:
                upstream = check_upstream(upstream, "--upstream")
            except CannotSend as problem:
                raise click.UsageError(str(problem)) from problem
            forwarding = Forwarding(upstream, operations=forward, cors=upstream_cors, **sending)
        elif own := [name for name in ("forward", "upstream_cors", *FIELDS) if is_given(name)]:
            raise click.UsageError(f"--{own[0].replace('_', '-')} needs --upstream")
        command(**given, forwarding=forwarding)

    return upstream_options()(with_options(with_forwarding, _HALF_REAL))


def check_upstream(url: str, option: str) -> str:
    """The URL without a slash at its end.

    Raises:
        CannotSend: calls can't be sent to it: it must have http or https, a host, a port that there is, and
            neither query nor user.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    else:
        usable = usable and not parts.query and not parts.fragment and parts.username is None and visible(url) == url
    if not usable:
        raise CannotSend(f"{option} {visible(url)}: write it as http://host:port, perhaps with a path")
    return url.rstrip("/")
