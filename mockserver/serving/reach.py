"""The options of `mock` and `proxy` that say where clients reach them: address, sub-path, proxies, TLS.

Owns: these options, their help, and what can be said of them without looking at anything else.
Knows nothing of: the other options (cli.py, options.py), sockets.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from cancelkit.mockserver.serving.forwarded import SEGMENTS, Trusted
from cancelkit.spec.options import with_options


@dataclass(frozen=True, slots=True)
class Reach:
    """The parsed options. root_path: "" or such as "/mock"."""

    host: str
    port: int
    root_path: str
    trusted_proxy: tuple[str, ...]
    tls_cert: Path | None
    tls_key: Path | None
    tls: bool
    unix_socket: Path | None
    unix_socket_mode: int


class Octal(click.ParamType[int]):
    """The mode of a file, such as 660."""

    name = "mode"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        if not re.fullmatch("0?[0-7]{3}", value):
            self.fail(f"{value} is no mode such as 660", parameter, context)
        return int(value, 8)


FILE = click.Path(path_type=Path)
_OPTIONS = (
    click.option(
        "--host", default="localhost", show_default=True, help="Address to listen on; localhost is 127.0.0.1 and ::1."
    ),
    click.option(
        "--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="0 takes any free port."
    ),
    click.option("--unix-socket", type=FILE, help="Listen at this path instead of a port."),
    click.option(
        "--unix-socket-mode", type=Octal(), default="600", show_default=True, help="Who may use it, as chmod has it."
    ),
    click.option("--root-path", default="", metavar="PATH", help="The path under which a proxy shows this server."),
    click.option(
        "--trusted-proxy",
        multiple=True,
        metavar="ADDRESS|CIDR",
        help="Believe the X-Forwarded-* and Forwarded headers of this proxy, `unix` for one at a socket; repeatable.",
    ),
    click.option("--tls-cert", type=FILE, help="Serve https with this certificate and its chain (PEM)."),
    click.option("--tls-key", type=FILE, help="Its key (PEM), where it is not in the same file."),
    click.option("--tls", is_flag=True, help="Serve https with a certificate of a local CA."),
)


def reach_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options to a click command, which gets them as one argument, `reach`."""

    @wraps(command)
    def with_reach(**given: Any) -> None:
        own = {name: given.pop(name) for name in Reach.__slots__}
        if not own["host"].strip():
            raise click.UsageError("--host must not be empty; 0.0.0.0 listens on every address")
        given_here = click.get_current_context().get_parameter_source
        for other in ("host", "port"):
            if own["unix_socket"] and given_here(other) is ParameterSource.COMMANDLINE:
                raise click.UsageError(f"--unix-socket listens at a path: leave out --{other}")
        if own["tls_key"] and not own["tls_cert"]:
            raise click.UsageError("--tls-key needs --tls-cert")
        if own["tls"] and own["tls_cert"]:
            raise click.UsageError("--tls makes a certificate of its own: leave out --tls-cert")
        own["root_path"] = _root(own["root_path"])
        for proxy in own["trusted_proxy"]:
            try:
                Trusted([proxy])
            except ValueError:
                raise click.UsageError(
                    f"--trusted-proxy {proxy}: must be an address, a network such as 10.0.0.0/8, or `unix`"
                ) from None
        command(**given, reach=Reach(**own))

    return with_options(with_reach, _OPTIONS)


def _root(given: str) -> str:
    root = given.rstrip("/")
    if root and not SEGMENTS.fullmatch(root):
        raise click.UsageError(
            f"--root-path {given}: must begin with one slash and hold letters, digits, '.', '_', '~', '-', as in /mock"
        )
    return root
