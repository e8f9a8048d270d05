"""One mock for everybody: replicas behind the load balancers of examples/deploy, each session at one of them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest

from tests.deploy.fleet import EXAMPLES, HAPROXY, NGINX, REPLICAS, TOKEN, Fleet, Replica, fleet
from tests.mockserver.bench import LIST, NEW

SESSIONS = 200
KEY = {"authorization": "Token demo"}
CONTROL = {"x-mock-control": TOKEN}
THERE = [name for name, command in (("nginx", NGINX), ("haproxy", HAPROXY)) if command]


@dataclass(frozen=True)
class Many:
    """A load balancer, and the names of the sessions that have made records through it: as many as `_made` says."""

    url: str
    front: str
    replicas: list[Replica]

    def name(self, number: int) -> str:
        return f"{self.front}-{number}"

    def call(self, client: httpx.Client, method: str, number: int, way: int, **more: Any) -> httpx.Response:
        """Call the list, the session named by path, header or cookie."""
        name = self.name(number)
        prefix = f"/s/{name}" if way == 0 else ""
        named = [{}, {"x-mock-session": name}, {"cookie": f"other=1; mock_session={name}"}][way]
        return client.request(method, prefix + LIST, headers={**KEY, **named}, **more)

    def create(self, client: httpx.Client, number: int, way: int) -> int:
        return self.call(client, "POST", number, way, json=NEW).status_code


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("fleet")
    for replica in range(REPLICAS):
        (folder / str(replica)).mkdir()
    with fleet(folder, "--size", "20", "--state", f"{folder}/{{replica}}", fronts=THERE) as made:
        yield made


@pytest.fixture(scope="module", params=["nginx", "haproxy"])
def many(run: Fleet, request: pytest.FixtureRequest) -> Many:
    if request.param not in THERE:
        pytest.skip(f"no {request.param} here")
    made = Many(run.fronts[request.param], request.param, run.replicas)
    with httpx.Client(base_url=made.url) as client:
        for number in range(SESSIONS):
            for _ in range(_made(number)):
                assert made.create(client, number, way=number % 3) == 201
    return made


def _made(number: int) -> int:
    return number % 2 + 1


def _sessions(replica: Replica) -> dict[str, int]:
    """The calls of each session that a replica has, asked behind the load balancer's back."""
    entries = httpx.get(f"{replica.url}/_mock/sessions", headers=CONTROL).json()["sessions"]
    return {entry["name"]: entry["calls"] for entry in entries}


def test_each_session_is_at_one_replica_however_it_is_named(many: Many) -> None:
    """What one way of naming it has made, another one finds, and nothing of others; all replicas have their share."""
    with httpx.Client(base_url=many.url) as client:
        start = many.call(client, "GET", SESSIONS, 1).json()["count"]
        counts = [many.call(client, "GET", n, (n + 1) % 3).json()["count"] - start for n in range(SESSIONS)]
    names = {many.name(number) for number in range(SESSIONS)}
    held = [names & set(_sessions(replica)) for replica in many.replicas]

    assert counts == [_made(number) for number in range(SESSIONS)]
    assert sum(map(len, held)) == len(set.union(*held)) == SESSIONS
    assert min(map(len, held)) > SESSIONS / REPLICAS / 3


def test_control_calls_reach_the_sessions_replica(many: Many) -> None:
    """Named by query, header or path; a cookie, which the mock does not read there, changes nothing."""
    with httpx.Client(base_url=many.url, headers=CONTROL) as client:
        for number in range(12):
            name, cookie = many.name(number), {"cookie": f"mock_session={many.name(number + 1)}"}
            query = client.get(f"/_mock/journal?limit=1000&session={name}", headers=cookie).json()
            header = client.get("/_mock/journal", headers={"x-mock-session": name, **cookie}).json()
            assert [call["status"] for call in query["calls"]][: _made(number)] == [201] * _made(number)
            assert (query["session"], header["calls"]) == (name, query["calls"])
        answers = [client.delete(f"/_mock/sessions/{many.name(number)}").status_code for number in (0, 0, 1, 1)]
        assert [many.create(client, number, way=0) for number in (0, 1, 1)] == [201] * 3

    assert answers == [204, 404] * 2


def test_pages_and_links_lead_back_to_the_load_balancer(many: Many) -> None:
    with httpx.Client(base_url=many.url) as client:
        linked = many.call(client, "GET", 3, 0, params={"limit": 1}).json()["next"]
        page = client.get("/_mock/", params={"session": many.name(3)})
        status = client.get("/_mock/status", params={"session": many.name(3)}, headers=CONTROL).json()
        closed = client.get("/_mock/status", headers={"X-Forwarded-For": "127.0.0.1", "Host": "localhost"})

    assert linked.startswith(f"{many.url}/s/{many.name(3)}{LIST}?")
    assert httpx.get(linked, headers=KEY).status_code == 200
    assert (page.status_code, status["base_url"], closed.status_code) == (200, many.url, 403)


def test_events_of_a_session_come_at_once(many: Many) -> None:
    """The stream that the dashboard follows is not held back."""
    url = f"{many.url}/_mock/events?session={many.name(5)}"
    with httpx.Client(base_url=many.url) as client, httpx.stream("GET", url, headers=CONTROL, timeout=20) as stream:
        lines = stream.iter_lines()
        assert next(lines)
        many.call(client, "GET", 5, 1)
        told = (line for line in lines if line.startswith(("event: call", ": ping")))
        assert next(told) == "event: call"  # a ping comes every quarter of a minute, for ever


def test_a_reset_by_a_fault_is_told_by_the_load_balancer(many: Many) -> None:
    """And not tried again: the fault is used up by one call."""
    with httpx.Client(base_url=many.url) as client:
        fault = {"kind": "reset", "count": 1}
        client.post(f"/_mock/faults?session={many.name(7)}", json=fault, headers=CONTROL).raise_for_status()
        try:
            status = many.call(client, "POST", 7, 1, json=NEW).status_code
        except httpx.RemoteProtocolError:
            status = 0
        again = many.call(client, "GET", 7, 1).status_code

    assert status in ([503] if many.front == "nginx" else [502, 0])
    assert again == 200


@pytest.mark.skipif(NGINX is None, reason="no nginx here")
def test_a_replica_that_was_killed_is_not_replaced_and_comes_back_with_its_state(run: Fleet) -> None:
    """Meanwhile its sessions are told to come again, those of the others notice nothing."""
    front = Many(run.fronts["nginx"], "killed", run.replicas)
    with httpx.Client(base_url=front.url, timeout=60) as client:
        for number in range(20):
            assert front.create(client, number, 1) == 201
        before = [front.call(client, "GET", number, 0).json()["count"] for number in range(20)]
        home = run.replicas[0]
        theirs = {number for number in range(20) if front.name(number) in _sessions(home)}
        home.kill()
        met = [front.call(client, "GET", number, 2) for number in range(20)]
        home.start()
        after = [front.call(client, "GET", number, 0).json()["count"] for number in range(20)]

    assert 0 < len(theirs) < 20
    assert [answer.status_code for answer in met] == [503 if number in theirs else 200 for number in range(20)]
    assert {met[number].json()["code"] for number in theirs} == {"replica_away"}
    assert all(int(met[number].headers["retry-after"]) > 0 for number in theirs)
    assert after == before


@pytest.mark.skipif(HAPROXY is None, reason="no HAProxy here")
def test_a_rolling_restart_shows_in_no_answer_and_loses_no_write(run: Fleet) -> None:
    """While every replica is stopped and started in turn, clients go on writing in twelve sessions."""
    front, over = Many(run.fronts["haproxy"], "rolling", run.replicas), Event()

    def write(session: int) -> list[tuple[int, int]]:
        """What was answered: status and id."""
        told = []
        with httpx.Client(base_url=front.url, timeout=120) as client:
            while not over.is_set():
                answer = front.call(client, "POST", session, session % 3, json=NEW)
                told.append((answer.status_code, answer.json().get("id")))
                over.wait(0.1)
        return told

    with ThreadPoolExecutor(12) as pool:
        writing = [pool.submit(write, session) for session in range(12)]
        try:
            for replica in run.replicas:
                replica.stop()
                replica.start()
        finally:
            over.set()
        told = [each.result() for each in writing]
    with httpx.Client(base_url=front.url, headers=KEY) as client:
        there = [
            client.get(f"/s/{front.name(session)}{LIST}{id}/").status_code
            for session, written in enumerate(told)
            for _, id in written
        ]
    homes = [{front.name(n) for n in range(12)} & set(_sessions(replica)) for replica in run.replicas]

    assert {status for written in told for status, _ in written} == {201}
    assert all(len({id for _, id in written}) == len(written) > 1 for written in told)
    assert set(there) == {200}
    assert all(homes)
    assert sum(map(len, homes)) == 12


@pytest.mark.skipif(HAPROXY is None, reason="no HAProxy here")
def test_the_configuration_of_haproxy_is_valid(tmp_path: Path) -> None:
    """As it is, but for names that nobody here knows."""
    text = (EXAMPLES / "haproxy.cfg").read_text(encoding="utf-8")
    for number in range(REPLICAS):
        text = text.replace(f" mock-{number}:8080", f" 127.0.0.{number + 1}:8080")
    (tmp_path / "haproxy.cfg").write_text(text, encoding="utf-8")
    run = subprocess.run([str(HAPROXY), "-c", "-f", str(tmp_path / "haproxy.cfg")], capture_output=True, text=True)

    assert (run.returncode, "WARNING" in run.stderr) == (0, False), run.stderr
