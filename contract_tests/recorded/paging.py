"""What recorded pages prove of lists: their ends, bounds, links and order.

Owns: the sights of page-beyond-last, limit-too-large, limit-malformed, page-malformed, empty-limit,
    empty-page, link-to-page-1, list-order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from cancelkit.contract_tests.observing.links import emptied, first_page
from cancelkit.contract_tests.oracles.instants import instant
from cancelkit.contract_tests.recorded.sight import Sight
from cancelkit.contract_tests.recorded.tape import Heard, Query, Tape

HUGE, LARGEST = 1_000_000, 2**31 - 1
NUMBER = re.compile(r"[0-9]{1,10}")
BELOW = re.compile(r"-?0|-[1-9][0-9]{0,8}")
WORD = re.compile(r"(?!(?:true|false|null|none|nan|inf|infinity)$)[a-z]{3,}", re.I)
CERTAIN = 6
"""Rows of a page whose order is hardly by chance."""


def number(heard: Heard, kind: str) -> int | None:
    """The limit or page that was asked for; the limit that the contract has where none was."""
    name = heard.operation.paging.get(kind)
    text = (heard.query or {}).get(name or "")
    if name and text is None and kind == "limit":
        parameter = heard.operation.parameter(name)
        default = parameter.schema.get("default") if parameter else None
        return default if type(default) is int else None
    return int(text) if text is not None and NUMBER.fullmatch(text) else None


def without(query: Query, *names: str | None) -> dict[str, str]:
    return {name: value for name, value in query.items() if name not in names}


def _beyond(tape: Tape, heard: Heard, query: Query) -> Iterator[Sight]:
    page, limit, name = number(heard, "page"), number(heard, "limit"), heard.operation.paging.get("page")
    if not name or page is None or page < 2 or heard.faults:
        return
    count = heard.answer.get("count")
    if heard.status == 404 and tape.any_page(heard, without(query, name)):
        yield Sight("page-beyond-last", "not-found", (heard,))
    elif heard.rows == [] and type(count) is int and count > 0:
        option = emptied(heard.answer, name, page)
        behind = option == "empty" and limit is not None and (page - 2) * limit < count
        why = "a page just behind the last leads to both the one before it and the last"
        yield Sight("page-beyond-last", None if behind and "previous" in heard.answer else option, (heard,), why)
    elif heard.rows and limit and type(count) is int and (page - 1) * limit >= count > 0:
        for last in tape.pages(heard, {**query, name: str(-(-count // limit))}):
            if last is not heard and tape.ids(last) == tape.ids(heard):
                yield Sight("page-beyond-last", "last-page", (heard, last))
                return


def _large(tape: Tape, heard: Heard, query: Query) -> Iterator[Sight]:
    name, limit = heard.operation.paging.get("limit"), number(heard, "limit")
    if name not in query or limit is None or not 0 < limit <= LARGEST or not heard.faults <= {f"query.{name}"}:
        return
    count, rows = heard.answer.get("count"), heard.rows
    short = rows and type(count) is int and len(rows) < min(limit, count) and (number(heard, "page") or 1) == 1
    if rows is not None and (limit >= HUGE or short):
        yield Sight("limit-too-large", "cut", (heard,))
    elif heard.refuses(f"query.{name}"):
        yield Sight("limit-too-large", "refused", (heard,))


def _malformed(tape: Tape, heard: Heard, query: Query, kind: str) -> Sight | None:
    name = heard.operation.paging.get(kind, "")
    text = query.get(name)
    if text is None or not (text == "" or BELOW.fullmatch(text) or WORD.fullmatch(text)):
        return None
    if heard.faults != {f"query.{name}"}:
        return None
    point = f"{kind}-malformed" if text else f"empty-{kind}"
    if heard.refuses(f"query.{name}"):
        return Sight(point, "refused", (heard,))
    if heard.status == 404 and kind == "page" and tape.reached(heard):
        return Sight(point, "not-found", (heard,))
    for bare in tape.pages(heard, without(query, name)):
        if len(tape.ids(bare)) > 1 and tape.ids(bare) == tape.ids(heard):
            return Sight(point, "default", (heard, bare))
    return None


def _both(found: list[tuple[str, Sight]]) -> Iterator[Sight]:
    """What was seen of values below 1 and of words; nothing where only one of these was seen."""
    if {bool(BELOW.fullmatch(text)) for text, _ in found} == {True, False}:
        yield from (sight for _, sight in found)
    elif found:
        one, other = ("numbers below 1", "words") if BELOW.fullmatch(found[0][0]) else ("words", "numbers below 1")
        yield Sight(found[0][1].point, None, (), f"recorded calls show {one} only, no {other}")


def _link(heard: Heard) -> Iterator[Sight]:
    name, link = heard.operation.paging.get("page"), heard.answer.get("previous")
    if name and heard.rows is not None and number(heard, "page") == 2 and isinstance(link, str) and not heard.faults:
        yield Sight("link-to-page-1", first_page(link, name), (heard,), "a link from page 2 leads elsewhere")


def _orders(tape: Tape, heard: Heard) -> set[str] | None:
    """The options that the order of a page agrees with; None where it says nothing."""
    rows, ordering, resource = heard.rows or [], heard.operation.ordering, tape.contract.resource
    unordered = ordering is None or ("default" not in ordering.schema and ordering.name not in (heard.query or {}))
    if len(rows) < 2 or heard.faults or not unordered:
        return None
    changed, created = resource.set_on("change"), resource.set_on("create")
    found = set()
    keys = tape.ids(heard) if resource.numbered else [instant(row.get(created[0])) for row in rows] if created else []
    if len(keys) == len(rows) and all(type(key) is type(keys[0]) and key is not None for key in keys):
        found |= {"ascending"} if all(one < other for one, other in pairwise(keys)) else set()
        found |= {"descending"} if all(one > other for one, other in pairwise(keys)) else set()
    dates = [instant(row.get(changed[0])) for row in rows] if changed else [None]
    known = [date for date in dates if date is not None]
    if len(known) == len(rows) and all(one >= other for one, other in pairwise(known)):
        found.add("last-changed-first")
    return found


def _order(tape: Tape) -> Iterator[Sight]:
    """Of all pages together: each must agree, and one be so long that it is hardly by chance."""
    agreed: set[str] | None = None
    pages, longest = [], 0
    for heard in tape.calls:
        orders = _orders(tape, heard) if heard.lists else None
        if orders is not None:
            agreed = orders if agreed is None else agreed & orders
            pages.append(heard)
            longest = max(longest, len(heard.rows or ()))
    if agreed is None:
        return
    if not agreed:
        yield Sight("list-order", None, (), "no known order is that of every recorded page")
    elif len(agreed) > 1 or longest < CERTAIN:
        yield Sight("list-order", None, (), "the recorded pages are too short to tell, or agree with several orders")
    else:
        yield from (Sight("list-order", option, (page,)) for option in agreed for page in pages)


def sights(tape: Tape) -> Iterator[Sight]:
    malformed: dict[str, list[tuple[str, Sight]]] = {"limit": [], "page": []}
    for heard in tape.calls:
        if not heard.lists or heard.query is None:
            continue
        yield from _beyond(tape, heard, heard.query)
        yield from _large(tape, heard, heard.query)
        yield from _link(heard)
        for kind, found in malformed.items():
            sight = _malformed(tape, heard, heard.query, kind)
            if sight and (text := heard.query[heard.operation.paging[kind]]):
                found.append((text, sight))
            elif sight:
                yield sight
    for found in malformed.values():
        yield from _both(found)
    yield from _order(tape)
