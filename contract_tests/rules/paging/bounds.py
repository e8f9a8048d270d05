"""The parameters of paging: their defaults, what is refused, what lies beyond the last page, what is too much.

Owns: paging/<list>/refuses-<parameter>, /default-limit, /default-page, /beyond-last, /empty, /limit-capped.
Source: x-paging; x-behaviours paging-bounds, paging-defaults, page-beyond-last, limit-capped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.cells import Table
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.observing import company, filters_malformed
from cancelkit.contract_tests.observing.evidence import Refusal, Usual
from cancelkit.contract_tests.observing.listing import Listing, Page, Query, listings
from cancelkit.contract_tests.observing.paging_chosen import chosen, nothing
from cancelkit.contract_tests.observing.stating import Proof, from_behaviour
from cancelkit.contract_tests.observing.writes import deleted
from cancelkit.spec import Contract

HUGE = (1_000_000, 2**31 + 1)
FAR = 100_000_000
Sizes = list[tuple[str, Page, Page]]


def wrong(contract: Contract, listing: Listing) -> dict[str, list[Any]]:
    """Values of the paging parameters of a list that are refused; nothing where the contract lets them pass."""
    if contract.behaviour("paging-bounds") is None:
        return {}
    paging = [parameter for parameter in listing.operation.parameters if parameter.paging]
    return {p.name: [p.schema.get("minimum", 1) - 1, -1, "abc", "1.5", "1e1"] for p in paging}


def _compared(listing: Listing, context: Context, left: Query, right: Query) -> tuple[str, Page, Page]:
    return f"{listing.name} {left}", listing.ask(context, left), listing.ask(context, right)


def _default(listing: Listing) -> int | None:
    limit = listing.operation.parameter(listing.limit) if listing.limit else None
    return limit.schema.get("default") if limit else None


def _default_limit(default: int, listing: Listing, context: Context) -> Sizes:
    """(what, the page without limit, the page with the default written out)."""
    known = chosen(context, listing, least=default + 1, most=default + 15)
    queries = [known.query(), {**known.query(), **listing.query(page=1)}, *([{}] if listing.ids else [])]
    found = [_compared(listing, context, query, {**query, **listing.query(limit=default)}) for query in queries]
    known.check()
    return found


def judge_default_limit(default: int, found: Sizes) -> Iterator[str]:
    """Without limit a page must hold the default number of rows (there are more)."""
    for what, bare, written in found:
        if bare.status != 200 or len(bare.ids) != default:
            yield f"{what}: without limit a page holds {len(bare.ids)} rows, not {default}"
        if written.status == 200 and len(written.ids) != default:
            yield f"{what}: with limit={default} a page holds {len(written.ids)} rows"


def _default_page(listing: Listing, context: Context) -> Sizes:
    known = chosen(context, listing)
    queries = [{**known.query(), **listing.query(limit=2)}, known.query()]
    found = [_compared(listing, context, query, {**query, **listing.query(page=1)}) for query in queries]
    known.check()
    return found


def judge_same_page(found: Sizes) -> Iterator[str]:
    """Without page the answer must be page 1."""
    for what, bare, written in found:
        if list(bare.ids) != list(written.ids) or bare.status != 200:
            yield f"{what}: without page the rows are {bare.ids}, page 1 holds {written.ids}"


def _beyond(listing: Listing, context: Context) -> tuple[Refusal, ...]:
    queries: list[Query] = [listing.query(limit=10, page=FAR), listing.query(limit=10, page=1_000_000)]
    if listing.pages:
        known = chosen(context, listing)
        default = _default(listing)
        limits = [(limit, limit) for limit in (2, 3, 4)] + ([(None, default)] if default else [])
        beyond = [listing.query(limit=limit, page=-(-known.total // size) + 1) for limit, size in limits]
        queries = [{**known.query(), **page} for page in beyond] + queries
        known.check()
    return tuple(
        Refusal(f"{listing.name} {query}", context.call(listing.operation, query=query), statuses=(404,))
        for query in queries
    )


def _last(listing: Listing, context: Context) -> Sizes:
    """The last page, full and not full, beside the whole."""
    known = chosen(context, listing, most=4 if listing.ids else 25)
    if known.ids is None:
        raise Skip("the list can't be asked for a few records only")
    query = known.query()
    whole = listing.ask(context, {**query, **listing.query(limit=20)}) if listing.ids else Page(200, known.ids)
    found = []
    for limit in (1, 2, 3, 4):
        page = listing.query(limit=limit, page=-(-known.total // limit))
        found.append((f"{listing.name} {page}", listing.ask(context, {**query, **page}), whole))
    known.check()
    return found


def judge_last(ordered: bool, found: Sizes) -> Iterator[str]:
    """The last page must be answered with rows of the whole: where lists have an order, with its last ones."""
    for what, last, whole in found:
        ids = list(last.ids)
        right = ids == list(whole.ids)[-len(ids) :] if ordered else set(ids) <= set(whole.ids)
        if last.status != 200 or not ids or not right:
            yield f"{what} of {len(whole.ids)} records: answered {last.status} with {ids}"


def _empty(listing: Listing, context: Context) -> list[Page]:
    found = listing.query([context.id_of(deleted(context))]) if listing.ids else nothing(context, listing)
    return [listing.ask(context, {**found, **page}) for page in (Query(), listing.query(page=1, limit=5))]


def judge_empty(fields: frozenset[str], pages: Iterable[Page]) -> Iterator[str]:
    """Page 1 of nothing must be 200 and empty. fields: those of the envelope."""
    for page in pages:
        if page.status != 200:
            yield f"page 1 of nothing answered {page.status}, not 200"
            continue
        found = (("count", page.count, 0), ("next", page.next, None), ("previous", page.previous, None))
        for name, value, wanted in found:
            if name in fields and value != wanted:
                yield f"page 1 of nothing: {name} is {value!r}, not {wanted!r}"
        if list(page.ids) or not page.is_page:
            yield f"page 1 of nothing: its rows are {list(page.ids)!r}, not []"


def _capped(listing: Listing, context: Context) -> Sizes:
    known = chosen(context, listing)
    query = known.query()
    usual = {**query, **listing.query(limit=20)}
    found = [_compared(listing, context, {**query, **listing.query(limit=value)}, usual) for value in HUGE]
    known.check()
    return found


def judge_capped(found: Sizes) -> Iterator[str]:
    """A very large limit must be answered with at least as many rows as limit=20 has."""
    for what, huge, usual in found:
        if huge.status != 200:
            yield f"{what}: answered {huge.status}, not 200"
        elif len(huge.ids) < len(usual.ids):
            yield f"{what}: holds {len(huge.ids)} rows, limit=20 holds {len(usual.ids)}"


def _rows(count: int, first: int = 1) -> Page:
    return Page(200, list(range(first, first + count)), count)


def _defaults(contract: Contract, listing: Listing) -> Iterator[Rule]:
    state, path = partial(from_behaviour, contract, "paging-defaults"), listing.path
    default = _default(listing)
    few, quiet = _rows(3), not listing.ids
    if default is not None:
        full, over = _rows(default), _rows(default + 1)
        proof = Proof(([("a", full, full)],), ([("a", over, full)], [("a", few, full)], [("a", full, few)]))
        yield from state(
            f"paging/{listing.name}/default-limit",
            partial(_default_limit, default, listing),
            partial(judge_default_limit, default),
            proof,
            requires=f"Without limit a page of {path} holds {default} rows.",
            writes=False,
            quiet=quiet,
        )
    if listing.page:
        yield from state(
            f"paging/{listing.name}/default-page",
            partial(_default_page, listing),
            judge_same_page,
            Proof(([("a", few, few)],), ([("a", _rows(1, 9), few)],)),
            requires=f"Without page {path} answers the first.",
            writes=False,
            quiet=quiet,
        )


def _ends(contract: Contract, listing: Listing) -> Iterator[Rule]:
    state, path = partial(from_behaviour, contract, "page-beyond-last"), listing.path
    few, tail, empty, second = _rows(3), _rows(2, 2), _rows(0), _rows(1, 9)
    quiet = not listing.ids
    if listing.pages:
        yield from state(
            f"paging/{listing.name}/last-page",
            partial(_last, listing),
            partial(judge_last, contract.behaviour("list-order") is not None),
            Proof(([("a", tail, few)],), ([("a", Page(404), few)], [("a", empty, few)], [("a", second, few)])),
            requires=f"The last page of {path} is answered, full or not.",
            writes=False,
            quiet=quiet,
        )
    if listing.ids or any(True for _ in listing.judged):
        wrong: tuple[Page, ...] = (Page(404), second, Page(200, [], 0, next="http://a/"))
        wrong = wrong if "next" in listing.fields else wrong[:2]
        yield from state(
            f"paging/{listing.name}/empty",
            partial(_empty, listing),
            partial(judge_empty, listing.fields),
            Proof(([empty],), tuple([page] for page in wrong)),
            requires=f"Page 1 of nothing of {path} is 200 and empty.",
            writes=bool(listing.ids),
        )
    if listing.page:
        yield from state(
            f"paging/{listing.name}/beyond-last",
            partial(_beyond, listing),
            *Usual(contract).refusals(None, 404, record=False),
            requires=f"A page of {path} beyond the last is 404 with detail and code.",
            writes=False,
            quiet=quiet,
        )


def rules(contract: Contract) -> Iterator[Rule]:
    for listing in listings(contract):
        values = wrong(contract, listing)
        for name in values:
            yield from from_behaviour(
                contract,
                "paging-bounds",
                f"paging/{listing.name}/refuses-{name}",
                partial(company.sent, listing, values, name),
                *Usual(contract).refusals(name, record=False),
                requires=f"A {name} of {listing.path} below 1 or not an integer is 400 naming it, "
                "alone and beside others.",
                writes=False,
            )
        yield from _defaults(contract, listing)
        yield from _ends(contract, listing)
        if listing.limit:
            full, few = _rows(10), _rows(3)
            yield from from_behaviour(
                contract,
                "limit-capped",
                f"paging/{listing.name}/limit-capped",
                partial(_capped, listing),
                judge_capped,
                Proof(([("a", full, few)],), ([("a", Page(400), few)], [("a", few, full)])),
                requires=f"A very large limit of {listing.path} is cut, not refused.",
                writes=False,
                quiet=not listing.ids,
            )


def tables(contract: Contract) -> Iterator[Table]:
    groups = [(one, some(contract, one)) for one in listings(contract) for some in (filters_malformed.wrong, wrong)]
    if lists := [(one, values) for one, values in groups if values]:
        yield company.table(contract, lists)
