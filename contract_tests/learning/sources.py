"""Where `cancelkit learn` learns from: a server, or recordings of one; and the data that comes along.

Owns: the options that say so, and choosing between them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cancelkit.contract_tests.configuration.target_options import FILE, given_options
from cancelkit.contract_tests.errors import Cause, CouldNotRun
from cancelkit.spec.options import with_options

if TYPE_CHECKING:
    from cancelkit.contract_tests.configuration.settings import Settings
    from cancelkit.contract_tests.learning.data import Wanted
    from cancelkit.contract_tests.learning.observing import Learned
    from cancelkit.spec import Contract

F = TypeVar("F", bound=Callable[..., Any])
MOST = 1000
_OPTIONS = (
    click.option("--base-url", help="Of recordings: the server that is meant, where they hold calls to several."),
    click.option("--data", type=FILE, help="Keep the records as well: a file for `cancelkit mock --data`."),
    click.option(
        "--max-records", type=click.IntRange(1), default=MOST, show_default=True, help="The most records kept."
    ),
    click.option(
        "--mask/--no-mask",
        default=True,
        help="Whether --data has pseudonyms in place of people's data, or what the server has. [mask]",
    ),
    click.option("--mask-key", type=FILE, help="Holds the key of the pseudonyms, and is made where it is missing."),
)


def source_options(command: F) -> F:
    """Give a command the options about recordings and data."""
    return with_options(command, _OPTIONS)


def learned(
    sources: tuple[str, ...],
    contract: Contract,
    options: Mapping[str, Any],
    settings: Settings | None,
    *,
    contradictions: bool = False,
) -> Learned:
    """What the server at a URL does, or did when files were recorded; the data is written, if it is wanted.

    Args:
        settings: of the run on the server; None where there are recordings.
        contradictions: as of observing.learn.
    Raises:
        CouldNotRun: there is nothing to learn from, or the data can't be kept.
    """
    from cancelkit.contract_tests.learning.recordings import files_among

    wanted = _wanted(options)
    if settings is None:
        return _recorded(files_among(sources), contract, options, wanted)
    return _live(settings, contract, wanted, contradictions)


def _wanted(options: Mapping[str, Any]) -> Wanted | None:
    from cancelkit.contract_tests.learning.data import Wanted, check

    path: Path | None = options["data"]
    if path is None:
        return None
    wanted = Wanted(path, options["max_records"], options["mask"], options["mask_key"])
    check(wanted)
    return wanted


def _recorded(
    files: tuple[Path, ...], contract: Contract, options: Mapping[str, Any], wanted: Wanted | None
) -> Learned:
    from cancelkit.contract_tests.learning.data import keep, seen_in
    from cancelkit.contract_tests.learning.recordings import learn_files, selected

    chosen = selected(files, contract, server=options["base_url"] or "", prefix=options["prefix"] or "")
    found = learn_files(chosen, contract)
    if wanted is not None:
        _say(keep(seen_in(chosen.ours, contract, wanted.most, options["prefix"] or ""), wanted))
    return found


def _live(settings: Settings, contract: Contract, wanted: Wanted | None, contradictions: bool) -> Learned:
    from rich.console import Console

    from cancelkit.contract_tests.learning import observing
    from cancelkit.contract_tests.learning.data import keep
    from cancelkit.contract_tests.learning.walking import walk
    from cancelkit.contract_tests.reports.terminal import Progress

    if wanted is not None:  # before the run makes records of its own
        with Console(stderr=True).status("records …") as status:
            found = walk(settings, contract, wanted.most, lambda records: status.update(f"{records} records …"))
        _say(keep(found, wanted))
    with Progress(quiet=not sys.stderr.isatty()) as progress:
        return observing.learn(settings, contract, progress, contradictions=contradictions)


def settings_of(
    sources: tuple[str, ...], contract: Contract, options: Mapping[str, Any], *, waive: bool
) -> Settings | None:
    """The settings of a run on a server; None where there are recordings, and nothing is asked.

    Raises:
        CouldNotRun: they are wrong, or an option does not go with what there is to learn from.
    """
    from cancelkit.contract_tests.configuration.options import read_settings
    from cancelkit.contract_tests.learning.recordings import files_among

    if files_among(sources):
        if waive:
            raise CouldNotRun(Cause.OPTIONS, "--waive asks the server: give its URL, not recordings.")
        return None
    if options["base_url"]:
        raise CouldNotRun(Cause.OPTIONS, "--base-url goes with recordings (.har): the server is the URL itself.")
    given = {**options, "url": sources[0] if sources else None}
    return read_settings(given_options(given), options["config"], contract=contract)


def _say(text: str) -> None:
    from cancelkit.spec.showing import visible

    click.echo(visible(text), err=True)
