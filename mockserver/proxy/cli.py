"""The verb `proxy`: options -> settings -> app -> run.

Owns: the options and their help, what is said at the start and at the end, exit codes.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

import click

from cancelkit.mockserver.options import TOKEN_VARIABLE
from cancelkit.mockserver.proxy.settings import TIMEOUT, ProxySettings
from cancelkit.mockserver.settings import JOURNAL
from cancelkit.spec import Contract
from cancelkit.spec.options import contract_options
from cancelkit.spec.showing import forgiving_console, visible

if TYPE_CHECKING:
    from cancelkit.mockserver.proxy.app import Proxy

FILE = click.Path(dir_okay=False, path_type=Path)
EXAMPLES = """
\b
Examples:
  cancelkit proxy http://127.0.0.1:8000                     watch a local server
  cancelkit proxy https://staging.shop.example --record staging.har
  cancelkit proxy http://127.0.0.1:8000 --errors --strict   let nothing wrong through
"""


@click.command(epilog=EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("upstream")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8081, show_default=True, type=click.IntRange(0, 65535), help="0 takes any free port.")
@click.option(
    "--prefix", "prefixes", multiple=True, help="What stands in place of the root of the contract's paths; repeatable."
)
@click.option(
    "--timeout",
    default=TIMEOUT,
    show_default=True,
    type=click.FloatRange(0, min_open=True),
    help="Seconds to wait for upstream.",
)
@click.option(
    "--keep-host/--rewrite-host",
    default=None,
    help="Send the client's Host on, so that links in answers lead to the proxy [for an upstream on this machine].",
)
@click.option("--ca", type=FILE, help="A CA bundle to trust.")
@click.option("--insecure", is_flag=True, help="Do not check upstream's TLS certificate.")
@click.option(
    "--mark/--no-mark", default=True, show_default=True, help="Mark violations in headers; holds each answer."
)
@click.option(
    "--errors", is_flag=True, help="Answer a violation with an error: 400 for the client's, 502 for the server's."
)
@click.option("--strict", is_flag=True, help="With --errors: what the contract only assumes counts, too.")
@click.option("--record", type=FILE, help="Keep the API's traffic as a HAR file, without keys.")
@click.option("--record-data", type=FILE, help="Keep the records seen as a file that `mock --data` reads.")
@click.option("--journal-size", default=JOURNAL, show_default=True, type=click.IntRange(0), help="Calls kept.")
@click.option("--control-token", envvar=TOKEN_VARIABLE, show_envvar=True, help="Key for calls under /_mock/.")
@contract_options
def proxy(upstream: str, prefixes: tuple[str, ...], contract: Contract, **options: Any) -> None:
    """Forward calls to the server at UPSTREAM, and hold both sides against the contract."""
    forgiving_console()
    if not _is_upstream(upstream):
        _give_up(f"UPSTREAM {upstream}: write it as http://host:port, perhaps with a path")
    if options["errors"] and not options["mark"]:
        raise click.UsageError("--errors needs answers to be held; leave out --no-mark")
    if options["control_token"] is not None and not options["control_token"].strip():
        raise click.UsageError("--control-token must not be empty")
    if prefixes:
        options["prefixes"] = tuple(f"/{prefix.strip('/')}" for prefix in prefixes)
    _serve(ProxySettings(upstream.rstrip("/"), **options), contract)


def _serve(settings: ProxySettings, contract: Contract) -> None:
    from cancelkit.mockserver.proxy.app import CannotRecord, Proxy
    from cancelkit.mockserver.proxy.serving import proxy_server
    from cancelkit.mockserver.serving.serve import CannotBind, bind

    try:
        listener = bind(settings.host, settings.port)
    except CannotBind as problem:
        _give_up(str(problem))
    try:
        app = Proxy(settings, contract=contract, closed=lambda proxy: click.echo(_summary(proxy, settings)))
    except (CannotRecord, OSError) as problem:
        listener.close()
        _give_up(str(problem) if isinstance(problem, CannotRecord) else f"--ca {settings.ca}: {problem}")
    address, port = listener.getsockname()[:2]
    url = f"http://{f'[{address}]' if ':' in address else address}:{port}"
    proxy_server(app, ready=lambda: click.echo(_banner(url, settings))).run(sockets=[listener])


def _is_upstream(url: str) -> bool:
    """Whether calls can be sent to a URL: http or https, a host, a port that there is, neither query nor user."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return usable and not parts.query and not parts.fragment and parts.username is None and visible(url) == url


def _banner(url: str, settings: ProxySettings) -> str:
    lines = [f"cancelkit proxy at {url} -> {settings.upstream}", f"  dashboard {url}/_mock/"]
    if settings.record:
        lines.append(f"  traffic   kept in {settings.record}")
    if settings.record_data:
        lines.append(f"  data      kept in {settings.record_data}")
    if not settings.served.loopback and not settings.control_token:
        lines.append("  control   off: others can reach it, set --control-token")
    return "\n".join(lines)


def _summary(app: Proxy, settings: ProxySettings) -> str:
    counts = app.watch.counts
    lines = [
        f"{counts['calls']} calls, {counts['ours']} of this API; "
        f"violations: {counts['client']} of the client, {counts['server']} of the server"
    ]
    if counts["unjudged"]:
        lines.append(f"{counts['unjudged']} calls were not judged: they came too fast, or the log says why")
    if settings.record and counts["ours"]:
        lines.append(f"cancelkit check {settings.record}   tells it in full")
    if (found := app.harvested) is not None:
        lines.append(
            f"{found.records} records in {settings.record_data}, {found.filled} of them with something made up "
            f"that no answer showed; {found.left_out} left out"
        )
    return "\n".join(lines)


def _give_up(message: str) -> NoReturn:
    click.echo(f"cancelkit proxy: {visible(message)}", err=True)
    sys.exit(2)
