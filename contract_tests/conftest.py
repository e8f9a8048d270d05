"""The suite as plain pytest: `pytest --pyargs contract_tests --base-url http://127.0.0.1:8080 --channel 5`.

Owns: pytest's options for a target, and one session for all tests of a process.
Knows nothing of: which rules there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from contract_tests.errors import COULD_NOT_RUN, CouldNotRun
from contract_tests.options import read_settings
from contract_tests.passive import PassiveWatch
from contract_tests.runner import Runner
from contract_tests.session import open_session
from contract_tests.settings import Profile
from contract_tests.tour import tour
from spec import load

PASSIVE = pytest.StashKey[PassiveWatch]()


def _ids(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("cancelkit", "the target whose contract is checked (token: CANCELKIT_TOKEN)")
    group.addoption("--base-url", dest="url", help="The server's root; or url in cancelkit.toml.")
    group.addoption("--cancelkit-config", dest="settings_file", type=Path, help="In place of cancelkit.toml.")
    group.addoption("--prefix", dest="prefix", help="What stands in place of the contract's /api.")
    group.addoption("--token-file", dest="token_file", help="A file that holds the API key.")
    group.addoption("--channel", dest="channel", type=int, help="The channel to work in.")
    group.addoption("--other-channel", dest="other_channel", type=int, help="A second channel.")
    group.addoption("--order-items", dest="order_items", type=_ids, help="Ids that a create may name.")
    group.addoption("--reasons", dest="reasons", type=_ids, help="Ids that a create may name.")
    group.addoption("--profile", dest="profile", choices=[p.value for p in Profile], help="How thorough.")
    group.addoption("--contract-seed", dest="seed", type=int, help="Repeats a run exactly.")
    group.addoption("--strict", dest="strict", action="store_true", default=None, help="What is assumed fails, too.")
    group.addoption("--read-only", dest="read_only", action="store_true", default=None, help="Send GETs only.")
    group.addoption("--allow-host", dest="allow_hosts", action="append", help="A host other than this machine.")


NAMES = ("url", "prefix", "token_file", "channel", "other_channel", "order_items", "reasons", "profile", "seed")
FLAGS = ("strict", "read_only", "allow_hosts")


@pytest.fixture(scope="session")
def runner(pytestconfig: pytest.Config) -> Iterator[Runner]:
    """A runner on a probed target; what it creates is removed at the end."""
    spec = load()
    watch = PassiveWatch(spec)
    pytestconfig.stash[PASSIVE] = watch
    try:
        given = {name: pytestconfig.getoption(name) for name in (*NAMES, *FLAGS)}
        settings = read_settings(given, pytestconfig.getoption("settings_file"))
        with open_session(settings, spec, watch.watch) as session:
            tour(session.bench("tour"))
            yield Runner(session)
        for text in session.leftovers:
            print(f"left behind: {text}")
    except CouldNotRun as error:
        pytest.exit(f"cancelkit: {error}", returncode=COULD_NOT_RUN)


@pytest.fixture(scope="session")
def watch(pytestconfig: pytest.Config, runner: Runner) -> PassiveWatch:
    """What the answers of this process looked like."""
    return pytestconfig.stash[PASSIVE]
