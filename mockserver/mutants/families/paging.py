"""Pages that are cut, counted or linked wrongly.

Owns: defaults and bounds of the paging parameters, count, rows of a page, links.
Source: x-paging; x-behaviours page-envelope, page-beyond-last, paging-defaults, paging-bounds, limit-capped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from cancelkit.mockserver.mutants import editing
from cancelkit.mockserver.mutants.exchange import Exchange, json_of, with_json
from cancelkit.mockserver.mutants.families.filters import ignoring, ignoring_beside, judged
from cancelkit.mockserver.mutants.maker import LISTS, Maker
from cancelkit.mockserver.mutants.mutant import Mutant, given
from cancelkit.mockserver.mutants.naming import sampled
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract, Operation, Role

Page = dict[str, Any]
FEW, LARGE, HUGE = 3, 50, 1000


def family(contract: Contract) -> Iterator[Mutant]:
    """Mutants of each list that has pages."""
    maker = Maker(contract, "paging")
    lists = [one for role in LISTS if (one := contract.role(role)) is not None and one.paging]
    if not lists:
        return
    first = contract.role(Role.LIST) or lists[0]
    linked = (first.success.schema or {}).get("properties", {}).get("next", {}).get("format") == "uri"
    limit = first.parameter(first.paging.get("limit", ""))
    hiding = limit is not None and limit.schema.get("maximum", LARGE + 1) > LARGE
    answers = (*ANSWERS, *([HIDING] if hiding else []), *([RELATIVE] if linked else []))
    for name, says, change in answers:
        yield maker.answers(f"paging-{name}", says, LISTS, change)
    if len(lists) > 1:
        detailed = (Role.LIST_DETAILED,)
        yield from sampled(
            (
                maker.answers(f"paging-detailed-{name}", f"detailed list: {says}", detailed, change)
                for name, says, change in (*answers, BARE)
            ),
            2,
        )
    yield from _parameters(maker, first)
    if page := first.paging.get("page"):
        yield from _numbered(maker, page, first.paging.get("limit"))


def _parameters(maker: Maker, first: Operation) -> Iterator[Mutant]:
    contract = maker.contract
    for kind, name in first.paging.items():
        schema = given(first.parameter(name)).schema
        least, default = schema.get("minimum"), schema.get("default")
        if kind == "limit" and isinstance(default, int) and contract.behaviour("paging-defaults"):
            edit = editing.parameter_schema(name, LISTS, default=default * 2)
            yield maker.edit("paging-default-limit", f"a page has {default * 2} rows by default", edit)
        if not contract.behaviour("paging-bounds"):
            continue
        if kind == "limit" and isinstance(least, int) and least > 0:
            edit = editing.parameter_schema(name, LISTS, minimum=editing.DROP)
            yield maker.edit("paging-limit-zero", f"{name}=0 is accepted", edit)
        says = f"a {name} that is not a number, or too small, is ignored"
        yield maker.always(f"paging-{kind}-lax", says, LISTS, partial(ignoring, name))
        filters = frozenset(judged(contract)) if contract.behaviour("filters-combine") else frozenset[str]()
        for kin, others in (("paging", frozenset(first.paging.values()) - {name}), ("filter", filters)):
            if others:
                one = partial(ignoring_beside, others, name)
                beside = f"{says} beside another parameter of paging" if kin == "paging" else f"{says} beside a filter"
                yield maker.always(f"paging-{kind}-lax-beside-{kin}", beside, LISTS, one)


def _numbered(maker: Maker, page: str, limit: str | None) -> Iterator[Mutant]:
    contract = maker.contract

    async def overlap(exchange: Exchange) -> Reply:
        reply, number = await exchange.reply(), exchange.number(page, 1)
        rows = (json_of(reply) or {}).get("results") if reply.status == 200 else None
        if number < 2 or not rows or len(rows) < 2:
            return reply
        before = json_of(await exchange.setting(page, number - 1).reply())
        return with_json(reply, {**json_of(reply), "results": [before["results"][-1], *rows[:-1]]})

    async def beyond(exchange: Exchange) -> Reply:
        reply = await exchange.reply()
        if reply.status != 404 or exchange.number(page, 1) < 2:
            return reply
        right = await exchange.setting(page, 1).reply()
        if right.status != 200:
            return reply
        return with_json(right, {**json_of(right), "results": [], "next": None})

    async def first_only(exchange: Exchange) -> Reply:
        return await exchange.without(page).reply()

    yield maker.always("paging-overlap", "pages repeat a row", LISTS, overlap)
    if contract.behaviour("page-beyond-last"):
        says = "a page beyond the last is empty, not 404"
        yield maker.always("paging-beyond-empty", says, LISTS, beyond)
    yield maker.always("paging-page-ignored", f"{page} is ignored", LISTS, first_only)
    if limit and contract.behaviour("limit-capped"):

        async def refuses(exchange: Exchange) -> Reply:
            return await (exchange.setting(limit, 0) if exchange.number(limit, 1) > HUGE else exchange).reply()

        says = f"a {limit} over {HUGE} is refused"
        yield maker.always("paging-large-limit-refused", says, LISTS, refuses, sample=False)


def _plain_query(url: str | None) -> str | None:
    """Only the last parameter of a link is left."""
    return re.sub(r"\?.*&", "?", url) if url else url


def _hides_the_rest(page: Page, exchange: Exchange) -> Page:
    if len(page["results"]) <= LARGE:
        return page
    return {**page, "results": page["results"][:LARGE], "next": None}


def _relative(url: str | None) -> str | None:
    return re.sub(r"^https?://[^/]+", "", url) if url else url


ANSWERS: tuple[tuple[str, str, Callable[[Page, Exchange], Page]], ...] = (
    ("count-of-page", "count counts the page", lambda page, _: {**page, "count": len(page["results"])}),
    ("count-off", "count is one too many", lambda page, _: {**page, "count": page["count"] + 1}),
    (
        "loses-row",
        "full pages lack their last row",
        lambda page, _: {**page, "results": page["results"][:-1]} if page["next"] else page,
    ),
    ("no-next", "next is always null", lambda page, _: {**page, "next": None}),
    ("previous-null", "previous is always null", lambda page, _: {**page, "previous": None}),
    (
        "next-drops-query",
        "next and previous forget the other parameters",
        lambda page, _: {**page, "next": _plain_query(page["next"]), "previous": _plain_query(page["previous"])},
    ),
    (
        "limit-capped-low",
        "no page has more than three rows, and links skip what was cut",
        lambda page, _: {**page, "results": page["results"][:FEW]},
    ),
)
HIDING = ("large-limit-hides", f"a limit over {LARGE} shows {LARGE} rows and no way to the others", _hides_the_rest)
RELATIVE = (
    "relative-links",
    "next and previous are not absolute URLs",
    lambda page, _: {**page, "next": _relative(page["next"]), "previous": _relative(page["previous"])},
)
BARE = ("bare-list", "a page is a bare list", lambda page, _: page["results"])
