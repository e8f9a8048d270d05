"""The other side of a comparison: a mock that is started for it, or a second server.

Owns: the settings by which it is reached, and how long the mock lives.
Knows nothing of: how the mock works; it is another program here (prove/proving.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cancelkit.contract_tests.configuration.options import read_settings
from cancelkit.contract_tests.configuration.settings import Settings
from cancelkit.contract_tests.context.scopes import default_other, default_scope
from cancelkit.contract_tests.prove.proving import TOKEN, mock
from cancelkit.spec import Contract

SIZE = "60"
"""So many records does the mock begin with: enough to find keys in."""


@dataclass(frozen=True, slots=True)
class Other:
    """How the other side is reached. name: as reports call it."""

    name: str
    settings: Settings


@contextmanager
def mocked(target: Settings, contract: Contract, options: Sequence[str], data: Path | None) -> Iterator[Other]:
    """A mock of the contract, for as long as the block lasts.

    Args:
        options: of the mock's command line, by which it keeps the same contract. data: a world that it serves.
    Raises:
        CouldNotRun: it does not start.
    """
    given = ["--data", str(data)] if data else ["--size", SIZE]
    scope = target.scope if data else default_scope(contract)
    other = target.other_scope and (target.other_scope if data else default_other(contract, scope))
    with mock(*options, *given) as url:
        plain = Settings(url, token=TOKEN, scope=scope, other_scope=other, seed=target.seed, read_only=target.read_only)
        yield Other("mock", replace(plain, timeout=target.timeout, references=target.references if data else {}))


def second(options: Mapping[str, Any], contract: Contract, url: str) -> Other:
    """A second server, reached as the first is, but for what is given for it.

    Raises:
        CouldNotRun: the settings are wrong, or its host is not allowed.
    """
    given = dict(options)
    for name in ("token", "token_file", "scope", "other_scope", "references", "other_references", "prefix"):
        own = given.pop(f"with_{name}", None)
        if name == "token" and not own and given.get("with_token_file"):
            given["token"] = None
        elif own:
            given[name] = own
        elif "references" in name:
            given[name] = ()
    return Other("other", read_settings({**given, "url": url}, given["config"], contract=contract))
