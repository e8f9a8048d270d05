"""A mock with a real server behind it: whose each call is, and that everything around the mock holds for both."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from cancelkit.contract_tests.check.command import check
from cancelkit.mockserver.app import create_app
from cancelkit.mockserver.cli import mock as command
from cancelkit.mockserver.proxy.settings import Forwarding
from cancelkit.mockserver.settings import Settings
from cancelkit.spec import read
from tests.clients.running import ROOT
from tests.mockserver.half_real_bench import UPSTREAM, Seen, half_real
from tests.mockserver.proxy_bench import LIST, NEW, mock

LISTED, MADE, SHOWN = "listCancellationRequests", "createCancellationRequest", "retrieveCancellationRequest"
REAL, OURS = "real-secret", "our-own-key"
LOGIN = "/api/v1/auth/login/"


async def _journal(client: httpx.AsyncClient, session: str = "default") -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = (await client.get("/_mock/journal", params={"session": session})).json()["calls"]
    return calls


@pytest.mark.parametrize(
    ("method", "target", "sent_on"),
    [
        ("GET", "/shipping/rates?to=%C4%B0zmir&&a=%2F", True),
        ("POST", "/shipping/rates", True),
        ("POST", f"{LIST}1/", True),
        ("GET", f"{LIST}latest/", True),
        ("POST", LOGIN, True),
        ("GET", LIST, False),
        ("HEAD", f"{LIST}1/", False),
        ("GET", f"{LIST}1", False),
        ("POST", f"{LIST}1/reject", False),
        ("OPTIONS", LIST, False),
        ("GET", "/api/v1/channel/5/cancellation_requests/", False),
        ("GET", "/openapi.json", False),
        ("GET", "/docs/", False),
        ("GET", "/readyz", False),
        ("GET", "/_mock/status", False),
    ],
)
def test_what_the_contract_does_not_describe_is_sent_on(method: str, target: str, sent_on: bool) -> None:
    """Byte for byte: other paths, methods that a path does not offer, values of another form, the login."""
    server = Seen()

    async def flow(client: httpx.AsyncClient) -> httpx.Response:
        return await client.request(method, target)

    answer = half_real(server, flow)

    assert server.targets == ([f"{method} shop.test {target}"] if sent_on else [])
    assert (answer.content == b'{"real":true}') is sent_on


def test_named_operations_are_sent_on() -> None:
    """Under an alias and with a wrong slash too; the others stay, whatever they are called by."""
    server = Seen()

    async def flow(client: httpx.AsyncClient) -> list[int]:
        calls = [("GET", f"{LIST}1/"), ("GET", "/api/v1/channel/5/cancellation_requests/1/"), ("GET", f"{LIST}1")]
        calls += [("DELETE", f"{LIST}1/"), ("GET", LIST)]
        return [(await client.request(*call)).status_code for call in calls]

    statuses = half_real(server, flow, operations=(SHOWN,))

    assert statuses == [200, 200, 200, 204, 200]
    assert [target.split(" ")[2] for target in server.targets] == [
        f"{LIST}1/",
        "/api/v1/channel/5/cancellation_requests/1/",
        f"{LIST}1",
    ]


def test_another_contract_has_halves_too() -> None:
    """Nothing of it is the packaged one's; a real server below a path is called below it."""
    server, contract = Seen(), read(ROOT / "tests/contracts/tickets.yaml")
    listed = next(operation for operation in contract.operations.values() if operation.method == "GET")

    async def flow(client: httpx.AsyncClient) -> list[bool]:
        answers = [await client.get(path) for path in (listed.path, "/none")]
        return [answer.content == b'{"real":true}' for answer in answers]

    assert half_real(server, flow, contract) == [False, True]
    assert half_real(server, flow, contract, operations=(listed.id,), upstream=f"{UPSTREAM}/v2") == [True, True]
    assert server.targets[1:] == [f"GET shop.test /v2{listed.path}", "GET shop.test /v2/none"]


def test_calls_that_stay_take_the_short_way() -> None:
    """Having another half costs the mock's own operations nothing."""
    app = create_app(Settings(), forwarding=Forwarding(UPSTREAM, operations=(LISTED,)), transport=Seen())
    headers = {b"authorization": b"Token demo"}
    assert app._express is not None

    assert app._express.find("GET", f"{LIST}1/", headers, 1) is not None
    assert app._express.find("GET", LIST, headers, 1) is None
    assert app._express.find("POST", LIST, headers, 1) is not None


@pytest.mark.parametrize("session", [{"X-Mock-Session": "a"}, {"Cookie": "mock_session=a"}, "/s/a"])
def test_the_faults_of_a_calls_session_hold_for_both_halves(session: Any) -> None:
    """An error is answered in place of the real server, which does not see the call; other sessions are left alone."""
    server = Seen()
    prefix, headers = (session, {}) if isinstance(session, str) else ("", session)

    async def flow(client: httpx.AsyncClient) -> tuple[list[int], list[dict[str, Any]]]:
        fault = {"kind": "status", "status": 503, "operation": SHOWN}
        await client.post("/_mock/faults", params={"session": "a"}, json=fault)
        await client.post("/_mock/faults", params={"session": "a"}, json={"kind": "empty", "operation": LISTED})
        answers = [
            await client.get(f"{prefix}{LIST}1/", headers=headers),
            await client.get(f"{prefix}{LIST}", headers=headers),
            await client.get(f"{LIST}1/"),
        ]
        assert answers[1].content == b""
        return [answer.status_code for answer in answers], await _journal(client, "a")

    statuses, calls = half_real(server, flow, operations=(SHOWN, LISTED))

    assert statuses == [503, 200, 200]
    assert server.targets == [f"GET shop.test {LIST}", f"GET shop.test {LIST}1/"]
    assert [(call["fault"], call["upstream"]) for call in calls] == [("status", None), ("empty", UPSTREAM)]


def test_a_preference_is_met_for_both_halves() -> None:
    """As for the mock's own calls: the call goes nowhere."""
    server = Seen()

    async def flow(client: httpx.AsyncClient) -> list[int]:
        return [
            (await client.get(path, headers={"Prefer": "code=404"})).status_code for path in (f"{LIST}1/", "/other")
        ]

    assert half_real(server, flow, operations=(SHOWN,)) == [404, 404]
    assert server.sent == []


def test_journal_recording_and_metrics_say_which_half(tmp_path: Path) -> None:
    """The real server's answers are judged as a proxy does; `check` reads the recording and finds the same."""

    async def flow(client: httpx.AsyncClient) -> tuple[httpx.Response, list[dict[str, Any]], str, bytes, Any]:
        wrong = await client.get(LIST, params={"limit": 3})
        await client.get(f"{LIST}1/", params={"colour": "red"})
        await client.delete(f"{LIST}1/")  # of the mock; the real server's record 1 is another
        await client.get("/other")
        texts = [await client.get(f"/_mock/{name}") for name in ("metrics", "journal.har", "status")]
        return wrong, await _journal(client), texts[0].text, texts[1].content, texts[2].json()

    wrong, calls, metrics, har, status = half_real(mock("paging-descending"), flow, operations=(LISTED,))
    (tmp_path / "a.har").write_bytes(har)
    report = json.loads(CliRunner().invoke(check, [str(tmp_path / "a.har"), "--json"]).stdout)
    broken = {rule["id"].removeprefix("client/") for rule in report["rules"] if rule["outcome"] in ("failed", "warned")}

    assert [call["upstream"] for call in calls] == [UPSTREAM, None, None, UPSTREAM]
    assert [[v["code"] for v in call["violations"]] for call in calls] == [
        ["server/list-order"],
        ["undocumented-parameter"],
        [],
        [],
    ]
    assert broken == {"server/list-order", "undocumented-parameter"}
    assert wrong.headers["x-contract-violation-count"] == "1"
    urls = [entry["request"]["url"] for entry in json.loads(har)["log"]["entries"]]
    assert [url.startswith(UPSTREAM) for url in urls] == [True, False, False, True]
    assert f'cancelkit_mock_forwarded_calls_total{{operation="{LISTED}",status="200"}} 1' in metrics
    assert f'cancelkit_mock_calls_total{{operation="{LISTED}",status="200"}} 1' in metrics
    assert "cancelkit_mock_call_seconds_count 4" in metrics
    assert 'violations_total{code="server/list-order"} 1' in metrics
    assert status["forwarding"]["operations"] == [LISTED]
    assert status["forwarding"]["server"] == 1


def test_the_clients_key_is_sent_on_and_nowhere_kept() -> None:
    """The real server alone judges it: even the key that the mock refuses goes."""
    server = Seen()

    async def flow(client: httpx.AsyncClient) -> str:
        for key in ("Token very-secret-key", "Token no-such-key"):
            await client.get(f"{LIST}1/", headers={"Authorization": key})
        return "".join([(await client.get(f"/_mock/{name}")).text for name in ("journal", "journal.har", "status")])

    said = half_real(server, flow, operations=(SHOWN,))

    assert [r.headers["authorization"] for r in server.sent] == ["Token very-secret-key", "Token no-such-key"]
    assert "very-secret-key" not in said


def test_a_key_that_is_lent_takes_the_place_of_the_clients(caplog: pytest.LogCaptureFixture) -> None:
    """Only for who shows one of ours, of undescribed calls too; it is said and kept nowhere. Logins stay here."""
    server = Seen(lambda request: httpx.Response(200, json={"seen": request.headers["authorization"][:5]}))

    async def flow(client: httpx.AsyncClient) -> tuple[list[int], str, Any]:
        keys = [f"Token {OURS}", "Token other", ""]
        statuses = [
            (await client.get(path, headers={"Authorization": key})).status_code
            for key in keys
            for path in (f"{LIST}1/", "/other")
        ]
        parts = [await client.get(f"/_mock/{name}") for name in ("journal", "journal.har", "status", "metrics")]
        login = await client.post(LOGIN, json={"username": "a", "password": "b"})
        return statuses, "".join(part.text for part in parts), login.json()

    statuses, said, login = half_real(server, flow, None, Settings(tokens=(OURS,)), operations=(SHOWN,), key=REAL)

    assert statuses == [200, 200, 401, 401, 401, 401]
    assert [r.headers.get_list("authorization") for r in server.sent] == [[f"Token {REAL}"]] * 2
    assert REAL not in said + caplog.text + repr(Forwarding(UPSTREAM, key=REAL))
    assert OURS not in said
    assert login == {"key": OURS}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--forward", LISTED], "--forward needs --upstream"),
        (["--upstream-token", "x"], "--upstream-token needs --upstream"),
        (["--upstream", "shop.test"], "--upstream shop.test: write it as http://host:port"),
        (["--upstream", "http://user:pw@shop.test"], "write it as http://host:port"),
        (["--upstream", UPSTREAM, "--forward", "lost"], f"--forward: there is no operation 'lost'; there are {LISTED}"),
        (["--upstream", UPSTREAM, "--upstream-token", "x"], "say with --token who may"),
        (["--upstream", UPSTREAM, "--token", "a", "--upstream-token", "x\ny"], "printable ASCII"),
        (["--upstream", UPSTREAM, "--upstream-ca", "/none.pem"], "--upstream-ca /none.pem: No such file"),
    ],
)
def test_a_server_that_can_not_be_behind_is_said_so(arguments: list[str], said: str) -> None:
    """Exit code 2, before anything is served."""
    done = CliRunner().invoke(command, ["--port", "0", *arguments])

    assert done.exit_code == 2
    assert said in done.output


def test_a_key_that_no_header_could_carry_is_refused() -> None:
    """A contract without a key has none to be replaced."""
    chosen = ["--port", "0", "--contract", str(ROOT / "tests/contracts/shipments.yaml"), "--upstream", UPSTREAM]
    done = CliRunner().invoke(command, [*chosen, "--token", "a", "--upstream-token", "b"])

    assert done.exit_code == 2
    assert "--upstream-token: the contract names no header for a key" in done.output


@pytest.mark.parametrize("problem", [httpx.ConnectError("refused"), httpx.ReadTimeout("")])
def test_a_server_that_is_down_is_told_in_the_contracts_shape(problem: Exception) -> None:
    """502 or 504 as the contract shapes its errors; the mock's half goes on, and the journal says why."""

    def fail(request: httpx.Request) -> httpx.Response:
        raise problem

    contract = read(ROOT / "tests/contracts/loans.yaml")
    path = "/libraries/main/branches/1/loans/"

    async def flow(client: httpx.AsyncClient) -> tuple[httpx.Response, httpx.Response, int, list[dict[str, Any]]]:
        client.headers["Authorization"] = "Bearer demo"
        named, other = await client.get(path), await client.get("/other")
        made = (await client.post(path, json={})).status_code
        return named, other, made, await _journal(client)

    named, other, made, calls = half_real(Seen(fail), flow, contract, operations=("loans_list",))
    status, fault = (502, "upstream_unreachable") if "refused" in str(problem) else (504, "upstream_timeout")

    assert (named.status_code, named.json()["status"]) == (status, status)
    assert "http://shop.test:8000" in named.json()["title"]
    assert (other.status_code, other.json()["code"]) == (status, fault)
    assert made == 400
    assert [(call["status"], call["fault"]) for call in calls] == [(status, fault), (status, fault), (400, None)]


def test_redirects_lead_where_they_lead_and_are_not_followed() -> None:
    """Only the named host is ever called."""
    server = Seen(lambda request: httpx.Response(302, headers={"Location": "http://169.254.169.254/secrets"}))

    async def flow(client: httpx.AsyncClient) -> httpx.Response:
        return await client.get("/other")

    answer = half_real(server, flow)

    assert (answer.status_code, answer.headers["location"]) == (302, "http://169.254.169.254/secrets")
    assert len(server.sent) == 1


def test_the_server_is_told_of_client_proxy_and_prefix() -> None:
    """A trusted proxy in front adds itself to the chain; the session's prefix is taken off and told."""
    server = Seen()
    settings = Settings(trusted_proxies=("127.0.0.1",), root_path="/team")

    async def flow(client: httpx.AsyncClient) -> None:
        headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "mock.test", "Connection": "x-hop"}
        await client.get("/team/s/a/other", headers={**headers, "X-Hop": "1", "X-Forwarded-Proto": "https"})

    half_real(server, flow, None, settings)
    (sent,) = server.sent

    assert server.targets == ["GET shop.test /other"]
    assert sent.headers["x-forwarded-for"] == "203.0.113.9, 127.0.0.1"
    assert (sent.headers["x-forwarded-host"], sent.headers["x-forwarded-proto"]) == ("mock.test", "https")
    assert sent.headers["x-forwarded-prefix"] == "/team/s/a"
    assert sent.headers["host"] == "shop.test:8000"
    assert "x-hop" not in sent.headers


@pytest.mark.parametrize(("cors", "allowed"), [(False, "http://own.test"), (True, "http://page.test")])
def test_pages_of_other_origins_ask_the_server_unless_told_otherwise(cors: bool, allowed: str) -> None:
    """The mock opens its own half alone, so that no page reads a server through it; with --upstream-cors it does."""
    server = Seen(lambda request: httpx.Response(200, headers={"Access-Control-Allow-Origin": "http://own.test"}))
    origin = {"Origin": "http://page.test"}

    async def flow(client: httpx.AsyncClient) -> list[httpx.Response]:
        wanted = {**origin, "Access-Control-Request-Method": "GET"}
        return [
            await client.get(f"{LIST}1/", headers=origin),
            await client.options(f"{LIST}1/", headers=wanted),
            await client.options(f"{LIST}1/", headers={**wanted, "Access-Control-Request-Method": "DELETE"}),
        ]

    asked, before, other = half_real(server, flow, operations=(SHOWN,), cors=cors)

    assert asked.headers.get_list("access-control-allow-origin") == [allowed]
    assert before.headers.get_list("access-control-allow-origin") == [allowed]
    assert other.headers["access-control-allow-origin"] == "http://page.test"
    assert [request.method for request in server.sent] == (["GET"] if cors else ["GET", "OPTIONS"])


def test_a_mock_behind_itself_ends() -> None:
    """A call that has passed this mock before is refused, not sent round for ever."""
    holder: list[Any] = []

    class Loop(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            return await httpx.ASGITransport(holder[0]).handle_async_request(request)

    app = create_app(Settings(), forwarding=Forwarding("http://localhost"), transport=Loop())
    holder.append(app)

    async def run() -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            return (await client.get("/other")).status_code

    assert asyncio.run(run()) == 508


def test_records_of_the_halves_are_kept_apart() -> None:
    """A scenario, reset and snapshots are the mock's: what is made there is not at the real server."""
    server = mock()

    async def flow(client: httpx.AsyncClient) -> list[int]:
        made = (await client.post(LIST, json=NEW)).json()["id"]
        there = await client.get(f"{LIST}{made}/")
        await client.post("/_mock/reset", json={})
        again = await client.patch(f"{LIST}{made}/", json={"quantity": 2})
        return [there.status_code, again.status_code, (await client.get(f"{LIST}1/")).status_code]

    assert half_real(server, flow, operations=(SHOWN,)) == [404, 404, 200]
