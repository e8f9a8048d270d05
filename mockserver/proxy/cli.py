"""The verb `proxy`: options -> settings -> app -> run.

Owns: the options and their help, what is said at the start and at the end, exit codes.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from cancelkit.mockserver.base.options import is_given, origin_options
from cancelkit.mockserver.base.origin import Origin, OriginError
from cancelkit.mockserver.options import TOKEN_VARIABLE
from cancelkit.mockserver.proxy.options import check_upstream, upstream_options
from cancelkit.mockserver.proxy.settings import CannotSend, ProxySettings
from cancelkit.mockserver.serving.reach import Reach, reach_options
from cancelkit.mockserver.settings import JOURNAL, Settings
from cancelkit.spec import Contract, SpecError
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
  cancelkit proxy http://127.0.0.1:8000 --mock OPERATION    have a mock answer what it can't do yet
"""


@click.command(epilog=EXAMPLES, context_settings={"help_option_names": ["-h", "--help"], "default_map": {"port": 8081}})
@click.argument("upstream")
@reach_options
@click.option(
    "--prefix", "prefixes", multiple=True, help="What stands in place of the root of the contract's paths; repeatable."
)
@upstream_options(short=True)
@click.option(
    "--mark/--no-mark", default=True, show_default=True, help="Mark violations in headers; holds each answer."
)
@click.option(
    "--errors", is_flag=True, help="Answer a violation with an error: 400 for the client's, 502 for the server's."
)
@click.option("--strict", is_flag=True, help="With --errors: what the contract only assumes counts, too.")
@click.option("--record", type=FILE, help="Keep the API's traffic as a HAR file, without keys.")
@click.option("--record-data", type=FILE, help="Keep the records seen as a file that `mock --data` reads.")
@click.option(
    "--mock", "mocked", multiple=True, metavar="OPERATION", help="Have a mock answer this operation; repeatable."
)
@click.option("--token", "tokens", multiple=True, help="A key that the mock knows, and that upstream's is lent to.")
@origin_options
@click.option("--scenario", type=FILE, help="Play a scenario (docs/workbench.md) on the mock's records at the start.")
@click.option("--journal-size", default=JOURNAL, show_default=True, type=click.IntRange(0), help="Calls kept.")
@click.option("--control-token", envvar=TOKEN_VARIABLE, show_envvar=True, help="Key for calls under /_mock/.")
@contract_options
def proxy(
    upstream: str,
    prefixes: tuple[str, ...],
    origin: Origin,
    scenario: Path | None,
    reach: Reach,
    sending: dict[str, Any],
    contract: Contract,
    **options: Any,
) -> None:
    """Forward calls to the server at UPSTREAM, and hold both sides against the contract."""
    forgiving_console()
    try:
        upstream = check_upstream(upstream, "UPSTREAM")
    except CannotSend as problem:
        _give_up(str(problem))
    if options["errors"] and not options["mark"]:
        raise click.UsageError("--errors needs answers to be held; leave out --no-mark")
    if options["control_token"] is not None and not options["control_token"].strip():
        raise click.UsageError("--control-token must not be empty")
    if not options["mocked"] and (own := [name for name in ("scenario", *Origin.__slots__) if is_given(name)]):
        raise click.UsageError(f"--{own[0]} is for operations that are mocked: name one with --mock")
    if prefixes:
        options["prefixes"] = tuple(f"/{prefix.strip('/')}" for prefix in prefixes)
    served = Settings(
        reach.host,
        reach.port,
        root_path=reach.root_path,
        trusted_proxies=reach.trusted_proxy,
        **{name: options.pop(name) for name in ("tokens", "control_token", "journal_size")},
    )
    settings = ProxySettings(upstream, served=served, **sending, **options)
    _serve(settings, reach, contract, origin, scenario)


def _serve(settings: ProxySettings, reach: Reach, contract: Contract, origin: Origin, scenario: Path | None) -> None:
    from cancelkit.mockserver.proxy.app import Proxy, proxy_server
    from cancelkit.mockserver.proxy.recording import CannotRecord
    from cancelkit.mockserver.scenarios.scenario import ScenarioError, from_file
    from cancelkit.mockserver.serving.behind import behind
    from cancelkit.mockserver.serving.door import opened
    from cancelkit.mockserver.serving.health import taken
    from cancelkit.mockserver.serving.serve import CannotBind
    from cancelkit.mockserver.serving.tls import TlsError

    try:
        world = origin.first(contract, partial(click.echo, err=True)) if settings.mocked else None
        door = opened(reach)
    except (OriginError, CannotBind, TlsError) as problem:
        _give_up(str(problem))
    click.get_current_context().call_on_close(door.close)
    try:
        app = Proxy(
            settings,
            contract=contract,
            world=world,
            scenario=from_file(scenario, contract, datetime.now(UTC)) if scenario else None,
            closed=lambda proxy: click.echo(_summary(proxy, settings)),
        )
    except (CannotRecord, CannotSend, ScenarioError, SpecError) as problem:
        _give_up(str(problem))
    said = _banner(door.url, settings, (*door.notes, *taken(app.probes)))
    served = behind(app, settings.served)
    proxy_server(app, served, tls=door.tls, ready=lambda: click.echo(said)).run(sockets=door.sockets)


def _banner(url: str, settings: ProxySettings, notes: tuple[str, ...]) -> str:
    lines = [f"cancelkit proxy at {url} -> {settings.upstream}", f"  dashboard {url}/_mock/"]
    if settings.record:
        lines.append(f"  traffic   kept in {settings.record}")
    if settings.record_data:
        lines.append(f"  data      kept in {settings.record_data}")
    if settings.mocked:
        lines.append(f"  mocked    {', '.join(settings.mocked)}")
    lines += [f"  {note}" for note in notes]
    if not settings.served.loopback and not settings.served.control_token:
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
