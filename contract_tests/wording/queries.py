"""Faults of queries, each provoked alone: a filter that does not parse, a page or limit that is none.

Owns: the probes of lists.
Source: spec/wording.py; x-filter and x-paging of the parameters.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.observing.filters_values import takes
from cancelkit.contract_tests.observing.listing import Listing, listings
from cancelkit.contract_tests.wording.probe import Probe, Said, further, said
from cancelkit.spec import Contract, Operation, Schema
from cancelkit.spec.wording import KINDS

ONE = ("integer", "number", "boolean")
"""Types of which no value has a comma."""
SEVERAL = {"boolean": ("true,true", "true,false")}
GARBAGE = ("abc", "no-such-value")
TOO_SMALL = ("0", "-1")
EMPTY = ("",)


def of_lists(contract: Contract) -> Iterator[Probe]:
    """For each list its filters, and its paging, which may have words of its own."""
    for number, listing in enumerate(listings(contract)):
        operation = listing.operation
        yield from further(_of_filters(listing), along=number > 0)
        for name in filter(None, (listing.limit, listing.page)):
            for kind, texts in (("integer", GARBAGE), ("minimum", TOO_SMALL), ("empty", EMPTY)):
                look = partial(_asked, operation, name, texts, kind)
                yield Probe(kind, operation.id, look, writes=False, name=name, field=name)


def _of_filters(listing: Listing) -> Iterator[Probe]:
    operation = listing.operation
    for name, parameter, _ in listing.judged:
        kind = kind_of(parameter.schema)
        yield Probe("empty", operation.id, partial(_asked, operation, name, EMPTY, "empty"), writes=False, field=name)
        if not parameter.many and (type_ := parameter.schema.get("type")) in ONE:
            look = partial(_asked, operation, name, SEVERAL.get(type_, ("1,1", "1,2")), "several")
            yield Probe("several", operation.id, look, writes=False, field=name)
        if not parameter.many and kind in KINDS and not any(takes(parameter.schema, text) for text in GARBAGE):
            look = partial(_asked, operation, name, GARBAGE, kind)
            yield Probe(kind, operation.id, look, writes=False, field=name)


def kind_of(schema: Schema) -> str:
    """The kind of fault of a value that a parameter does not take."""
    return "choice" if "enum" in schema else str(schema.get("format") or schema.get("type"))


def shows(kind: str, text: str) -> dict[str, Any]:
    """What a text of a kind may show of a value, or of the least one of a limit or page."""
    return {place: value for place, value in {"value": text, "limit": 1}.items() if place in KINDS[kind].places}


def _asked(operation: Operation, name: str, texts: tuple[str, ...], kind: str, context: Context, turn: int) -> Said:
    text = texts[turn % len(texts)]
    return said(context.call(operation, query={name: text}), name, shows(kind, text))
