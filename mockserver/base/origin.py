"""Where the records of a mock come from: a file, or the default data; kept in the cache where that pays.

Owns: making the world, or taking it from the cache, and telling how far the building of it is.
Knows nothing of: what a base is made of, how it is kept.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from cancelkit.fixtures.world import World, WorldError, empty_world, generate_world
from cancelkit.spec import Contract

if TYPE_CHECKING:
    from cancelkit.fixtures.worldfile.source import Source
    from cancelkit.mockserver.base.cache import Say, Told

PAYS = 5000
"""Fewer records are made sooner than they are worth keeping (docs/decisions.md)."""
PAYS_BYTES = 5_000_000
"""The same of a file."""


class OriginError(Exception):
    """The file can't be served; the message names it and says why."""


@dataclass(frozen=True, slots=True)
class Origin:
    """data: the file, instead of `size` records of the default data by `seed`. empty: without the records."""

    data: Path | None
    seed: int
    size: int
    empty: bool

    def world(self, contract: Contract) -> World:
        """The world of this contract, in memory. Raises OSError, WorldError, ValueError, RecursionError for a file."""
        if self.data is None:
            return (empty_world if self.empty else generate_world)(contract, size=self.size, seed=self.seed)
        from cancelkit.fixtures.worldfile.reading import is_sqlite, read_file

        if is_sqlite(self.data):
            return read_file(self.data, contract)
        text = self.data.read_text(encoding="utf-8-sig")
        return World.from_tables(json.loads(text, parse_constant=_no_constant), contract)

    def first(self, contract: Contract, say: Say | None) -> World:
        """The world to begin with; from the cache where that pays, unless `say` is None.

        Raises:
            OriginError: the file can't be served.
        """
        try:
            return self.world(contract) if say is None else self.cached(contract, say)
        except (OSError, UnicodeDecodeError) as problem:
            raise self._unusable(f"can't be read: {getattr(problem, 'strerror', None) or problem}") from problem
        except WorldError as problem:
            raise self._unusable(str(problem)) from problem
        except (ValueError, RecursionError) as problem:
            if self.data is None:
                raise
            raise self._unusable(f"is not JSON: {problem}") from problem

    def _unusable(self, why: str) -> OriginError:
        return OriginError(f"--data {self.data}: {why}")

    def later(self, contract: Contract) -> World:
        """The world of a contract that was edited meanwhile; default tables where the file no longer fits it."""
        try:
            return self.world(contract)
        except (OSError, ValueError, RecursionError):
            if self.data is None:
                raise
            return empty_world(contract)

    def cached(self, contract: Contract, say: Say) -> World:
        """The same, from the cache where that pays.

        Args:
            say: called with each line that the user should see.
        """
        return self._from_cache(contract, say) or self.world(contract)

    def _from_cache(self, contract: Contract, say: Say) -> World | None:
        if (self.data.stat().st_size < PAYS_BYTES) if self.data else (self.size < PAYS):
            return None
        from cancelkit.fixtures.processes import cores
        from cancelkit.mockserver.base.cache import Cache, folder, named

        place = folder()
        if place is None:
            return None
        jobs = cores()
        if self.data is None:
            name = named(contract.fingerprint, seed=self.seed, size=self.size)
        else:
            from hashlib import file_digest

            from cancelkit.fixtures.worldfile.reading import is_sqlite

            with self.data.open("rb") as file:
                name = named(contract.fingerprint, data=file_digest(file, "sha256").hexdigest())
                jobs = 1 if is_sqlite(self.data) else jobs  # an open database is not to be shared by processes
        cache = Cache(place, say)
        with _progress(say) as told:
            world = cache.world(name, partial(self._source, contract), jobs=jobs, told=told)
        return replace(world, records=()) if world and self.empty else world

    def _source(self, contract: Contract) -> Source:
        from cancelkit.fixtures.options import Options
        from cancelkit.fixtures.worldfile.source import Generated, Given

        if self.data is None:
            return Generated(Options(contract, self.size, self.seed).making(), self.size)
        return Given(contract, self.world(contract))


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


@contextmanager
def _progress(say: Callable[[str], None]) -> Iterator[Told]:
    """A bar with the time left, once there is something to tell; one line where nobody looks."""
    if not sys.stderr.isatty():

        def told(done: int, steps: int) -> None:
            if done == 1:
                say("building the records, which is done once")

        yield told
        return
    from rich.console import Console
    from rich.progress import Progress

    progress = Progress(console=Console(stderr=True), transient=True)
    task = progress.add_task("Building the records")

    def shown(done: int, steps: int) -> None:
        progress.start()  # with the first part, when all processes are there
        progress.update(task, completed=done, total=steps)

    try:
        yield shown
    finally:
        progress.stop()
