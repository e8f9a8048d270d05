"""pytest's options for a target: `pytest --pyargs cancelkit.contract_tests --contract-base-url http://127.0.0.1:8080`.

Owns: the options, registered through the entry point `pytest11`, since pytest reads them before it finds the suite.
Imports nothing of the suite, as every pytest run in this environment loads it.
"""

from __future__ import annotations

import warnings
from contextlib import suppress
from typing import Any

import pytest


def _ids(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


OPTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "--contract-base-url": ("url", {"help": "The server's root; or url in cancelkit.toml."}),
    "--contract-file": ("contract", {"help": "The contract, an OpenAPI 3.0 file; by default the packaged one."}),
    "--contract-overlay": ("overlays", {"action": "append", "help": "An overlay on the contract; repeatable."}),
    "--contract-scope": ("scope", {"action": "append", "help": "The scope to work in: VALUE or NAME=VALUE."}),
    "--contract-other-scope": ("other_scope", {"action": "append", "help": "A second scope."}),
    "--contract-reference": ("references", {"action": "append", "help": "FIELD=1,2,3: keys that a create may name."}),
    "--contract-other-reference": ("other_references", {"action": "append", "help": "The same in the second scope."}),
    "--contract-config": ("config", {"help": "In place of cancelkit.toml."}),
    "--contract-prefix": ("prefix", {"help": "What stands in place of the first segment of the contract's paths."}),
    "--contract-token-file": ("token_file", {"help": "A file that holds the API key; else CANCELKIT_TOKEN."}),
    "--contract-profile": ("profile", {"choices": ("quick", "standard", "deep"), "help": "How thorough."}),
    "--contract-seed": ("seed", {"type": int, "help": "Repeats a run exactly."}),
    "--contract-strict": ("strict", {"action": "store_const", "const": True, "help": "What is assumed fails, too."}),
    "--contract-read-only": ("read_only", {"action": "store_const", "const": True, "help": "Send GETs only."}),
    "--contract-allow-host": ("allow_hosts", {"action": "append", "help": "A host other than this machine."}),
}
EARLIER: dict[str, tuple[str, str, dict[str, Any]]] = {
    "--base-url": ("url", "--contract-base-url", {}),
    "--channel": ("channel", "--contract-scope", {"type": int}),
    "--other-channel": ("other_channel", "--contract-other-scope", {"type": int}),
    "--order-items": ("order_items", "--contract-reference", {"type": _ids}),
    "--reasons": ("reasons", "--contract-reference", {"type": _ids}),
}
"""Earlier names: the setting, and the option to use instead."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; an earlier name that another plugin has already (such as --base-url) is left to it."""
    group = parser.getgroup("cancelkit", "checking a server against its contract")
    for name, (_, details) in OPTIONS.items():
        group.addoption(name, **details)
    for name, (_, instead, details) in EARLIER.items():
        with suppress(ValueError):
            group.addoption(name, dest=_dest(name), help=f"The earlier name of {instead}.", **details)


def _dest(name: str) -> str:
    return f"contract_earlier_{name.strip('-').replace('-', '_')}"


def given(config: pytest.Config) -> dict[str, Any]:
    """What was given, by the names of the settings."""
    found = {setting: config.getoption(name, default=None) for name, (setting, _) in OPTIONS.items()}
    for name, (setting, instead, _) in EARLIER.items():
        value = getattr(config.option, _dest(name), None)
        if value is not None:
            warnings.warn(f"{name} is now called {instead}", DeprecationWarning, stacklevel=2)
            found[setting] = value
    return found
