"""The point of filters on booleans: which words they take.

Owns: the detector of boolean-filter.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from cancelkit.contract_tests.choices.detector import Detector, Seen
from cancelkit.contract_tests.choices.finding import finding
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.observing.filters_malformed import malformed
from cancelkit.contract_tests.observing.filters_values import Named
from cancelkit.contract_tests.observing.listing import Listing, listings
from cancelkit.contract_tests.oracles.matching import value_at
from cancelkit.spec import Contract

WORDS = {"any-case": ("True", "False"), "digits": ("1", "0"), "words": ("yes", "no")}
"""Words for true and for false, by the first option that takes them; each option takes those of the ones before."""
MOST_EACH = 10
"""So many known records of each value are asked for."""


def _look(listing: Listing, named: Named, context: Context) -> Seen:
    """Beside what true and false find, of records with either value if there are such."""
    name, parameter, rule = named
    sample = context.sample()
    shown = {
        value: [r[sample.id_field] for r in sample.rows if value_at(r, rule.path) is value] for value in (True, False)
    }
    ids = [id for known in shown.values() for id in known[:MOST_EACH]]
    finds = partial(finding, listing, context, name, ids=ids)
    right, wrong = (finds("true"), finds("false")), finds(malformed(parameter.schema)[0])
    if None in right or right[0] == right[1]:
        raise Skip(f"no known record is told from another by {name}")
    taken = []
    for option, words in WORDS.items():
        found = tuple(map(finds, words))
        if found == right:
            taken.append(option)
        elif found != (wrong, wrong):
            return Seen(None, f"{name}={words[0]} and {words[1]} are neither taken as true and false nor malformed")
    options = ["small", *WORDS]
    return Seen(options[len(taken)] if taken == options[1 : len(taken) + 1] else None, f"takes words of {taken}")


def detectors(contract: Contract) -> Iterator[Detector]:
    for listing in listings(contract):
        for named in listing.judged:
            _, parameter, rule = named
            if parameter.schema.get("type") == rule.schema.get("type") == "boolean" and rule.lookup == "exact":
                yield Detector("boolean-filter", partial(_look, listing, named), writes=False, quiet=not listing.ids)
                return
