"""Where a row may have one open record only, each body names a row that is free, however it writes its key."""

from __future__ import annotations

from random import Random

import pytest

from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.target.holdings import Holdings
from cancelkit.spec import load

SCOPE = ("5",)
OWNER = "a/rule"


@pytest.fixture
def holdings() -> Holdings:
    found = Holdings(load().resource, "order_item", frozenset({"approved"}))
    found.offer(SCOPE, (7, 8))
    return found


@pytest.mark.parametrize("written", [8, "8"])
def test_a_key_that_is_lent_is_free_again_when_its_body_was_sent(holdings: Holdings, written: int | str):
    lent = holdings.lend(SCOPE, OWNER, Random(1), written)

    assert (lent, holdings.free(SCOPE)) == (written, [7])
    holdings.used({"order_item": written}, OWNER)
    assert set(holdings.free(SCOPE)) | set(holdings.free(SCOPE, moving=True)) == {7, 8}


@pytest.mark.parametrize(("written", "instead"), [(8, 7), ("8", "7")])
def test_another_key_is_written_as_the_wanted_one(holdings: Holdings, written: int | str, instead: int | str):
    holdings.note(SCOPE, 1, {"order_item": 8}, {"order_item": 8, "status": "waiting"}, OWNER)

    assert holdings.lend(SCOPE, OWNER, Random(1), written) == instead
    with pytest.raises(Inconclusive, match="one open record for each order_item"):
        holdings.lend(SCOPE, OWNER, Random(1), written)


@pytest.mark.parametrize("odd", [None, True, 8.5, "08", [8], {"id": 8}, 99])
def test_what_is_no_key_is_sent_as_it_is(holdings: Holdings, odd: object):
    assert holdings.lend(SCOPE, OWNER, Random(1), odd) == odd
    assert len({*holdings.free(SCOPE), *holdings.free(SCOPE, moving=True)}) == 2


def test_a_key_whose_create_lost_its_answer_is_free_no_more(holdings: Holdings):
    """A record that nobody knows may have it, until one is made with it."""
    holdings.lost({"order_item": 8})

    assert set(holdings.free(SCOPE)) | set(holdings.free(SCOPE, moving=True)) == {7}
    assert holdings.lend(SCOPE, OWNER, Random(1), 8) == 7
    holdings.note(SCOPE, 1, {"order_item": 8}, {"order_item": 8, "status": "waiting"}, OWNER)
    holdings.gone(SCOPE, 1)
    assert 8 in {*holdings.free(SCOPE), *holdings.free(SCOPE, moving=True)}


def test_a_key_that_is_kept_is_free_again_when_it_is_released(holdings: Holdings):
    """Also where the record that names it is closed meanwhile."""
    holdings.keep(8, OWNER)
    holdings.note(SCOPE, 1, {"order_item": 8}, {"order_item": 8, "status": "approved"}, OWNER)

    assert {*holdings.free(SCOPE), *holdings.free(SCOPE, moving=True)} == {7}
    holdings.release(OWNER)
    assert {*holdings.free(SCOPE), *holdings.free(SCOPE, moving=True)} == {7, 8}


@pytest.mark.parametrize(("state", "free"), [("approved", {7, 8}), ("rejected", {7})])
def test_a_record_that_is_closed_keeps_no_row(holdings: Holdings, state: str, free: set[int]):
    holdings.note(SCOPE, 1, {"order_item": 8}, {"order_item": 8, "status": state}, OWNER)

    assert {*holdings.free(SCOPE), *holdings.free(SCOPE, moving=True)} == free
