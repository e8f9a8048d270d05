"""Filters that a list need not have: whether it has them, as it shows when it is asked for nothing else.

Owns: `honoured`, and its values beside those of other filters, which combinations.py asks for.
Source: x-filter of parameters with x-open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.observing.filters_found import answered
from cancelkit.contract_tests.observing.filters_plan import Subject
from cancelkit.contract_tests.observing.filters_values import decided
from cancelkit.contract_tests.observing.listing import Listing
from cancelkit.contract_tests.rules.filters.combinations_plan import MATCH, UNPLANNED, Combined, Value, pool, telling

VALUES: Final = 2
"""So many values that find some records and not all tell whether a list filters by them."""


def beside_others(
    context: Context, listing: Listing, known: Subject, pools: Mapping[str, list[Value]]
) -> Iterator[tuple[Combined, dict[str, Value]]]:
    """Each filter that a list need not have, but has, beside each of the others."""
    for name, values in honoured(context, listing, known).items():
        for other, others in pools.items():
            pair = telling(context.rng, values, others, (MATCH, MATCH), 1)
            yield UNPLANNED, dict(zip((name, other), pair, strict=True))


def honoured(context: Context, listing: Listing, known: Subject) -> dict[str, list[Value]]:
    """What each filter of those can be asked for that found, by itself, just the known records that it must."""
    found = {}
    for named in listing.open:
        values = pool(context, known, named) if decided(named[2]) else []
        some = [value for value in values if value.finds and value.finds != frozenset(known.ids)][:VALUES]
        if some and all(_finds(context, listing, known, named[0], value) for value in some):
            found[named[0]] = values
    return found


def _finds(context: Context, listing: Listing, known: Subject, name: str, value: Value) -> bool:
    first, ids, complete = answered(context, listing, {**listing.query(known.ids), name: value.text})
    return first.status == 200 and complete and value.finds == frozenset(ids)
