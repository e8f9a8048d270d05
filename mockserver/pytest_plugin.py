"""The mock as a pytest fixture: `def test_checkout(mock_api): ...`

Owns: the options, the marker, the fixtures, and what a failed test shows of its calls.
Knows nothing of: how the mock works. Every pytest run in this environment loads this file, so it imports pytest alone;
    the rest comes with the first test that uses a fixture.
Source: docs/testing.md.
"""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from cancelkit.mockserver.client import Call, MockApi, MockControl
    from cancelkit.mockserver.local import LocalMock
    from cancelkit.spec import Contract

MARKER = "mock(scenario=None, empty=False, freeze=None, no_violations=None): how the test's session of the mock starts"
MARKS = frozenset({"scenario", "empty", "freeze", "no_violations"})
FORMER_MARKS = {"no_breaches": "no_violations"}
SHOWN_CALLS = 30
LATE_SESSIONS = 100_000
TOKEN_VARIABLE = "CANCELKIT_CONTROL_TOKEN"  # noqa: S105  (a name, no token)
_USED = pytest.StashKey["MockApi"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options and their settings in the configuration file."""
    group = parser.getgroup("cancelkit mock", "a mock for tests (docs/testing.md)")
    group.addoption("--mock-url", metavar="URL", help="Use the mock that runs there; else each process has its own.")
    group.addoption("--mock-in-process", action="store_true", help="mock_api without a port.")
    parser.addini("mock_url", "As --mock-url.", default="")
    parser.addini("mock_in_process", "As --mock-in-process.", type="bool", default=False)
    parser.addini("mock_token", "The API key that tests send.", default="demo")
    parser.addini("mock_size", "How many requests the mock has.", type="int", default=200)
    parser.addini("mock_seed", "Which default data.", type="int", default=1)
    parser.addini(
        "mock_data", "A world as JSON, as `cancelkit mock --data`, beside the configuration file.", default=""
    )
    parser.addini("cancelkit_contract", "The contract, beside the configuration file; as --contract.", default="")
    parser.addini("cancelkit_overlays", "Overlays on it, in order; as --overlay.", type="linelist", default=[])
    says = "Fail tests whose calls broke the contract."
    parser.addini("mock_no_violations", says, type="bool", default=False, aliases=["mock_no_breaches"])


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)


@pytest.fixture
def mock_api(request: pytest.FixtureRequest) -> Iterator[MockApi]:
    """A session of its own in a mock, reached over a socket unless the options say otherwise."""
    config = request.config
    url = config.getoption("--mock-url") or config.getini("mock_url")
    if url:
        yield from _session(request, url, None)
        return
    local: LocalMock = request.getfixturevalue("_mock_local")
    in_process = config.getoption("--mock-in-process") or config.getini("mock_in_process")
    yield from _session(request, local.url if in_process else local.listen(), local if in_process else None)


@pytest.fixture
def mock_api_asgi(request: pytest.FixtureRequest, _mock_local: LocalMock) -> Iterator[MockApi]:
    """The same in this process, without a socket, whatever the options say."""
    yield from _session(request, _mock_local.url, _mock_local)


@pytest.fixture(scope="session")
def _mock_local(pytestconfig: pytest.Config) -> Iterator[LocalMock]:
    """The mock of this process; with xdist each worker has one."""
    from cancelkit.mockserver.local import LocalMock
    from cancelkit.mockserver.settings import Settings

    contract = _contract(pytestconfig)
    token = pytestconfig.getini("mock_token")
    settings = Settings(port=0, tokens=(token,), session_limit=LATE_SESSIONS)
    with LocalMock(settings, _world(pytestconfig), contract=contract) as local:
        yield local


def _contract(config: pytest.Config) -> Contract:
    """The contract of the ini options; else of the environment, cancelkit.toml or the package."""
    from cancelkit.spec import SpecError
    from cancelkit.spec.choosing import choose

    folder = config.inipath.parent if config.inipath else config.rootpath
    file = config.getini("cancelkit_contract")
    overlays = [folder / name for name in config.getini("cancelkit_overlays")]
    settings = folder / "cancelkit.toml"
    try:
        return choose(
            folder / file if file else None, overlays, settings=settings if settings.exists() else None
        ).read()
    except SpecError as problem:
        told = str(problem)
    return pytest.fail(told, pytrace=False)


def _world(config: pytest.Config) -> Any:
    from cancelkit.fixtures.world import World, WorldError, generate_world

    name = config.getini("mock_data")
    if not name:
        return generate_world(size=config.getini("mock_size"), seed=config.getini("mock_seed"))
    import json

    file = (config.inipath.parent if config.inipath else config.rootpath) / name
    try:
        return World.from_tables(json.loads(file.read_text(encoding="utf-8-sig")))
    except (OSError, ValueError, WorldError) as problem:
        told = f"mock_data = {name}: {problem}"
    return pytest.fail(told, pytrace=False)


def _session(request: pytest.FixtureRequest, url: str, local: LocalMock | None) -> Iterator[MockApi]:
    from cancelkit.mockserver.client import MockApi, MockError, VerifyFailed

    wanted = _wanted(request.node)
    api = MockApi(
        url,
        f"{re.sub('[^A-Za-z0-9]+', '-', request.node.name)[:40].strip('-')}-{uuid4().hex[:12]}".lstrip("-"),
        token=request.config.getini("mock_token"),
        control_token=os.environ.get(TOKEN_VARIABLE),
        transport=local.transport if local else None,
    )
    told = None
    try:
        with api:
            _start(api.control, wanted, Path(request.node.path).parent)
            request.node.stash[_USED] = api
            yield api
            if wanted.get("no_violations", request.config.getini("mock_no_violations")):
                api.control.verify(no_violations=True)
    except VerifyFailed as problem:
        told = f"the test's calls broke the contract\n{problem}"
    except (MockError, OSError) as problem:
        told = str(problem)
    if told is not None:  # Outside the handlers, so that pytest shows this line alone and not where it came from.
        pytest.fail(told, pytrace=False)


def _wanted(node: Any) -> Mapping[str, Any]:
    """What the markers say together, those of the test itself last."""
    wanted: dict[str, Any] = {}
    for mark in reversed(list(node.iter_markers("mock"))):
        given = {FORMER_MARKS.get(name, name): value for name, value in mark.kwargs.items()}
        wanted |= given
        if mark.args or set(given) - MARKS:
            pytest.fail(f"@pytest.mark.mock takes {', '.join(sorted(MARKS))}, by name", pytrace=False)
    return wanted


def _start(control: MockControl, wanted: Mapping[str, Any], folder: Path) -> None:
    """Bring the session to where the test wants it; a scenario's file is looked for beside the test's."""
    freeze, scenario = wanted.get("freeze"), wanted.get("scenario")
    if freeze:
        control.freeze(None if freeze is True else freeze)
    if wanted.get("empty"):
        control.scenario({"start": "empty"})
    if scenario is not None:
        control.scenario(folder / scenario if isinstance(scenario, str | Path) else scenario)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the calls that a failed test has made."""
    report = yield
    api = item.stash.get(_USED, None)
    if api is not None and report.when == "call" and report.failed:
        from cancelkit.mockserver.client import MockError

        try:
            calls = api.control.journal(limit=SHOWN_CALLS)
        except MockError:
            return report
        report.sections.append((f"calls to the mock (session {api.session})", "\n".join(map(_line, calls)) or "none"))
    return report


def _line(call: Call) -> str:
    query = f"?{call['query']}" if call["query"] else ""
    told = [f"{call['method']} {call['path']}{query} -> {call['status']}"]
    told += [f"fault: {call['fault']}"] if call["fault"] else []
    told += [f"{violation['code']}: {violation['message']}" for violation in call["violations"]]
    return "  ".join(told)
