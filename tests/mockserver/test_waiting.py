"""`cancelkit mock --wait-for`: a script goes on when the mock is ready."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from click.testing import CliRunner, Result

from cancelkit.mockserver.cli import mock
from cancelkit.mockserver.local import LocalMock

READY = "http://127.0.0.1:1/_mock/ready"


def wait(url: str, timeout: float = 0) -> Result:
    return CliRunner().invoke(mock, ["--wait-for", url, "--wait-timeout", str(timeout)])


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made; none takes any time."""
    made: list[float] = []
    monkeypatch.setattr("cancelkit.mockserver.options.time.sleep", made.append)
    return made


def answers(monkeypatch: pytest.MonkeyPatch, *answers: int | Exception) -> None:
    """Let the mock at the address answer so, one after the other."""
    coming: Iterator[int | Exception] = iter(answers)

    def get(client: httpx.Client, url: str) -> httpx.Response:
        assert url == READY
        answer = next(coming)
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer)

    monkeypatch.setattr(httpx.Client, "get", get)


def test_a_mock_that_is_ready_lets_the_script_go_on() -> None:
    """Exit code 0, and nothing is said; a slash at the end of the address does not matter."""
    with LocalMock() as local:
        done = [wait(local.listen()), wait(f"{local.listen()}/")]

    assert [(result.exit_code, result.output) for result in done] == [(0, "")] * 2


def test_it_waits_until_the_mock_is_ready(monkeypatch: pytest.MonkeyPatch, naps: list[float]) -> None:
    """Nobody there, another server, then the mock: it asks until the mock answers."""
    answers(monkeypatch, httpx.ConnectError("refused"), 404, httpx.ReadTimeout("slow"), 200)

    assert wait("http://127.0.0.1:1", 60).exit_code == 0
    assert len(naps) == 3


def test_a_mock_that_is_not_ready_in_time_stops_the_script(monkeypatch: pytest.MonkeyPatch, naps: list[float]) -> None:
    """Exit code 2, and one line that names the address."""
    answers(monkeypatch, 404)
    done = wait("http://127.0.0.1:1")

    assert done.exit_code == 2
    assert done.output == "cancelkit mock: http://127.0.0.1:1 was not ready within 0 seconds\n"


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "ftp://127.0.0.1"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    """With what is wrong."""
    done = wait(url)

    assert done.exit_code == 2
    assert f"--wait-for {url}" in done.output
