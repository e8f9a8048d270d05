"""Faults that several filters have in common.

Owns: parts of texts that match, null that matches, instants without fractions, days that are off, a list that
has none.
Source: x-filter; x-behaviours filters-combine, filter-null-never-matches.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from functools import partial
from typing import Any

from cancelkit.mockserver.mutants import editing
from cancelkit.mockserver.mutants.api import Api
from cancelkit.mockserver.mutants.exchange import Exchange
from cancelkit.mockserver.mutants.families.filters import judged
from cancelkit.mockserver.mutants.maker import LISTS, Maker
from cancelkit.mockserver.mutants.mutant import Mutant
from cancelkit.mockserver.mutants.selecting import choosing
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract, Filter, Role

FRACTION = re.compile(rb"(\d\d(?::|%3[Aa])\d\d(?::|%3[Aa])\d\d)\.\d+")


def family(contract: Contract) -> Iterator[Mutant]:
    """Mutants of all filters of one kind at once."""
    api, maker, known = Api(contract), Maker(contract, "filters"), judged(contract)
    filters: dict[str, Filter] = {name: p.filter for name, p in known.items() if p.filter}
    texts = {n: f for n, f in filters.items() if f.lookup == "iexact"}
    nullable = {n: f for n, f in filters.items() if f.nullable and f.transform is None}
    instants = {n for n, p in known.items() if p.schema.get("format") == "date-time"}
    days = frozenset(n for n, f in filters.items() if f.transform == "date")
    if texts:
        contained = choosing(api, texts, _contains)
        yield maker.always("filters-text-contained", "text filters match parts", LISTS, contained)
    if nullable and contract.behaviour("filter-null-never-matches"):
        or_null = choosing(api, nullable, _or_null)
        yield maker.always("filters-null-matches", "null matches any value", LISTS, or_null)
    if any(filters[n].lookup in ("lt", "lte", "exact") for n in instants):
        yield maker.always("filters-whole-seconds", "instants are compared without fractions", LISTS, _whole)
    if days:
        says = "calendar days are those of the day before"
        yield maker.always("filters-days-off", says, LISTS, partial(_shifted, days))
    if any(filters[name].comparing.zone.utcoffset(None) is None for name in days):
        says = "calendar days are those of winter time all the year"
        yield replace(maker.edit("filters-days-no-summer", says, _no_summer), sample=False)
    if filters and contract.role(Role.LIST_DETAILED) and contract.role(Role.LIST):
        yield maker.edit("filters-detailed-ignored", "the detailed list has no filters", _unfiltered)


def _contains(value: Any, text: str) -> bool:
    return isinstance(value, str) and text.casefold() in value.casefold()


def _or_null(value: Any, text: str) -> bool:
    return value is None or str(value).casefold() == text.casefold()


async def _whole(exchange: Exchange) -> Reply:
    return await exchange.changed(query_string=FRACTION.sub(rb"\1", exchange.scope["query_string"])).reply()


async def _shifted(names: frozenset[str], exchange: Exchange) -> Reply:
    return await exchange.with_query(_day(pair, names) for pair in exchange.query).reply()


def _day(pair: bytes, names: frozenset[str]) -> bytes:
    name, _, text = pair.decode("latin-1").partition("=")
    try:
        moved = date.fromisoformat(text) - timedelta(days=1)
    except (ValueError, OverflowError):
        return pair
    return f"{name}={moved.isoformat()}".encode() if name in names else pair


def _standard(rule: Filter) -> Filter:
    offsets = [rule.comparing.zone.utcoffset(datetime(2025, month, 1)) or timedelta(0) for month in (1, 7)]
    return replace(rule, comparing=replace(rule.comparing, zone=timezone(min(offsets))))


_no_summer = editing.operations(
    (Role.LIST, Role.LIST_DETAILED),
    lambda one: replace(
        one, parameters=tuple(replace(p, filter=p.filter and _standard(p.filter)) for p in one.parameters)
    ),
)
_unfiltered = editing.operations(
    (Role.LIST_DETAILED,),
    lambda one: replace(one, parameters=tuple(replace(p, filter=None) for p in one.parameters)),
)
