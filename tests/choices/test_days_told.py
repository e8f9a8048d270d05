"""The zone of days, where no record is near enough to midnight to tell it from its neighbours."""

from __future__ import annotations

import pytest

from cancelkit.contract_tests.learning.observing import learn
from cancelkit.fixtures.world import generate_world
from cancelkit.mockserver.local import LocalMock
from cancelkit.spec import load
from cancelkit.spec.reading import read_contract
from tests.choices.dialects import asking


@pytest.mark.parametrize(("bare", "told"), [("+05:30", "+05:30"), ("-02:00", None)])
def test_it_is_that_of_moments_without_an_offset_if_that_is_one_of_those_left(bare: str, told: str | None) -> None:
    contract = load()
    zones = {
        point: {"chosen": "zone", "value": zone, "level": "observed"}
        for point, zone in (("day-zone", "+05:30"), ("no-offset", bare))
    }
    server = read_contract({**contract.document, "x-choices": {**contract.document["x-choices"], **zones}})
    with LocalMock(contract=server, world=generate_world(server, size=6)) as mock:
        found = learn(asking(mock, contract), contract, transport=mock.transport, points={"day-zone"})

    assert found.lessons[0].value == told
