"""Pages hold every record exactly once, in order, as many as asked for, and count them all.

Owns: paging/<list>/every-record-once, /page-size, /count, /order, /order-after-write.
Source: x-behaviours list-order, page-envelope, paging-defaults.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.observing.filters_plan import matching_value
from cancelkit.contract_tests.observing.listing import Listing, listings
from cancelkit.contract_tests.observing.paging_chosen import Chosen, chosen, walks
from cancelkit.contract_tests.observing.paging_walks import Walk, judge_order, made, problems
from cancelkit.contract_tests.observing.sending import good_body
from cancelkit.contract_tests.observing.stating import Proof, from_behaviour
from cancelkit.contract_tests.observing.writes import filling, read
from cancelkit.contract_tests.rules.paging.whole import whole
from cancelkit.spec import Contract, Role


def _walks(listing: Listing, limits: tuple[int, ...], context: Context) -> list[Walk]:
    return walks(context, chosen(context, listing), limits)


def _written(listing: Listing, context: Context) -> list[Walk]:
    body = {name: value for name, value in filling(context).items() if name != context.one_each}
    ids = [context.id_of(context.create(**body)) for _ in range(5)]
    patch = context.operation(Role.PARTIAL_UPDATE)
    for id in (ids[2], ids[0]):
        context.call(patch, id=id, body=good_body(context, patch))
    if not listing.ids:
        return whole(listing, judge_order, context)
    found = walks(context, Chosen(listing, {}, ids, len(ids), context), (5, 2))
    return [*found, *_filtered(listing, ids, context)]


def _filtered(listing: Listing, ids: list[Any], context: Context) -> Iterator[Walk]:
    """The records beside each two filters that stand one after the other in the contract; not in quick."""
    if context.scale < 2:
        return
    rows = [read(context, id, detailed=True) for id in ids]
    values = {
        name: value
        for name, parameter, rule in listing.judged
        if name != listing.ids
        for row in rows[-1:]
        if (value := matching_value(parameter, rule, row)) is not None
    }
    combine = context.contract.behaviour("filters-combine") is not None
    for names in pairwise(values) if combine else ((name,) for name in values):
        query = {**listing.query(ids, limit=len(ids)), **{name: values[name] for name in names}}
        yield Walk(f"{listing.operation.id} with {query}", query, len(ids), [listing.ask(context, query)], ids)


def judge_once(walks: Iterable[Walk]) -> Iterator[str]:
    """The pages together must hold the expected ids, each once."""
    for one in walks:
        yield from problems([one])
        ids, expected = one.ids, list(one.expected or ())
        twice = sorted({id for id in ids if ids.count(id) > 1}, key=str)
        missing = sorted(set(expected) - set(ids), key=str)
        strange = sorted(set(ids) - set(expected), key=str) if one.expected is not None else []
        if twice:
            yield f"{one.what}: these stand on the pages more than once: {twice}"
        if missing:
            yield f"{one.what}: these stand on no page: {missing}"
        if strange:
            yield f"{one.what}: these were not asked for: {strange[:10]}"


def judge_size(walks: Iterable[Walk]) -> Iterator[str]:
    """Each page must hold `limit` rows, the last one the rest."""
    for one in walks:
        yield from problems([one])
        left = one.total
        for number, page in enumerate(one.pages, 1):
            wanted, size = min(one.limit, left), len(page.ids)
            left -= wanted
            if size != wanted:
                yield f"{one.what}: page {number} holds {size} rows, not {wanted}"


def judge_count(walks: Iterable[Walk]) -> Iterator[str]:
    """Each page must count all matches."""
    for one in walks:
        for number, page in enumerate(one.pages, 1):
            if page.count != one.total:
                yield f"{one.what}: page {number} counts {page.count!r}, not {one.total}"


def rules(contract: Contract) -> Iterator[Rule]:
    envelope = partial(from_behaviour, contract, "page-envelope")
    order = partial(from_behaviour, contract, "list-order") if contract.behaviour("list-order") else envelope
    for listing in listings(contract):
        if not listing.pages:
            continue
        quiet = not listing.ids
        path, name, right = listing.path, f"paging/{listing.name}", made(listing, [3, 5, 8, 9, 12], 2)
        mixed = (
            [made(listing, [3, 5, 5, 8], 2, expected=[3, 5, 8])],
            [made(listing, [3, 8], 2, expected=[3, 5, 8])],
            [made(listing, [3, 4], 2, expected=[3])],
        )
        yield from order(
            f"{name}/every-record-once",
            partial(_walks, listing, (2, 3, 5)),
            judge_once,
            Proof(([right],), mixed),
            requires=f"The pages of {path} together hold every record exactly once.",
            source="x-behaviours: list-order, page-envelope",
            writes=False,
            quiet=quiet,
        )
        sizes = (
            [made(listing, [3, 5, 8], 2, expected=[3, 5, 8, 9])],
            [made(listing, [3, 5, 8, 9], 2, expected=[3, 5, 8])],
        )
        yield from from_behaviour(
            contract,
            "paging-defaults",
            f"{name}/page-size",
            partial(_walks, listing, (1, 4, 11, 30)),
            judge_size,
            Proof(([right],), sizes),
            requires=f"A page of {path} holds as many rows as limit says, the last one the rest.",
            source="parameter limit",
            writes=False,
            quiet=quiet,
        )
        if "count" in listing.fields:
            counts = ([made(listing, [3, 5, 8], 2, count=2)], [made(listing, [3, 5], 2, count=None)])
            yield from envelope(
                f"{name}/count",
                partial(_walks, listing, (2, 7, 30)),
                judge_count,
                Proof(([right],), counts),
                requires=f"count of {path} is the number of all matches, on every page.",
                writes=False,
                quiet=quiet,
            )
        if not (contract.resource.numbered and contract.behaviour("list-order")):
            continue
        looks = [("order", "", partial(_walks, listing, (3, 30)))]
        if contract.role(Role.PARTIAL_UPDATE):
            looks.append(("order-after-write", ", whichever was written last", partial(_written, listing)))
        for key, words, look in looks:
            yield from order(
                f"{name}/{key}",
                look,
                judge_order,
                Proof(([right],), ([made(listing, [5, 3], 2)], [made(listing, [3, 5, 4], 2)])),
                requires=f"The rows of {path} ascend by id over all pages{words}.",
                writes=key != "order",
                quiet=quiet,
            )
