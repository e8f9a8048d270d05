"""The verb `mock`: options -> settings -> app -> run.

Owns: the options and their help, exit codes.
Knows nothing of: how the mock works.
"""

from __future__ import annotations

import logging
import sys
import warnings
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, NoReturn

import click

from cancelkit.mockserver.base.options import origin_options
from cancelkit.mockserver.base.origin import Origin, OriginError
from cancelkit.mockserver.options import Bench, bench_options, wait_for
from cancelkit.mockserver.proxy.options import half_real_options
from cancelkit.mockserver.proxy.settings import CannotSend, Forwarding
from cancelkit.mockserver.serving.lean import lean
from cancelkit.mockserver.serving.reach import Reach, reach_options
from cancelkit.mockserver.settings import MAX_LIMIT, Settings
from cancelkit.spec import Contract, SpecError
from cancelkit.spec.choosing import ContractFiles
from cancelkit.spec.options import file_options

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from cancelkit.fixtures.world import World
    from cancelkit.mockserver.mutants import Mutant
    from cancelkit.mockserver.workbench import Workbench

EXAMPLES = """
\b
Examples:
  cancelkit mock                              serve 200 records on port 8080
  cancelkit mock --port 0 --size 1000000      any free port, more data
  cancelkit mock --token s3cret --no-cors     one known key, no other origins
  cancelkit mock --data world.json            your own data
  cancelkit mock --upstream https://staging.shop.example --forward OPERATION
                                              a real server behind it, which has what is not mocked
"""


@click.command(epilog=EXAMPLES)
@reach_options
@half_real_options
@click.option(
    "--token",
    "tokens",
    multiple=True,
    help="A known API key; repeatable. Without it, any but no-such-key.",
)
@origin_options
@click.option("--strict-bodies", is_flag=True, help="Refuse unknown fields in bodies, to catch typos.")
@click.option("--max-limit", default=MAX_LIMIT, show_default=True, type=click.IntRange(1), help="Largest page.")
@click.option("--self-check", is_flag=True, help="Check every answer against the contract; a violation is a 500.")
@click.option("--cors/--no-cors", default=True, show_default=True, help="Let pages of other origins call.")
@click.option(
    "--log-format",
    type=click.Choice(["none", "text", "json"]),
    default="none",
    show_default=True,
    help="Log calls to standard error.",
)
@click.option(
    "--mutant",
    "--deviate",
    "mutant",
    multiple=True,
    metavar="NAME",
    help="Build in a fault, to try a suite on; repeatable.",
)
@click.option(
    "--list-mutants",
    "--list-deviations",
    "list_mutants",
    is_flag=True,
    help="List the faults that --mutant knows, and stop.",
)
@click.option("--watch", is_flag=True, help="Take up edits of the contract and its overlays while serving.")
@click.option("--no-cache", is_flag=True, help="Make the records anew, however many there are, and keep none.")
@click.option("--clear-cache", is_flag=True, help="Remove the records kept for later starts, and stop.")
@bench_options
@file_options
def mock(
    tokens: tuple[str, ...],
    strict_bodies: bool,
    max_limit: int,
    self_check: bool,
    cors: bool,
    log_format: str,
    mutant: tuple[str, ...],
    list_mutants: bool,
    watch: bool,
    no_cache: bool,
    clear_cache: bool,
    origin: Origin,
    forwarding: Forwarding | None,
    reach: Reach,
    bench: Bench,
    contract_files: ContractFiles,
) -> None:
    """Serve the API from memory, as if it were the real one."""
    if bench.wait_for is not None:
        if not wait_for(bench.wait_for, bench.wait_timeout):
            _give_up(f"{bench.wait_for} was not ready within {bench.wait_timeout:g} seconds")
        return
    if clear_cache:
        _clear_cache()
        return
    contract = contract_files.read()
    if watch and bench.state is not None and bench.state.is_dir():
        raise click.UsageError(f"--watch keeps one session: name a file for --state, {bench.state} is a folder")
    if list_mutants:
        _list_mutants(contract)
        return
    if any(not token.strip() or " " in token for token in tokens):
        raise click.UsageError("--token: a key must not be empty or hold spaces")
    settings = Settings(
        reach.host,
        reach.port,
        tokens,
        strict_bodies,
        max_limit,
        self_check=self_check,
        cors=cors,
        log_format=log_format,
        control_token=bench.control_token,
        session_limit=bench.session_limit,
        session_idle=bench.session_idle,
        session_memory=bench.session_memory,
        journal_size=bench.journal_size,
        root_path=reach.root_path,
        trusted_proxies=reach.trusted_proxy,
        quota=bench.quota,
    )
    watched = contract_files if watch else None
    _serve(settings, reach, contract, origin, bench, mutant, watched, forwarding, cached=not no_cache)


def _clear_cache() -> None:
    from cancelkit.mockserver.base.cache import Cache, folder

    place = folder()
    if place is None:
        _give_up("--clear-cache: you have no folder for a cache; XDG_CACHE_HOME may name one")
    try:
        bases, size = Cache(place, _say).clear()
    except OSError as problem:
        _give_up(f"--clear-cache: {place} can't be removed: {problem.strerror}")
    click.echo(f"cleared {place}: {bases} sets of records, {size // 1_000_000} MB")


def _mutants(names: tuple[str, ...], contract: Contract) -> list[Mutant]:
    if not names:
        return []
    from cancelkit.mockserver.mutants import find

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DeprecationWarning)
        found = {name: find(name, contract) for name in names}
    for warning in caught:
        _say(str(warning.message))
    for name, mutant in found.items():
        if mutant is None:
            raise click.UsageError(f"--mutant {name}: the contract has no such mutant; --list-mutants shows them")
    return [mutant for mutant in found.values() if mutant is not None]


def _list_mutants(contract: Contract) -> None:
    """One a line: name, area of the suite's rules, + where it belongs to the default set, what is wrong."""
    from cancelkit.mockserver.mutants import mutants

    for name, mutant in mutants(contract).items():
        click.echo(f"{name:48} {mutant.area:14} {'+' if mutant.sample else '-'} {mutant.summary}")


def _serve(
    settings: Settings,
    reach: Reach,
    contract: Contract,
    origin: Origin,
    bench: Bench,
    names: tuple[str, ...],
    watched: ContractFiles | None,
    forwarding: Forwarding | None,
    *,
    cached: bool,
) -> None:
    from cancelkit.mockserver.serving.calllog import FORMATS, CallLog, log_json

    in_json = settings.log_format == "json"
    if in_json:
        log_json()
    say = logging.getLogger("mockserver").info if in_json else partial(click.echo, err=True)
    mutants = _mutants(names, contract)
    try:
        world = origin.first(contract, (say if in_json else _say) if cached and not mutants else None)
    except OriginError as problem:
        _give_up(str(problem))
    with lean():
        from cancelkit.mockserver.app import create_app
    from cancelkit.mockserver.scenarios.scenario import ScenarioError, from_file
    from cancelkit.mockserver.serving.banner import banner
    from cancelkit.mockserver.serving.behind import behind
    from cancelkit.mockserver.serving.door import opened
    from cancelkit.mockserver.serving.health import taken
    from cancelkit.mockserver.serving.serve import CannotBind, run
    from cancelkit.mockserver.serving.tls import TlsError
    from cancelkit.mockserver.state.durability import StateError

    try:
        door = opened(reach)
    except (CannotBind, TlsError) as problem:
        _give_up(str(problem))
    click.get_current_context().call_on_close(door.close)
    try:
        scenario = from_file(bench.scenario, contract, datetime.now(UTC)) if bench.scenario else None
        app = create_app(
            settings,
            world,
            contract,
            scenario=scenario,
            state=bench.state,
            durability=bench.durability,
            mutants=mutants,
            forwarding=forwarding,
        )
    except (ScenarioError, SpecError, StateError, CannotSend) as problem:
        _give_up(str(problem))
    notes = (*door.notes, *_notes(settings, bench, watched, forwarding), *taken(app.probes))
    served: ASGIApp = app
    stopping, lost = app.stop, app.lost
    if watched is not None:
        from cancelkit.mockserver.watching import Recipe, Watch

        def make(contract: Contract, world: World | None) -> Workbench:
            scenario = from_file(bench.scenario, contract, datetime.now(UTC)) if bench.scenario and not world else None
            built = _mutants(names, contract)
            world = world or origin.later(contract)
            return create_app(settings, world, contract, scenario=scenario, mutants=built, forwarding=forwarding)

        recipe = Recipe(origin.later, make)
        served = watch = Watch(app, contract, world, watched, recipe, say)
        stopping, lost = watch.stop, watch.lost
    served = behind(served, settings)
    if settings.log_format in FORMATS:
        served = CallLog(served, FORMATS[settings.log_format])
    run(
        served,
        door.sockets,
        tls=door.tls,
        ready=lambda: click.echo(banner(door.url, settings, world, contract, notes, door.curl)),
        stopping=stopping,
        lost=lost,
        guest=in_json,
    )


def _notes(
    settings: Settings, bench: Bench, watched: ContractFiles | None, forwarding: Forwarding | None
) -> tuple[str, ...]:
    """What the banner says of the workbench, where there is something to say."""
    notes = []
    if forwarding is not None:
        named = "".join(f"{name}, " for name in forwarding.operations)
        notes.append(f"upstream  {forwarding.upstream}: {named}what the contract does not describe")
    notes += [f"scenario  {bench.scenario}"] if bench.scenario else []
    if bench.state:
        notes.append(f"state     kept in {bench.state}")
    if watched is not None:
        notes.append(f"watching  {', '.join(map(str, watched.files))}")
    if not settings.loopback:
        opened = (
            "wants the control token" if settings.control_token else "off: others can reach it, set --control-token"
        )
        notes.append(f"control   {opened}")
    return tuple(notes)


def _say(line: str) -> None:
    click.echo(f"cancelkit mock: {line}", err=True)


def _give_up(message: str) -> NoReturn:
    _say(message)
    sys.exit(2)
