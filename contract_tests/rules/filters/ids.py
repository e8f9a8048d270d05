"""A filter by several ids finds exactly those: one, very many, unknown ones among them, one twice, in any order.

Owns: filters/<list>/<parameter>/exactly, /unknown.
Source: x-filter with the lookup `in` on the field that holds the id.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.observing.crowds import LONGEST, crowd, strangers
from cancelkit.contract_tests.observing.examples import Examples
from cancelkit.contract_tests.observing.filters_found import ask
from cancelkit.contract_tests.observing.filters_values import takes, text
from cancelkit.contract_tests.observing.listing import Listing, key, listings
from cancelkit.contract_tests.observing.paging_walks import check_steady, ground
from cancelkit.contract_tests.observing.stating import Proof, from_fact
from cancelkit.contract_tests.observing.writes import deleted, unknown_ids
from cancelkit.spec import Contract, Parameter, Role

SHOWN = 30
"""So many ids of a query a message shows."""


@dataclass(frozen=True, slots=True)
class Picked:
    """Ids asked for, those of them that exist (ascending), and what the list answered."""

    asked: Sequence[Any]
    exist: Sequence[Any]
    status: int
    ids: Sequence[Any]
    count: Any


def _pick(context: Context, listing: Listing, name: str, asked: Sequence[Any], known: Collection[Any]) -> Picked:
    first, ids, _ = ask(context, listing, {name: list(asked)})
    wanted = {text(id) for id in asked}
    return Picked(asked, sorted(id for id in known if text(id) in wanted), first.status, ids, first.count)


def _exactly(listing: Listing, parameter: Parameter, context: Context) -> list[Picked]:
    ids = ground(context)
    some = context.rng.sample(ids, 3)
    sets = [[ids[0]], [ids[-1]], [context.rng.choice(ids)], some, ids[::-1], [some[0], some[0]], [*some, *some]]
    sets.append(crowd(parameter, ids, strangers(context), LONGEST))
    sets = [asked for asked in sets if asked and takes(parameter.schema, text(asked))]
    found = [_pick(context, listing, parameter.name, asked, ids) for asked in sets]
    check_steady(context, ids)
    return found


def _unknown(listing: Listing, parameter: Parameter, context: Context) -> list[Picked]:
    ids = ground(context)
    gone = [context.id_of(deleted(context))] if context.contract.role(Role.DESTROY) else []
    strange = [*gone, *(id for id in unknown_ids(context) if id not in gone)]
    sets = [[id] for id in strange[:2]]
    sets += [[strange[0], ids[0], strange[-1]], [ids[1], strange[0]], [strange[-1], ids[2]]]
    sets = [asked for asked in sets if takes(parameter.schema, text(asked))]
    return [_pick(context, listing, parameter.name, asked, ids) for asked in sets]


def judge(found: Iterable[Picked]) -> Iterator[str]:
    """Exactly those that exist, each once, and counted; their order is for paging/<list>/order to judge."""
    for one in found:
        what = f"{list(one.asked[:SHOWN])}" + (f" and {more} more" if (more := len(one.asked) - SHOWN) > 0 else "")
        if one.status != 200:
            yield f"{what}: answered {one.status}, not 200"
        elif sorted(one.ids, key=str) != sorted(one.exist, key=str):
            yield f"{what}: finds {list(one.ids)}, not {list(one.exist)}"
        elif one.count != len(one.exist):
            yield f"{what}: counts {one.count!r}, not {len(one.exist)}"


def _proof(contract: Contract) -> Proof:
    one, two, three, none = (Examples(contract).id(number) for number in (1, 2, 3, 9))
    right = Picked([three, one, none, three], [one, three], 200, [one, three], 2)
    newest_first = Picked([one, three], [one, three], 200, [three, one], 2)
    wrong = (
        Picked([three, one], [one, three], 200, [three], 1),
        Picked([three, one], [one, three], 200, [one, two, three], 3),
        Picked([three, one], [one, three], 200, [one, three, three], 2),
        Picked([three, one], [one, three], 200, [one, three], 9),
        Picked([three, none], [three], 404, [], None),
    )
    return Proof(([right], [newest_first]), tuple([one] for one in wrong))


def rules(contract: Contract) -> Iterator[Rule]:
    gone, proof = contract.role(Role.DESTROY) is not None, _proof(contract)
    for listing in listings(contract):
        for name, parameter, rule in listing.judged:
            if rule.lookup != "in" or rule.path != (listing.id_field,):
                continue
            for suffix, words, observe, writes in (
                ("exactly", "finds each id asked for once, however many there are, in whatever order", _exactly, False),
                ("unknown", "finds nothing for an id that no record has, and the others all the same", _unknown, gone),
            ):
                yield from_fact(
                    f"filters/{listing.name}/{key(name)}/{suffix}",
                    parameter.fact.level,
                    f"x-filter of {name}",
                    f"{name} of {listing.path} {words}.",
                    partial(observe, listing, parameter),
                    judge,
                    proof,
                    writes=writes,
                )
