"""Filters, values, limits and pages together: each pair of them on each list, each answer judged from what rows show.

Owns: filters/<list>/combinations.
Source: x-filter, x-paging; x-behaviours filters-combine, page-envelope, list-order, page-beyond-last, detailed-agrees.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.cells import Cell, Table
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.observing import examples, filters_found
from cancelkit.contract_tests.observing.crowds import LONGEST
from cancelkit.contract_tests.observing.evidence import Row
from cancelkit.contract_tests.observing.examples import ELSE, Examples
from cancelkit.contract_tests.observing.filters_found import Found, find, settled
from cancelkit.contract_tests.observing.filters_plan import Subject, reread, subject
from cancelkit.contract_tests.observing.filters_values import takes, text
from cancelkit.contract_tests.observing.links import link_problems
from cancelkit.contract_tests.observing.listing import Listing, Page, Query, listings
from cancelkit.contract_tests.observing.paging_walks import page_size
from cancelkit.contract_tests.observing.stating import Proof, from_behaviour
from cancelkit.contract_tests.oracles import refusals
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.rules.filters import combinations_plan as plan
from cancelkit.contract_tests.rules.filters.combinations_plan import UNPLANNED, Combined, Value
from cancelkit.contract_tests.rules.filters.open import beside_others
from cancelkit.spec import Contract, Role

TABLE: Final = "combinations"
LARGE: Final = 101
SURE: Final = 10
LARGEST: Final = (LARGE, 100, 51, 50, 25)
"""Limits that are asked for, largest first, until one is taken."""
AT_ONCE: Final = 32
FEW: Final = 3
"""So many queries for each filter of a list that must be read to its end each time."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, all ids that it must find, and what came back.

    size, number: of the page, as far as they were asked for. ordered: `finds` is the order of the list.
    rows: what each record must show. row: what was meant; untrue: the words of it that did not come true.
    """

    what: str
    query: Query
    finds: Sequence[Any]
    size: int | None
    number: int | None
    page: Page
    ordered: bool = True
    rows: Mapping[Any, Row] = field(default_factory=dict)
    row: Combined = UNPLANNED
    kinds: frozenset[str] = frozenset()

    @property
    def untrue(self) -> list[str]:
        wanted = {"page 2": 2, "page 3": 3, "beyond last": self.last + 1}.get(self.row.page)
        values = {self.row.its, self.row.others} - self.kinds
        return [*values, *([self.row.page] if wanted not in (None, self.number) else [])]

    @property
    def last(self) -> int:
        return max(1, -(-len(self.finds) // self.size)) if self.size else 1

    @property
    def wanted(self) -> Sequence[Any]:
        """What the page must hold, where its size is known."""
        if not self.size:
            return self.finds
        start = ((self.number or 1) - 1) * self.size
        return self.finds[start : start + self.size]


def _known(context: Context, listing: Listing) -> Subject:
    """Rows whose every value is known, as many as a query can name; all of the list, where it takes no ids."""
    sample = context.sample()
    if not listing.ids:
        return subject(context, max(1, len(sample.rows)))
    longest = max((len(str(id)) for id in sample.ids), default=1)
    return subject(context, min(len(sample.rows), LONGEST // (longest + 1)) or 1)


def _observe(records: Records, listing: Listing, context: Context) -> list[Asked | Found]:
    known = _known(context, listing)
    if not (listing.ids or (context.sample().complete and _holds_no_more(context, listing, known))):
        return list(_unconfined(listing, context, known))
    found = _asked(records, listing, context, known)
    if not (listing.ids or _holds_no_more(context, listing, known)):
        return list(_unconfined(listing, context, known))
    if _unsteady(records, context, known):
        own = [row for row in known.rows if context.id_of(row) in context.sample().own]
        if not listing.ids or len(own) < plan.VALUES.index(plan.NOTHING):
            raise Inconclusive("another client changed the records meanwhile")
        found = _asked(records, listing, context, replace(known, rows=tuple(own)))
    for one in (one for one in found if one.row is not UNPLANNED):
        parts, pairs = plan.words(listing, one.row)
        for part in [*parts, *pairs]:
            if not any(word in part for word in one.untrue):
                context.cover(TABLE, list=listing.name, tried=part)
    return list(found)


def _holds_no_more(context: Context, listing: Listing, known: Subject) -> bool:
    """Whether a list that counts its records holds those that are known and no other; somebody may have made one."""
    count = listing.ask(context, listing.query(limit=1)).count
    return "count" not in listing.fields or count == len(known.rows)


def _unconfined(listing: Listing, context: Context, known: Subject) -> list[Found]:
    """Two filters at a time on a list that takes no ids and holds more records than are known: no page is foretold."""
    filters, found = plan.filters(listing), list[Found]()
    pools = {name: values for name, named in filters.items() if (values := plan.pool(context, known, named))}
    rows = [row for row in plan.array(listing, context.scale) if {row.one, row.other} <= pools.keys()]
    for row in context.rng.sample(rows, min(len(rows), FEW * len(filters))):
        chosen = plan.values(context.rng, pools, row).items()
        tests = tuple((name, filters[name][2], value.text) for name, value in chosen)
        found.append(find(context, listing, known, tests, f"{row.its} and {row.others}"))
        context.cover(TABLE, list=listing.name, tried=f"{row.one} {row.other}")
    return settled(context, found)


def _unsteady(records: Records, context: Context, known: Subject) -> bool:
    """Whether a record is another one than it was."""
    now = reread(context, known.ids)
    rows = [(row, now.get(context.id_of(row))) for row in known.rows]
    return any(after is None or records.changed(row, after, list(row)) for row, after in rows)


def _asked(records: Records, listing: Listing, context: Context, known: Subject) -> list[Asked]:
    filters = plan.filters(listing)
    pools = {name: values for name, named in filters.items() if (values := plan.pool(context, known, named))}
    most = _largest(context, listing, known)
    shown = plan.rows_by_id(known)
    if listing.operation.role is not Role.LIST_DETAILED:
        shown = {id: records.plain(row) for id, row in shown.items()}
    chosen = plan.chosen(context.rng, listing, context.scale, pools)
    if context.scale > 1:
        chosen += beside_others(context, listing, known, pools)
    ids, found = _mixed(context, listing, known), list[Asked]()
    for start in range(0, len(chosen), AT_ONCE):
        if context.over_time:
            break
        ask = partial(_ask, context, listing, known, ids, shown, most)
        found += context.parallel([partial(ask, row, values) for row, values in chosen[start : start + AT_ONCE]])
    return found


def _mixed(context: Context, listing: Listing, known: Subject) -> list[Any]:
    """The ids that each query names, in no order, one of them twice where that is taken: neither must show."""
    ids = context.rng.sample(known.ids, len(known.ids))
    parameter = listing.operation.parameter(listing.ids or "")
    twice = parameter and ids and takes(parameter.schema, text([*ids, ids[0]]))
    return [*ids, ids[0]] if twice else ids


def _largest(context: Context, listing: Listing, known: Subject) -> int | None:
    """The server's largest limit, where it is less than the largest that is asked for: more is cut, or refused."""
    parameter = listing.operation.parameter(listing.limit or "")
    most = int(parameter.schema.get("maximum", LARGE)) if parameter else LARGE
    if not listing.limit:
        return most
    query = listing.query(known.ids)
    for limit in dict.fromkeys(min(most, one) for one in LARGEST):
        first = listing.ask(context, {**query, **listing.query(limit=limit)})
        if first.answer and not any(refusals.refused(first.answer, 400)):
            continue
        return page_size(context, listing, query, limit, first, len(known.rows))
    return SURE


def _ask(
    context: Context,
    listing: Listing,
    known: Subject,
    ids: Sequence[Any],
    shown: Mapping[Any, Row],
    most: int | None,
    row: Combined,
    values: Mapping[str, Value],
) -> Asked:
    finds = plan.expected(known, frozenset(known.ids).intersection(*(value.finds for value in values.values())))
    default = listing.operation.parameter(listing.limit or "")
    limit = plan.sized(row.limit, row.page, len(finds), most)
    size = limit or (default.schema.get("default") if default else None)
    beyond = row.page != "beyond last" or context.contract.behaviour("page-beyond-last") is not None
    number = plan.numbered(row.page, size, len(finds)) if size and beyond else None
    query = {**listing.query(ids), **{name: value.text for name, value in values.items()}}
    query |= listing.query(limit=limit)
    asked = {**query, **listing.query(page=number)}
    if row.limit in plan.LIMITS[::2]:  # in which order they stand means nothing
        asked = dict(reversed(asked.items()))
    page = listing.ask(context, asked)
    words = " and ".join(f"{name}={value.text}" for name, value in values.items()) or "no filter"
    what = f"{listing.operation.id} with {words}, limit {limit}, page {number}"
    ordered = context.contract.resource.numbered and context.contract.chosen("list-order") == "ascending"
    kinds = frozenset[str]().union(*(value.kinds for value in values.values()))
    return Asked(what, query, finds, size, number, page, ordered, shown, row, kinds)


def judge(records: Records, listing: Listing, found: Sequence[Asked | Found]) -> Iterator[str]:
    """Exactly the rows that match, those of the page, as they are; all of them counted; links to the pages around."""
    yield from filters_found.judge(one for one in found if isinstance(one, Found))
    for one in (one for one in found if isinstance(one, Asked)):
        number, page = one.number or 1, one.page
        if number > one.last:
            wrong = refusals.refused(page.answer, 404) if page.answer else [f"answered {page.status}"]
            yield from (f"{one.what}, of {one.last}: {text}" for text in wrong)
            continue
        if page.status != 200 or not page.is_page:
            yield f"{one.what}: answered {page.status}, not 200"
            continue
        ids, wanted = list(page.ids), list(one.wanted)
        if one.ordered and one.size and ids != wanted:
            yield f"{one.what}: shows {_some(ids)}, not {_some(wanted)}, of {len(one.finds)} that match"
        elif not set(ids) <= set(one.finds) or len(set(ids)) != len(ids) or (one.size and len(ids) != len(wanted)):
            yield f"{one.what}: shows {_some(ids)}, not {len(wanted)} of {_some(one.finds)}"
        if "count" in listing.fields and page.count != len(one.finds):
            yield f"{one.what}: counts {page.count!r}, not {len(one.finds)}"
        yield from (f"{one.what}: {text}" for text in _links(listing, one, number))
        for row in page.rows:
            if isinstance(row, Mapping) and (known := one.rows.get(row.get(listing.id_field))):
                for name in records.changed(known, row, list(known)):
                    yield f"{one.what}: record {row[listing.id_field]} shows {name} {row[name]!r}, not {known[name]!r}"


def _links(listing: Listing, one: Asked, number: int) -> Iterator[str]:
    for name, to in (("next", number + 1), ("previous", number - 1)):
        link = one.page.next if name == "next" else one.page.previous
        if name not in listing.fields or not one.size or not listing.pages:
            continue
        if 1 <= to <= one.last:
            wrong = link_problems(listing, link, one.page.url, one.query, to)
            yield from (f"{name} of page {number} of {one.last} {text}" for text in wrong)
        elif link is not None:
            yield f"{name} of page {number} of {one.last} is {link!r}, not null"


def _some(ids: Sequence[Any]) -> str:
    return f"{list(ids)}" if len(ids) <= 12 else f"{list(ids[:12])} and {len(ids) - 12} more"


def _proof(contract: Contract, listing: Listing) -> Proof:
    some = Examples(contract)
    rows = {some.id(number): some.record(number) for number in (1, 2, 3)}
    ids = list(rows)
    link = f"http://target{listing.path}?{listing.limit}=2&{listing.page}=2"

    def asked(shown: Sequence[Any] = ids[:2], number: int = 1, **over: Any) -> list[Asked]:
        kept = [rows[id] for id in shown]
        parts: dict[str, Any] = {"rows": kept, "count": 3, "next": link, "url": link.rpartition("&")[0], **over}
        parts = {name: value for name, value in parts.items() if name in {"url", "rows", *listing.fields}}
        return [Asked("a query", listing.query(limit=2), ids, 2, number, Page(200, list(shown), **parts), True, rows)]

    past, given = replace(asked()[0], number=3), examples.answer(200, {})
    rejects = [asked(ids[1:]), asked(ids[:1]), [replace(past, page=replace(past.page, answer=given))]]
    wrong: dict[str, Any] = {"count": 2, "next": None}
    rejects += [asked(**{name: value}) for name, value in wrong.items() if name in listing.fields]
    if spare := some.spare():
        rejects.append(asked(rows=[{**rows[ids[0]], spare: ELSE}, rows[ids[1]]]))
    return Proof((asked(), [replace(past, page=Page(404, answer=examples.error(404)))]), tuple(rejects))


def rules(contract: Contract) -> Iterator[Rule]:
    records = Records(contract)
    for listing in listings(contract):
        if not (plan.filters(listing) or listing.limit):
            continue
        yield from from_behaviour(
            contract,
            "filters-combine" if contract.behaviour("filters-combine") else "page-envelope",
            f"filters/{listing.name}/combinations",
            partial(_observe, records, listing),
            partial(judge, records, listing),
            _proof(contract, listing),
            requires=f"{listing.path} with any two filters, any limit and any page shows and counts exactly the "
            "records that match, as they are, and links to the pages around.",
            source="x-filter; x-paging; x-behaviours: filters-combine, page-envelope, list-order",
            writes=False,
            quiet=not listing.ids,
            long=True,
        )


def tables(contract: Contract) -> Iterator[Table]:
    lists = [one for one in listings(contract) if plan.filters(one) or one.limit]

    def cells(scale: int) -> Iterator[Cell]:
        for listing in lists:
            yield from plan.cells(listing, scale)

    if lists:
        says = "a filter, a kind of its values, a limit or a page of a list; from standard on each pair of them"
        yield Table(TABLE, says, ("list", "tried"), cells)
