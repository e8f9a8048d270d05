"""Points of lists: their ends, their bounds, their order, their links.

Owns: the detectors of page-beyond-last, limit-too-large, limit-malformed, page-malformed, empty-limit,
    empty-page, list-order, link-to-page-1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from cancelkit.contract_tests.choices.detector import Detector, Seen, agreed, is_refusal, status
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.observing.clock import pause
from cancelkit.contract_tests.observing.links import emptied, first_page
from cancelkit.contract_tests.observing.listing import Listing, Page, listings
from cancelkit.contract_tests.observing.names import updates
from cancelkit.contract_tests.observing.paging_chosen import chosen
from cancelkit.contract_tests.observing.sending import good_body, kept
from cancelkit.contract_tests.oracles.instants import instant
from cancelkit.spec import Contract

HUGE = 1_000_000
MALFORMED = ("0", "-1", "abc")


def _asked(page: Page) -> Seen:
    """What a page is that fits no option."""
    return Seen(None, status(page.answer) if page.answer else "no answer")


def _beyond(listing: Listing, context: Context) -> Seen:
    known = chosen(context, listing)
    last = -(-known.total // 2)
    query = {**known.query(), **listing.query(limit=2)}
    far = listing.ask(context, {**query, **listing.query(page=last + 3)})
    end = listing.ask(context, {**query, **listing.query(page=last)})
    known.check()
    if far.status == 404:
        return Seen("not-found")
    if far.status != 200 or not far.is_page:
        return _asked(far)
    if not far.ids:
        body = far.answer.json if far.answer else None
        return Seen(emptied(body if isinstance(body, Mapping) else {}, listing.page or "", last + 3))
    return Seen("last-page") if list(far.ids) == list(end.ids) else Seen(None, f"answered rows {list(far.ids)}")


def _large(listing: Listing, context: Context) -> Seen:
    known = chosen(context, listing)
    huge = listing.ask(context, {**known.query(), **listing.query(limit=HUGE)})
    if huge.status == 200:
        return Seen("cut")
    return Seen("refused") if huge.answer and is_refusal(huge.answer) else _asked(huge)


def _odd(listing: Listing, kind: str, values: tuple[str, ...], context: Context) -> Seen:
    """What a list makes of values that no limit, or no page, has."""
    parameter = listing.limit if kind == "limit" else listing.page
    known = chosen(context, listing)
    query = {**known.query(), **(listing.query(limit=2) if kind == "page" else {})}
    bare = listing.ask(context, query)
    found: dict[str, Seen] = {}
    for value in values:
        page = listing.ask(context, {**query, str(parameter): value})
        if page.status == 404 and kind == "page":
            found[value] = Seen("not-found")
        elif page.answer and is_refusal(page.answer):
            found[value] = Seen("refused")
        elif page.status == 200 and list(page.ids) == list(bare.ids):
            found[value] = Seen("default")
        else:
            found[value] = _asked(page)
    known.check()
    return agreed(found)


def _order(listing: Listing, context: Context) -> Seen:
    """Of records of the run's own, the first of which was changed last."""
    rows = [context.create() for _ in range(4)]
    pause(context, rows[-1])
    for _, operation in updates(context.contract)[:1]:
        body = {**kept(context, operation, rows[0]), **good_body(context, operation)}
        if not context.call(operation, id=context.id_of(rows[0]), body=body).ok:
            raise Inconclusive("a record could not be changed")
    ids = [context.id_of(row) for row in rows]
    page = listing.ask(context, listing.query(ids))
    if sorted(map(str, page.ids)) != sorted(map(str, ids)):
        raise Inconclusive(f"asked for {ids}, the list holds {list(page.ids)}")
    found = list(page.ids)
    by_number = sorted(ids) if context.resource.numbered else ids
    changed = context.resource.set_on("change")
    dates = [instant(row.get(changed[0])) for row in page.rows if isinstance(row, dict)] if changed else []
    if found == by_number:
        return Seen("ascending")
    if found == by_number[::-1]:
        return Seen("descending")
    present = [date for date in dates if date is not None]
    if found[0] == ids[0] and present == sorted(present, reverse=True):
        return Seen("last-changed-first")
    return Seen(None, f"records made as {ids}, of which the first was changed, stand as {found}")


def _link(listing: Listing, context: Context) -> Seen:
    known = chosen(context, listing)
    second = listing.ask(context, {**known.query(), **listing.query(limit=2, page=2)})
    if second.status != 200 or not isinstance(second.previous, str):
        return Seen(None, f"page 2 answered {second.status} with previous {second.previous!r}")
    option = first_page(second.previous, listing.page or "")
    return Seen(option, "" if option else f"previous of page 2 is {second.previous}")


def detectors(contract: Contract) -> Iterator[Detector]:
    listing = next((one for one in listings(contract) if one.pages), None) or next(iter(listings(contract)), None)
    if listing is None:
        return
    quiet = not listing.ids
    state = partial(Detector, writes=False, quiet=quiet)
    if listing.pages:
        yield state("page-beyond-last", partial(_beyond, listing))
        if "previous" in listing.fields:
            yield state("link-to-page-1", partial(_link, listing))
    if listing.limit:
        yield state("limit-too-large", partial(_large, listing))
    for kind in (kind for kind, name in (("limit", listing.limit), ("page", listing.page)) if name):
        yield state(f"{kind}-malformed", partial(_odd, listing, kind, MALFORMED))
        yield state(f"empty-{kind}", partial(_odd, listing, kind, ("",)))
    if listing.ids and updates(contract):
        yield Detector("list-order", partial(_order, listing))
