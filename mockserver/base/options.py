"""The options that say which records a mock starts with.

Owns: these options and their help.
Knows nothing of: how records are made (origin.py).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from cancelkit.mockserver.base.origin import Origin
from cancelkit.spec.options import with_options

_OPTIONS = (
    click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="The seed of the default data."),
    click.option(
        "--size", default=200, show_default=True, type=click.IntRange(0, 10_000_000), help="How many records."
    ),
    click.option("--empty", is_flag=True, help="Rows of the tables, but no records."),
    click.option(
        "--data", type=click.Path(path_type=Path), help="A world (docs/fixtures.md) as JSON or SQLite instead."
    ),
)


def origin_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options to a click command, which gets them as one argument, `origin`."""

    @wraps(command)
    def with_origin(**given: Any) -> None:
        own = {name: given.pop(name) for name in Origin.__slots__}
        if own["data"] is not None and (more := [name for name in ("seed", "size", "empty") if is_given(name)]):
            raise click.UsageError(f"--data brings its own records: leave out --{more[0]}")
        command(**given, origin=Origin(**own))

    return with_options(with_origin, _OPTIONS)


def is_given(option: str) -> bool:
    """Whether the present command was called with an option."""
    return click.get_current_context().get_parameter_source(option) is ParameterSource.COMMANDLINE
