"""The newest rows of a scope, searched for what should not be there.

Owns: marking a create so that its record can be found, finding records by that mark, and removing them; finding a
record that is known in a list that can't be asked for ids.
Source: x-behaviours list-order (ascending by id, so the newest stand on the last page).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.observing.evidence import Row
from cancelkit.contract_tests.observing.filters_plan import matching_value
from cancelkit.contract_tests.observing.listing import Listing, Page, listings
from cancelkit.contract_tests.observing.sending import text_field
from cancelkit.contract_tests.observing.writes import delete
from cancelkit.spec import Contract, Role

NEWEST = 50


def findable(contract: Contract) -> bool:
    """Whether a record can be marked by its create, and found in a list by that mark."""
    return text_field(contract, contract.role(Role.CREATE)) is not None and bool(listings(contract))


def marked(context: Context, what: str) -> tuple[str, dict[str, Any]]:
    """A text that no other record has, and the field of a create body that holds it."""
    name = text_field(context.contract, context.contract.role(Role.CREATE))
    text = f"{what} {context.marker} {context.rng.randrange(10**9)}"
    return text, {name: text} if name else {}


def described(context: Context, text: str) -> list[Any]:
    """Ids of the newest rows (and of the first ones, should the order be wrong) with this mark; they are deleted."""
    name = text_field(context.contract, context.contract.role(Role.CREATE))
    lists = listings(context.contract)
    found: dict[Any, Any] = {}
    for page in _pages(context, lists[0]) if lists else ():
        for row in page.rows:
            if isinstance(row, Mapping) and row.get(name or "") == text:
                found[context.id_of(row)] = row
    if context.contract.role(Role.DESTROY):
        for row in found.values():
            delete(context, row)
    return list(found)


def spotted(context: Context, listing: Listing, rows: Iterable[Row]) -> dict[Any, Row]:
    """These records as the list shows them, by id, as far as its ends show them, or a filter by what they are."""
    wanted = {context.id_of(row): row for row in rows}
    seen: dict[Any, Row] = {}

    def look(page: Page) -> None:
        for row in page.rows:
            if isinstance(row, Mapping) and (id := context.id_of(row)) in wanted:
                seen.setdefault(id, row)

    for page in _pages(context, listing):
        look(page)
    for id, row in wanted.items():
        for name, parameter, rule in listing.judged:
            if id not in seen and (value := matching_value(parameter, rule, row)) is not None:
                look(listing.ask(context, {**listing.query(limit=NEWEST), name: value}))
    return seen


def _pages(context: Context, listing: Listing) -> list[Page]:
    first = listing.ask(context, listing.query(limit=NEWEST))
    last = -(-first.count // max(1, len(first.ids))) if isinstance(first.count, int) else 1
    numbers = {last - 1, last} - {0, 1} if listing.page else set()
    return [first, *(listing.ask(context, listing.query(limit=NEWEST, page=number)) for number in sorted(numbers))]
