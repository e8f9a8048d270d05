"""A proxy of which a mock answers some operations: the same journal, judge, faults and recordings for both halves."""

from __future__ import annotations

import json
import re
import ssl
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from cancelkit.contract_tests.check.command import check
from cancelkit.fixtures.world import generate_world
from cancelkit.mockserver.cli import mock as mock_command
from cancelkit.mockserver.proxy.cli import proxy as command
from cancelkit.mockserver.serving.reach import Reach
from cancelkit.mockserver.session import Session, SessionRefused
from cancelkit.mockserver.settings import Settings
from cancelkit.spec import SpecError, load, read
from tests.clients.running import ROOT, running
from tests.clients.running import mock as mock_process
from tests.mockserver.half_real_bench import Seen
from tests.mockserver.proxy_bench import KEY, LIST, NEW, UPSTREAM, mock, through, walk

LISTED, MADE, SHOWN = "listCancellationRequests", "createCancellationRequest", "retrieveCancellationRequest"
ALL = tuple(load().operations)


async def _get(client: httpx.AsyncClient, name: str, **params: str) -> Any:
    return (await client.get(f"/_mock/{name}", params=params)).json()


def test_named_operations_are_answered_by_a_mock() -> None:
    """Upstream sees the others alone; what a client makes is found again, and links lead to the proxy."""
    server = Seen()

    async def flow(client: httpx.AsyncClient) -> tuple[Any, ...]:
        made = await client.post(LIST, json=NEW)
        shown = await client.get(f"{LIST}{made.json()['id']}/")
        listed = await client.get(LIST, params={"limit": 1})
        gone = await client.delete(f"{LIST}1/")
        return made.status_code, shown.json()["id"] == made.json()["id"], listed.json()["next"], gone.json()

    found, _ = through(server, flow, mocked=(LISTED, MADE, SHOWN))

    assert found == (201, True, f"http://localhost{LIST}?limit=1&page=2", {"real": True})
    assert server.targets == [f"DELETE 127.0.0.1 {LIST}1/"]


def test_an_ordinary_walk_through_a_mocked_half_breaks_nothing(tmp_path: Path) -> None:
    """All of it mocked, judged on both sides and recorded, as a real server is."""
    answers, proxy = through(Seen(), walk, mocked=ALL, record=tmp_path / "a.har")
    report = json.loads(CliRunner().invoke(check, [str(tmp_path / "a.har"), "--json"]).stdout)

    assert [answer.status_code for answer in answers].count(200) > 10
    assert not any("x-contract-violations" in answer.headers for answer in answers)
    assert proxy.watch.counts["ours"] == len(answers)
    assert [rule["id"] for rule in report["rules"] if rule["outcome"] in ("failed", "warned")] == []


def test_journal_recording_and_metrics_say_which_half(tmp_path: Path) -> None:
    """A client's faults are marked in both; a recording keeps their records apart, as hosts; --record-data has the
    real ones only."""

    async def flow(client: httpx.AsyncClient) -> tuple[list[httpx.Response], Any, str]:
        answers = [await client.get(path, params={"colour": "red"}) for path in (LIST, f"{LIST}7/")]
        return answers, (await _get(client, "journal"))["calls"], (await client.get("/_mock/metrics")).text

    files = {"record": tmp_path / "a.har", "record_data": tmp_path / "seen.json"}
    (answers, calls, metrics), proxy = through(mock(), flow, mocked=(LISTED,), **files)
    urls = [entry["request"]["url"] for entry in json.loads(files["record"].read_text())["log"]["entries"]]

    assert [call["upstream"] for call in calls] == [None, UPSTREAM]
    assert [[v["code"] for v in call["violations"]] for call in calls] == [["undocumented-parameter"]] * 2
    assert [answer.headers["x-contract-violation-count"] for answer in answers] == ["1", "1"]
    assert urls == [f"http://localhost{LIST}?colour=red", f"{UPSTREAM}{LIST}7/?colour=red"]
    assert proxy.harvested is not None
    assert proxy.harvested.records == 1
    assert f'cancelkit_mock_forwarded_calls_total{{operation="{SHOWN}",status="200"}} 1' in metrics
    assert "cancelkit_mock_call_seconds_count 2" in metrics


def test_a_wrong_call_is_refused_in_both_halves_with_errors() -> None:
    """Before either sees it."""
    server = Seen()

    async def flow(client: httpx.AsyncClient) -> tuple[list[int], int]:
        statuses = [
            (await client.request(method, f"{LIST}1/", json={"colour": "red"})).status_code
            for method in ("PATCH", "PUT")
        ]
        return statuses, (await _get(client, "records"))["count"]

    (statuses, count), _ = through(server, flow, mocked=("partialUpdateCancellationRequest",), errors=True)

    assert (statuses, count, server.sent) == ([400, 400], 200, [])


def test_faults_hold_for_both_halves_and_are_in_the_journal() -> None:
    """Of their session alone. One that goes nowhere is journalled with what was answered in its place."""
    server = Seen()

    async def flow(client: httpx.AsyncClient) -> tuple[list[Any], Any]:
        for fault in ({"kind": "status", "status": 503, "count": 2}, {"kind": "malformed", "operation": SHOWN}):
            await client.post("/_mock/faults", params={"session": "a"}, json=fault)
        calls = [(f"{LIST}1/", "a"), (LIST, "a"), (f"{LIST}1/", "a"), (f"{LIST}1/", "b"), (LIST, "b")]
        answers = [await client.get(path, headers={"X-Mock-Session": name}) for path, name in calls]
        return [(a.status_code, len(a.content) > 5) for a in answers], (await _get(client, "journal", session="a"))[
            "calls"
        ]

    (answers, calls), _ = through(server, flow, mocked=(LISTED,))

    assert [status for status, _ in answers] == [503, 503, 200, 200, 200]
    assert server.targets == [f"GET 127.0.0.1 {LIST}1/"] * 2
    assert [(c["fault"], c["status"], c["upstream"]) for c in calls] == [
        ("status", 503, None),
        ("status", 503, None),
        ("malformed", 200, UPSTREAM),
    ]


def test_a_plain_proxy_plays_faults_too() -> None:
    """A wish of the client's (Prefer) goes on to upstream; with a mocked half the mock meets it."""
    server = Seen()

    async def flow(client: httpx.AsyncClient) -> list[int]:
        wished = (await client.get(f"{LIST}1/", headers={"Prefer": "code=404"})).status_code
        await client.post("/_mock/faults", json={"kind": "status", "status": 500})
        return [wished, (await client.get(f"{LIST}1/")).status_code]

    assert through(server, flow)[0] == [200, 500]
    assert through(server, flow, mocked=(SHOWN,))[0] == [404, 500]
    assert [request.headers.get("prefer") for request in server.sent] == ["code=404"]


def test_sessions_and_control_endpoints_are_the_mocks() -> None:
    """Each session has records of its own, that can be edited, reset and moved on by themselves."""
    server = Seen()

    async def flow(client: httpx.AsyncClient) -> tuple[Any, ...]:
        named = {"X-Mock-Session": "a"}
        gone = [(await client.delete(f"{LIST}1/", headers=h)).status_code for h in (named, named, {})]
        await client.post("/_mock/reset", params={"session": "a"}, json={})
        back = (await client.delete(f"{LIST}1/", headers=named)).status_code
        rules = {"rules": [{"from": "waiting", "to": "confirmed", "after_reads": 1}]}
        told = await client.put("/_mock/progress", json=rules)
        made = (await client.post(LIST, json=NEW)).json()["id"]
        seen = [(await client.get(f"{LIST}{made}/")).json()["status"] for _ in range(2)]
        status = await _get(client, "status")
        return gone, back, told.status_code, seen, status["mocked"], "views" in status

    mocked = ("deleteCancellationRequest", MADE, SHOWN)
    found, proxy = through(server, flow, mocked=mocked)

    assert found == ([204, 404, 204], 204, 200, ["waiting", "confirmed"], list(mocked), False)
    assert proxy.watch.counts["server"] == 0
    assert server.sent == []


def test_a_session_without_room_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where what is due can't be moved on: the answer that a mock gives."""

    def refuse(self: Session) -> None:
        raise SessionRefused(507, "full", "session_memory")

    async def flow(client: httpx.AsyncClient) -> tuple[int, Any]:
        monkeypatch.setattr(Session, "settle", refuse)
        answer = await client.get(f"{LIST}1/")
        return answer.status_code, answer.json()

    assert through(Seen(), flow, mocked=(SHOWN,))[0] == (507, {"detail": "full", "code": "session_memory"})


def test_another_prefix_is_kept_in_links() -> None:
    """The mock finds the operation below it, and says where it was found."""

    async def flow(client: httpx.AsyncClient) -> list[Any]:
        answer = await client.get("/shop/v2/channel/5/cancellation_requests/", params={"limit": 1})
        return [answer.status_code, answer.json()["next"]]

    found, _ = through(Seen(), flow, mocked=(LISTED,), prefixes=("/shop/v2",))

    assert found == [200, "http://localhost/shop/v2/channel/5/cancellation_requests/?limit=1&page=2"]


def test_an_operation_that_is_none_can_not_be_mocked() -> None:
    """Said with those that there are."""

    async def flow(client: httpx.AsyncClient) -> None:
        raise AssertionError

    with pytest.raises(SpecError, match=f"--mock: there is no operation 'lost'; there are {LISTED}"):
        through(Seen(), flow, mocked=("lost",))


def test_another_contract_has_halves_too() -> None:
    """Nothing of it is the packaged one's."""
    contract = read(ROOT / "tests/contracts/loans.yaml")
    path, server = "/libraries/main/branches/1/loans/", Seen()

    async def flow(client: httpx.AsyncClient) -> list[bool]:
        client.headers["Authorization"] = "Bearer demo"
        return ["real" in (await client.get(url)).text for url in (path, f"{path}L-000001/")]

    assert through(server, flow, contract, mocked=("loans_list",))[0] == [False, True]


def test_a_lent_key_needs_one_of_ours_in_the_proxy_too() -> None:
    """What the mock answers knows the same keys."""
    server = Seen()

    async def flow(client: httpx.AsyncClient) -> list[int]:
        calls = [(path, key) for key in ("Token ours", KEY) for path in (LIST, f"{LIST}1/", "/other")]
        return [(await client.get(path, headers={"Authorization": key})).status_code for path, key in calls]

    statuses, _ = through(server, flow, mocked=(LISTED,), served=Settings(tokens=("ours",)), key="real-secret")

    assert statuses == [200, 200, 200, 401, 401, 401]
    assert {request.headers["authorization"] for request in server.sent} == {"Token real-secret"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--size", "5"], "--size is for operations that are mocked: name one with --mock"),
        (["--scenario", "none.yaml"], "--scenario is for operations that are mocked"),
        (["--mock", "lost"], "--mock: there is no operation 'lost'"),
        (["--mock", LISTED, "--data", "none.json"], "--data none.json: can't be read"),
        (["--root-path", "/api/channel"], "choose another --root-path"),
        (["--trusted-proxy", "x"], "--trusted-proxy x: must be an address"),
        (["--tls-key", "x"], "--tls-key needs --tls-cert"),
    ],
)
def test_options_that_can_not_be_are_said_so(arguments: list[str], said: str) -> None:
    """Exit code 2, before anything is served."""
    done = CliRunner().invoke(command, ["http://127.0.0.1:1", "--port", "0", *arguments])

    assert done.exit_code == 2
    assert said in done.output


def test_the_command_mocks_and_serves_as_a_mock_does(tmp_path: Path) -> None:
    """A scenario on data of one's own, a sub-path with a trusted proxy in front, probes without a token."""
    scenario, data = tmp_path / "scenario.yaml", tmp_path / "world.json"
    scenario.write_text('start: empty\nnow: "2026-03-01T09:00:00Z"\n')
    data.write_text(json.dumps(generate_world(size=5).to_tables()))
    chosen = ["--mock", LISTED, "--scenario", str(scenario), "--data", str(data), "--control-token", "s3cret"]
    front = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "shop.test", "Authorization": "Token demo"}
    with (
        mock_process("--trusted-proxy", "127.0.0.1") as upstream,
        running(
            "proxy", upstream, "--port", "0", "--root-path", "/team", "--trusted-proxy", "127.0.0.1", *chosen
        ) as own,
    ):
        url = own.url
        listed = httpx.get(f"{url}/team{LIST}", headers=front).json()
        there = httpx.get(f"{url}/team{LIST}detailed", headers=front, params={"limit": 1}).json()
        probes = [httpx.get(f"{url}{path}").json() for path in ("/healthz", "/readyz")]
        clock = httpx.get(f"{url}/_mock/clock", headers={"X-Mock-Control": "s3cret"}).json()
        closed = httpx.get(f"{url}/_mock/clock").status_code
        said = own.find("mocked .*")

    assert listed == {"count": 0, "next": None, "previous": None, "results": []}
    assert there["count"] > 5
    assert there["next"].startswith(f"https://shop.test/team{LIST}detailed?")
    assert probes == [{"alive": True}, {"ready": True}]
    assert clock["now"].startswith("2026-03-01T09:00:00")
    assert closed == 403
    assert said.endswith(LISTED)


def test_both_commands_have_the_same_serving_options() -> None:
    """Names, meaning and defaults, but for the port."""
    mine, other = ({o.name: o for o in each.params if o.name in Reach.__slots__} for each in (command, mock_command))
    texts = [[(o.opts, o.help, o.default, o.type.name) for o in found.values()] for found in (mine, other)]
    ports = [
        re.search(r"default: (\d+);", CliRunner().invoke(each, ["--help"]).output.split("--port")[1])
        for each in (command, mock_command)
    ]

    assert set(mine) == set(Reach.__slots__)
    assert texts[0] == texts[1]
    assert [found[1] for found in ports if found] == ["8081", "8080"]


@pytest.mark.parametrize("own", [False, True])
def test_probes_are_answered_unless_the_contract_has_them(tmp_path: Path, own: bool) -> None:
    """Upstream is not asked, no session or journal knows of it; a path of the contract stays upstream's."""
    text = (ROOT / "tests/contracts/tickets.yaml").read_text(encoding="utf-8")
    (tmp_path / "own.yaml").write_text(text.replace("  /tickets", "  /healthz") if own else text, encoding="utf-8")
    server = Seen()

    async def flow(client: httpx.AsyncClient) -> tuple[list[Any], list[int], Any]:
        answers = [(await client.get(path)).json() for path in ("/healthz", "/readyz")]
        wrong = await client.post("/readyz")
        return answers, [wrong.status_code], (await _get(client, "journal"))["calls"]

    (answers, wrong, calls), _ = through(server, flow, read(tmp_path / "own.yaml"))

    assert answers == [{"real": True} if own else {"alive": True}, {"ready": True}]
    assert wrong == [405]
    assert [call["path"] for call in calls] == (["/healthz"] if own else [])


def test_a_proxy_serves_by_tls_and_by_a_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the mock does; the banner says how to trust it, the socket is gone at the end."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = tmp_path / "proxy.sock"
    with mock_process() as upstream:
        with running("proxy", upstream, "--port", "0", "--tls") as own:
            context = ssl.create_default_context(cafile=own.find(r"(?<=trust     )\S+"))
            by_tls = httpx.get(f"{own.url}{LIST}", headers={"Authorization": "Token demo"}, verify=context)
        with running("proxy", upstream, "--unix-socket", str(path)) as own:
            own.find("dashboard")
            with httpx.Client(transport=httpx.HTTPTransport(uds=str(path))) as client:
                by_socket = client.get(f"http://localhost{LIST}", headers={"Authorization": "Token demo"})

    assert (by_tls.status_code, by_socket.status_code) == (200, 200)
    assert by_tls.json()["count"] == by_socket.json()["count"] > 0
    assert not path.exists()
