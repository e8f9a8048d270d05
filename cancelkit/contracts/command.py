"""The verb `contract`: init, show, check.

Owns: its options, exit codes (0 fine, 1 findings, 2 can't be read), and which form is printed.
Source: docs/contract-of-your-own.md.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cancelkit.spec import PATH, Contract, SpecError
from cancelkit.spec.choosing import ContractFiles
from cancelkit.spec.options import contract_options, file_options

if TYPE_CHECKING:
    from cancelkit.contracts.finding import Finding

FINDINGS = 1
UNREADABLE = 2
DEFAULT = "contract.yaml"


@click.group()
def contract() -> None:
    """Show, check and copy the contract that mock, suite and fixtures work with."""


@contract.command()
@click.argument("file", default=DEFAULT, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Overwrite the file if there is one.")
def init(file: Path, force: bool) -> None:
    """Write the packaged contract to FILE (contract.yaml), to be edited."""
    if file.exists() and not force:
        raise click.UsageError(f"{file} is there already; --force overwrites it")
    try:
        file.write_bytes(PATH.read_bytes())
    except OSError as error:
        raise click.UsageError(f"{file} can't be written: {error.strerror or error}") from error
    click.echo(
        f"{file} is written. Use it with --contract {file}; `cancelkit contract check --contract {file}` checks it."
    )


@contract.command()
@contract_options
@click.option("--resolved", is_flag=True, help="Print the document with overlays applied and every reference followed.")
@click.option("--format", "form", type=click.Choice(["yaml", "json"]), help="Print the document, overlays applied.")
@click.option("--json", "as_json", is_flag=True, help="Print the tables as JSON.")
def show(contract: Contract, resolved: bool, form: str | None, as_json: bool) -> None:
    """Print the effective contract: a table of what the tools read from it, or the document itself."""
    if as_json and (resolved or form):
        raise click.UsageError("--json prints the tables; for the document say --format json")
    if resolved or form:
        from cancelkit.contracts.printing import document

        click.echo(document(contract, resolved=resolved, form=form or "yaml"), nl=False)
        return
    from cancelkit.contracts.describing import described

    data = described(contract)
    if as_json:
        click.echo(json.dumps(data, ensure_ascii=False, indent=2))
        return
    from cancelkit.contracts.printing import tables

    tables(data)


@contract.command()
@file_options
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_context
def check(ctx: click.Context, /, contract_files: ContractFiles, as_json: bool) -> None:
    """Check the contract: what is wrong, by file, line and column, and what a tool can't do with it.

    Exit code 0: nothing is found. 1: there are findings. 2: a file can't be read.
    """
    from cancelkit.contracts.checking import check as checked
    from cancelkit.spec.loading import read_document

    try:
        document = read_document(contract_files.path, contract_files.overlays)
    except SpecError as error:
        if not as_json:
            raise
        click.echo(json.dumps({"error": str(error)}, ensure_ascii=False))
        ctx.exit(UNREADABLE)
    found = checked(document, contract_files)
    if as_json:
        data = {
            "contract": str(contract_files.path),
            "fingerprint": document.fingerprint,
            "findings": [f.plain() for f in found],
        }
        click.echo(json.dumps(data, ensure_ascii=False, indent=2))
    else:
        for finding in found:
            click.echo(str(finding))
        click.echo(_told(found) if found else f"{contract_files.source} ({document.fingerprint}) is fine.")
    ctx.exit(FINDINGS if found else 0)


def _told(found: Sequence[Finding]) -> str:
    errors = sum(finding.kind == "error" for finding in found)
    limits = len(found) - errors
    return f"{errors} {'error' if errors == 1 else 'errors'}, {limits} {'limit' if limits == 1 else 'limits'}"
