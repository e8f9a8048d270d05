"""Which contract a run works with: the option, the environment, cancelkit.toml, else the packaged one.

Owns: ContractFiles, `choose`, and the only look into the environment and the settings file for a contract.
Source: docs/contract-of-your-own.md, "Where a contract comes from".
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cancelkit.spec import PATH, Contract, SpecError, read
from cancelkit.spec.errors import Location

CONTRACT_VARIABLE = "CANCELKIT_CONTRACT"
OVERLAYS_VARIABLE = "CANCELKIT_OVERLAYS"
SETTINGS_FILE = "cancelkit.toml"
TABLE = "contract"


@dataclass(frozen=True, slots=True)
class ContractFiles:
    """A contract file and the overlays on it, in the order in which they are applied."""

    path: Path = PATH
    overlays: tuple[Path, ...] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        return (self.path, *self.overlays)

    @property
    def source(self) -> str:
        """The files in one line, for people."""
        return " + ".join(map(str, self.files))

    def read(self) -> Contract:
        """Read the files, anew with each call.

        Raises:
            SpecError: a file can't be read or is wrong; with file, line and column.
        """
        return read(self.path, self.overlays)

    def arguments(self) -> list[str]:
        """The command-line options that choose the same contract again."""
        return arguments(self.files)


def arguments(files: tuple[Path, ...]) -> list[str]:
    """The command-line options that choose the contract in these files; none for the packaged one."""
    path, *overlays = files or (PATH,)
    chosen = [] if path == PATH else ["--contract", str(path)]
    return [*chosen, *(word for overlay in overlays for word in ("--overlay", str(overlay)))]


@dataclass(frozen=True, slots=True)
class _Named:
    """What one source names; None where it says nothing."""

    path: Path | None = None
    overlays: tuple[Path, ...] | None = None


def choose(
    contract: str | Path | None = None,
    overlays: Sequence[str | Path] = (),
    *,
    settings: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> ContractFiles:
    """Return the contract to work with.

    What is given comes first, then the environment, then the table [contract] of `settings`, then the packaged file.
    File and overlays are each taken from the first source that names them; overlays of a source that comes after the
    one that named the file are left out, as they were written for another file.

    Args:
        settings: a TOML file; by default cancelkit.toml in the working directory, if there is one.
        environment: in place of os.environ.
    Raises:
        SpecError: the settings file can't be read, or its table [contract] is wrong.
    """
    given = _Named(Path(contract) if contract else None, tuple(map(Path, overlays)) or None)
    found: tuple[Path, ...] | None = None
    for named in (given, _from_environment(os.environ if environment is None else environment)):
        found = named.overlays if found is None else found
        if named.path is not None:
            return ContractFiles(named.path, found or ())
    table = _from_settings(settings)
    found = table.overlays if found is None else found
    return ContractFiles(table.path or PATH, found or ())


def _from_environment(environment: Mapping[str, str]) -> _Named:
    path = environment.get(CONTRACT_VARIABLE)
    overlays = [part for part in environment.get(OVERLAYS_VARIABLE, "").split(os.pathsep) if part]
    return _Named(Path(path) if path else None, tuple(map(Path, overlays)) or None)


def _from_settings(settings: Path | None) -> _Named:
    path = settings or Path(SETTINGS_FILE)
    if settings is None and not path.exists():
        return _Named()
    table = _toml(path).get(TABLE, {})
    where = Location(str(path))
    if not isinstance(table, dict) or set(table) - {"file", "overlays"}:
        raise SpecError((), f'[{TABLE}] takes file = "…" and overlays = ["…"], nothing else', where)
    file, overlays = table.get("file"), table.get("overlays")
    if file is not None and (not isinstance(file, str) or not file):
        raise SpecError((), f"[{TABLE}], file: must be the path of a contract", where)
    if overlays is not None and not (isinstance(overlays, list) and all(isinstance(o, str) and o for o in overlays)):
        raise SpecError((), f"[{TABLE}], overlays: must be a list of paths", where)
    beside = path.parent
    return _Named(
        beside / file if file is not None else None,
        tuple(beside / overlay for overlay in overlays) if overlays is not None else None,
    )


def _toml(path: Path) -> dict[str, Any]:
    where = Location(str(path))
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError((), f"can't be read: {getattr(error, 'strerror', None) or error}", where) from error
    except tomllib.TOMLDecodeError as error:
        raise SpecError((), f"is not valid TOML: {error}", where) from error
