"""One session with the target for all tests of a pytest process.

Owns: the fixtures of test_conformance.py.
Knows nothing of: which rules there are, which options (plugin.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cancelkit.contract_tests.errors import COULD_NOT_RUN, CouldNotRun
from cancelkit.contract_tests.options import read_settings
from cancelkit.contract_tests.passive import PassiveWatch
from cancelkit.contract_tests.plugin import given
from cancelkit.contract_tests.runner import Runner
from cancelkit.contract_tests.session import open_session
from cancelkit.contract_tests.tour import tour
from cancelkit.spec import load

PASSIVE = pytest.StashKey[PassiveWatch]()


@pytest.fixture(scope="session")
def runner(pytestconfig: pytest.Config) -> Iterator[Runner]:
    """A runner on a probed target; what it creates is removed at the end."""
    spec = load()
    watch = PassiveWatch(spec)
    pytestconfig.stash[PASSIVE] = watch
    try:
        chosen = given(pytestconfig)
        settings = read_settings(chosen, Path(chosen["config"]) if chosen["config"] else None)
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
