"""A session's state as a whole: snapshots, export and import, direct edits."""

from __future__ import annotations

from typing import Any

import pytest

from cancelkit.fixtures.world import World, WorldError
from cancelkit.spec import load
from tests.mockserver.bench import LIST, NEW, ONE, Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_snapshot_is_gone_back_to(bench: Bench) -> None:
    """What was written since is undone, and the snapshot can be restored again."""
    bench.patch(ONE, {"description": "before"})
    saved = bench.put("/_mock/snapshots/clean")
    for _ in range(2):
        bench.patch(ONE, {"description": "after"})
        bench.post(LIST, NEW)
        restored = bench.post("/_mock/snapshots/clean/restore")

        assert restored == {"session": "default", "records": 60}
        assert bench.get(ONE)["description"] == "before"
    assert saved["records"] == 60
    assert [entry["name"] for entry in bench.get("/_mock/snapshots")["snapshots"]] == ["clean"]


@pytest.mark.parametrize("body", [{"journal": "yes"}, {"journals": True}, {"journal": 1}])
def test_a_reset_that_is_misspelt_changes_nothing(bench: Bench, body: dict[str, Any]) -> None:
    """It is refused before anything is lost."""
    before = bench.post(LIST, NEW)["id"]
    answer = bench.call("POST", "/_mock/reset", body)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert bench.get(f"{LIST}{before}/")["id"] == before
    assert len(bench.get("/_mock/journal")["calls"]) == 2


def test_a_session_restores_what_the_default_one_has_saved(bench: Bench) -> None:
    """One snapshot serves every test's session; what a session saves itself comes first."""
    bench.patch(ONE, {"description": "shared"})
    bench.put("/_mock/snapshots/golden")
    bench.post("/_mock/snapshots/golden/restore?session=a")
    first = bench.get(ONE, x_mock_session="a")["description"]
    bench.patch(ONE, {"description": "own"}, x_mock_session="a")
    bench.put("/_mock/snapshots/golden?session=a")
    bench.post("/_mock/reset?session=a")
    bench.post("/_mock/snapshots/golden/restore?session=a")

    assert (first, bench.get(ONE, x_mock_session="a")["description"]) == ("shared", "own")


def test_snapshots_are_deleted_and_named_rightly(bench: Bench) -> None:
    """Unknown ones are 404, odd names 400."""
    bench.put("/_mock/snapshots/a")
    answers = [
        bench.call(method, path).status_code
        for method, path in (
            ("DELETE", "/_mock/snapshots/a"),
            ("DELETE", "/_mock/snapshots/a"),
            ("POST", "/_mock/snapshots/a/restore"),
            ("GET", "/_mock/snapshots/a"),
            ("PUT", "/_mock/snapshots/a b"),
        )
    ]

    assert answers == [204, 404, 404, 404, 400]


def test_an_export_is_a_world_that_can_be_imported(bench: Bench) -> None:
    """Exported from one mock and imported into a session of another, every record is the same."""
    bench.post(LIST, NEW)
    bench.call("DELETE", f"{LIST}3/")
    tables = bench.get("/_mock/export")
    other = Bench(World.from_tables(tables))
    third = Bench()
    told = third.post("/_mock/import?session=a", tables)

    everything = f"{LIST}detailed?limit=1000"
    assert other.get(everything)["results"] == bench.get(everything)["results"]
    assert third.get(everything, x_mock_session="a")["results"] == bench.get(everything)["results"]
    assert told == {"session": "a", "records": 60}
    assert third.count() != bench.count() or third.get(everything) != bench.get(everything)


def test_an_export_names_its_contract(bench: Bench) -> None:
    """One that does not fit is refused with both contracts named."""
    tables = bench.get("/_mock/export")
    contract = load()
    assert tables["cancelkit_contract"] == {"source": contract.source, "fingerprint": contract.fingerprint}

    other = {**tables, "cancelkit_contract": {"source": "mine.yaml", "fingerprint": "0123456789ab"}, "reasons": []}
    with pytest.raises(
        WorldError, match=rf"exported with the contract mine.yaml \(0123456789ab\).*{contract.fingerprint}"
    ):
        World.from_tables(other)
    with pytest.raises(WorldError) as same:
        World.from_tables({**tables, "reasons": []})
    assert "exported with" not in str(same.value)


def test_a_snapshot_is_exported_as_it_was(bench: Bench) -> None:
    """Not as the state is now."""
    bench.put("/_mock/snapshots/a")
    bench.post(LIST, NEW)

    assert len(bench.get("/_mock/snapshots/a")["cancellation_requests"]) == 60


def test_an_import_that_does_not_fit_names_record_and_field(bench: Bench) -> None:
    """And leaves everything as it was."""
    tables = bench.get("/_mock/export")
    tables["cancellation_requests"][7]["status"] = "open"
    refused = bench.call("POST", "/_mock/import", tables)

    assert refused.status_code == 400
    assert "cancellation_requests[7].status" in refused.json()["detail"]
    assert not bench.session("default")["own_copy"]


def edit(bench: Bench, changes: Any, path: str = "/_mock/records/1") -> dict[str, Any]:
    edited: dict[str, Any] = bench.patch(path, changes)
    return edited


def test_a_direct_edit_goes_beyond_the_transitions(bench: Bench) -> None:
    """A final status is left again; the API shows the record as it was edited."""
    edit(bench, {"status": "completed"})
    shown = edit(bench, {"status": "waiting", "created_date": "2020-02-29T00:00:00.000000Z"})

    assert bench.get(ONE) == shown["base"]
    assert (shown["base"]["status"], shown["base"]["created_date"]) == ("waiting", "2020-02-29T00:00:00.000000Z")
    assert bench.get(f"{ONE}detailed/") == shown["detailed"]


def test_an_easy_return_and_a_plan_are_attached_and_taken_away(bench: Bench) -> None:
    """Only what matters need be given; filters find it."""
    edit(bench, {"easy_return": {"code": "FIND-ME"}, "cancellation_plan": {"status": "completed"}})
    found = bench.get(f"{LIST}detailed?easy_return_code=find-me&cancellation_plan_status=completed")["results"]
    edit(bench, {"easy_return": None, "cancellation_plan": None})

    assert [record["id"] for record in found] == [1]
    assert found[0]["easy_return"]["shipping_company"]
    assert bench.get(f"{ONE}detailed/")["cancellation_plan"] is None
    assert bench.get(f"{LIST}?easy_return_code=find-me")["count"] == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"status": "open"}, "status"),
        ({"quantity": 0}, "quantity"),
        ({"order_item": 99999}, "order_item"),
        ({"created_date": "yesterday"}, "created_date"),
        ({"colour": "red"}, "colour"),
        ({"id": 7}, "id"),
        ({"easy_return": {"start_date": 5}}, "easy_return"),
        ({"cancellation_plan": {"status": "x"}}, "cancellation_plan"),
        ({"attributes": []}, "attributes"),
    ],
)
def test_a_value_that_no_answer_may_have_is_refused(bench: Bench, changes: dict[str, Any], field: str) -> None:
    """400 by field, and nothing has changed."""
    refused = bench.call("PATCH", "/_mock/records/1", changes)

    assert refused.status_code == 400
    assert field in refused.json()
    assert field in refused.json()["detail"]
    assert not bench.session("default")["own_copy"]


def test_records_are_made_in_any_status(bench: Bench) -> None:
    """What is left out is made up so that it fits: the answer has passed the contract's check."""
    made = bench.post("/_mock/records", {"channel": 6, "status": "completed", "cancellation_type": "refund"})
    shown = bench.get(f"/api/channel/6/cancellation_requests/{made['base']['id']}/detailed/")

    assert shown == made["detailed"]
    assert (shown["status"], shown["reason"]["cancellation_type"]) == ("completed", "refund")
    assert shown["order_item"]["order"]["channel"] == 6
    assert bench.call("POST", "/_mock/records", {"channel": 99}).status_code == 400


def test_records_are_deleted(bench: Bench) -> None:
    """Gone for the API too, and 404 from then on."""
    answers = [bench.call("DELETE", "/_mock/records/1").status_code for _ in range(2)]

    assert answers == [204, 404]
    assert bench.call("GET", ONE).status_code == 404


@pytest.mark.parametrize(
    "path", ["id", "order_item.order.number", "order_item.sku", "order_item.order.customer.last_name"]
)
def test_records_are_found_by_what_people_know(bench: Bench, path: str) -> None:
    """Order number, SKU, customer and id, ignoring case; the filters narrow further."""
    row = bench.get("/_mock/records?limit=1&page=9")["results"][0]
    value = bench.get(f"/_mock/records/{row['id']}")["detailed"]
    for key in path.split("."):
        value = value[key]
    text = str(value).split()[-1].upper().replace("I", "ı")
    found = bench.get(f"/_mock/records?q={text}&channel={row['channel']}&status={row['status']}&limit=1000")

    assert row in found["results"]
    assert found["count"] == len(found["results"]) < 60


def test_a_description_is_searched(bench: Bench) -> None:
    """Turkish letters are equal ignoring case; text that is code is only text."""
    edit(bench, {"description": "<script>ŞÜKRÜOĞLU' OR 1=1 --"})

    assert [row["id"] for row in bench.get("/_mock/records?q=şükrüoğlu' or")["results"]] == [1]
    assert bench.get("/_mock/records?q=' OR 1=1 OR '")["count"] == 0


@pytest.mark.parametrize("query", ["page=0", "limit=0", "limit=9999", "status=open", "page=x", "channel=-1"])
def test_a_query_that_makes_no_sense_is_refused(bench: Bench, query: str) -> None:
    """400 with a text that says what would be right."""
    assert bench.call("GET", f"/_mock/records?{query}").status_code == 400
