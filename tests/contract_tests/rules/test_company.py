"""What stands beside a wrong value in a query, and what very many values of one filter are."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from random import Random

import pytest
from tiny_target import TinyTarget

from cancelkit.contract_tests.configuration.settings import Settings
from cancelkit.contract_tests.engine.session import open_session
from cancelkit.contract_tests.observing import company
from cancelkit.contract_tests.observing.company import ALONE, beside, companies, sort
from cancelkit.contract_tests.observing.crowds import BESIDE_IDS, MANY, crowd, drawn
from cancelkit.contract_tests.observing.listing import listings
from cancelkit.contract_tests.rules.filters import refused as filters_refused
from cancelkit.contract_tests.rules.paging import bounds as paging_bounds
from cancelkit.spec import Contract, load

ROOT = Path(__file__).parents[3]
FILES = ("examples/contracts/reviews.yaml", "tests/contracts/loans.yaml", "tests/contracts/shipments.yaml")


@pytest.mark.parametrize("contract", [load(), *(load(ROOT / file) for file in FILES)])
@pytest.mark.parametrize("module", [filters_refused, paging_bounds])
def test_a_wrong_value_stands_alone_beside_all_and_beside_each_kind(contract: Contract, module):
    """Each pair of kinds, whichever comes first in the query for some pairs; all the others on either side of each."""
    for listing in listings(contract):
        wrong = module.wrong(contract, listing)
        others = beside(contract, listing)
        found = companies(contract, listing, wrong, 2)
        known = {p.name: sort(listing, p) for p in listing.operation.parameters}
        pairs = {(known[n], known[o]) for n, ones in found.items() for one in ones[3:] for o in one.before + one.after}
        possible = {(known[n], known[o]) for n in wrong for o in others if n != o}

        assert found.keys() == wrong.keys()
        assert all(ones[0] == ALONE for ones in found.values())
        assert all({*ones[1].before} == {*ones[2].after} == {*others} - {name} for name, ones in found.items())
        assert pairs == possible


def test_a_wrong_value_and_its_company_are_sent_in_this_order(target: TinyTarget, settings: Settings, spec: Contract):
    """The query holds what is valid on the side that is meant, and the wrong value once."""
    listing = listings(spec)[0]
    wrong = filters_refused.wrong(spec, listing)
    with open_session(settings, spec, transport=target.transport) as session:
        found = company.sent(listing, wrong, "status", session.context("filters/a"))
    urls = [one.answer.url.partition("?")[2] for one in found]

    assert urls[0] == f"status={wrong['status'][0]}"
    assert urls[1].endswith(f"&status={wrong['status'][1]}")
    assert urls[2].startswith(f"status={wrong['status'][2]}&")
    assert all(len(url.split("&")) == len(beside(spec, listing)) for url in urls[1:3])


def test_a_crowd_has_records_values_at_both_ends(spec: Contract):
    """Whatever a server cuts off, at least one record is lost."""
    parameter = listings(spec)[0].operation.parameter("pk__in")
    assert parameter is not None
    found = crowd(parameter, [1, 2, 3, 4], count(1000))

    assert (found[:2], found[-2:]) == (["1", "2"], ["3", "4"])
    assert len(found) == len(set(found)) == MANY
    assert sum(len(value) + 1 for value in found) <= BESIDE_IDS


@pytest.mark.parametrize("own", [["PLANNED", "SHIPPED"], ["PLANNED", "PACKED", "SHIPPED", "CANCELLED"]])
def test_a_crowd_of_few_possible_values_repeats_them(own: list[str]):
    """An enum has no strangers; what stands last stands nowhere else."""
    contract = load(ROOT / "tests/contracts/shipments.yaml")
    parameter = next(p for o in contract.operations.values() for p in o.parameters if p.many)
    found = crowd(parameter, own, drawn(Random(1), parameter, own))
    last = own[len(own) // 2 :]

    assert len(found) == MANY
    assert set(found) <= set(parameter.schema["items"]["enum"])
    assert found[-len(last) :] == last
    assert not set(found[: -len(last)]) & set(last)
