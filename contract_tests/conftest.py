"""One session with the target for all tests of a pytest process.

Owns: the fixtures of test_conformance.py, and one test for each rule of the contract.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cancelkit.contract_tests.configuration.options import read_settings
from cancelkit.contract_tests.engine.latency import LatencyLog, budget_rules
from cancelkit.contract_tests.engine.passive import passive_rules
from cancelkit.contract_tests.engine.registry import every_rule
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.engine.runner import Runner
from cancelkit.contract_tests.engine.session import open_session
from cancelkit.contract_tests.engine.tour import tour
from cancelkit.contract_tests.engine.watch import PassiveWatch
from cancelkit.contract_tests.errors import COULD_NOT_RUN, CouldNotRun
from cancelkit.contract_tests.plugin import given
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import PATH, Contract, SpecError, load

CONTRACT = pytest.StashKey[Contract]()
LATENCY = pytest.StashKey[LatencyLog]()
PASSIVE = pytest.StashKey[PassiveWatch]()


def contract_of(config: pytest.Config) -> Contract:
    """The contract that the options name; the one place of the plugin that loads one."""
    if CONTRACT not in config.stash:
        options = given(config)
        try:
            found = load(Path(options["contract"] or PATH), tuple(map(Path, options["overlays"] or ())))
        except SpecError as error:
            pytest.exit(f"cancelkit: {error}", returncode=COULD_NOT_RUN)
        config.stash[CONTRACT] = found
    return config.stash[CONTRACT]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test of each rule: `active` ones send requests, `passive` ones judge the answers that were seen."""
    if metafunc.module.__name__ != f"{__package__}.test_conformance":
        return
    contract = contract_of(metafunc.config)
    passive = {rule.id: rule for rule in passive_rules(contract)}
    if "active" in metafunc.fixturenames:
        rules = [rule for rule in every_rule(contract) if rule.id not in passive]
        metafunc.parametrize("active", rules, ids=[rule.id for rule in rules])
    if "passive" in metafunc.fixturenames:
        metafunc.parametrize("passive", passive.values(), ids=passive)


@pytest.fixture(scope="session")
def runner(pytestconfig: pytest.Config) -> Iterator[Runner]:
    """A runner on a probed target; what it creates is removed at the end."""
    contract = contract_of(pytestconfig)
    watch, log = PassiveWatch(contract), LatencyLog(contract)
    pytestconfig.stash[PASSIVE], pytestconfig.stash[LATENCY] = watch, log

    def see(answer: Answer) -> None:
        watch.watch(answer)
        log.watch(answer)

    try:
        chosen = given(pytestconfig)
        file = Path(chosen["config"]) if chosen["config"] else None
        settings = read_settings(chosen, file, contract=contract)
        with open_session(settings, contract, see) as session:
            tour(session.context("tour"))
            yield Runner(session)
        for text in session.leftovers:
            print(f"left behind: {text}")
    except CouldNotRun as error:
        pytest.exit(f"cancelkit: {error}", returncode=COULD_NOT_RUN)


@pytest.fixture(scope="session")
def budgets(pytestconfig: pytest.Config, runner: Runner) -> list[Rule]:
    """A rule for each operation that has a budget of milliseconds."""
    session = runner.session
    return list(budget_rules(session.contract, session.settings.max_p95, pytestconfig.stash[LATENCY]))


@pytest.fixture(scope="session")
def watch(pytestconfig: pytest.Config, runner: Runner) -> PassiveWatch:
    """What the answers of this process looked like."""
    return pytestconfig.stash[PASSIVE]
