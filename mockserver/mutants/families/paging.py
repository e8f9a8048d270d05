"""Pages that are cut, counted or linked wrongly.

Owns: defaults and bounds of the paging parameters, count, rows of a page, links.
Source: x-paging; x-behaviours page-envelope, page-beyond-last, paging-defaults, paging-bounds, limit-capped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from cancelkit.mockserver.mutants import editing, layers
from cancelkit.mockserver.mutants.exchange import Around, Exchange, json_of, with_json
from cancelkit.mockserver.mutants.families.filters import ignoring
from cancelkit.mockserver.mutants.layers import LISTS
from cancelkit.mockserver.mutants.mutant import Mutant, given
from cancelkit.mockserver.mutants.naming import sampled
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract, Operation, Role

AREA = "paging"
Page = dict[str, Any]
FEW, LARGE, HUGE = 3, 50, 1000


def family(contract: Contract) -> Iterator[Mutant]:
    """Mutants of each list that has pages."""
    lists = [one for role in LISTS if (one := contract.role(role)) is not None and one.paging]
    if not lists:
        return
    first = contract.role(Role.LIST) or lists[0]
    for name, says, change in ANSWERS:
        yield Mutant(f"paging-{name}", says, AREA, layer=layers.answers(contract, LISTS, change))
    if len(lists) > 1:
        detailed = frozenset({Role.LIST_DETAILED})
        more = [
            Mutant(
                f"paging-detailed-{name}", f"detailed list: {says}", AREA, layer=layers.answers(contract, detailed, do)
            )
            for name, says, do in (*ANSWERS, BARE)
        ]
        yield from sampled(more, 2)
    yield from _parameters(contract, first)
    if page := first.paging.get("page"):
        yield from _numbered(contract, page, first.paging.get("limit"))


def _parameters(contract: Contract, first: Operation) -> Iterator[Mutant]:
    for kind, name in first.paging.items():
        parameter = given(first.parameter(name))
        least, default = parameter.schema.get("minimum"), parameter.schema.get("default")
        if kind == "limit" and isinstance(default, int):
            yield Mutant(
                "paging-default-limit",
                f"a page has {default * 2} rows by default",
                AREA,
                edit=editing.parameter_schema(name, LISTS, default=default * 2),
            )
        if isinstance(least, int) and least > 0 and kind == "limit":
            edit = editing.parameter_schema(name, LISTS, minimum=editing.DROP)
            yield Mutant("paging-limit-zero", f"{name}=0 is accepted", AREA, edit=edit)
        yield Mutant(
            f"paging-{kind}-lax",
            f"a {name} that is no number, or too small, is ignored",
            AREA,
            layer=layers.around(contract, LISTS, lambda name=name: ignoring(name)),  # type: ignore[misc]
        )


def _numbered(contract: Contract, page: str, limit: str | None) -> Iterator[Mutant]:
    def about(make: Callable[[], Around]) -> layers.Make:
        return layers.around(contract, LISTS, make)

    async def overlap(exchange: Exchange) -> Reply:
        reply, number = await exchange.reply(), _number(exchange, page)
        rows = (json_of(reply) or {}).get("results") if reply.status == 200 else None
        if number < 2 or not rows or len(rows) < 2:
            return reply
        before = json_of(await _at(exchange, page, number - 1).reply())
        return with_json(reply, {**json_of(reply), "results": [before["results"][-1], *rows[:-1]]})

    async def beyond(exchange: Exchange) -> Reply:
        reply = await exchange.reply()
        if reply.status != 404 or _number(exchange, page) < 2:
            return reply
        right = await _at(exchange, page, 1).reply()
        if right.status != 200:
            return reply
        return with_json(right, {**json_of(right), "results": [], "next": None})

    async def first_only(exchange: Exchange) -> Reply:
        return await exchange.without(page).reply()

    yield Mutant("paging-overlap", "pages repeat a row", AREA, layer=about(lambda: overlap))
    if contract.behaviour("page-beyond-last"):
        yield Mutant(
            "paging-beyond-empty", "a page beyond the last is empty, not 404", AREA, layer=about(lambda: beyond)
        )
    yield Mutant("paging-page-ignored", f"{page} is ignored", AREA, layer=about(lambda: first_only))
    if limit and contract.behaviour("limit-capped"):

        async def refuses(exchange: Exchange) -> Reply:
            if _number(exchange, limit) > HUGE:
                return await _at(exchange, limit, 0).reply()
            return await exchange.reply()

        yield Mutant(
            "paging-large-limit-refused",
            f"a {limit} over {HUGE} is refused",
            AREA,
            False,
            layer=about(lambda: refuses),
        )


def _number(exchange: Exchange, name: str) -> int:
    text = next((pair.partition(b"=")[2] for pair in exchange.query if pair.startswith(name.encode() + b"=")), b"1")
    return int(text) if text.isdigit() and len(text) < 9 else 1


def _at(exchange: Exchange, name: str, number: int) -> Exchange:
    bare = exchange.without(name)
    return bare.changed(query_string=b"&".join([*bare.query, f"{name}={number}".encode()]))


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
    ("large-limit-hides", f"a limit over {LARGE} shows {LARGE} rows and no way to the others", _hides_the_rest),
    (
        "relative-links",
        "next and previous are no absolute URLs",
        lambda page, _: {**page, "next": _relative(page["next"]), "previous": _relative(page["previous"])},
    ),
)
BARE = ("bare-list", "a page is a bare list", lambda page, _: page["results"])
