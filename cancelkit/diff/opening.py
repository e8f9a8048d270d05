"""What OLD and NEW stand for: a file, an overlay, a revision in git, the document that a server answers.

Owns: `opened`, which turns an argument into a Side; Unreadable where there is nothing to compare.
Source: docs/diff.md, "What can be compared"; git-rev-parse(1), git-archive(1).
"""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from cancelkit.diff.operations import Side
from cancelkit.spec import SpecError
from cancelkit.spec.choosing import ContractFiles
from cancelkit.spec.errors import Location, Place
from cancelkit.spec.loading import Document, read_document
from cancelkit.spec.reading import read_contract
from cancelkit.spec.source import read as read_source

SECONDS = 20.0
GIT = "git:"


class Unreadable(Exception):
    """One of the two can't be had; the message says why, and what to do."""


def opened(argument: str, usual: ContractFiles, overlays: Sequence[Path] = ()) -> Side:
    """Return what an argument names.

    Args:
        usual: what a revision without a path is of, and what an overlay is applied to. overlays: applied on top.
    Raises:
        Unreadable, SpecError: it can't be had, or is no OpenAPI 3.0 document.
    """
    if argument.startswith(("http://", "https://")):
        return _fetched(argument, overlays)
    if argument.startswith(GIT):
        return _revised(argument.removeprefix(GIT), argument, usual, overlays)
    return read_files(chosen(argument, usual), argument, overlays)


def chosen(argument: str, usual: ContractFiles) -> ContractFiles:
    """The files that an argument names: a contract, or an overlay on the usual one."""
    path = Path(argument)
    if path.is_file():
        data = read_source(path).data
        if isinstance(data, dict) and "overlay" in data and "openapi" not in data:
            return ContractFiles(usual.path, (*usual.overlays, path))
    return ContractFiles(path)


def usual_of(other: str | None, contract_files: ContractFiles) -> ContractFiles:
    """What a revision or an overlay beside `other` is about: that file where it is a contract, else the usual ones."""
    if other is None or not Path(other).is_file():
        return contract_files
    named = chosen(other, contract_files)
    return named if named.path == Path(other) else contract_files


def read_files(contract_files: ContractFiles, name: str, overlays: Sequence[Path] = ()) -> Side:
    return _side(read_document(contract_files.path, (*contract_files.overlays, *overlays)), name)


def _side(document: Document, name: str, folder: Path | None = None) -> Side:
    """The side that a document is, read as a contract too where it is one."""

    def locate(keys: Place) -> Location | None:
        found = document.locate(keys)
        return found if folder is None else Location(name, found.line, found.column)

    try:
        contract = read_contract(document.data, fingerprint=document.fingerprint)
    except SpecError as error:
        return Side(name, document.data, None, str(error), locate)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        return Side(name, document.data, None, f"{type(error).__name__}: {error}", locate)
    return Side(name, document.data, contract, "", locate)


def _fetched(url: str, overlays: Sequence[Path]) -> Side:
    from urllib.parse import urlsplit

    import httpx

    address = url if urlsplit(url).path.strip("/") else f"{url.rstrip('/')}/openapi.json"
    try:
        answer = httpx.get(address, timeout=SECONDS, follow_redirects=True)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unreadable(f"{address} does not answer: {error}") from error
    if answer.status_code != 200:
        raise Unreadable(f"{address} answers {answer.status_code}; it must be the URL of an OpenAPI document.")
    with TemporaryDirectory() as folder:
        file = Path(folder) / "openapi.yaml"
        file.write_bytes(answer.content)
        return _named(file, overlays, address)


def _named(file: Path, overlays: Sequence[Path], name: str, used: Sequence[Path] = ()) -> Side:
    """A side out of a temporary file, which errors and locations call by its own name."""
    try:
        return _side(read_document(file, (*used, *overlays)), name, file.parent)
    except SpecError as error:
        line = error.location.line if error.location else None
        if error.location and str(file.parent) not in error.location.file:
            raise
        raise SpecError(error.keys or error.place, error.message, Location(name, line)) from error


def _revised(text: str, name: str, usual: ContractFiles, overlays: Sequence[Path]) -> Side:
    revision, _, path = text.partition(":")
    files = ContractFiles(Path(path)) if path else usual
    top = Path(_git("rev-parse", "--show-toplevel", at=Path.cwd() if path else _folder(usual.path)).decode().strip())
    commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", at=top)
    with TemporaryDirectory() as folder:
        for below in dict.fromkeys(_below(file, top).parent for file in files.files):
            _unpacked(commit.decode().strip(), below, top, Path(folder))
        found = [Path(folder) / _below(file, top) for file in files.files]
        for file, meant in zip(found, files.files, strict=True):
            if not file.is_file():
                raise Unreadable(
                    f"{meant} is not in {revision}; say git:REV:path, from the top of the checkout or here."
                )
        return _named(found[0], overlays, name if path else f"{name}:{_below(usual.path, top)}", found[1:])


def _folder(path: Path) -> Path:
    return path.resolve().parent if path.resolve().parent.is_dir() else Path.cwd()


def _below(file: Path, top: Path) -> Path:
    """The path from the top of the checkout; one that does not exist any more is taken from there."""
    whole = file.resolve()
    if not whole.exists() and not file.is_absolute() and not file.parent.exists():
        return file
    try:
        return whole.relative_to(top.resolve())
    except ValueError:
        raise Unreadable(f"{file} is not in the git checkout {top.name}; say git:REV:path.") from None


def _unpacked(commit: str, below: Path, top: Path, folder: Path) -> None:
    """Write the contracts of a folder as they were: what a $ref may name stands there or below."""
    packed = _git("archive", "--format=tar", commit, *([str(below)] if below.parts else []), at=top)
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for member in archive:
            content = archive.extractfile(member)  # git takes no name that leads out of its tree
            if content and member.isfile() and member.name.endswith((".yaml", ".yml", ".json")):
                file = folder / member.name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content.read())


def _git(*words: str, at: Path) -> bytes:
    try:
        done = subprocess.run(["git", *words], cwd=at, capture_output=True, check=False, timeout=60)  # noqa: S603, S607
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unreadable(f"git can't be run: {error}") from error
    if done.returncode:
        said = (
            " ".join(done.stderr.decode(errors="replace").split())
            or f"there is no revision '{words[-1].removesuffix('^{commit}')}'"
        )
        raise Unreadable(f"git {words[0]}: {said}")
    return done.stdout
