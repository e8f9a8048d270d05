"""The zone of days, where no record is near enough to midnight to tell it from its neighbours."""

from __future__ import annotations

import pytest

from cancelkit.contract_tests.learning.observing import learn
from cancelkit.fixtures.world import generate_world
from cancelkit.mockserver.local import LocalMock
from cancelkit.spec import load
from cancelkit.spec.reading import read_contract
from tests.choices.dialects import asking


def told_of_days(**zones: str) -> str | None:
    """What is told of a server that means these zones at these points (day_zone, …), and shows few records."""
    contract = load()
    chosen = {
        point.replace("_", "-"): {"chosen": "zone", "value": zone, "level": "observed"} for point, zone in zones.items()
    }
    server = read_contract({**contract.document, "x-choices": {**contract.document["x-choices"], **chosen}})
    with LocalMock(contract=server, world=generate_world(server, size=6)) as mock:
        found = learn(asking(mock, contract), contract, transport=mock.transport, points={"day-zone"})
    return found.lessons[0].value


@pytest.mark.parametrize(("bare", "told"), [("+05:30", "+05:30"), ("-02:00", None)])
def test_it_is_that_of_moments_without_an_offset_if_that_is_one_of_those_left(bare: str, told: str | None) -> None:
    assert told_of_days(day_zone="+05:30", no_offset=bare) == told


@pytest.mark.parametrize(("written", "told"), [("Asia/Kolkata", "+05:30"), ("+05:30", "+05:30"), ("-02:00", None)])
def test_it_is_that_of_answers_if_that_is_one_of_those_left(written: str, told: str | None) -> None:
    assert told_of_days(day_zone="+05:30", date_offset=written) == told


def test_where_moments_and_answers_speak_of_two_of_those_left_it_is_not_told() -> None:
    assert told_of_days(day_zone="+05:30") is None
    assert told_of_days(day_zone="+05:30", no_offset="+05:30", date_offset="+05:45") is None
