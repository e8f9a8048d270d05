"""The platform's own Python client, omnisdk, unmodified, against a running mock.

Owns: what a program written with omnisdk does: log in, create, read, change, search, page, delete, and meet errors.
Knows nothing of: the mock's code. omnisdk speaks to /api/v1, patches for update, and adds a slash to `detailed`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice
from typing import Any, NoReturn

import pytest
import requests
from omnisdk.exceptions import ValidationError
from omnisdk.omnitron.client import OmnitronApiClient
from omnisdk.omnitron.endpoints import ChannelCancellationRequestEndpoint
from omnisdk.omnitron.models import CancellationRequest

CHANNEL = 5
UNKNOWN = 987_654_321


@pytest.fixture(autouse=True)
def _never_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """omnisdk waits and tries again only when a server fails (499 and above); this server must never make it wait."""

    def refuse(seconds: float) -> NoReturn:
        raise AssertionError(f"the client waits {seconds} s to try again: the server failed")

    monkeypatch.setattr(time, "sleep", refuse)


@pytest.fixture
def client(url: str) -> Iterator[OmnitronApiClient]:
    """A client that has logged in; omnisdk's endpoints find it by themselves as long as it lives."""
    client = OmnitronApiClient(base_url=f"{url}/", username="shop", password="secret")
    yield client
    client.session.close()


@pytest.fixture
def endpoint(client: OmnitronApiClient) -> Any:
    """The endpoint of channel 5, which answers with omnisdk's model objects."""
    return ChannelCancellationRequestEndpoint(channel_id=CHANNEL)


def _endpoint(**options: Any) -> Any:
    return ChannelCancellationRequestEndpoint(channel_id=CHANNEL, **options)


def _body(**fields: Any) -> dict[str, Any]:
    row = _endpoint(raw=True).list(params={"limit": 1})["results"][0]
    return {"order_item": row["order_item"], "reason": row["reason"], "cancellation_type": "cancel", **fields}


@pytest.fixture
def created(endpoint: Any) -> Any:
    """A request made for the test at hand."""
    return endpoint.create(item=CancellationRequest(**_body(description="Beden küçük geldi", quantity=2)))


def _refused(call: Any, *arguments: Any, **options: Any) -> tuple[int, dict[str, Any]]:
    """Return status and body of the error that the client raises; omnisdk puts the body into the exception's args."""
    with pytest.raises(requests.HTTPError) as caught:
        call(*arguments, **options)
    assert caught.value.response is not None
    return caught.value.response.status_code, caught.value.args[1]


def test_logging_in_gives_the_key_that_later_calls_use(client: OmnitronApiClient, key: str) -> None:
    """The client reads `key` from the login's answer and sends it as `Token <key>`."""
    assert client.token == f"Token {key}"
    assert client.session.headers["Authorization"] == f"Token {key}"


def test_a_created_request_is_answered_and_found_again(endpoint: Any, created: Any) -> None:
    """What was sent stands in the answer beside what the server added, and retrieve tells the same."""
    found = endpoint.retrieve(created.id)

    assert created.status == "waiting"
    assert created.description == "Beden küçük geldi"
    assert created.quantity == 2
    assert found.get_parameters() == created.get_parameters()


def test_an_update_changes_only_what_it_sends(endpoint: Any, created: Any) -> None:
    """omnisdk's update is a PATCH: other fields stay, modified_date moves."""
    changed = endpoint.update(created.id, CancellationRequest(holder_name="Şükrü Öz", quantity=None))

    expected = {**created.get_parameters(), "holder_name": "Şükrü Öz", "quantity": None}
    assert changed.modified_date > created.modified_date
    assert changed.get_parameters() == {**expected, "modified_date": changed.modified_date}


def test_a_whole_object_may_be_sent_back(endpoint: Any, created: Any) -> None:
    """A program that changes a retrieved object and sends all of it is not refused for its read-only fields."""
    whole = endpoint.retrieve(created.id)
    whole.status = "confirmed"
    whole.id = whole.id + 1

    changed = endpoint.update(created.id, whole)

    assert (changed.id, changed.status) == (created.id, "confirmed")


def test_a_list_holds_what_its_filters_ask_for(client: OmnitronApiClient) -> None:
    """Filters of the request, the order and the customer hold together, the last one ignoring case."""
    some = _endpoint(raw=True, path="detailed").list(params={"limit": 50})["results"]
    row = next(row for row in some if not set("iıİI") & set(row["order_item"]["order"]["customer"]["last_name"]))
    customer = row["order_item"]["order"]["customer"]
    params = {
        "status": row["status"],
        "customer_last_name": customer["last_name"].upper(),
        "customer_email": customer["email"],
        "order_id": row["order_item"]["order"]["id"],
    }

    found = _endpoint(raw=True, path="detailed").list(params=params)["results"]

    assert row in found
    for other in found:
        order = other["order_item"]["order"]
        assert (other["status"], order["id"]) == (row["status"], params["order_id"])
        assert order["customer"]["last_name"].casefold() == customer["last_name"].casefold()


def test_the_iterator_walks_all_pages(client: OmnitronApiClient) -> None:
    """Following `next` gives every row once, by ascending id, and comes to an end."""
    total = _endpoint(raw=True).list(params={"limit": 1})["count"]
    size = max(1, total // 7)
    endpoint = _endpoint()

    rows = list(endpoint.list(params={"limit": size}))
    for page in islice(endpoint.iterator, total):
        rows.extend(page)

    ids = [row.id for row in rows]
    assert total > 7
    assert len(ids) == total
    assert ids == sorted(set(ids))


def test_the_iterator_keeps_the_filters(client: OmnitronApiClient) -> None:
    """Later pages hold only rows that the first page's filters ask for."""
    endpoint = _endpoint()
    rows = list(endpoint.list(params={"limit": 2, "status": "waiting"}))
    for page in islice(endpoint.iterator, 1000):
        rows.extend(page)

    assert len(rows) > 4
    assert {row.status for row in rows} == {"waiting"}


def test_the_detailed_path_opens_the_references(client: OmnitronApiClient, created: Any) -> None:
    """`path="detailed"`, to which omnisdk adds a slash, works for a list and for one request."""
    listed = _endpoint(path="detailed").list(params={"pk__in": str(created.id)})
    alone = _endpoint(path="detailed").retrieve(created.id)

    assert [row.id for row in listed] == [created.id]
    assert alone.order_item["id"] == created.order_item
    assert alone.reason["id"] == created.reason
    assert alone.order_item["order"]["customer"]["email"]


def test_a_request_is_rejected_through_the_path_option(endpoint: Any, created: Any) -> None:
    """omnisdk has no method for reject; its `path` option and a create without an item do it, once."""
    reject = _endpoint(path=f"{created.id}/reject")

    assert reject.create(item=None).status == "rejected"
    status, body = _refused(reject.create, item=None)
    assert status == 400
    assert set(body) == {"non_field_errors", "code"}


def test_a_deleted_request_is_gone(endpoint: Any, created: Any) -> None:
    """Delete answers without a body, which the client turns into {}; the request is then unknown."""
    answer = endpoint.delete(created.id)

    assert answer == {}
    assert _refused(endpoint.retrieve, created.id)[0] == 404


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"order_item": UNKNOWN}, "order_item"),
        ({"cancellation_type": "void"}, "cancellation_type"),
        ({"quantity": 0}, "quantity"),
        ({"reason": None}, "reason"),
    ],
)
def test_a_refused_body_is_told_by_field(endpoint: Any, fields: dict[str, Any], named: str) -> None:
    """A 400 is raised at once, its args holding texts for the field at fault and a code."""
    status, body = _refused(endpoint.create, item=CancellationRequest(**_body(**fields)))

    assert status == 400
    assert set(body) == {named, "code"}
    assert all(isinstance(text, str) for text in body[named])


@pytest.mark.parametrize("call", ["retrieve", "update", "delete"])
def test_an_unknown_id_is_told_as_such(endpoint: Any, call: str) -> None:
    """A 404 is raised at once, its args holding detail and code."""
    items = [CancellationRequest(iban="TR")] if call == "update" else []
    status, body = _refused(getattr(endpoint, call), UNKNOWN, *items)

    assert status == 404
    assert set(body) == {"detail", "code"}


def test_a_key_that_is_no_longer_known_is_renewed(client: OmnitronApiClient, endpoint: Any, key: str) -> None:
    """At a 401 the client logs in once more and goes on, so its caller notices nothing."""
    client.session.headers["Authorization"] = "Token expired"

    assert endpoint.list(params={"limit": 1})
    assert client.session.headers["Authorization"] == f"Token {key}"


def test_a_login_without_a_password_is_refused(url: str) -> None:
    """The 400 of the login becomes omnisdk's ValidationError, which holds the answer."""
    with pytest.raises(ValidationError) as caught:
        OmnitronApiClient(base_url=f"{url}/", username="shop", password="")

    assert "password" in caught.value.json


def test_a_path_that_is_not_served_is_answered_in_json(url: str, key: str) -> None:
    """Given a key of its own, omnisdk asks for the user behind it, which the contract lacks: a 404 that it can read."""
    with pytest.raises(ValidationError) as caught:
        OmnitronApiClient(base_url=f"{url}/", username="shop", password="secret", token=f"Token {key}")

    assert set(caught.value.json) == {"detail", "code"}
