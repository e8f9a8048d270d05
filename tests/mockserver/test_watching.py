"""`mock --watch`: an edit of the contract's files is served from then on, and the records that fit stay."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from in_process import Answer, Client

from cancelkit.fixtures.world import World, generate_world
from cancelkit.mockserver import create_app, watching
from cancelkit.mockserver.settings import Settings
from cancelkit.mockserver.watching import Recipe, Watch
from cancelkit.mockserver.workbench import Workbench
from cancelkit.spec import Contract
from cancelkit.spec.choosing import ContractFiles
from tests.clients.running import ending

ROOT = Path(__file__).parents[2]
REVIEWS = ROOT / "examples/contracts/reviews.yaml"
URL = "/shops/green-tea/reviews"
KEY = {"x-api-key": "demo", "host": "localhost"}
HEAD = 'overlay: 1.0.0\ninfo: {title: x, version: "1"}\nactions:\n'
ANSWERED = "        votes: {type: integer, minimum: 0, readOnly: true, default: 0}\n"


@dataclass
class Mock:
    """A watched mock of a copy of the reviews."""

    file: Path
    overlay: Path
    watch: Watch
    said: list[str] = field(default_factory=list)

    def edit(self, old: str, new: str) -> None:
        text = self.file.read_text(encoding="utf-8")
        assert old in text
        self.file.write_text(text.replace(old, new), encoding="utf-8")

    def taken_up(self) -> str:
        """Take the edits up. Returns what was said."""
        before = len(self.said)
        asyncio.run(self.watch.take_up())
        return "\n".join(self.said[before:])

    def call(self, method: str, path: str, body: Any = None, *, session: str | None = None) -> Answer:
        return Client(self.watch, key=None, session=session).call(method, path, body, KEY)

    def rows(self, query: str = "", session: str | None = None) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.call("GET", f"{URL}?page_size=1000{query}", session=session).json["results"]
        return rows


Make = Callable[..., Mock]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def made(path: Path = REVIEWS, state: Path | None = None, **settings: Any) -> Mock:
        file, overlay = tmp_path / "own.yaml", tmp_path / "overlay.yaml"
        file.write_bytes(path.read_bytes())
        overlay.write_text(f"{HEAD}  - target: $.info\n    update: {{title: Own}}\n", encoding="utf-8")
        contract_files = ContractFiles(file, (overlay,))
        contract = contract_files.read()

        def world(contract: Contract) -> World:
            return generate_world(contract, size=40)

        def app(contract: Contract, world_: World | None) -> Workbench:
            return create_app(Settings(self_check=True, **settings), world_ or world(contract), contract)

        first = world(contract)
        begun = create_app(Settings(self_check=True, **settings), first, contract, state=state)
        said: list[str] = []
        watch = Watch(begun, contract, first, contract_files, Recipe(world, app), said.append)
        return Mock(file, overlay, watch, said)

    return made


@pytest.fixture
def mock(make: Make) -> Mock:
    return make()


def test_a_field_that_is_added_is_filled_in_and_nothing_else_changes(mock: Mock):
    """Records of the starting state and of every session get it, as a new record would."""
    mock.call("DELETE", f"{URL}/{mock.rows()[0]['id']}", session="one")
    before, own = mock.rows(), mock.rows(session="one")
    mock.edit(ANSWERED, f"{ANSWERED}        source: {{type: string, readOnly: true, default: web}}\n")
    said = mock.taken_up()

    assert mock.rows() == [{**row, "source": "web"} for row in before]
    assert mock.rows(session="one") == [{**row, "source": "web"} for row in own]
    assert len(own) == len(before) - 1
    assert "0 left out" in said
    assert said.count("\n") == 0


def test_a_field_that_is_removed_goes(mock: Mock):
    """What the contract no longer knows is not answered any more."""
    before = mock.rows()
    mock.edit(ANSWERED, "")
    mock.taken_up()

    assert mock.rows() == [{name: value for name, value in row.items() if name != "votes"} for row in before]


def test_a_required_field_is_made_up_for_old_records(mock: Mock):
    """A value that fits is drawn, the same for a record however often the contract is edited."""
    mock.edit(ANSWERED, f"{ANSWERED}        grade: {{type: string, enum: [a, b]}}\n")
    mock.edit("required: [id, created, updated,", "required: [grade, id, created, updated,")
    mock.taken_up()
    before = mock.rows()
    mock.edit("title: Product reviews", "title: Reviews")
    mock.taken_up()

    assert {row["grade"] for row in before} <= {"a", "b"}
    assert mock.rows() == before


def test_a_broken_edit_is_one_line_and_the_contract_as_it_was_is_served(mock: Mock):
    """The line starts with file, line and column; mending the file is said as well."""
    before = mock.rows()
    mock.edit("minimum: 1\n      maximum: 5", "minimum: [\n      maximum: 5")
    broken = mock.taken_up()
    served = mock.rows()
    mock.file.write_bytes(REVIEWS.read_bytes())
    mended = mock.taken_up()

    assert re.match(rf"{re.escape(str(mock.file))}:\d+:\d+: ", broken)
    assert "\n" not in broken
    assert served == before
    assert "mended" in mended
    assert mock.rows() == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("lookup: gte", "lookup: almost"),
        ("#/components/schemas/ReviewPage", "#/components/schemas/Nothing"),
        ("openapi: 3.0.3", "openapi: 2.0"),
        ("pattern: '^[0-9]{1,6}", "pattern: '^([0-9]{1,6}"),
        ("x-identity: id", "x-identity: nothing"),
    ],
)
def test_whatever_is_broken_names_the_file(mock: Mock, old: str, new: str):
    """Syntax, references, extensions, patterns: one line each, and no end of the mock."""
    mock.edit(old, new)
    said = mock.taken_up()

    assert said.startswith(str(mock.file))
    assert "\n" not in said
    assert mock.rows()


def test_records_in_a_state_that_is_removed_are_left_out_by_id_and_field(mock: Mock):
    """They are named, the others stay; a session's own records are looked at likewise."""
    mock.call("DELETE", f"{URL}/{mock.rows()[0]['id']}", session="one")
    before = mock.rows()
    gone = [row["id"] for row in before if row["status"] == "hidden"]
    mock.edit("enum: [pending, published, hidden]", "enum: [pending, published]")
    mock.edit("published: [hidden]\n", "published: [pending]\n")
    mock.edit("pending: [published, hidden]", "pending: [published]")
    mock.edit("          hidden: [pending]\n", "")
    action = "x-action: {field: status, value: hidden, refused: [hidden]}"
    mock.edit(action, "x-action: {field: status, value: pending}")
    said = mock.taken_up()

    assert gone
    assert mock.rows() == [row for row in before if row["id"] not in gone]
    assert all(f"left out of the starting state: record {id}: status: " in said for id in gone)
    assert "left out of session one: record " in said


def test_an_overlay_is_watched_as_the_contract_is(mock: Mock):
    """Its edits are taken up, and its faults named with its own file."""
    mock.overlay.write_text(
        f"{HEAD}  - target: $.components.schemas.Title\n    update: {{maxLength: 500}}\n", encoding="utf-8"
    )
    mock.taken_up()
    row = mock.rows()[0]
    longer = mock.call("PATCH", f"{URL}/{row['id']}", {"title": "x" * 300})
    mock.overlay.write_text(f"{HEAD}  - target: $.components.schemas.Nothing\n    remove: 3\n", encoding="utf-8")

    assert longer.status == 200
    assert mock.taken_up().startswith(str(mock.overlay))
    assert mock.rows()[0]["title"] == "x" * 300


def test_what_a_session_keeps_beside_its_records_goes_along(mock: Mock):
    """Snapshots, faults, the clock and the journal."""
    kept = mock.rows()
    mock.call("PUT", "/_mock/snapshots/full")
    mock.call("POST", "/_mock/faults", {"kind": "status", "operation": "removeReview", "status": 503})
    mock.call("POST", "/_mock/clock", {"freeze": "2030-01-01T00:00:00Z"})
    calls = len(mock.call("GET", "/_mock/journal").json["calls"])
    mock.edit(ANSWERED, "")
    mock.taken_up()

    assert mock.call("DELETE", f"{URL}/{kept[0]['id']}").status == 503
    assert len(mock.call("GET", "/_mock/journal").json["calls"]) == calls + 1
    assert mock.call("GET", "/_mock/clock").json["frozen"]
    assert [line["name"] for line in mock.call("GET", "/_mock/snapshots").json["snapshots"]] == ["full"]
    assert mock.call("POST", "/_mock/snapshots/full/restore").status < 300
    assert len(mock.rows()) == len(kept)


def test_a_scope_that_is_added_has_what_its_records_may_refer_to(mock: Mock):
    """A new shop is there at once, empty; one that is removed is gone, with its reviews."""
    mock.edit("enum: [green-tea, old-books]", "enum: [green-tea, new-shoes]")
    said = mock.taken_up()
    empty = mock.call("GET", "/shops/new-shoes/reviews")

    assert (empty.status, empty.json["count"]) == (200, 0)
    assert mock.call("GET", "/shops/old-books/reviews").status == 404
    assert mock.rows()
    assert "scope" in said


def test_another_resource_starts_anew(mock: Mock):
    """Records of something else can't be carried over; the mock then starts as it would have."""
    mock.file.write_bytes((ROOT / "spec/openapi.yaml").read_bytes())
    said = mock.taken_up()
    found = Client(mock.watch).call("GET", "/api/v1/cancellations")

    assert "is served now, with 40" in said
    assert found.status in (200, 404)


def test_the_shipped_contract_keeps_every_record(make: Make):
    """References opened in the detailed answer, plans, integer ids: nothing changes but what was edited."""
    mock = make(ROOT / "spec/openapi.yaml")
    before = list(mock.watch._app.sessions.default.reading().records())
    number = mock.watch._app.sessions.default.reading().next_number
    mock.edit("version: 1.0.0", "version: 1.0.1")
    said = mock.taken_up()
    store = mock.watch._app.sessions.default.reading()

    assert "0 left out" in said, said
    assert list(store.records()) == before
    assert store.next_number == number


def test_a_call_in_flight_ends_on_the_mock_that_it_began_on_and_its_write_is_carried_over(mock: Mock):
    """The swap waits for it; calls that come meanwhile are answered by the new mock."""
    mock.edit(ANSWERED, f"{ANSWERED}        source: {{type: string, readOnly: true, default: web}}\n")
    mock.call("POST", "/_mock/faults", {"kind": "latency", "delay_ms": 1500, "count": 1})

    async def both() -> Answer:
        client = Client(mock.watch, key=None)
        body = {"title": "late", "rating": 5, "product": 1, "customer": 1}
        late = asyncio.create_task(client.send("POST", URL, body, KEY))
        await asyncio.sleep(0.05)
        await mock.watch.take_up()
        return await late

    late = asyncio.run(both())

    assert late.status == 201
    assert "source" not in late.json
    assert mock.call("GET", f"{URL}/{late.json['id']}").json == {**late.json, "source": "web"}


def test_a_state_file_is_kept_by_the_new_contract(make: Make, tmp_path: Path):
    """After the edit the file can be read with the contract as it is now."""
    state = tmp_path / "state.bin"
    mock = make(state=state)
    mock.call("PUT", "/_mock/snapshots/full")

    async def lived() -> None:
        coming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        sent: asyncio.Queue[Any] = asyncio.Queue()
        life = asyncio.create_task(mock.watch({"type": "lifespan"}, coming.get, sent.put))
        await coming.put({"type": "lifespan.startup"})
        assert (await sent.get())["type"] == "lifespan.startup.complete"
        mock.edit(ANSWERED, "")
        await mock.watch.take_up()
        await coming.put({"type": "lifespan.shutdown"})
        assert (await sent.get())["type"] == "lifespan.shutdown.complete"
        await life

    asyncio.run(lived())
    contract = ContractFiles(mock.file, (mock.overlay,)).read()
    again = create_app(Settings(), generate_world(contract, size=1), contract, state=state)

    assert len(list(again.sessions.default.reading().records())) == 40
    assert len(again.sessions.default.snapshots["full"].store) == 40


def test_what_is_written_after_an_edit_is_kept_as_well(make: Make, tmp_path: Path):
    """Also a restore of a snapshot from before it."""
    state = tmp_path / "mock.state"
    mock = make(state=state)
    mock.call("PUT", "/_mock/snapshots/full")
    gone = mock.rows()[0]["id"]
    mock.edit(ANSWERED, "")
    mock.taken_up()
    mock.call("DELETE", f"{URL}/{gone}")
    mock.call("PUT", "/_mock/snapshots/less")
    mock.call("POST", "/_mock/snapshots/full/restore")
    left = mock.rows()
    served = mock.watch._app.lifetime.keeper
    assert served
    served.close()
    contract = ContractFiles(mock.file, (mock.overlay,)).read()
    session = create_app(Settings(), generate_world(contract, size=1), contract, state=state).sessions.default

    assert [one.base["id"] for one in session.reading().records() if one.scope == ("green-tea",)] == [
        row["id"] for row in left
    ]
    assert {name: len(kept.store) for name, kept in session.snapshots.items()} == {"full": 40, "less": 39}


def test_an_edit_that_can_not_be_kept_is_not_served(make: Make, tmp_path: Path):
    """The state goes on being kept with the contract as it was."""
    mock = make(state=tmp_path / "mock.state")
    keeper = mock.watch._app.lifetime.keeper
    assert keeper
    assert keeper._file
    list(keeper._file.rows("PRAGMA query_only = 1"))
    mock.edit(ANSWERED, "")
    said = mock.taken_up()
    list(keeper._file.rows("PRAGMA query_only = 0"))
    gone = mock.call("DELETE", f"{URL}/{mock.rows()[0]['id']}")
    records = [*keeper._file.rows("SELECT count(*) FROM records WHERE doc IS NULL")]

    assert "mock.state can't be written" in said
    assert "still serving the contract as it was" in said
    assert gone.status < 300
    assert records == [(1,)]


def test_two_quick_edits_are_both_served(mock: Mock, monkeypatch: pytest.MonkeyPatch):
    """The second may come while the first is read: the files are looked at again afterwards."""
    monkeypatch.setattr(watching, "SECONDS", 0.05)
    monkeypatch.setattr(watching, "SETTLE_SECONDS", 0.02)

    async def lived() -> None:
        looking = asyncio.create_task(mock.watch._look())
        await asyncio.sleep(0.1)
        mock.edit(ANSWERED, f"{ANSWERED}        first: {{type: string, readOnly: true, default: a}}\n")
        await asyncio.sleep(0.1)
        mock.edit(ANSWERED, f"{ANSWERED}        second: {{type: string, readOnly: true, default: b}}\n")
        async with asyncio.timeout(20):
            while {"first", "second"} - mock.watch._contract.resource.fields.keys():
                await asyncio.sleep(0.05)
        looking.cancel()

    asyncio.run(lived())
    row = mock.rows()[0]

    assert (row["first"], row["second"]) == ("a", "b")


def test_a_file_that_a_reference_names_is_watched(mock: Mock):
    """A part of the contract in a file of its own counts as the contract does."""
    part = mock.file.with_name("title.yaml")
    part.write_text("{type: string, minLength: 1, maxLength: 60}\n", encoding="utf-8")
    mock.edit("$ref: '#/components/schemas/Title'", "$ref: 'title.yaml'")
    mock.taken_up()

    assert part in mock.watch._files


def test_the_command_serves_an_edit_and_reports_a_broken_one(tmp_path: Path):
    """As typed: the banner names the files, the news are lines on standard error."""
    file, errors = tmp_path / "own.yaml", tmp_path / "errors"
    text = REVIEWS.read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    options = ["--port", "0", "--size", "20", "--watch", "--contract", str(file)]
    command = [sys.executable, "-u", "-m", "cancelkit", "mock", *options]
    with (
        errors.open("w") as err,
        ending(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=err, text=True, cwd=ROOT)) as process,
    ):
        assert process.stdout
        lines = [process.stdout.readline()]
        while lines[-1] and "Try:" not in lines[-1]:
            lines.append(process.stdout.readline())
        banner = "".join(lines)
        url = banner.split()[3]
        file.write_text(text.replace("lookup: gte", "lookup: almost"), encoding="utf-8")
        broken = _line(errors, "almost")
        file.write_text(text.replace(ANSWERED, ""), encoding="utf-8")
        served = _line(errors, "is served now")
        rows = httpx.get(url + URL, headers=KEY, trust_env=False).json()["results"]

    assert f"watching  {file}" in banner
    assert re.match(rf"{re.escape(str(file))}:\d+:\d+: ", broken)
    assert "0 left out" in served
    assert all("votes" not in row for row in rows)


def _line(file: Path, word: str) -> str:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        for line in file.read_text().splitlines():
            if word in line:
                return line
        time.sleep(0.1)
    raise AssertionError(file.read_text())
