"""The suite on a mock in this process.

Owns: `verified`: the settings of such a run.
"""

from __future__ import annotations

from typing import Any

from cancelkit.contract_tests.configuration.settings import Profile, Settings
from cancelkit.contract_tests.context.scopes import default_other, default_scope
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.engine.run import execute
from cancelkit.contract_tests.engine.verdict import Verdict
from cancelkit.mockserver.local import LocalMock
from cancelkit.spec import Contract

TOKEN = "in-process"


def verified(
    contract: Contract, mock: LocalMock, rules: list[Rule], *, seed: int = 1, keep: bool = True, **more: Any
) -> Verdict:
    """The verdict of these rules, quick and strict, without Schemathesis. more: arguments of `execute`."""
    scope = default_scope(contract)
    settings = Settings(
        mock.url,
        token=TOKEN,
        scope=scope,
        other_scope=default_other(contract, scope),
        profile=Profile.QUICK,
        seed=seed,
        strict=True,
        schemathesis=False,
        keep=keep,
    )
    return execute(settings, contract, rules=rules, transport=mock.transport, **more)
