"""Records whose pages a rule walks over: chosen by id where a list can be asked so, else by what else narrows it.

Owns: Chosen, finding one on any list, walking over it, looking whether it stood still.
Source: x-filter and x-paging of the list's parameters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.observing.filters_found import MOST_UNCONFINED, ask
from cancelkit.contract_tests.observing.filters_plan import askable, subject
from cancelkit.contract_tests.observing.filters_probes import probes
from cancelkit.contract_tests.observing.filters_values import takes, text
from cancelkit.contract_tests.observing.listing import Listing, Page, Query
from cancelkit.contract_tests.observing.paging_walks import Walk, check_steady, ground, page_size
from cancelkit.contract_tests.oracles.matching import all_match, value_at
from cancelkit.spec import Filter, Parameter

LIKED = 12
"""A query that finds about so many records is walked soon, and has several pages."""
EACH, TRIED = 2, 8
MOST_PAGES = 12


@dataclass(frozen=True, slots=True)
class Chosen:
    """A query and what it finds.

    ids: of all that it finds, in their order; None where they are too many, or the list does not show what it counts.
    total: how many it finds.
    """

    listing: Listing
    filters: Mapping[str, Any]
    ids: Sequence[Any] | None
    total: int
    _context: Context = field(repr=False)

    def query(self) -> Query:
        """The query; ids that it names stand in another order each time."""
        if self.listing.ids is None or self.ids is None:
            return dict(self.filters)
        return {**self.filters, **self.listing.query(self._context.rng.sample(list(self.ids), len(self.ids)))}

    def check(self) -> None:
        """Look whether it still finds the same.

        Raises:
            Inconclusive: other clients changed that, so what was seen meanwhile says nothing.
        """
        if self.listing.ids:
            check_steady(self._context, self.ids or ())
            return
        now = narrowed(self._context, self.listing, self.filters)
        if now.total != self.total or set(now.ids or ()) != set(self.ids or ()):
            raise Inconclusive("another client changed the list meanwhile")


def chosen(
    context: Context, listing: Listing, least: int = 4, most: int = 25, *, without: Container[str] = ()
) -> Chosen:
    """Records to walk over: by id; else what one filter finds, from `least` to `most` of them; else the whole list.

    Args:
        without: the filters that are not to find them.

    Raises:
        Skip: there are fewer than `least`.
    """
    if listing.ids:
        ids = ground(context, least, most)
        return Chosen(listing, {}, ids, len(ids), context)
    for query in _narrowing(context, listing, without):
        found = narrowed(context, listing, query)
        if found.ids is not None and least <= found.total <= most:
            return found
    found = narrowed(context, listing, {})
    if found.total < least:
        raise Skip(f"the list holds {found.total} records; {least} are needed")
    return found


def narrowed(context: Context, listing: Listing, filters: Mapping[str, Any]) -> Chosen:
    """What a list finds for a query, as it shows it now.

    Raises:
        Inconclusive: others write to the list, or it can't be read.
        Skip: it has so many records that a list without a count does not tell how many.
    """
    first, shown, complete = ask(context, listing, filters, MOST_UNCONFINED)
    if first.status != 200:
        raise Inconclusive(f"{listing.name} with {dict(filters)} answered {first.status}")
    if "count" not in listing.fields and not complete:
        raise Skip(f"the list has no count, and more than {MOST_UNCONFINED} records")
    if not isinstance(first.count, int):
        raise Inconclusive(f"{listing.name} has no count")
    ids = list(dict.fromkeys(shown))
    return Chosen(listing, dict(filters), ids if len(ids) == first.count else None, first.count, context)


def nothing(context: Context, listing: Listing) -> Query:
    """A query with one filter that finds nothing.

    Raises:
        Skip: no value is known that no record has.
    """
    known = subject(context)
    for named in listing.judged:
        name, _, rule = named
        for probe in probes(context, named, known, 1):
            strange = probe.why.startswith(("no record's", "long"))
            if strange and not any(all_match([(rule, probe.value)], row) for row in context.sample().rows):
                return {name: probe.value}
    raise Skip("no filter has a value that no record has")


def telling_values(context: Context, parameter: Parameter, rule: Filter) -> list[tuple[str, int]]:
    """(value as a query writes it, how many known rows show it) of a filter for equality, the most frequent first."""
    if rule.lookup not in ("exact", "iexact") or rule.transform:
        return []
    shown = (value_at(row, rule.path) for row in context.sample().rows)
    found = Counter(text(value) for value in shown if value is not None and askable(parameter, value))
    return [(value, times) for value, times in found.most_common() if takes(parameter.schema, value)]


def _narrowing(context: Context, listing: Listing, without: Container[str]) -> Iterator[Query]:
    """Queries with one filter, those first that should find about LIKED records."""
    sample = context.sample()
    share = sample.total / max(1, len(sample.rows))
    tried = []
    for name, parameter, rule in (one for one in listing.judged if one[0] not in without):
        likely = [(abs(times * share - LIKED), name, v) for v, times in telling_values(context, parameter, rule)]
        tried += sorted(likely)[:EACH]
    yield from ({name: value} for _, name, value in sorted(tried)[:TRIED])


def walk(context: Context, known: Chosen, limit: int) -> Walk:
    """Ask for what is chosen, `limit` at a time, page by page to the last that should be there, or MOST_PAGES."""
    query, listing = known.query(), known.listing

    def page(number: int) -> Page:
        return listing.ask(context, {**query, **listing.query(limit=limit, page=number)})

    first = page(1)
    size = page_size(context, listing, query, limit, first, known.total)
    asked = query if size == limit else {**query, **listing.query(limit=limit)}
    last = max(1, -(-known.total // size))
    reached = last if listing.ids else min(last, MOST_PAGES)
    expected = sorted(known.ids, key=_order) if known.ids is not None and reached == last else None
    what = f"{listing.name}, {known.total} records with limit={limit}"
    return Walk(what, asked, size, [first, *map(page, range(2, reached + 1))], expected, known.total)


def _order(id: Any) -> Any:
    return id if isinstance(id, int) else str(id)


def walks(context: Context, known: Chosen, limits: Iterable[int]) -> list[Walk]:
    """A walk for each limit.

    Raises:
        Inconclusive: as `Chosen.check`.
    """
    found = [walk(context, known, limit) for limit in limits]
    known.check()
    return found
