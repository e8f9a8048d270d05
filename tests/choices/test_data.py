"""`learn --data`: the records of a server as data that a mock serves, people's data by pseudonyms."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from cancelkit.contract_tests.configuration.settings import Settings
from cancelkit.contract_tests.errors import CouldNotRun
from cancelkit.contract_tests.learning import data
from cancelkit.contract_tests.learning.command import learn as command
from cancelkit.contract_tests.learning.walking import walk
from cancelkit.fixtures.world import World, generate_world
from cancelkit.mockserver.local import LocalMock
from cancelkit.spec import PATH, Contract, load, read
from cancelkit.spec.reading import read_contract
from tests.choices.test_recorded import LIST
from tests.support.recording import RecordingTransport

CONTRACTS = {
    path.stem: path
    for path in (PATH, *sorted(Path("tests/contracts").glob("*.yaml")), Path("examples/contracts/reviews.yaml"))
}
KEY = {"Authorization": "Token in-process"}


def walked(contract: Contract, world: World, **how: Any) -> tuple[Any, RecordingTransport]:
    """What a walk finds in a mock that serves a world, and the calls that it took."""
    first, *others = world.scopes or ((),)
    with LocalMock(world=world, contract=contract) as mock:
        passing = RecordingTransport(mock.transport)
        settings = Settings(mock.url, token="in-process", scope=first, other_scope=(others or [None])[0])
        return walk(settings, contract, how.get("most", 1000), transport=passing), passing


def stored(harvest: Any, tmp_path: Path, **how: Any) -> tuple[World, dict[str, Any], str]:
    path = tmp_path / "seen.json"
    said = data.keep(harvest, data.Wanted(path, 1000, **how))
    tables = json.loads(path.read_bytes())
    return World.from_tables(tables, harvest.contract), tables, said


@pytest.mark.parametrize("name", CONTRACTS)
def test_the_records_of_a_server_become_data(name: str, tmp_path: Path) -> None:
    """Every record of its scopes, by GET alone, in a file that passes the checks of `--data`."""
    contract = read(CONTRACTS[name])
    world = generate_world(contract, size=230)
    scopes = set(world.scopes[:2]) or {()}

    harvest, passing = walked(contract, world)
    found, *_ = stored(harvest, tmp_path, mask=False)

    id_field = contract.resource.id_field
    expected = {str(r.base[id_field]): r for r in world.records if r.scope in scopes}
    assert {str(record.base[id_field]) for record in found.records} == set(expected)
    assert {exchange.method for exchange in passing.exchanges} == {"GET"}
    for record in found.records:
        for field in contract.resource.fields:
            assert record.base.get(field) == expected[str(record.base[id_field])].base.get(field)


def test_a_mock_takes_writes_with_the_references_of_masked_data(tmp_path: Path) -> None:
    contract = load()
    harvest, _ = walked(contract, generate_world(contract, size=60))
    world, tables, _ = stored(harvest, tmp_path)
    named = next(row for row in tables["cancellation_requests"] if row["channel"] == 5)

    with (
        LocalMock(world=world, contract=contract) as mock,
        httpx.Client(transport=mock.transport, base_url=mock.url, headers=KEY) as client,
    ):
        body = {name: named[name] for name in ("order_item", "reason", "cancellation_type")}
        created, listed = client.post(LIST, json=body), client.get(LIST, params={"limit": 1})

    assert created.status_code == 201
    assert listed.json()["count"] == 1 + sum(row["channel"] == 5 for row in tables["cancellation_requests"])


def test_the_bound_on_records_holds(tmp_path: Path) -> None:
    contract = load()
    harvest, passing = walked(contract, generate_world(contract, size=400), most=25)

    assert len(stored(harvest, tmp_path)[0].records) == 25
    assert len(passing.exchanges) < 15


def test_people_are_masked_unless_that_is_not_wanted(tmp_path: Path) -> None:
    contract = load()
    harvest, _ = walked(contract, generate_world(contract, size=60))
    open_, said_open = stored(harvest, tmp_path, mask=False)[1:]
    masked, said = stored(harvest, tmp_path)[1:]
    text = json.dumps(masked, ensure_ascii=False)

    assert "keep the file accordingly" in said_open
    assert "replaced by pseudonyms" in said
    assert all(row["email"] in json.dumps(open_, ensure_ascii=False) for row in open_["customers"])
    assert not any(row["email"] in text or row["last_name"] in text for row in open_["customers"])


def test_a_key_in_a_file_gives_the_same_pseudonyms_again(tmp_path: Path) -> None:
    contract = load()
    harvest, _ = walked(contract, generate_world(contract, size=20))
    key = tmp_path / "mask.key"

    first, again = (stored(harvest, tmp_path, key=key)[1] for _ in range(2))
    other, another = (stored(harvest, tmp_path)[1] for _ in range(2))

    assert first == again
    assert other != another != first
    assert key.stat().st_mode & 0o077 == 0


def test_recordings_give_data_too(tmp_path: Path) -> None:
    """What was deleted later is not in it."""
    contract = load()
    world = generate_world(contract, size=40)
    with LocalMock(world=world, contract=contract) as mock:
        passing = RecordingTransport(mock.transport)
        with httpx.Client(transport=passing, base_url=mock.url, headers=KEY) as client:
            client.get(f"{LIST}detailed", params={"limit": 100})
            gone = next(record.base["id"] for record in world.records if record.scope == (5,))
            client.delete(f"{LIST}{gone}/")
    file, out = passing.har(tmp_path / "a.har"), tmp_path / "seen.json"

    found = CliRunner().invoke(command, [str(file), "--data", str(out), "--out", str(tmp_path / "o.yaml")])

    assert found.exit_code == 0
    kept = World.from_tables(json.loads(out.read_bytes()), contract).records
    assert {r.base["id"] for r in kept} == {r.base["id"] for r in world.records if r.scope == (5,)} - {gone}
    assert f"{len(kept)} records in {out}" in found.output.replace("\n", "")


def test_one_command_gives_contract_and_data(tmp_path: Path) -> None:
    """Of a server over a real port, and the records are those from before the run."""
    contract = load()
    world = generate_world(contract, size=30)
    out, seen = tmp_path / "o.yaml", tmp_path / "seen.json"
    with LocalMock(world=world, contract=contract) as mock:
        words = [mock.listen(), "--token", "in-process", "--read-only", "--out", str(out), "--data", str(seen)]
        found = CliRunner().invoke(command, words)

    assert found.exit_code == 0, found.output
    assert "points told" in found.output
    kept = World.from_tables(json.loads(seen.read_bytes()), contract).records
    assert {record.base["id"] for record in kept} == {r.base["id"] for r in world.records if r.scope == (5,)}


def test_a_field_that_admits_no_pseudonym_is_named_without_its_text(tmp_path: Path) -> None:
    document = json.loads(json.dumps(load().document))
    node = document["components"]["schemas"]["Customer"]["properties"]["first_name"]
    node["pattern"] = "^Somebody$"
    contract = read_contract(document)
    world = generate_world(load(), size=5)
    tables = world.to_tables(load())
    for row in tables["customers"]:
        row["first_name"] = "Somebody"
    harvest, _ = walked(contract, World.from_tables(tables, contract))

    with pytest.raises(CouldNotRun, match=r"customers\.first_name admits no pseudonym") as error:
        stored(harvest, tmp_path)
    assert "Somebody" not in str(error.value)


class Failing(httpx.BaseTransport):
    """Sends calls on, but for those about a later page: these are answered 500, or not at all."""

    def __init__(self, inner: httpx.BaseTransport, *, silent: bool) -> None:
        self._inner, self._silent = inner, silent

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.params.get("page", "1") == "1":
            return self._inner.handle_request(request)
        if self._silent:
            raise httpx.ReadTimeout("timed out", request=request)
        return httpx.Response(500, request=request)


@pytest.mark.parametrize(("silent", "said"), [(False, "page 2 of .* is answered 500"), (True, "does not answer")])
def test_a_list_that_breaks_off_is_no_data(silent: bool, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    contract = load()
    with LocalMock(world=generate_world(contract, size=400), contract=contract) as mock:
        settings = Settings(mock.url, token="in-process", scope=(5,))
        with pytest.raises(CouldNotRun, match=said):
            walk(settings, contract, 1000, transport=Failing(mock.transport, silent=silent))


def test_an_empty_server_gives_empty_data(tmp_path: Path) -> None:
    contract = load()
    harvest, _ = walked(contract, replace(generate_world(contract, size=5), records=[]))

    assert list(stored(harvest, tmp_path)[0].records) == []
