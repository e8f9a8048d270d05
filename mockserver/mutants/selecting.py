"""Lists whose rows a mutant chooses itself, among those that the right API shows.

Owns: gathering every row in plain and in detail, choosing by one filter, cutting pages and linking them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

from cancelkit.mockserver.mutants.api import Api
from cancelkit.mockserver.mutants.exchange import Around, Exchange, json_of, with_json
from cancelkit.mockserver.mutants.mutant import given
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Filter, Role

Keep = Callable[[Any, str], bool]
"""Whether a row is chosen, by its value at the filter's path and the text that was sent."""
ALL = 500


def choosing(api: Api, filters: dict[str, Filter], keep: Keep) -> Around:
    """A list in which one of `filters` chooses by `keep`; where none of them is sent, the right list."""
    detailed = given(api.contract.role(Role.LIST_DETAILED) or api.contract.role(Role.LIST))

    async def one(exchange: Exchange) -> Reply:
        texts = {n: t for n, _, t in (pair.decode("latin-1").partition("=") for pair in exchange.query) if n in filters}
        reply = await exchange.reply()
        limit, page = (exchange.called.paging.get(kind) for kind in ("limit", "page"))
        if len(texts) != 1 or reply.status != 200 or limit is None or page is None:
            return reply
        ((name, text),), bounds = texts.items(), given(exchange.called.parameter(limit)).schema
        most = min(ALL, bounds.get("maximum", ALL))
        bare = exchange.without(name)
        opened = {
            str(row[api.id_field]): _value(row, filters[name].path)
            for row in await _every(bare.at(api.path(exchange, detailed)), most, limit, page)
        }
        sent = unquote_plus(text)
        rows = [row for row in await _every(bare, most, limit, page) if keep(opened.get(str(row[api.id_field])), sent)]
        size, number = exchange.number(limit, 0), exchange.number(page, 1) or 1
        size = size or int(bounds.get("default", 10))
        there = rows[(number - 1) * size : number * size]
        if number > 1 and not there:
            return await exchange.reply()
        right = json_of(reply)
        links = {
            "next": right["next"] or _link(exchange, page, number + 1) if number * size < len(rows) else None,
            "previous": right["previous"],
        }
        return with_json(reply, {**right, **links, "count": len(rows), "results": there})

    return one


async def _every(exchange: Exchange, most: int, limit: str, page: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    number = 1
    while True:
        value = json_of(await exchange.setting(limit, most).setting(page, number).reply())
        if not isinstance(value, dict) or "results" not in value:
            return rows
        rows += value["results"]
        if value["next"] is None:
            return rows
        number += 1


def _value(row: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        row = row.get(key) if isinstance(row, dict) else None
    return row


def _link(exchange: Exchange, page: str, number: int) -> str:
    query = exchange.setting(page, number).scope["query_string"].decode("latin-1")
    host = exchange.header(b"host").decode("latin-1")
    return f"{exchange.scope.get('scheme', 'http')}://{host}{exchange.scope['path']}?{query}"
