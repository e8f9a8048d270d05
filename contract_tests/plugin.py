"""pytest's options for a target: `pytest --pyargs contract_tests --base-url http://127.0.0.1:8080 --channel 5`.

Owns: the options, registered through the entry point `pytest11`, since pytest reads them before it finds the suite.
Knows nothing of: rules; imports nothing of the suite, as every pytest run in this environment loads it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest


def _ids(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


OPTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "--base-url": ("url", {"help": "The server's root; or url in cancelkit.toml."}),
    "--channel": ("channel", {"type": int, "help": "The channel to work in."}),
    "--other-channel": ("other_channel", {"type": int, "help": "A second channel."}),
    "--order-items": ("order_items", {"type": _ids, "help": "Ids that a create may name, comma-separated."}),
    "--reasons": ("reasons", {"type": _ids, "help": "Ids that a create may name, comma-separated."}),
    "--contract-config": ("config", {"help": "In place of cancelkit.toml."}),
    "--contract-prefix": ("prefix", {"help": "What stands in place of the contract's /api."}),
    "--contract-token-file": ("token_file", {"help": "A file that holds the API key; else CANCELKIT_TOKEN."}),
    "--contract-profile": ("profile", {"choices": ("quick", "standard", "deep"), "help": "How thorough."}),
    "--contract-seed": ("seed", {"type": int, "help": "Repeats a run exactly."}),
    "--contract-strict": ("strict", {"action": "store_const", "const": True, "help": "What is assumed fails, too."}),
    "--contract-read-only": ("read_only", {"action": "store_const", "const": True, "help": "Send GETs only."}),
    "--contract-allow-host": ("allow_hosts", {"action": "append", "help": "A host other than this machine."}),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; one that another plugin has already (such as --base-url) is left to it."""
    group = parser.getgroup("cancelkit", "checking a server against the contract of cancellation requests")
    for name, (_, details) in OPTIONS.items():
        with suppress(ValueError):
            group.addoption(name, **details)


def given(config: pytest.Config) -> dict[str, Any]:
    """What was given, by the names of the settings."""
    return {setting: config.getoption(name, default=None) for name, (setting, _) in OPTIONS.items()}
