"""Where the mock listens: localhost in both families, and Unix sockets."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from click.testing import CliRunner

from cancelkit.mockserver.cli import mock as command
from cancelkit.mockserver.serving import serve
from cancelkit.mockserver.serving.serve import CannotBind, bind_all
from cancelkit.mockserver.serving.unix import bind_unix
from tests.clients.running import mock, running
from tests.mockserver.bench import LIST

KEY = {"authorization": "Token demo"}


def _ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


ipv6 = pytest.mark.skipif(not _ipv6(), reason="no IPv6 here")


@ipv6
def test_localhost_is_found_in_both_families() -> None:
    """Without any option: clients that try ::1 first find the mock, and it knows them for this machine's."""
    with mock() as url:
        port = urlsplit(url).port
        for host in ("127.0.0.1", "[::1]", "localhost"):
            here = f"http://{host}:{port}"
            assert httpx.get(f"{here}{LIST}?limit=1", headers=KEY).json()["next"].startswith(here)
            assert httpx.get(f"{here}/_mock/status").status_code == 200


@ipv6
def test_a_port_that_is_taken_in_one_family_is_taken() -> None:
    """A named one is refused; any free one is free in both."""
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as other:
        port = other.getsockname()[1]
        run = CliRunner().invoke(command, ["--port", str(port)])
    found = bind_all("localhost", 0)
    ports = {listener.getsockname()[1] for listener in found}
    for listener in found:
        listener.close()

    assert run.exit_code == 2
    assert run.output.startswith(f"cancelkit mock: can't listen on ::1 port {port}: Address already in use")
    assert (len(found), len(ports)) == (2, 1)


def test_any_free_port_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the one that IPv4 gave is taken in IPv6."""
    asked: list[tuple[str, int]] = []

    def bind(host: str, port: int) -> socket.socket:
        asked.append((host, port))
        if host == "::1" and len(asked) == 2:
            raise CannotBind("taken", busy=True)
        return socket.create_server(("127.0.0.1", 0))

    monkeypatch.setattr(serve, "bind", bind)
    for listener in bind_all("localhost", 0):
        listener.close()

    assert [host for host, _ in asked] == ["127.0.0.1", "::1", "127.0.0.1", "::1"]


@pytest.mark.parametrize("number", [errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT])
def test_a_machine_without_ipv6_has_ipv4(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    class Without(socket.socket):
        def __init__(self, family: int = -1, *rest: int, **more: int) -> None:
            if family == socket.AF_INET6 and number == errno.EAFNOSUPPORT:
                raise OSError(number, os.strerror(number))
            super().__init__(family, *rest, **more)

        def bind(self, address: tuple[str, int]) -> None:  # type: ignore[override]
            if self.family == socket.AF_INET6:
                raise OSError(number, os.strerror(number))
            super().bind(address)

    monkeypatch.setattr(socket, "socket", Without)
    found = bind_all("localhost", 0)
    names = [listener.getsockname()[0] for listener in found]
    for listener in found:
        listener.close()

    assert names == ["127.0.0.1"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mock.sock"


def _client(path: Path) -> httpx.Client:
    return httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), base_url="http://localhost", headers=KEY)


@pytest.mark.parametrize(("options", "mode"), [([], 0o600), (["--unix-socket-mode", "660"], 0o660)])
def test_a_unix_socket_serves_and_goes_with_the_mock(path: Path, options: list[str], mode: int) -> None:
    """API, links, control endpoints and --wait-for; who may use it is the file's mode."""
    with running("mock", "--unix-socket", str(path), *options) as server:
        server.find("socket  ")
        waited = CliRunner().invoke(command, ["--wait-for", f"unix:{path}"])
        with _client(path) as client:
            answer = client.get(LIST, params={"limit": 1}).json()
            hostless = client.get(LIST, params={"limit": 1}, headers={"host": "no host"}).json()
            status = client.get("/_mock/status")
            rebound = client.get("/_mock/status", headers={"host": "evil.example"})
        found = path.stat().st_mode & 0o777

    assert answer["next"] == hostless["next"] == f"http://localhost{LIST}?limit=1&page=2"
    assert (status.status_code, rebound.status_code) == (200, 403)
    assert (found, waited.exit_code) == (mode, 0)
    assert not path.exists()


def test_a_socket_that_nobody_listens_at_makes_room(path: Path) -> None:
    """One that a killed mock left."""
    with running("mock", "--unix-socket", str(path)) as server:
        server.find("socket  ")
        server.process.kill()
        server.process.wait(20)
    assert path.exists()

    with running("mock", "--unix-socket", str(path)) as server:
        server.find("socket  ")
        with _client(path) as client:
            assert client.get("/readyz").status_code == 200


def test_what_is_in_use_or_no_socket_stays(path: Path, tmp_path: Path) -> None:
    """One line, exit code 2; the mock that has the socket keeps it."""
    text = tmp_path / "text"
    text.write_text("mine")
    with running("mock", "--unix-socket", str(path)) as server:
        server.find("socket  ")
        runs = [
            CliRunner().invoke(command, ["--unix-socket", str(each)])
            for each in (path, text, tmp_path / "none" / "sock", tmp_path / ("long" * 40))
        ]
        with _client(path) as client:
            assert client.get("/readyz").status_code == 200

    assert [run.exit_code for run in runs] == [2, 2, 2, 2]
    assert [run.output.count("\n") for run in runs] == [1, 1, 1, 1]
    assert "somebody does already" in runs[0].output
    assert "a file that is no socket" in runs[1].output
    assert text.read_text() == "mine"


def test_a_mock_that_can_not_start_takes_its_socket_away(path: Path, tmp_path: Path) -> None:
    (tmp_path / "scenario.yaml").write_text("requests: nonsense")
    options = ["--unix-socket", str(path), "--scenario", str(tmp_path / "scenario.yaml")]
    run = CliRunner().invoke(command, options)

    assert (run.exit_code, path.exists()) == (2, False)


def test_a_socket_that_another_has_put_there_stays(path: Path) -> None:
    first, remove = bind_unix(path, 0o600)
    first.close()
    second, remove_second = bind_unix(path, 0o600)
    second.close()
    path.rename(path.with_suffix(".kept"))
    path.with_suffix(".other").touch()
    path.with_suffix(".other").rename(path)
    remove()
    remove_second()

    assert path.exists()


@pytest.mark.parametrize(
    "options", ["--port 1", "--host ::1", "--unix-socket-mode 999", "--unix-socket-mode 66", "--unix-socket-mode rw"]
)
def test_options_that_do_not_fit_are_refused(path: Path, options: str) -> None:
    assert CliRunner().invoke(command, ["--unix-socket", str(path), *options.split()]).exit_code == 2


def test_a_proxy_at_the_socket_can_be_trusted(path: Path) -> None:
    """And by no other means than by name."""
    sent = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "shop.test"}
    seen = []
    for options in ([], ["--trusted-proxy", "unix"]):
        with running("mock", "--unix-socket", str(path), *options) as server, _client(path) as client:
            server.find("socket  ")
            seen.append(client.get(LIST, params={"limit": 1}, headers=sent).json()["next"])

    assert [url.partition("/api")[0] for url in seen] == ["http://localhost", "https://shop.test"]
