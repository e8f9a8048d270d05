"""The pytest plugin, tried from outside: small test files in runs of their own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpcore  # noqa: F401  (or runs inside this process would import it again, and httpx know only the first)
import httptools  # noqa: F401  loaded before pytester's runs, which would load it twice: two classes of each error
import pytest

from cancelkit.mockserver.client import MockControl
from cancelkit.mockserver.local import LocalMock
from cancelkit.mockserver.settings import Settings

pytest_plugins = ["pytester"]

LIST = "/api/channel/{mock_api.scope[0]}/cancellation_requests/"
OTHERS = "-p no:cacheprovider -p no:schemathesis -p no:hypothesispytest -p no:anyio"
HEAVY = "httpx, connexion, starlette, uvicorn, yaml, sqlite3, schemathesis, hypothesis"


@pytest.fixture(scope="module")
def running() -> Iterator[str]:
    """A mock that is there already."""
    with LocalMock(Settings(port=0)) as mock:
        yield mock.listen()


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Runs in this process use the plugins of the environment, and no settings of this project."""
    monkeypatch.setattr(pytester, "plugins", [])
    pytester.makeini(f"[pytest]\naddopts = {OTHERS} --strict-markers\nmock_size = 20")
    return pytester


ISOLATED = f"""
    import pytest

    @pytest.mark.parametrize("number", range(4))
    def test_own_state(mock_api, number):
        before = mock_api.control.records()["count"]
        answer = mock_api.client.delete(f"{LIST}1/")
        assert answer.status_code == 204
        assert (before, mock_api.control.records()["count"]) == (20, 19)
        assert mock_api.session.startswith(f"test-own-state-{{number}}-")
        assert len(mock_api.control.journal()) == 1
"""


@pytest.mark.parametrize("options", [[], ["--mock-in-process"], ["-n", "2"]])
def test_each_test_has_a_session_of_its_own(pytester: pytest.Pytester, options: list[str]) -> None:
    """The same request can be deleted by every test, in one process and in several, with a port and without."""
    pytester.makepyfile(ISOLATED)
    done = pytester.runpytest_inprocess(*options)

    done.assert_outcomes(passed=4)


def test_workers_can_share_one_mock(pytester: pytest.Pytester, running: str) -> None:
    """With --mock-url all use the mock there, and leave none of their sessions behind."""
    pytester.makepyfile(ISOLATED.replace("20, 19", "200, 199"), test_where=f"""
        def test_where(mock_api):
            assert mock_api.base_url == "{running}"
    """)  # fmt: skip
    done = pytester.runpytest_inprocess("-n", "2", "--mock-url", running)

    done.assert_outcomes(passed=5)
    with MockControl(running) as control:
        assert [entry["name"] for entry in control.sessions()] == ["default"]


def test_every_kind_of_client_reaches_the_session(pytester: pytest.Pytester) -> None:
    """The ready clients, any other one with the headers, and one that can send none, by the path."""
    pytester.makepyfile(f"""
        import asyncio, json
        from urllib.request import Request, urlopen

        def test_clients(mock_api):
            path = f"{LIST}"
            mock_api.client.get(path)

            async def use():
                async with mock_api.async_client() as client:
                    await client.get(path)

            asyncio.run(use())
            urlopen(Request(mock_api.base_url + path, headers=mock_api.headers))
            urlopen(Request(mock_api.session_url + path, headers={{"Authorization": "Token demo"}}))
            assert [call["status"] for call in mock_api.control.journal()] == [200] * 4

        def test_without_a_port(mock_api_asgi):
            path = f"{LIST.replace("mock_api", "mock_api_asgi")}"
            assert mock_api_asgi.client.get(path).json()["count"]

            async def use():
                async with mock_api_asgi.async_client() as client:
                    return await client.get(path)

            assert asyncio.run(use()).status_code == 200
            assert mock_api_asgi.base_url == "http://localhost"
            assert len(mock_api_asgi.control.journal()) == 2
    """)
    done = pytester.runpytest_inprocess()

    done.assert_outcomes(passed=2)


def test_markers_say_how_the_session_starts(pytester: pytest.Pytester) -> None:
    """Those of the test win over those of its class; a scenario's file lies beside the test's."""
    (pytester.path / "refunds.yaml").write_text("- {count: 2, status: waiting_approval}\n", encoding="utf-8")
    pytester.makepyfile("""
        import pytest

        @pytest.mark.mock(empty=True, freeze="2025-06-15T12:00:00Z")
        class TestMarks:
            def test_of_the_class(self, mock_api):
                assert mock_api.control.records()["count"] == 0
                assert mock_api.control.clock()["now"].startswith("2025-06-15T12:00:00")

            @pytest.mark.mock(scenario=[{"status": "rejected", "created": "yesterday"}])
            def test_recipes(self, mock_api):
                (row,) = mock_api.control.records()["results"]
                assert (row["status"], row["created_date"][:10]) == ("rejected", "2025-06-14")

            @pytest.mark.mock(scenario="refunds.yaml", empty=False, freeze=None)
            def test_file(self, mock_api):
                assert mock_api.control.records()["count"] == 22
                assert not mock_api.control.clock()["frozen"]

            @pytest.mark.mock(freeze=True)
            def test_now(self, mock_api):
                assert mock_api.control.clock()["frozen"]
    """)
    done = pytester.runpytest_inprocess("--mock-in-process")

    done.assert_outcomes(passed=4)


@pytest.mark.parametrize(
    ("mark", "told"),
    [
        ("scenario='gone.yaml'", "*gone.yaml*"),
        ("scenario=[{'status': 'lost'}]", "*requests[[]0[]].status: 'lost' is not one of*"),
        ("freeze='noon'", "*freeze: 'noon' is not a time*"),
        ("scenery=1", "*pytest.mark.mock takes empty, freeze, no_violations, scenario, by name*"),
        ("'refunds.yaml'", "*pytest.mark.mock takes*by name*"),
    ],
)
def test_a_marker_that_makes_no_sense_is_an_error(pytester: pytest.Pytester, mark: str, told: str) -> None:
    """In one line that names what is wrong, and no traceback."""
    pytester.makepyfile(f"""
        import pytest

        @pytest.mark.mock({mark})
        def test_it(mock_api): pass
    """)
    done = pytester.runpytest_inprocess("--mock-in-process")

    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines([told])
    done.stdout.no_fnmatch_line("*Error*")


def test_a_failed_test_shows_its_calls(pytester: pytest.Pytester) -> None:
    """Calls, statuses, faults and violations stand in the report, and no key; a test that passes shows nothing."""
    pytester.makepyfile(f"""
        def test_bad(mock_api):
            mock_api.client.get(f"{LIST}?colour=red")
            with mock_api.control.fault("status", status=503):
                mock_api.client.get(f"{LIST}")
            assert False

        def test_good(mock_api):
            mock_api.client.get(f"{LIST}")
    """)
    done = pytester.runpytest_inprocess("--mock-in-process")

    done.assert_outcomes(passed=1, failed=1)
    done.stdout.fnmatch_lines([
        "*calls to the mock (session test-bad-*",
        "GET /api/channel/*/cancellation_requests/[?]colour=red -> 200  undocumented-parameter: *",
        "GET /api/channel/*/cancellation_requests/ -> 503  fault: status",
    ])  # fmt: skip
    assert done.stdout.str().count("calls to the mock") == 1
    done.stdout.no_fnmatch_line("*demo*")


@pytest.mark.parametrize("name", ["no_violations", "no_breaches"])
def test_calls_that_break_the_contract_fail_where_that_is_wanted(pytester: pytest.Pytester, name: str) -> None:
    """The setting holds for all tests, a marker for its own; both by their present and by their former name."""
    pytester.makeini(f"[pytest]\nmock_{name} = true\nmock_in_process = true")
    pytester.makepyfile(f"""
        import pytest

        def test_typing_error(mock_api):
            mock_api.client.get(f"{LIST}?colour=red")

        @pytest.mark.mock({name}=False)
        def test_on_purpose(mock_api):
            mock_api.client.get(f"{LIST}?colour=red")

        def test_right(mock_api):
            mock_api.client.get(f"{LIST}?status=waiting")
    """)
    done = pytester.runpytest_inprocess()

    done.assert_outcomes(passed=3, errors=1)
    done.stdout.fnmatch_lines(["the test's calls broke the contract", "*colour*"])


def test_settings_choose_data_and_key(pytester: pytest.Pytester) -> None:
    """mock_data takes a file that an export has written; only the key of mock_token is known."""
    with LocalMock() as mock:
        (pytester.path / "world.json").write_bytes(_export(mock))
    pytester.makeini("[pytest]\nmock_data = world.json\nmock_token = k3y\nmock_in_process = true")
    pytester.makepyfile(f"""
        def test_settings(mock_api):
            assert mock_api.control.records()["count"] == 1
            assert mock_api.client.get(f"{LIST}").status_code == 200
            assert mock_api.client.get(f"{LIST}", headers={{"Authorization": "Token x"}}).status_code == 401
    """)
    done = pytester.runpytest_inprocess()

    done.assert_outcomes(passed=1)


def _export(mock: LocalMock) -> bytes:
    import orjson

    with MockControl(mock.url, transport=mock.transport) as control:
        control.scenario({"start": "empty", "requests": [{}]})
        return orjson.dumps(control.export())


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--mock-url", "http://127.0.0.1:1"], "*http://127.0.0.1:1*is the mock running there?*"),
        (["-o", "mock_data=gone.json"], "*mock_data = gone.json: *No such file*"),
    ],
)
def test_a_mock_that_can_not_be_had_is_told_in_one_line(
    pytester: pytest.Pytester, options: list[str], told: str
) -> None:
    """The test is an error; the reason has no traceback."""
    pytester.makepyfile("def test_it(mock_api): pass")
    done = pytester.runpytest_inprocess(*options)

    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines([told])
    done.stdout.no_fnmatch_line("*Error*")


def test_a_run_that_does_not_use_it_pays_nothing() -> None:
    """Loading the plugin imports none of what the mock needs."""
    code = f"import sys, mockserver.pytest_plugin; print(*set('{HEAVY}'.split(', ')) & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == ""


def test_the_conformance_suite_runs_beside_it(pytester: pytest.Pytester, running: str) -> None:
    """Both plugins are loaded, and `pytest --pyargs contract_tests` finds its options and its rules."""
    done = pytester.runpytest_subprocess(
        "--pyargs",
        "cancelkit.contract_tests",
        "--base-url",
        running,
        "--contract-scope",
        "5",
        "--collect-only",
        "-q",
        timeout=120,
    )

    assert done.ret == 0
    assert len(done.outlines) > 100
    done.stderr.no_fnmatch_line("*")


def test_its_documentation_is_complete() -> None:
    """Each option and setting stands in docs/testing.md."""
    root = Path(__file__).parents[2]
    source = (root / "mockserver" / "pytest_plugin.py").read_text(encoding="utf-8")
    text = (root / "docs" / "testing.md").read_text(encoding="utf-8")
    names = re.findall(r'add(?:ini|option)\(\s*"([\w-]+)"', source)

    assert len(names) == 11
    assert [name for name in names if f"`{name}" not in text] == []
