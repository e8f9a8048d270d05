"""Faults that several filters have in common.

Owns: parts of texts that match, null that matches, instants without fractions, days that are off, a list that
has none.
Source: x-filter; x-behaviours filters-combine, filter-null-never-matches.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from cancelkit.mockserver.mutants import editing, layers
from cancelkit.mockserver.mutants.api import Api
from cancelkit.mockserver.mutants.exchange import Around, Exchange
from cancelkit.mockserver.mutants.families.filters import AREA, left_open
from cancelkit.mockserver.mutants.layers import LISTS
from cancelkit.mockserver.mutants.mutant import Mutant
from cancelkit.mockserver.mutants.selecting import choosing
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract, Filter, Parameter, Role

FRACTION = re.compile(rb"(\d\d(?::|%3[Aa])\d\d(?::|%3[Aa])\d\d)\.\d+")


def family(contract: Contract) -> Iterator[Mutant]:
    """Mutants of all filters of one kind at once."""
    known = {p.name: p for o in contract.operations.values() for p in o.parameters if p.filter and not left_open(p)}
    filters: dict[str, Filter] = {name: p.filter for name, p in known.items() if p.filter}
    texts = {n: f for n, f in filters.items() if f.lookup == "iexact"}
    nullable = {n: f for n, f in filters.items() if f.nullable and f.transform is None}
    instants = [n for n, f in filters.items() if _form(known[n]) == "date-time" and f.lookup in ("lt", "lte", "exact")]
    days = [n for n, f in filters.items() if f.transform == "date"]
    api = Api(contract)
    if texts:
        layer = layers.around(contract, LISTS, lambda: choosing(api, texts, _contains))
        yield Mutant("filters-text-contained", "text filters match parts", AREA, layer=layer)
    if nullable and contract.behaviour("filter-null-never-matches"):
        layer = layers.around(contract, LISTS, lambda: choosing(api, nullable, _or_null))
        yield Mutant("filters-null-matches", "null matches any value", AREA, layer=layer)
    if instants:
        layer = layers.around(contract, LISTS, lambda: _whole)
        yield Mutant("filters-whole-seconds", "instants are compared without fractions", AREA, layer=layer)
    if days:
        layer = layers.around(contract, LISTS, lambda: _shifted(tuple(days)))
        yield Mutant("filters-days-off", "calendar days are those of the day before", AREA, layer=layer)
    if filters and contract.role(Role.LIST_DETAILED) and contract.role(Role.LIST):
        yield Mutant("filters-detailed-ignored", "the detailed list has no filters", AREA, edit=_unfiltered)


def _form(parameter: Parameter) -> object:
    return parameter.schema.get("format")


def _contains(value: Any, text: str) -> bool:
    return isinstance(value, str) and text.casefold() in value.casefold()


def _or_null(value: Any, text: str) -> bool:
    return value is None or str(value).casefold() == text.casefold()


async def _whole(exchange: Exchange) -> Reply:
    return await exchange.changed(query_string=FRACTION.sub(rb"\1", exchange.scope["query_string"])).reply()


def _shifted(names: tuple[str, ...]) -> Around:
    async def one(exchange: Exchange) -> Reply:
        return await exchange.changed(query_string=b"&".join(_day(pair, names) for pair in exchange.query)).reply()

    return one


def _day(pair: bytes, names: tuple[str, ...]) -> bytes:
    name, _, text = pair.decode("latin-1").partition("=")
    try:
        moved = date.fromisoformat(text) - timedelta(days=1)
    except (ValueError, OverflowError):
        return pair
    return f"{name}={moved.isoformat()}".encode() if name in names else pair


_unfiltered = editing.operations(
    (Role.LIST_DETAILED,),
    lambda one: replace(one, parameters=tuple(replace(p, filter=None) for p in one.parameters)),
)
