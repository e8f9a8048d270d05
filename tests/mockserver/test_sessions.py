"""Many mocks in one server, which never see each other."""

from __future__ import annotations

import gc
from weakref import ReferenceType, ref

import pytest

from cancelkit.mockserver import sessions as module
from cancelkit.mockserver.state.store import Store
from tests.mockserver.bench import LIST, NEW, ONE, Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_sessions_do_not_see_each_other(bench: Bench) -> None:
    """What one session writes stays there; another one, and the default one, are as they were."""
    before = bench.count()
    made = bench.post(LIST, NEW, x_mock_session="a")
    bench.call("DELETE", ONE, x_mock_session="b")

    assert bench.count(x_mock_session="a") == before + 1
    assert bench.count(x_mock_session="b") == before - 1
    assert bench.count() == before
    assert bench.call("GET", f"{LIST}{made['id']}/").status_code == 404


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (LIST, {"x_mock_session": "a"}),
        (LIST, {"cookie": "theme=dark; mock_session=a; x=y"}),
        (f"/s/a{LIST}", {}),
        (f"/s/a{LIST}", {"x_mock_session": "b"}),
        (LIST, {"x_mock_session": "a", "cookie": "mock_session=b"}),
        (LIST.replace("/api/", "/s/a/api/v1/"), {}),
    ],
)
def test_every_way_to_name_a_session_leads_to_it(bench: Bench, path: str, headers: dict[str, str]) -> None:
    """Header, cookie and path; the path before the header, the header before the cookie."""
    bench.post(path, NEW, **headers)

    assert bench.session("a")["own_copy"]
    assert not bench.session("default")["own_copy"]


def test_links_keep_the_path_prefix(bench: Bench) -> None:
    """A client that follows next stays in its session; so does one that is redirected to the right slash."""
    page = bench.get(f"/s/a{LIST}?limit=2&page=2")
    moved = bench.call("GET", f"/s/a{LIST.rstrip('/')}")

    assert page["next"] == f"http://localhost/s/a{LIST}?limit=2&page=3"
    assert page["previous"] == f"http://localhost/s/a{LIST}?limit=2&page=1"
    assert moved.headers["location"] == f"/s/a{LIST}"


def test_a_session_that_only_reads_shares_the_starting_state(bench: Bench) -> None:
    """The first write makes a copy, a refused one does not."""
    bench.get(LIST, x_mock_session="a")
    bench.call("POST", LIST, {"order_item": 1}, x_mock_session="a")
    bench.call("PATCH", ONE, {"quantity": 0}, x_mock_session="a")
    shared = bench.session("a")
    bench.call("PATCH", ONE, {"quantity": 1}, x_mock_session="a")

    assert (shared["own_copy"], bench.session("a")["own_copy"]) == (False, True)


@pytest.mark.parametrize("name", ["a b", "-a", "a" * 65, "ä", "../x", "a/b"])
def test_a_name_that_is_none_is_refused(bench: Bench, name: str) -> None:
    """400 in the API's shape, and no session is made; a browser's page can read the answer."""
    answer = bench.call("GET", LIST, x_mock_session=name, origin="http://shop.example")

    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_session"
    assert answer.headers["access-control-allow-origin"]
    assert len(bench.get("/_mock/sessions")["sessions"]) == 1


def test_sessions_are_limited_in_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """None in use is thrown away; one that was unused for a while gives way."""
    bench = Bench(session_limit=2)
    for name in ("a", "b"):
        bench.get(LIST, x_mock_session=name)
    refused = bench.call("GET", LIST, x_mock_session="c")
    present = module.monotonic()
    monkeypatch.setattr("cancelkit.mockserver.sessions.monotonic", lambda: present + module.GRACE_SECONDS + 5)
    monkeypatch.setattr("cancelkit.mockserver.workbench.monotonic", lambda: present + module.GRACE_SECONDS + 5)
    bench.get(LIST, x_mock_session="b")
    bench.get(LIST, x_mock_session="c")

    assert (refused.status_code, refused.json()["code"]) == (503, "session_limit")
    assert [entry["name"] for entry in bench.get("/_mock/sessions")["sessions"]] == ["default", "b", "c"]


def test_sessions_are_limited_in_memory() -> None:
    """A write that would be one too many is refused, in any session, and all of them still read."""
    bench = Bench(session_memory=100_000, self_check=False, journal_size=1)
    answers = [bench.call("POST", LIST, NEW, x_mock_session=f"s{number % 4}") for number in range(300)]
    made = [answer for answer in answers if answer.status_code == 201]
    before = bench.count()

    assert len(made) > 20
    assert answers[-1].status_code == 507
    assert answers[-1].json()["code"] == "session_memory"
    assert sum(bench.count(x_mock_session=f"s{number}") - before for number in range(4)) == len(made)


def test_idle_sessions_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the idle time the name starts anew; the default session stays."""
    bench = Bench(session_idle=100)
    bench.post(LIST, NEW, x_mock_session="a")
    bench.post(LIST, NEW)
    before = bench.count()
    present = module.monotonic()
    monkeypatch.setattr("cancelkit.mockserver.sessions.monotonic", lambda: present + 101)

    assert bench.session("a") == {}
    assert bench.count() == before


def test_sessions_are_made_listed_and_deleted(bench: Bench) -> None:
    """By name, through the control endpoints; the default one can't be deleted."""
    made = [bench.call("POST", "/_mock/sessions", {"name": "a"}).status_code for _ in range(2)]
    bench.post(LIST, NEW, x_mock_session="a")
    entry = bench.session("a")
    gone = [bench.call("DELETE", f"/_mock/sessions/{name}").status_code for name in ("a", "a", "default")]

    assert made == [201, 200]
    assert (entry["calls"], entry["records"]) == (1, 61)
    assert 500 < entry["bytes"] < 10_000
    assert gone == [204, 404, 400]


def test_reset_goes_back_to_the_start(bench: Bench) -> None:
    """Records, clock, faults and progress; the journal stays unless asked."""
    before = bench.count()
    bench.post(LIST, NEW)
    bench.post("/_mock/clock", {"freeze": True})
    bench.post("/_mock/faults", {"kind": "empty", "operation": "createCancellationRequest"})
    bench.put("/_mock/progress", {"rules": [{"from": "waiting", "to": "approved", "after_reads": 1}]})
    answer = bench.post("/_mock/reset")
    calls = bench.get("/_mock/journal")["calls"]
    bench.post("/_mock/reset", {"journal": True})

    assert answer == {"session": "default", "records": 60}
    assert bench.count() == before
    assert not bench.get("/_mock/clock")["frozen"]
    assert bench.get("/_mock/faults")["faults"] == bench.get("/_mock/progress")["rules"] == []
    assert calls
    assert len(bench.get("/_mock/journal")["calls"]) == 1


def test_a_deleted_session_gives_its_memory_back_at_once(bench: Bench) -> None:
    """Also its snapshots', and without waiting for Python to look for what points to itself."""
    bench.post(LIST, NEW, x_mock_session="a")
    bench.put("/_mock/snapshots/kept", x_mock_session="a")
    kept = _state(bench, "a")
    bench.post(LIST, NEW, x_mock_session="a")
    last = _state(bench, "a")
    gc.collect()
    gc.disable()
    try:
        assert kept() is not last() is not None
        bench.call("DELETE", "/_mock/sessions/a")
        assert kept() is last() is None
    finally:
        gc.enable()


def test_a_state_that_nobody_holds_gives_its_memory_back_at_once(bench: Bench) -> None:
    """A reset drops what the session has changed."""
    bench.post(LIST, NEW, x_mock_session="a")
    before = _state(bench, "a")
    bench.post("/_mock/reset", x_mock_session="a")

    assert before() is None


def _state(bench: Bench, session: str) -> ReferenceType[Store]:
    found = bench.app.sessions.find(session)
    assert found is not None
    return ref(found.reading())
