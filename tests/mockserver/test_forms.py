"""A form in place of JSON, where the contract says that it is read."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from cancelkit.mockserver.local import LocalMock
from cancelkit.spec import load
from tests.choices.dialects import speaking

FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
LIST = "/api/channel/5/cancellation_requests/"


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with (
        LocalMock(contract=speaking(load(), {"form-body": "read"})) as mock,
        httpx.Client(transport=mock.transport, base_url=mock.url, headers={"Authorization": "Token k"}) as client,
    ):
        yield client


def patched(client: httpx.Client, content: bytes) -> httpx.Response:
    first = client.get(LIST, params={"status": "waiting", "limit": 1}).json()["results"][0]
    return client.patch(f"{LIST}{first['id']}/", content=content, headers=FORM)


def test_fields_have_the_types_of_the_body(client: httpx.Client) -> None:
    """The last of two counts; a field without a text is null where it may be."""
    sent = b"description=a+b%20%C3%BC&quantity=1&quantity=2&fully_refund_as_loyalty_money=True&holder_name="
    answer = patched(client, sent)

    assert answer.status_code == 200
    record = answer.json()
    assert (record["description"], record["quantity"], record["holder_name"]) == ("a b ü", 2, None)
    assert record["fully_refund_as_loyalty_money"] is True


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"quantity=two", "quantity"),
        (b"quantity=1_0", "quantity"),
        (b"fully_refund_as_loyalty_money=perhaps", "fully_refund"),
    ],
)
def test_what_is_no_value_of_a_field_is_refused_naming_it(client: httpx.Client, content: bytes, named: str) -> None:
    answer = patched(client, content)

    assert answer.status_code == 400
    assert named in answer.text


def test_a_form_that_is_no_text_is_refused(client: httpx.Client) -> None:
    assert patched(client, b"description=%FF").status_code == 400
