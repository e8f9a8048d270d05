"""The proxy: what passes is unchanged, and what breaks the contract is noticed on both sides."""

from __future__ import annotations

import asyncio
import gzip
import json
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from starlette.requests import Request
from starlette.responses import Response

from cancelkit.contract_tests.check.command import check
from cancelkit.mockserver.proxy.app import Proxy
from cancelkit.mockserver.proxy.recording import CannotRecord
from cancelkit.mockserver.proxy.settings import ProxySettings
from cancelkit.mockserver.proxy.watch import marks
from cancelkit.spec import Level
from cancelkit.traffic import Finding
from tests.mockserver.proxy_bench import KEY, LIST, NEW, mock, through, walk

ROW = {"id": 7, "created_date": "2025-03-01T10:00:00Z", "modified_date": "2025-03-01T10:00:00Z", "order_item": 1}
ROW |= {"reason": 1, "cancellation_type": "cancel", "status": "waiting"}


def _found(proxy: Proxy) -> set[str]:
    """The codes in the default session's journal."""
    session = proxy.watch.session(None)
    return {violation.code for entry in session.journal for violation in entry.judged or ()}


def _checked(path: Path) -> set[str]:
    """The codes that `cancelkit check` finds in a recording."""
    report = json.loads(CliRunner().invoke(check, [str(path), "--json"]).stdout)
    broken = [rule["id"] for rule in report["rules"] if rule["outcome"] in ("failed", "warned")]
    return {id.removeprefix("client/") for id in broken}


def _answering(content: Any = ROW, status: int = 200, headers: dict[str, str] | None = None) -> httpx.MockTransport:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return httpx.MockTransport(
        lambda request: httpx.Response(
            status, headers={"content-type": "application/json", **(headers or {})}, stream=httpx.ByteStream(body)
        )
    )


async def _one(client: httpx.AsyncClient) -> httpx.Response:
    return await client.get(f"{LIST}7/")


def test_a_right_server_and_a_right_client_are_left_alone(tmp_path: Path):
    """An ordinary walk breaks nothing, and no answer is marked."""
    answers, proxy = through(mock(), walk, record=tmp_path / "a.har")

    assert [a.status_code for a in answers].count(200) > 10
    assert _found(proxy) == _checked(tmp_path / "a.har") == set()
    assert all("x-contract-violations" not in answer.headers for answer in answers)


@pytest.mark.parametrize(
    ("mutant", "code"),
    [
        ("filter-status-ignored", "filter-mismatch"),
        ("paging-default-limit", "page-size"),
        ("paging-no-next", "page-envelope"),
        ("paging-descending", "list-order"),
        ("create-initial-confirmed", "wrong-status-after"),
        ("create-ignores-description", "not-applied"),
        ("delete-does-nothing", "came-back"),
        ("update-created-date-moves", "identity-changed"),
        ("reject-not-kept", "left-final"),
        ("schema-list-id-as-text", "schema"),
        ("status-create-200", "undocumented-status"),
        ("error-html", "not-json"),
    ],
)
def test_a_wrong_server_is_noticed(tmp_path: Path, mutant: str, code: str):
    """By the journal, by a header of the answer, and alike by `check` from the recording."""
    answers, proxy = through(mock(mutant), walk, record=tmp_path / "a.har")
    marked = {
        violation["code"]
        for answer in answers
        for violation in json.loads(answer.headers.get("x-contract-violations", "[]"))
    }

    assert f"server/{code}" in _found(proxy)
    assert {f"server/{code}" for code in marked} == _found(proxy) == _checked(tmp_path / "a.har")


def test_a_wrong_client_is_noticed(tmp_path: Path):
    """Its calls go through all the same; the upstream decides."""

    async def flow(client: httpx.AsyncClient) -> list[httpx.Response]:
        return [
            await client.get(LIST, params={"colour": "red"}),
            await client.patch(f"{LIST}1/", json={"uuid": "x", "quantity": 0}),
            await client.get(f"{LIST}1", follow_redirects=False),
        ]

    answers, proxy = through(mock(), flow, record=tmp_path / "a.har")

    assert [answer.status_code for answer in answers] == [200, 400, 301]
    assert _found(proxy) == {"undocumented-parameter", "read-only-field", "invalid-field", "missing-slash"}
    assert _checked(tmp_path / "a.har") == _found(proxy)
    assert answers[1].headers["x-contract-violation-count"] == "2"


def test_what_passes_is_unchanged():
    """Bytes, status and headers of an answer are what the upstream sent."""
    upstream = mock()
    answers, _ = through(upstream, walk)

    async def direct() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(upstream), base_url="http://localhost") as client:
            return await client.get(answers[0].url.raw_path.decode(), headers={"Authorization": KEY})

    same = asyncio.run(direct())

    assert answers[0].content == same.content
    assert answers[0].headers.multi_items() == same.headers.multi_items()


def test_without_marks_calls_are_judged_behind_the_answer():
    """The journal knows all the same."""

    async def flow(client: httpx.AsyncClient) -> httpx.Response:
        return await client.get(LIST, params={"colour": "red"})

    answer, proxy = through(mock(), flow, mark=False)

    assert "x-contract-violations" not in answer.headers
    assert _found(proxy) == {"undocumented-parameter"}


def test_calls_that_come_too_fast_pass_unjudged(monkeypatch: pytest.MonkeyPatch):
    """The client's side is still told, when the journal is read; the proxy counts what it did not judge."""
    monkeypatch.setattr("cancelkit.mockserver.proxy.watch.MOST_WAITING", 0)

    async def flow(client: httpx.AsyncClient) -> list[str]:
        await client.get(LIST, params={"colour": "red"})
        (call,) = (await client.get("/_mock/journal")).json()["calls"]
        return [violation["code"] for violation in call["violations"]]

    codes, proxy = through(mock("paging-descending"), flow, mark=False)

    assert proxy.watch.counts["unjudged"] == 1
    assert codes == ["undocumented-parameter"]


@pytest.mark.parametrize(
    ("settings", "status"),
    [({"errors": True}, 400), ({"errors": True, "strict": True}, 400), ({}, 200)],
)
def test_a_wrong_call_is_refused_only_with_errors(settings: dict[str, Any], status: int):
    """It then never reaches the upstream."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=ROW)

    async def flow(client: httpx.AsyncClient) -> httpx.Response:
        return await client.patch(f"{LIST}7/", json={"colour": "red"})

    found, _ = through(httpx.MockTransport(answer), flow, **settings)

    assert found.status_code == status
    assert len(seen) == (status == 200)
    if status == 400:
        assert found.json()["code"] == "contract_violation"
        assert [v["code"] for v in found.json()["violations"]] == ["undocumented-field"]


@pytest.mark.parametrize(
    ("answer", "strict", "status"),
    [
        (ROW, True, 200),
        ({**ROW, "id": "7"}, False, 502),
        ({**ROW, "status": "lost"}, False, 502),
    ],
)
def test_a_wrong_answer_is_replaced_only_with_errors(answer: Any, strict: bool, status: int):
    """And shown as such in the journal."""
    found, proxy = through(_answering(answer), _one, errors=True, strict=strict)

    assert found.status_code == status
    assert [entry.status for entry in proxy.watch.session(None).journal] == [status]
    assert through(_answering(answer), _one)[0].status_code == 200


def test_what_is_only_assumed_is_an_error_only_when_strict():
    """The order of a list is assumed."""
    page = {"count": 2, "next": None, "previous": None, "results": [ROW, {**ROW, "id": 6}]}

    async def flow(client: httpx.AsyncClient) -> httpx.Response:
        return await client.get(LIST)

    assert through(_answering(page), flow, errors=True)[0].status_code == 200
    assert through(_answering(page), flow, errors=True, strict=True)[0].status_code == 502


@pytest.mark.parametrize(
    ("problem", "status", "code"),
    [
        (httpx.ConnectError("refused"), 502, "upstream_unreachable"),
        (httpx.ConnectTimeout(""), 504, "upstream_unreachable"),
        (httpx.ReadTimeout(""), 504, "upstream_timeout"),
        (httpx.RemoteProtocolError("gone"), 502, "upstream_broken"),
    ],
)
def test_an_upstream_that_does_not_answer_is_said_so(problem: Exception, status: int, code: str):
    """In JSON, with what happened; nothing of it is held against the server's contract."""

    def fail(request: httpx.Request) -> httpx.Response:
        raise problem

    found, proxy = through(httpx.MockTransport(fail), _one)
    (entry,) = proxy.watch.session(None).journal

    assert (found.status_code, found.json()["code"]) == (status, code)
    assert "http://127.0.0.1:1" in found.json()["detail"]
    assert (entry.status, entry.fault, entry.judged) == (status, code, ())


@pytest.mark.parametrize(("method", "tries"), [("GET", 2), ("POST", 1)])
def test_only_what_changes_nothing_is_sent_again(method: str, tries: int):
    """An idle connection may have been closed by the upstream; a write might have been carried out."""
    seen: list[str] = []

    def fail_once(request: httpx.Request) -> httpx.Response:
        seen.append(request.method)
        if len(seen) == 1:
            raise httpx.RemoteProtocolError("Server disconnected")
        return httpx.Response(200, json=ROW)

    async def flow(client: httpx.AsyncClient) -> httpx.Response:
        return await client.request(method, f"{LIST}7/reject/" if method == "POST" else f"{LIST}7/")

    found, _ = through(httpx.MockTransport(fail_once), flow)

    assert len(seen) == tries
    assert found.status_code == (200 if tries == 2 else 502)


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("identity", lambda body: body)]
)
def test_compressed_answers_pass_as_they_are_and_are_read(encoding: str, pack: Any):
    """The client gets the very bytes; the judge sees what is in them."""
    packed = pack(json.dumps({**ROW, "id": "7"}).encode())
    found, proxy = through(_answering(packed, headers={"content-encoding": encoding}), _one)

    assert found.headers["content-encoding"] == encoding
    assert found.json()["id"] == "7"
    assert "server/schema" in _found(proxy)


@pytest.mark.parametrize(("encoding", "body"), [("br", b"\x0b\x02"), ("gzip", b"no gzip"), ("gzip, br", b"x")])
def test_what_can_not_be_unpacked_is_not_judged(encoding: str, body: bytes):
    """Nor spoilt."""

    async def flow(client: httpx.AsyncClient) -> bytes:
        async with client.stream("GET", f"{LIST}7/") as answer:
            return b"".join([piece async for piece in answer.aiter_raw()])

    found, proxy = through(_answering(body, headers={"content-encoding": encoding}), flow)

    assert found == body
    assert _found(proxy) == set()


def test_a_large_answer_is_not_held():
    """It passes without marks, and is judged all the same."""
    answer = {**ROW, "id": "7", "description": "x" * 3_000_000}
    found, proxy = through(_answering(answer), _one)

    assert found.json() == answer
    assert "x-contract-violations" not in found.headers
    assert "server/schema" in _found(proxy)


def test_encodings_are_offered_that_can_be_read():
    """Only for calls of the API; others are sent on with what the client offers."""
    seen: dict[str, str] = {}

    def note(request: httpx.Request) -> httpx.Response:
        seen[request.url.path] = request.headers["accept-encoding"]
        return httpx.Response(204)

    async def flow(client: httpx.AsyncClient) -> None:
        for path in (f"{LIST}7/", "/app.js"):
            await client.get(path, headers={"Accept-Encoding": "gzip;q=0.5, br, zstd"})

    through(httpx.MockTransport(note), flow)

    assert seen == {f"{LIST}7/": "gzip;q=0.5", "/app.js": "gzip;q=0.5, br, zstd"}


def test_bodies_of_other_calls_are_nobodys_business(tmp_path: Path):
    """A login passes, and neither password nor key is kept anywhere."""

    async def flow(client: httpx.AsyncClient) -> tuple[httpx.Response, str]:
        login = await client.post("/api/v1/auth/login/", json={"username": "u", "password": "hunter2hunter2"})
        journal = await client.get("/_mock/journal")
        return login, journal.text

    (login, journal), _ = through(mock(), flow, record=tmp_path / "a.har")

    assert login.json()["key"]
    assert '"path":"/api/v1/auth/login/"' in journal
    assert "hunter2" not in journal + (tmp_path / "a.har").read_text()
    assert json.loads((tmp_path / "a.har").read_text())["log"]["entries"] == []


def test_the_key_is_nowhere(tmp_path: Path):
    """Not in the journal, its export, the recording or the data; the fingerprint is the same everywhere."""

    async def flow(client: httpx.AsyncClient) -> str:
        await walk(client)
        parts = [await client.get(f"/_mock/{name}") for name in ("journal", "journal.har", "status", "sessions")]
        return "".join(part.text for part in parts)

    said, proxy = through(mock(), flow, record=tmp_path / "a.har", record_data=tmp_path / "a.json")
    kept = "".join(path.read_text(encoding="utf-8") for path in tmp_path.iterdir())
    entry = next(iter(proxy.watch.session(None).journal))

    assert "very-secret-key" not in said + kept
    assert f"Token fingerprint-{entry.key}" in kept


def test_a_recording_is_whole_at_every_moment(tmp_path: Path):
    """Even if the proxy is killed, what it wrote is a HAR file."""
    path = tmp_path / "a.har"

    async def flow(client: httpx.AsyncClient) -> list[int]:
        counts = [len(json.loads(path.read_text())["log"]["entries"])]
        for _ in range(3):
            await client.get(LIST)
            await asyncio.sleep(0.05)
            counts.append(len(json.loads(path.read_text())["log"]["entries"]))
        return counts

    counts, _ = through(mock(), flow, record=path)

    assert counts[0] == 0
    assert len(json.loads(path.read_text())["log"]["entries"]) == 3


@pytest.mark.parametrize("option", ["record", "record_data"])
def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path, option: str):
    """Nor one that can't be written begun."""
    (tmp_path / "old").write_text("precious")

    with pytest.raises(CannotRecord, match="there already"):
        Proxy(ProxySettings("http://127.0.0.1:1", **{option: tmp_path / "old"}))
    with pytest.raises(CannotRecord, match="can't be written"):
        Proxy(ProxySettings("http://127.0.0.1:1", record=tmp_path / "none" / "a.har"))
    assert (tmp_path / "old").read_text() == "precious"


def test_sessions_keep_journals_of_their_own():
    """The header goes on to the upstream, too, so that a mock behind the proxy sees the same session."""

    async def flow(client: httpx.AsyncClient) -> list[Any]:
        for session in ("a", "b"):
            await client.delete(f"{LIST}1/", headers={"X-Mock-Session": session})
        again = await client.get(f"{LIST}1/")
        named = [await client.get("/_mock/journal", params={"session": name}) for name in ("a", "b", "default")]
        return [again.status_code, *(len(answer.json()["calls"]) for answer in named)]

    found, proxy = through(mock(), flow)

    assert found == [200, 1, 1, 1]
    assert _found(proxy) == set()


def test_only_what_a_proxy_has_is_offered():
    """Records and time are the upstream's; the answer says so, and the page knows which views to show."""

    async def flow(client: httpx.AsyncClient) -> dict[str, httpx.Response]:
        await client.get(LIST, params={"colour": "red"})
        return {
            "records": await client.get("/_mock/records"),
            "reset": await client.post("/_mock/reset", json={}),
            "clock": await client.get("/_mock/progress"),
            "page": await client.get("/_mock/"),
            "status": await client.get("/_mock/status"),
            "coverage": await client.get("/_mock/coverage"),
            "journal": await client.get("/_mock/journal", params={"violation": "true"}),
            "verify": await client.post("/_mock/verify", json={"calls": [], "no_violations": True}),
        }

    found, _ = through(mock(), flow)

    for name in ("records", "reset", "clock"):
        assert found[name].status_code == 409
        assert "http://127.0.0.1:1" in found[name].json()["detail"]
    assert found["page"].status_code == 200
    assert found["status"].json()["proxy"] == {"upstream": "http://127.0.0.1:1", "calls": 1, "ours": 1, "client": 1}
    assert "records" not in found["status"].json()["views"]
    assert found["coverage"].json()["summary"]["operations"] == "1/9"
    assert found["journal"].json()["calls"][0]["violations"][0]["code"] == "undocumented-parameter"
    assert found["verify"].json()["ok"] is False


def test_clearing_the_journal_starts_the_story_anew():
    """After the upstream was reset, what came back is no violation."""

    async def flow(client: httpx.AsyncClient) -> None:
        await client.get(f"{LIST}7/")
        await client.delete(f"{LIST}7/")
        await client.delete("/_mock/journal")
        await client.get(f"{LIST}7/")

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(204) if request.method == "DELETE" else httpx.Response(200, json=ROW)

    assert _found(through(httpx.MockTransport(answer), flow)[1]) == set()


def test_a_proxy_of_itself_ends():
    """A call that has passed this proxy before is refused, not sent round for ever."""
    holder: list[Any] = []

    async def upstream(scope: Any, receive: Any, send: Any) -> None:
        await holder[0](scope, receive, send)

    class Loop(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            return await httpx.ASGITransport(upstream).handle_async_request(request)

    async def run() -> httpx.Response:
        proxy = Proxy(ProxySettings("http://127.0.0.1:1"), Loop())
        holder.append(proxy)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(proxy), base_url="http://localhost") as client:
            answer = await client.get(LIST)
        await proxy.close()
        return answer

    assert asyncio.run(run()).status_code == 508


def test_headers_are_forwarded_as_a_proxy_should():
    """Those of the connection go, those that tell of the client come, the Host is the upstream's or the client's."""
    seen: list[dict[str, str]] = []

    async def note(scope: Any, receive: Any, send: Any) -> None:
        seen.append(dict(Request(scope).headers))
        await Response(b"", 204, {"connection": "x-gone", "x-gone": "1", "x-kept": "1"})(scope, receive, send)

    async def flow(client: httpx.AsyncClient) -> httpx.Response:
        headers = {"Connection": "keep-alive, X-Hop", "X-Hop": "1", "TE": "trailers", "X-Team": "returns"}
        return await client.get(LIST, headers={**headers, "X-Forwarded-For": "10.0.0.1"})

    answer, _ = through(note, flow, keep_host=False)
    through(note, flow, keep_host=True)
    first, second = seen

    assert not {"x-hop", "te", "connection"} & set(first)
    assert (first["x-team"], first["authorization"]) == ("returns", KEY)
    assert first["x-forwarded-for"] == "10.0.0.1, 127.0.0.1"
    assert (first["x-forwarded-host"], first["x-forwarded-proto"]) == ("localhost", "http")
    assert first["via"].startswith("1.1 cancelkit-")
    assert (first["host"], second["host"]) == ("127.0.0.1:1", "localhost")
    assert "x-kept" in answer.headers
    assert "x-gone" not in answer.headers


@pytest.mark.parametrize(
    ("upstream", "kept"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost", True),
        ("http://[::1]:1", True),
        ("https://localhost", False),
        ("https://shop.example", False),
    ],
)
def test_the_host_is_kept_for_an_upstream_on_this_machine(upstream: str, kept: bool):
    """So that `next` leads to the proxy; a server elsewhere may need its own name."""
    assert ProxySettings(upstream).keeps_host is kept
    assert ProxySettings(upstream, keep_host=not kept).keeps_host is not kept


def test_a_header_of_marks_is_ascii_and_bounded():
    """However many findings there are, and whatever they quote."""
    finding = Finding("server", "schema", "Ş\r\n\x00" + "x" * 5000, "response.ı", Level.DOCUMENTED)
    (count, number), (_, text) = marks([finding] * 100)

    assert (count, number) == (b"x-contract-violation-count", b"100")
    assert len(text) < 4000
    assert all(32 <= byte < 127 for byte in text)
    assert json.loads(text)[0]["message"].startswith("Ş\r\n")


def test_a_body_of_a_write_arrives_as_it_was():
    """Byte for byte, and its length with it."""
    seen: list[bytes] = []

    async def keep(scope: Any, receive: Any, send: Any) -> None:
        seen.append(await Request(scope, receive).body())
        await Response(b"{}", 200, media_type="application/json")(scope, receive, send)

    async def flow(client: httpx.AsyncClient) -> None:
        await client.post(LIST, content=b'{ "order_item" : 1 }\n', headers={"Content-Type": "application/json"})
        await client.post(LIST, json=NEW)

    through(keep, flow)

    assert seen == [b'{ "order_item" : 1 }\n', httpx.Request("POST", "http://x", json=NEW).content]


def test_the_export_of_a_mock_can_be_checked(tmp_path: Path):
    """Its journal holds no keys and no headers of answers, so neither is missed; what the client broke is found."""

    async def flow() -> bytes:
        transport = httpx.ASGITransport(mock(), client=("127.0.0.1", 1))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost", headers={"Authorization": KEY}
        ) as client:
            await walk(client)
            await client.delete(LIST)
            await client.patch(f"{LIST}1/", json={"colour": "red"})
            return (await client.get("/_mock/journal.har")).content

    (tmp_path / "journal.har").write_bytes(asyncio.run(flow()))

    assert _checked(tmp_path / "journal.har") == {"method-not-allowed", "undocumented-field"}


def test_nothing_slow_is_loaded_before_it_is_wanted():
    """The mock starts without the judge's libraries, and so does the proxy's own help."""
    rooms = ("mockserver.cli", "mockserver.app", "mockserver.proxy.cli", "traffic")
    code = f"import sys, {', '.join(f'cancelkit.{room}' for room in rooms)}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert not {"openapi_core", "schemathesis", "hypothesis"} & set(done.stdout.split())


def test_traffic_goes_on_where_the_watchers_fail(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    """Neither a judge nor a recorder that fails costs anybody an answer; the log tells, and the count."""
    proxies: list[Proxy] = []

    class Spoilt(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, json=ROW)

    def fail(*given: Any) -> Any:
        raise RuntimeError("spoilt")

    async def run() -> list[httpx.Response]:
        proxy = Proxy(ProxySettings("http://127.0.0.1:1", record=tmp_path / "a.har"), Spoilt())
        proxies.append(proxy)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(proxy), base_url="http://localhost") as client:
            proxy.watch._recorders = (fail,)
            answers = [await _one(client)]
            meant = proxy.watch.meaning("GET", f"http://localhost{LIST}7/")
            proxy.watch._judge = fail
            proxy.watch.meaning = lambda method, path: meant
            answers.append(await _one(client))
        await proxy.close()
        return answers

    answers = asyncio.run(run())

    assert [answer.status_code for answer in answers] == [200, 200]
    assert proxies[0].watch.counts["unjudged"] == 1
    assert "could not be recorded" in caplog.text
    assert "could not be judged" in caplog.text


def test_a_key_in_a_query_is_sent_on_but_not_shown():
    """The journal has a fingerprint in its place; upstream gets what the client sent."""
    got: list[str] = []

    def upstream(request: httpx.Request) -> httpx.Response:
        got.append(request.url.query.decode())
        return httpx.Response(200, json=ROW)

    async def flow(client: httpx.AsyncClient) -> str:
        await client.get(f"{LIST}7/?token=very-secret-key")
        return "".join([(await client.get(f"/_mock/{name}")).text for name in ("journal", "journal.har")])

    said, _ = through(httpx.MockTransport(upstream), flow)

    assert got == ["token=very-secret-key"]
    assert "token=fingerprint-" in said
    assert "very-secret-key" not in said
