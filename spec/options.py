"""The options by which each verb takes a contract: --contract FILE and --overlay FILE.

Owns: these options, their help, and loading the contract once for a command; giving a command several options.
Source: docs/contract-of-your-own.md, "Where a contract comes from".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from cancelkit.spec.choosing import CONTRACT_VARIABLE, OVERLAYS_VARIABLE, ContractFiles, choose

F = TypeVar("F", bound=Callable[..., Any])
_FILE = click.Path(dir_okay=False, path_type=Path)
_CONTRACT = click.option(
    "--contract",
    "contract_file",
    type=_FILE,
    help=f"The contract to work with (OpenAPI 3.0, YAML or JSON); else {CONTRACT_VARIABLE}, [contract] in "
    "cancelkit.toml, or the packaged one.",
)
_OVERLAY = click.option(
    "--overlay",
    "overlay_files",
    type=_FILE,
    multiple=True,
    help=f"An OpenAPI Overlay applied to the contract; repeatable, in order. Else {OVERLAYS_VARIABLE}.",
)


def with_options(command: F, options: Sequence[Callable[[F], F]]) -> F:
    """Give a command some options, which its help lists in their order."""
    for option in reversed(options):
        command = option(command)
    return command


def file_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --contract and --overlay to a click command, which gets them as `contract_files`, not yet read.

    Where the command has an option --config, that file's table [contract] counts in place of cancelkit.toml's.
    """

    @wraps(command)
    def with_choice(*given: Any, contract_file: Path | None, overlay_files: tuple[Path, ...], **options: Any) -> Any:
        config = options.get("config")
        settings = config if isinstance(config, Path) else None
        return command(*given, contract_files=choose(contract_file, overlay_files, settings=settings), **options)

    return _CONTRACT(_OVERLAY(with_choice))


def contract_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --contract and --overlay to a click command, which gets `contract`: a Contract, read once.

    Raises:
        SpecError: when the command is called and a file can't be read or is wrong.
    """

    @wraps(command)
    def with_contract(*given: Any, contract_files: ContractFiles, **options: Any) -> Any:
        return command(*given, contract=contract_files.read(), **options)

    return file_options(with_contract)
