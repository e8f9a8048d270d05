"""A filter value that does not parse is refused, naming the parameter, whatever else the query holds.

Owns: filters/<list>/<parameter>/refuses.
Source: x-behaviours filter-refuses-malformed; schemas of the parameters. Empty values, and values that a server may
convert, are left open; so is a fraction where an integer is wanted, of which the point fraction-filter is.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.observing import company
from cancelkit.contract_tests.observing.evidence import Usual
from cancelkit.contract_tests.observing.filters_malformed import wrong
from cancelkit.contract_tests.observing.listing import key, listings
from cancelkit.contract_tests.observing.stating import from_behaviour
from cancelkit.spec import Contract


def rules(contract: Contract) -> Iterator[Rule]:
    usual = Usual(contract)
    for listing in listings(contract):
        values = wrong(contract, listing)
        for name in values:
            yield from from_behaviour(
                contract,
                "filter-refuses-malformed",
                f"filters/{listing.name}/{key(name)}/refuses",
                partial(company.sent, listing, values, name),
                *usual.refusals(name, record=False),
                requires=f"A {name} of {listing.path} that does not parse is 400 naming it, alone and beside others.",
                writes=False,
            )
