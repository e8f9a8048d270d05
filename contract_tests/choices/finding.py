"""What a value of a filter finds among records that are known.

Owns: `finding`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from cancelkit.contract_tests.choices.detector import is_refusal, status
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.observing.filters_found import ask, most
from cancelkit.contract_tests.observing.listing import Listing


def finding(listing: Listing, context: Context, name: str, value: str, ids: Collection[Any]) -> frozenset[Any] | None:
    """Which of some records a value finds; None where it is refused.

    Raises:
        Inconclusive: it is answered otherwise, or so many rows that one of the records may be among those not read.
    """
    first, shown, complete = ask(context, listing, {**listing.query(list(ids)), name: value}, most(listing))
    if first.answer and is_refusal(first.answer):
        return None
    found = frozenset(shown) & frozenset(ids)
    if first.status != 200 or not first.is_page or not (complete or len(found) == len(ids)):
        answered = status(first.answer) if first.answer else "no answer"
        raise Inconclusive(f"{name}={value}: {answered}, {len(shown)} rows read")
    return found
