"""One mock for everybody: replicas behind the load balancers of examples/deploy, each session at one of them."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import httpx
import pytest

from tests.deploy.fleet import EXAMPLES, HAPROXY, NGINX, REPLICAS, TOKEN, Fleet, Replica, fleet
from tests.mockserver.bench import LIST, NEW

SESSIONS = 200
KEY = {"authorization": "Token demo"}
CONTROL = {"x-mock-control": TOKEN}
NEEDED = {
    "nginx": pytest.mark.skipif(NGINX is None, reason="no nginx here"),
    "haproxy": pytest.mark.skipif(HAPROXY is None, reason="no HAProxy here"),
}
FRONTS = [pytest.param(name, marks=mark) for name, mark in NEEDED.items()]


@pytest.fixture(scope="module", params=FRONTS)
def many(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A fleet in which each of the sessions has made records: as many as `_made` says."""
    folder = tmp_path_factory.mktemp(request.param)
    with fleet(request.param, folder, "--size", "20") as made, httpx.Client(base_url=made.url) as client:
        for number in range(SESSIONS):
            for _ in range(_made(number)):
                assert _create(client, number, way=number % 3) == 201
        yield made


def _made(number: int) -> int:
    return number % 2 + 1


def _name(number: int) -> str:
    return f"team-{number}"


def _call(client: httpx.Client, method: str, number: int, way: int, **more: object) -> httpx.Response:
    """Call the list, the session named by path, header or cookie."""
    name = _name(number)
    prefix = f"/s/{name}" if way == 0 else ""
    named = [{}, {"x-mock-session": name}, {"cookie": f"other=1; mock_session={name}"}][way]
    return client.request(method, prefix + LIST, headers={**KEY, **named}, **more)  # type: ignore[arg-type]


def _create(client: httpx.Client, number: int, way: int) -> int:
    return _call(client, "POST", number, way, json=NEW).status_code


def _sessions(replica: Replica) -> dict[str, int]:
    """The calls of each session that a replica has, asked behind the load balancer's back."""
    entries = httpx.get(f"{replica.url}/_mock/sessions", headers=CONTROL).json()["sessions"]
    return {entry["name"]: entry["calls"] for entry in entries}


def test_each_session_is_at_one_replica_however_it_is_named(many: Fleet) -> None:
    """What one way of naming it has made, another one finds, and nothing of others; all replicas have their share."""
    with httpx.Client(base_url=many.url) as client:
        start = _call(client, "GET", SESSIONS, 1).json()["count"]
        counts = [_call(client, "GET", number, (number + 1) % 3).json()["count"] - start for number in range(SESSIONS)]
    held = [set(_sessions(replica)) - {"default", _name(SESSIONS)} for replica in many.replicas]

    assert counts == [_made(number) for number in range(SESSIONS)]
    assert sum(map(len, held)) == len(set.union(*held)) == SESSIONS
    assert min(map(len, held)) > SESSIONS / REPLICAS / 3


def test_control_calls_reach_the_sessions_replica(many: Fleet) -> None:
    """Named by query, header or path; a cookie, which the mock does not read there, changes nothing."""
    with httpx.Client(base_url=many.url, headers=CONTROL) as client:
        for number in range(0, 12):
            name, cookie = _name(number), {"cookie": f"mock_session={_name(number + 1)}"}
            query = client.get(f"/_mock/journal?limit=1000&session={name}", headers=cookie).json()
            header = client.get("/_mock/journal", headers={"x-mock-session": name, **cookie}).json()
            assert [call["status"] for call in query["calls"]][: _made(number)] == [201] * _made(number)
            assert (query["session"], header["calls"]) == (name, query["calls"])
        answers = [client.delete(f"/_mock/sessions/{_name(number)}").status_code for number in range(3)]
        again = [client.delete(f"/_mock/sessions/{_name(number)}").status_code for number in range(3)]
        for number in range(3):
            for _ in range(_made(number)):
                assert _create(client, number, way=0) == 201

    assert (answers, again) == ([204] * 3, [404] * 3)


def test_pages_and_links_lead_back_to_the_load_balancer(many: Fleet) -> None:
    with httpx.Client(base_url=many.url) as client:
        linked = _call(client, "GET", 3, 0, params={"limit": 1}).json()["next"]
        page = client.get("/_mock/", params={"session": _name(3)})
        status = client.get("/_mock/status", params={"session": _name(3)}, headers=CONTROL).json()
        closed = client.get("/_mock/status", headers={"X-Forwarded-For": "127.0.0.1", "Host": "localhost"})

    assert linked.startswith(f"{many.url}/s/{_name(3)}{LIST}?")
    assert httpx.get(linked, headers=KEY).status_code == 200
    assert (page.status_code, status["base_url"], closed.status_code) == (200, many.url, 403)


def test_events_of_a_session_come_at_once(many: Fleet) -> None:
    """The stream that the dashboard follows is not held back."""
    url = f"{many.url}/_mock/events?session={_name(5)}"
    with httpx.Client(base_url=many.url) as client, httpx.stream("GET", url, headers=CONTROL, timeout=20) as stream:
        lines = stream.iter_lines()
        assert next(lines)
        _call(client, "GET", 5, 1)
        assert any(line.startswith("event: call") for line in lines)


@pytest.mark.skipif(NGINX is None, reason="no nginx here")
def test_a_replica_that_was_killed_is_not_replaced_and_comes_back_with_its_state(tmp_path: Path) -> None:
    """Meanwhile its sessions are told to come again, those of the others notice nothing."""
    options = ("--size", "20", "--state", f"{tmp_path}/{{replica}}.state")
    with fleet("nginx", tmp_path, *options) as run, httpx.Client(base_url=run.url) as client:
        made = client.post(LIST, json=NEW, headers=KEY).json()["id"]
        for number in range(20):
            assert _create(client, number, 1) == 201
        home = next(r for r in run.replicas if httpx.get(f"{r.url}{LIST}{made}/", headers=KEY).status_code == 200)
        theirs = [number for number in range(20) if _name(number) in _sessions(home)]
        _until_kept(home, made)
        home.kill()
        away = client.get(f"{LIST}{made}/", headers=KEY)
        statuses = Counter(_call(client, "GET", number, 2).status_code for number in range(20))
        home.start()
        back = client.get(f"{LIST}{made}/", headers=KEY)

    assert (away.status_code, away.json()["code"]) == (503, "replica_away")
    assert int(away.headers["retry-after"]) > 0
    assert statuses == {503: len(theirs), 200: 20 - len(theirs)}
    assert 0 < len(theirs) < 20
    assert back.status_code == 200


def _until_kept(replica: Replica, id: int) -> None:
    """Until a write is in the file: a state is written shortly after a change."""
    before = replica.options[-1]
    for _ in range(200):
        if Path(before).exists() and Path(before).stat().st_size:
            break
        Event().wait(0.05)
    Event().wait(1.0)


@pytest.mark.skipif(HAPROXY is None, reason="no HAProxy here")
def test_a_rolling_restart_shows_in_no_answer_and_loses_no_write(tmp_path: Path) -> None:
    """While every replica is stopped and started in turn, a client goes on writing."""
    options = ("--size", "20", "--state", f"{tmp_path}/{{replica}}.state")
    over = Event()
    with fleet("haproxy", tmp_path, *options) as run:

        def write() -> list[tuple[int, int]]:
            """What was answered: status and id."""
            told = []
            with httpx.Client(base_url=run.url, headers=KEY, timeout=120) as client:
                while not over.is_set():
                    answer = client.post(LIST, json=NEW)
                    told.append((answer.status_code, answer.json().get("id")))
                    over.wait(0.02)
            return told

        with ThreadPoolExecutor() as pool:
            writing = pool.submit(write)
            for replica in run.replicas:
                replica.stop()
                replica.start()
            over.set()
            told = writing.result()
        with httpx.Client(base_url=run.url, headers=KEY) as client:
            there = [client.get(f"{LIST}{id}/").status_code for _, id in told]

    assert {status for status, _ in told} == {201}
    assert len({id for _, id in told}) == len(told) > REPLICAS
    assert set(there) == {200}


@pytest.mark.skipif(HAPROXY is None, reason="no HAProxy here")
def test_the_configuration_of_haproxy_is_valid(tmp_path: Path) -> None:
    """As it is, but for names that nobody here knows."""
    text = (EXAMPLES / "haproxy.cfg").read_text(encoding="utf-8").replace(" mock-", " localhost-", 0)
    for number in range(REPLICAS):
        text = text.replace(f" mock-{number}:8080", f" 127.0.0.{number + 1}:8080")
    (tmp_path / "haproxy.cfg").write_text(text, encoding="utf-8")
    run = subprocess.run([str(HAPROXY), "-c", "-f", str(tmp_path / "haproxy.cfg")], capture_output=True, text=True)

    assert (run.returncode, "WARNING" in run.stderr) == (0, False), run.stderr
