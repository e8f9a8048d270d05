"""A mock behind a proxy: whose word counts, links that lead back, control endpoints that stay closed."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
from click.testing import CliRunner
from starlette.datastructures import Headers

from cancelkit.mockserver.cli import mock
from cancelkit.mockserver.control.guard import Guard
from cancelkit.mockserver.local import LocalMock
from cancelkit.mockserver.serving.forwarded import Told, Trusted, told
from cancelkit.mockserver.settings import Settings
from tests.clients.running import ROOT, running
from tests.mockserver.bench import LIST

KEY = {"authorization": "Token demo"}
TOKEN = {"x-mock-control": "s3cret"}
FORWARDED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "shop.test:8443",
    "X-Forwarded-Prefix": "/team/mock/",
}
FILE = re.compile(r"""(?:src=|href=|url: )"([\w./-]+\.(?:js|css|svg|json))\"""")
IMPORT = re.compile(r"""from "([\w./-]+\.js)\"""")
RFC7239 = {"Forwarded": 'for="[2001:db8::9]:4711";proto=https;host="shop.test:8443"'}


def _url(**settings: object) -> Iterator[str]:
    with LocalMock(Settings(port=0, **settings)) as mock:  # type: ignore[arg-type]
        yield mock.listen()


@pytest.fixture(scope="module")
def alone() -> Iterator[str]:
    yield from _url()


@pytest.fixture(scope="module")
def sub() -> Iterator[str]:
    yield from _url(root_path="/mock", control_token="s3cret")


@pytest.fixture(scope="module")
def trusting() -> Iterator[str]:
    yield from _url(trusted_proxies=("127.0.0.0/8",), root_path="/mock")


def _next(url: str, path: str = LIST, headers: dict[str, str] | None = None) -> str:
    answer = httpx.get(f"{url}{path}?limit=1", headers=KEY | (headers or {}))
    found: str = answer.json()["next"]
    return found


@pytest.mark.parametrize("sent", ["/mock", ""], ids=["left on", "taken off"])
def test_links_lead_back_under_the_sub_path(sub: str, sent: str) -> None:
    """Whether the proxy takes it off or not, under a session's prefix too, and in redirects."""
    inner = _next(sub, f"{sent}/s/own{LIST}")
    redirect = httpx.get(f"{sub}{sent}{LIST.rstrip('/')}", headers=KEY).headers["location"]

    assert _next(sub, sent + LIST) == f"{sub}/mock{LIST}?limit=1&page=2"
    assert inner == f"{sub}/mock/s/own{LIST}?limit=1&page=2"
    assert redirect == f"/mock{LIST}"
    assert httpx.get(inner, headers=KEY).json()["previous"] == f"{sub}/mock/s/own{LIST}?limit=1&page=1"


def test_a_mock_in_process_has_the_sub_path_too() -> None:
    """Whether it is called through a port or not."""
    with LocalMock(Settings(root_path="/mock")) as mock, httpx.Client(transport=mock.transport) as client:
        linked = client.get(f"{mock.url}/mock{LIST}?limit=1", headers=KEY).json()["next"]

    assert linked == f"{mock.url}/mock{LIST}?limit=1&page=2"


@pytest.mark.parametrize("page", ["", "/", "/docs", "/docs/", "/_mock", "/_mock/"])
def test_pages_and_their_files_are_found_under_the_sub_path(sub: str, page: str) -> None:
    """The page, its scripts and the modules that they import, as a browser finds them."""
    answer = httpx.get(f"{sub}/mock{page}", follow_redirects=True)
    page_url, seen = str(answer.url), set[str]()
    left = [(page_url, answer.text)]
    while left:
        script, text = left.pop()
        found = [urljoin(script, name) for name in IMPORT.findall(text)]
        found += [urljoin(page_url, name) for name in FILE.findall(text)]
        for url in set(found) - seen:
            seen.add(url)
            file = httpx.get(url)
            assert (file.status_code, url.startswith(f"{sub}/mock/")) == (200, True), url
            left.append((url, file.text if url.endswith(".js") and "bundle" not in url else ""))

    assert answer.status_code == 200
    assert str(answer.url).endswith(("/docs/", "/_mock/"))
    assert len(seen) >= 4


def test_the_contract_and_the_status_name_the_sub_path(sub: str) -> None:
    """What code generators, the docs page and the dashboard call."""
    servers = httpx.get(f"{sub}/mock/openapi.json").json()["servers"]
    status = httpx.get(f"{sub}/mock/_mock/status", headers=TOKEN).json()

    assert servers == [{"url": f"{sub}/mock"}]
    assert status["base_url"] == f"{sub}/mock"


@pytest.mark.parametrize("headers", [FORWARDED, RFC7239], ids=["X-Forwarded", "Forwarded"])
def test_nobody_is_trusted_by_default(alone: str, sub: str, headers: dict[str, str]) -> None:
    """Not even this machine, which uvicorn alone would trust."""
    assert _next(alone, headers=headers) == f"{alone}{LIST}?limit=1&page=2"
    assert _next(sub, headers=headers) == f"{sub}/mock{LIST}?limit=1&page=2"


def test_a_trusted_proxy_tells_scheme_host_and_prefix(trusting: str) -> None:
    """Its prefix goes before --root-path; the kept page of one host is not another's."""
    plain = _next(trusting)

    assert _next(trusting, headers=FORWARDED) == f"https://shop.test:8443/team/mock{LIST}?limit=1&page=2"
    assert _next(trusting, headers=RFC7239) == f"https://shop.test:8443/mock{LIST}?limit=1&page=2"
    assert _next(trusting) == plain == f"{trusting}/mock{LIST}?limit=1&page=2"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Forwarded-Host", "evil.test/path?"),
        ("X-Forwarded-Host", "user@evil.test"),
        ("X-Forwarded-Prefix", "//evil.test"),
        ("X-Forwarded-Prefix", "/a/../b"),
        ("X-Forwarded-Prefix", "mock"),
        ("X-Forwarded-Proto", "javascript"),
    ],
)
def test_what_is_no_host_scheme_or_prefix_does_not_count(trusting: str, name: str, value: str) -> None:
    assert _next(trusting, headers={name: value}) == f"{trusting}/mock{LIST}?limit=1&page=2"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"x-forwarded-for": "9.9.9.9"}, Told("9.9.9.9")),
        ({"x-forwarded-for": "127.0.0.1, 9.9.9.9:4711"}, Told("9.9.9.9")),
        ({"x-forwarded-for": "127.0.0.1, 9.9.9.9, 10.1.2.3"}, Told("9.9.9.9")),
        ({"x-forwarded-for": "[2001:db8::1]:80, ::ffff:10.0.0.1"}, Told("2001:db8::1")),
        ({"x-forwarded-for": "10.0.0.1, 10.0.0.2"}, Told("10.0.0.1")),
        ({"x-forwarded-for": "unknown"}, Told("unknown")),
        ({"x-forwarded-proto": "http, https", "x-forwarded-host": "evil.test, a.test"}, Told(None, "https", "a.test")),
        ({"forwarded": "for=127.0.0.1;host=evil.test, for=9.9.9.9;host=a.test"}, Told("9.9.9.9", None, "a.test")),
        (
            {"forwarded": 'for=1.1.1.1, For="[2001:db8::1]";Proto=https;host=a.test, for=10.0.0.1;host=in.test'},
            Told("2001:db8::1", "https", "a.test"),
        ),
        ({"forwarded": 'for=127.0.0.1;x=", for="[2001:db8::1]"'}, Told()),
        ({"forwarded": "for=127.0.0.1;proto=https", "x-forwarded-for": "9.9.9.9"}, Told("9.9.9.9")),
        ({"forwarded": ""}, Told()),
    ],
)
def test_lists_are_read_from_their_end(sent: dict[str, str], expected: Told) -> None:
    """What a client writes stands before what its proxies add."""
    headers = [(name.encode(), value.encode()) for name, value in sent.items()]

    assert told(headers, Trusted(["10.0.0.0/8"])) == expected


def test_header_lines_are_one_list() -> None:
    lines = [(b"x-forwarded-for", b"127.0.0.1"), (b"x-forwarded-for", b"9.9.9.9")]

    assert told(lines, Trusted(["10.0.0.0/8"])).client == "9.9.9.9"


@pytest.mark.parametrize(
    ("given", "address", "trusted"),
    [
        ("10.0.0.0/8", "10.9.8.7", True),
        ("10.0.0.0/8", "11.0.0.1", False),
        ("10.0.0.1", "::ffff:10.0.0.1", True),
        ("2001:db8::/32", "2001:db8::7", True),
        ("fe80::/10", "fe80::1%eth0", True),
        ("unix", None, True),
        ("10.0.0.0/8", None, False),
        ("0.0.0.0/0", "unix", False),
    ],
)
def test_who_is_trusted(given: str, address: str | None, trusted: bool) -> None:
    assert (address in Trusted([given])) is trusted


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Host": "localhost", "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "localhost"},
        {"Host": "localhost", "Forwarded": "for=127.0.0.1;host=localhost"},
        {"X-Forwarded-Prefix": "/_mock", "X-Forwarded-Proto": "http"},
    ],
)
def test_no_header_opens_the_control_endpoints(trusting: str, sub: str, headers: dict[str, str]) -> None:
    """Behind a proxy every client may look local: without a token they are off, else they want it."""
    off = httpx.get(f"{trusting}/mock/_mock/status", headers=headers)
    wanting = httpx.get(f"{sub}/_mock/status", headers=headers)

    assert (off.status_code, off.json()["code"]) == (403, "control_off")
    assert (wanting.status_code, wanting.json()["code"]) == (403, "control_token_required")
    assert httpx.get(f"{sub}/_mock/status", headers=headers | TOKEN).status_code == 200


@pytest.mark.parametrize(
    ("name", "value", "open_"),
    [
        ("x-forwarded-for", "192.0.2.7", False),
        ("x-forwarded-for", "192.0.2.7, 127.0.0.1", False),
        ("forwarded", "for=192.0.2.7", False),
        ("forwarded", 'for="', False),
        ("x-forwarded-for", "127.0.0.1", True),
        ("x-forwarded-for", "::ffff:127.0.0.1", True),
        ("x-forwarded-for", "::ffff:192.0.2.7", False),
        ("forwarded", 'for="[::1]:80"', True),
    ],
)
def test_a_proxy_that_nobody_named_lets_nobody_in_from_afar(name: str, value: str, open_: bool) -> None:
    """A call that says it came from another machine is refused, though its last step was on this one."""
    denied = Guard().check("127.0.0.1", Headers({"host": "localhost", name: value}))

    assert (denied is None) is open_


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--root-path", "mock"], "must begin with one slash"),
        (["--root-path", "//mock"], "must begin with one slash"),
        (["--root-path", "/a/../b"], "must begin with one slash"),
        (["--root-path", "/api"], "begins with the root path /api: choose another --root-path"),
        (["--trusted-proxy", "nginx"], "--trusted-proxy nginx: must be an address"),
        (["--trusted-proxy", "10.0.0.0/99"], "must be an address"),
    ],
)
def test_wrong_options_are_refused(options: list[str], said: str) -> None:
    run = CliRunner().invoke(mock, [*options, "--port", "0"])

    assert (run.exit_code, said in run.output) == (2, True), run.output


KINDS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@pytest.mark.skipif(NGINX is None, reason="no nginx here")
def test_the_guide_for_nginx_is_right(tmp_path: Path) -> None:
    """In a real nginx: links lead back through it, and no header of a client's opens the control endpoints."""
    location = re.search(r"```nginx\n(.*?)```", (ROOT / "docs/mock.md").read_text(encoding="utf-8"), re.DOTALL)
    assert location
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    front = f"http://127.0.0.1:{port}"
    spoof = {"Forwarded": "for=127.0.0.1;host=evil.test", "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Prefix": "/x"}
    with running("mock", "--port", "0", "--trusted-proxy", "127.0.0.1", "--control-token", "s3cret") as server:
        inner = location[1].replace("http://127.0.0.1:8080", server.url)
        paths = "".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in KINDS)
        (tmp_path / "nginx.conf").write_text(
            f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/errors; events {{}}"
            f"http {{ access_log off; {paths} server {{ listen 127.0.0.1:{port}; {inner} }} }}"
        )
        nginx = subprocess.Popen([str(NGINX), "-c", str(tmp_path / "nginx.conf")], stderr=subprocess.DEVNULL)
        try:
            _until_it_listens(port)
            linked = httpx.get(f"{front}/mock{LIST}?limit=1", headers=KEY | spoof).json()["next"]
            again = httpx.get(linked, headers=KEY).status_code
            page = httpx.get(f"{front}/mock/_mock", follow_redirects=True)
            closed = httpx.get(f"{front}/mock/_mock/status", headers=spoof | {"Host": "localhost"})
            status = httpx.get(f"{front}/mock/_mock/status", headers=TOKEN).json()
        finally:
            nginx.terminate()
            nginx.wait(timeout=20)

    assert (linked, again) == (f"{front}/mock{LIST}?limit=1&page=2", 200)
    assert (page.status_code, str(page.url)) == (200, f"{front}/mock/_mock/")
    assert (closed.status_code, status["base_url"]) == (403, f"{front}/mock")


def _until_it_listens(port: int) -> None:
    for _ in range(500):
        with socket.socket() as caller:
            if caller.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError("nginx does not listen")
