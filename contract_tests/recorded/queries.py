"""What recorded queries prove of values that are unknown, malformed or empty.

Owns: the sights of unknown-parameter, malformed-filter, empty-filter, empty-text-filter.
"""

from __future__ import annotations

from collections.abc import Iterator

from cancelkit.contract_tests.observing.filters_malformed import checked
from cancelkit.contract_tests.observing.filters_values import takes
from cancelkit.contract_tests.observing.listing import Listing, listings
from cancelkit.contract_tests.recorded.paging import without
from cancelkit.contract_tests.recorded.sight import Sight
from cancelkit.contract_tests.recorded.tape import Heard, Query, Tape

LEAST = 2
"""Rows of a page that another one must have as well, to be the same by more than chance."""


def _compared(tape: Tape, heard: Heard, query: Query, name: str, point: str, nothing: str | None) -> Iterator[Sight]:
    """What a list made of one parameter, beside the same query without it. nothing: the option of no rows."""
    if heard.refuses(f"query.{name}"):
        yield Sight(point, "refused", (heard,))
        return
    if heard.rows is None or heard.faults - {f"query.{name}"}:
        return
    for bare in tape.pages(heard, without(query, name)):
        ids = tape.ids(bare)
        if nothing and not heard.rows and heard.whole and tape.still(bare, heard):
            yield Sight(point, nothing, (heard, bare))
            return
        if len(ids) >= LEAST and ids == tape.ids(heard):
            yield Sight(point, "ignored", (heard, bare))
            return


def _filters(tape: Tape, listing: Listing, heard: Heard, query: Query) -> Iterator[Sight]:
    for name, parameter, _ in listing.judged:
        value = query.get(name)
        if value is None or name == listing.ids or parameter.many:
            continue
        if value == "" and parameter.any_text:
            yield from _compared(tape, heard, query, name, "empty-text-filter", None)
        elif value == "":
            yield from _compared(tape, heard, query, name, "empty-filter", "matches-nothing")
        elif f"query.{name}" in heard.faults and not (takes(checked(parameter.schema), value) or convertible(value)):
            yield from _compared(tape, heard, query, name, "malformed-filter", "matches-nothing")


def convertible(value: str) -> bool:
    """Whether some reading of a value may take it for one of another type: 1.0, +5, TRUE, or trim it."""
    if value.strip() != value:
        return True
    try:
        float(value)
    except ValueError:
        return value.lower() in ("true", "false", "null", "none", "yes", "no", "on", "off")
    return True


def sights(tape: Tape) -> Iterator[Sight]:
    known = {listing.operation.id: listing for listing in listings(tape.contract)}
    for heard in tape.calls:
        if not heard.lists or heard.query is None:
            continue
        query, listing = heard.query, known[heard.operation.id]
        names = {parameter.name for parameter in heard.operation.parameters if parameter.location == "query"}
        unknown = [name for name in query if name not in names]
        if len(unknown) == 1:
            yield from _compared(tape, heard, query, unknown[0], "unknown-parameter", None)
        yield from _filters(tape, listing, heard, query)
