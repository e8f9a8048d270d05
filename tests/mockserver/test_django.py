"""What the mock does as Django REST Framework, where a contract's choices or its words say so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from cancelkit.mockserver.local import LocalMock
from cancelkit.spec import load
from cancelkit.spec.reading import read_contract
from tests.choices.dialects import speaking

LIST = "/api/channel/5/cancellation_requests/"
WORDS = {"text": "Send JSON.", "code": "media", "level": "observed"}


@contextmanager
def client(dialect: dict[str, str], **words: Any) -> Iterator[httpx.Client]:
    """Of a mock that speaks a dialect and has words of its own for these kinds of errors."""
    contract = read_contract({**speaking(load(), dialect).document, "x-errors": words})
    with (
        LocalMock(contract=contract) as mock,
        httpx.Client(base_url=mock.url, transport=mock.transport, headers={"Authorization": "Token k"}) as found,
    ):
        yield found


def test_blanks_around_a_text_are_cut_off_but_not_around_a_choice() -> None:
    with client({"text-blanks": "trimmed"}) as http:
        one = f"{LIST}{http.get(LIST).json()['results'][0]['id']}/"

        assert http.patch(one, json={"holder_name": "  A "}).json()["holder_name"] == "A"
        assert http.patch(one, json={"cancellation_type": " refund "}).status_code == 400


@pytest.mark.parametrize(
    ("media", "dialect"),
    [("text/plain", {}), ("application/x-www-form-urlencoded", {"form-body": "refused"})],
)
def test_a_body_that_is_not_said_to_be_json_is_refused_in_the_words_for_that(
    media: str, dialect: dict[str, str]
) -> None:
    """And a form that is read as JSON in those for what is no JSON."""
    parse = {"text": "Broken.", "code": "parse", "level": "observed"}
    with client({"wrong-media": "refused", **dialect}, media=WORDS, parse=parse) as http:
        answer = http.post(LIST, content=b"a=1", headers={"Content-Type": media})
    with client({"wrong-media": "read", "form-body": "refused"}, media=WORDS, parse=parse) as http:
        read = http.post(LIST, content=b"a=1", headers={"Content-Type": media})

    assert (answer.status_code, answer.json()) == (400, {"detail": "Send JSON.", "code": "media"})
    assert (read.status_code, read.json()["code"]) == (400, "parse")


def test_an_id_that_is_too_large_is_an_unknown_one() -> None:
    """Other than a path with an id of another form."""
    with client({}, path={"text": "Where?", "code": "path", "level": "observed"}) as http:
        large, odd = (http.get(f"{LIST}{id}/") for id in ("9" * 2000, "abc"))

    assert (large.status_code, large.json()["code"]) == (404, "not_found")
    assert (odd.status_code, odd.json()["code"]) == (404, "path")


def test_an_empty_text_becomes_null_where_the_field_may_be() -> None:
    """Also one that is empty when its blanks are cut off."""
    with client({"empty-text": "cleared", "text-blanks": "trimmed"}) as http:
        one = f"{LIST}{http.get(LIST).json()['results'][0]['id']}/"
        sent = {"holder_name": "", "description": "  "}
        shown = http.patch(one, json=sent).json()

        assert [shown[name] for name in sent] == [None, None]
        assert http.patch(one, json={"cancellation_type": ""}).status_code == 400


def test_a_page_without_a_value_and_a_wrong_slash_are_said_in_learned_words() -> None:
    """Where nothing was learned, the mock has words of its own that help more."""
    words = {kind: {"text": f"No {kind}.", "code": kind, "level": "observed"} for kind in ("empty", "path")}
    with client({"wrong-slash": "not-found"}, **words) as http:
        page, slash = http.get(LIST, params={"page": ""}).json(), http.get(LIST.rstrip("/")).json()

    assert page == {"page": ["No empty."], "code": "empty"}
    assert slash == {"detail": "No path.", "code": "path"}


def test_a_head_that_is_not_allowed_tells_what_is_as_any_other_method() -> None:
    with client({"head": "not-allowed"}) as http:
        head, other = http.head(LIST), http.patch(LIST)

    assert head.headers["allow"] == other.headers["allow"]


@pytest.mark.parametrize(("option", "moved"), [("stamped", True), ("unchanged", False)])
def test_an_update_without_a_field_counts_as_a_patch_without_one_where_put_keeps(option: str, moved: bool) -> None:
    with client({"put-omitted": "kept", "empty-patch": option}) as http:
        row = http.get(LIST).json()["results"][0]
        now = http.put(f"{LIST}{row['id']}/", json={}).json()

    assert (now["modified_date"] != row["modified_date"]) is moved


@pytest.mark.parametrize(("option", "code"), [("no-key", "not_authenticated"), ("refused", "authentication_failed")])
def test_a_bare_key_counts_as_none_or_as_a_wrong_one(option: str, code: str) -> None:
    with client({"bare-key": option}) as http:
        answer = http.get(LIST, headers={"Authorization": "k"})

    assert (answer.status_code, answer.json()["code"]) == (401, code)
