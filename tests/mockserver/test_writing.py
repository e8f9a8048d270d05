"""Creating, changing, rejecting and deleting requests, as the contract says."""

from __future__ import annotations

import gzip
from typing import Any
from uuid import RFC_4122, UUID

import orjson
import pytest
from in_process import Client

from cancelkit import spec as contract
from cancelkit.fixtures.world import World

LIST = "/api/channel/5/cancellation_requests/"
NEW = {"order_item": 1, "reason": 1, "cancellation_type": "cancel"}
TRANSITIONS = contract.load().transitions
STATUSES = TRANSITIONS.statuses


def created(mock: Client, **fields: Any) -> dict[str, Any]:
    answer = mock.call("POST", LIST, NEW | fields)
    assert answer.status == 201, answer.body
    found: dict[str, Any] = answer.json
    return found


def one(record: dict[str, Any], action: str = "") -> str:
    return f"{LIST}{record['id']}/{action}"


def in_status(world: World, status: str) -> dict[str, Any]:
    return next(r.base for r in world.records if r.scope == (5,) and r.base["status"] == status)


def test_a_new_request_has_the_initial_state(mock: Client) -> None:
    """What the body can't say is what the contract says."""
    record = created(mock, description="geç geldi", quantity=2)

    assert record["status"] == "waiting"
    assert record["fully_refund_as_loyalty_money"] is False
    assert record["easy_return"] is None
    assert [record[name] for name in record if "attributes" in name] == [{}, {}, {}, {}]
    assert (record["description"], record["quantity"], record["iban"]) == ("geç geldi", 2, None)
    assert record["created_date"] == record["modified_date"]
    assert mock.call("GET", one(record)).json == record


def test_an_item_with_an_open_request_may_have_a_second(mock: Client) -> None:
    """Nothing forbids it, and they are two."""
    first, second = created(mock), created(mock)

    assert first["id"] != second["id"]
    assert first["uuid"] != second["uuid"]
    for text in (first["uuid"], second["uuid"]):
        uuid = UUID(text)
        assert (str(uuid), uuid.version, uuid.variant) == (text, 4, RFC_4122)


def test_unknown_and_read_only_fields_are_ignored(mock: Client) -> None:
    """A client that sends more than the contract knows is not refused, and changes nothing by it."""
    record = created(mock, id=7, uuid="x", created_date=3, status="approved", remote_id={"a": [1]})

    assert record["id"] != 7
    assert record["uuid"] != "x"
    assert record["status"] == "waiting"
    assert "remote_id" not in record


def test_strict_bodies_name_unknown_fields(make: Any) -> None:
    """With --strict-bodies a typo is told."""
    answer = make(strict_bodies=True).call("POST", LIST, NEW | {"descripton": "x"})

    assert answer.status == 400
    assert list(answer.json) == ["descripton", "code"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"order_item": None}, "null"),
        ({"order_item": "1"}, "invalid"),
        ({"order_item": 1.0}, "invalid"),
        ({"order_item": True}, "invalid"),
        ({"order_item": 999_999}, "does_not_exist"),
        ({"order_item": -1}, "does_not_exist"),
        ({"order_item": 2**70}, "invalid"),
        ({"reason": 999_999}, "does_not_exist"),
        ({"cancellation_type": "CANCEL"}, "invalid_choice"),
        ({"cancellation_type": ["cancel"]}, "invalid_choice"),
        ({"quantity": 0}, "min_value"),
        ({"quantity": 2**31}, "max_value"),
        ({"quantity": 1.5}, "invalid"),
        ({"description": 5}, "invalid"),
        ({"holder_name": {}}, "invalid"),
        ({"iban": "\0"}, "invalid"),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", LIST), ("PUT", f"{LIST}1/"), ("PATCH", f"{LIST}1/")])
def test_a_bad_value_is_refused_by_field(
    mock: Client, method: str, path: str, changes: dict[str, Any], code: str
) -> None:
    """The answer names the field and nothing else, and nothing has changed."""
    before = mock.call("GET", LIST).body
    answer = mock.call(method, path, NEW | changes)

    (field,) = changes
    assert answer.status == 400
    assert list(answer.json) == [field, "code"]
    assert answer.json["code"] == code
    assert all(isinstance(text, str) and text for text in answer.json[field])
    assert mock.call("GET", LIST).body == before


def test_every_missing_field_is_named_at_once(mock: Client) -> None:
    """A client need not find them one by one."""
    answer = mock.call("POST", LIST, {})

    assert answer.json == {
        "order_item": ["This field is required."],
        "reason": ["This field is required."],
        "cancellation_type": ["This field is required."],
        "code": "required",
    }


@pytest.mark.parametrize("field", ["order_item", "reason"])
def test_another_channels_reference_is_refused(mock: Client, world: World, field: str) -> None:
    """order_item and reason must be the channel's own."""
    items = set(world.tables["order_items"].keys_of((6,)))
    reasons = set(world.tables["reasons"].keys_of((6,)))
    foreign = {"order_item": min(items), "reason": min(reasons)}[field]
    answer = mock.call("POST", LIST, NEW | {field: foreign})

    assert answer.status == 400
    assert list(answer.json) == [field, "code"]


def test_patch_changes_only_what_is_sent(mock: Client) -> None:
    """All else, and fields with a default too, stay; modified_date moves on."""
    record = created(mock, description="a", quantity=3)
    mock.call("PATCH", one(record), {"fully_refund_as_loyalty_money": True})
    after = mock.call("PATCH", one(record), {"description": None}).json

    assert after["modified_date"] > record["modified_date"]
    expected = {"description": None, "fully_refund_as_loyalty_money": True, "modified_date": after["modified_date"]}
    assert after == record | expected
    assert mock.call("GET", one(record)).json == after


def test_an_empty_patch_changes_nothing(mock: Client) -> None:
    """Not even modified_date."""
    record = created(mock)

    assert mock.call("PATCH", one(record), {}).json == record
    assert mock.call("GET", one(record)).json == record


def test_put_resets_only_fields_with_a_default(mock: Client) -> None:
    """An omitted field keeps its value, except one that the contract gives a default; twice is as once."""
    record = created(mock, description="a", quantity=3)
    mock.call("PATCH", one(record), {"fully_refund_as_loyalty_money": True})
    once = mock.call("PUT", one(record), {"iban": "TR1"}).json
    twice = mock.call("PUT", one(record), {"iban": "TR1"}).json

    assert once == record | {"iban": "TR1", "modified_date": once["modified_date"]}
    assert twice == once | {"modified_date": twice["modified_date"]}


@pytest.mark.parametrize("new", STATUSES)
@pytest.mark.parametrize("old", STATUSES)
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_status_changes_only_as_the_transitions_allow(
    mock: Client, world: World, method: str, old: str, new: str
) -> None:
    """Every pair of statuses; what is refused names status and leaves the record as it was."""
    record = in_status(world, old)
    before = mock.call("GET", one(record)).json
    answer = mock.call(method, one(record), {"status": new, "description": "changed"})

    if TRANSITIONS.permits(old, new):
        assert answer.status == 200
        assert (answer.json["status"], answer.json["description"]) == (new, "changed")
    else:
        assert answer.status == 400
        assert list(answer.json) == ["status", "code"]
        assert mock.call("GET", one(record)).json == before


@pytest.mark.parametrize("status", STATUSES)
def test_reject_is_refused_only_in_a_final_status(mock: Client, world: World, status: str) -> None:
    """It changes status and modified_date and nothing else."""
    record = in_status(world, status)
    before = mock.call("GET", one(record)).json
    answer = mock.call("POST", one(record, "reject/"))
    after = mock.call("GET", one(record)).json

    if status in TRANSITIONS.final:
        assert answer.status == 400
        assert list(answer.json) == ["non_field_errors", "code"]
        assert after == before
    else:
        assert answer.status == 200
        assert answer.json == after
        assert after == before | {"status": "rejected", "modified_date": after["modified_date"]}
        assert after["modified_date"] > before["modified_date"]


def test_a_deleted_request_is_gone_everywhere(mock: Client) -> None:
    """From every item call, from lists and counts; its id is not given again."""
    record = created(mock)
    count = mock.call("GET", LIST).json["count"]
    answer = mock.call("DELETE", one(record))

    assert (answer.status, answer.body) == (204, b"")
    for method, path in [("GET", ""), ("GET", "detailed/"), ("POST", "reject/"), ("DELETE", "")]:
        assert mock.call(method, one(record, path)).status == 404
    assert mock.call("PATCH", one(record), {}).status == 404
    assert mock.call("GET", LIST).json["count"] == count - 1
    assert mock.call("GET", f"{LIST}detailed?pk__in={record['id']}").json["count"] == 0
    assert created(mock)["id"] > record["id"]


@pytest.mark.parametrize(
    ("method", "action", "body"),
    [
        ("GET", "", None),
        ("GET", "detailed/", None),
        ("PUT", "", {}),
        ("PATCH", "", {"description": "x"}),
        ("DELETE", "", None),
        ("POST", "reject/", None),
    ],
)
@pytest.mark.parametrize("channel", [6, 7])
def test_a_record_is_unknown_to_other_channels(
    mock: Client, channel: int, method: str, action: str, body: dict[str, Any] | None
) -> None:
    """The answer is that to an id that does not exist, byte for byte, and the record stays as it was."""
    before = mock.call("GET", f"{LIST}1/").body
    elsewhere = f"/api/channel/{channel}/cancellation_requests"
    answer = mock.call(method, f"{elsewhere}/1/{action}", body)
    unknown = mock.call(method, f"{elsewhere}/987654321/{action}", body)

    assert answer.status == 404
    assert (answer.status, answer.body) == (unknown.status, unknown.body)
    assert mock.call("GET", f"{LIST}1/").body == before


@pytest.mark.parametrize("path", ["/api/v1/auth/login/", "/_mock/scenario"], ids=["login", "control"])
def test_a_packed_body_is_refused_by_its_encoding(mock: Client, path: str) -> None:
    """Not as broken JSON, which would send its author looking in the wrong place; sent as `identity` it is taken."""
    content = orjson.dumps({"order_item": 1, "reason": 1, "cancellation_type": "cancel", "username": "a"})
    plain = mock.call("POST", path, content, {"Host": "localhost", "Content-Encoding": "identity"})
    packed = mock.call("POST", path, gzip.compress(content), {"Host": "localhost", "Content-Encoding": "gzip"})

    assert plain.status != 415
    assert packed.status == 415
    assert packed.json["code"] == "unsupported_media_type"
    assert "gzip" in packed.json["detail"]


def test_a_packed_body_is_not_held_against_the_client_as_broken_json(mock: Client) -> None:
    """The journal keeps no bytes that nobody can read, and does not judge them."""
    path = "/api/channel/5/cancellation_requests/"
    mock.call("POST", path, gzip.compress(b"{}"), {"Content-Encoding": "gzip"})
    call = mock.call("GET", f"/_mock/journal?limit=1&session={mock.session}", None, {"Host": "localhost"}).json[
        "calls"
    ][-1]

    assert (call["status"], call["request_body"], call["truncated"], call["violations"]) == (415, None, True, [])
