"""Points of numbers in queries: what stands for an integer beside its plain digits.

Owns: the detectors of paging-digits, paging-fraction, fraction-filter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from cancelkit.contract_tests.choices.detector import Detector, Seen, agreed, preferred
from cancelkit.contract_tests.choices.finding import finding
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.observing.filters_malformed import malformed
from cancelkit.contract_tests.observing.filters_values import Named
from cancelkit.contract_tests.observing.listing import Listing, Page, listings
from cancelkit.contract_tests.observing.paging_chosen import chosen
from cancelkit.contract_tests.oracles.matching import value_at
from cancelkit.spec import Contract

FORMS = {"zeros": "0{}", "signed": "+{}", "blanks": " {}"}
"""How a number is written, by the first option that takes it; each option takes those of the ones before."""
Shown = tuple[int, tuple[str, ...]]
"""The status of a page, and the ids that it shows."""
MOST_EACH = 10
"""So many known records that show a value are asked for, and so many others."""


Tell = Callable[[str, Callable[[str], Shown], Shown, Shown], Seen]
"""(limit or page, what a way to write the number shows, what the number shows, what is no number) -> the option."""


def _paging(listing: Listing, tell: Tell, context: Context) -> Seen:
    """A limit of 1 and the second page, of at least three records, beside what is no number."""
    known = chosen(context, listing)

    def asked(**paging: Any) -> Page:
        return listing.ask(context, {**known.query(), **listing.query(**paging)})

    found: dict[str, Seen] = {}
    for name, number, more in (("limit", 1, {}), ("page", 2, {"limit": 2})):
        if getattr(listing, name) is None or (more and listing.limit is None):
            continue
        right, wrong = (_shown(asked(**more, **{name: value})) for value in (number, "abc"))
        if right[0] != 200 or right == wrong:
            raise Skip(f"{name}={number} is answered as what is no number")

        def shows(form: str, name: str = name, number: int = number, more: Mapping[str, int] = more) -> Shown:
            return _shown(asked(**more, **{name: form.format(number)}))

        found[name] = tell(name, shows, right, wrong)
    known.check()
    return agreed(found)


def _other_digits(name: str, shows: Callable[[str], Shown], right: Shown, wrong: Shown) -> Seen:
    taken = {option: shows(form) for option, form in FORMS.items()}
    if set(taken.values()) <= {right, wrong}:
        return _ladder([option for option in FORMS if taken[option] == right])
    return Seen(None, f"{name} in other digits is neither taken nor malformed")


def _fraction_of_nothing(name: str, shows: Callable[[str], Shown], right: Shown, wrong: Shown) -> Seen:
    option = {right: "whole", wrong: "malformed"}.get(shows("{}.0"))
    return Seen(option, "" if option else f"{name}=1.0 is neither taken nor malformed")


def _shown(page: Page) -> Shown:
    return page.status, tuple(map(str, page.ids))


def _ladder(taken: list[str]) -> Seen:
    options = ["plain", *FORMS]
    ladder = taken == options[1 : len(taken) + 1]
    return Seen(options[len(taken)] if ladder else None, f"takes {', '.join(taken) or 'plain digits'}")


def _fractions(listing: Listing, filters: list[Named], context: Context) -> Seen:
    """The first filter that tells records apart, beside what is no number."""
    for named in filters:
        if (seen := _fraction(listing, named, context)) is not None:
            return seen
    raise Skip("no filter on an integer tells known records from others, or from what is no number")


def _fraction(listing: Listing, named: Named, context: Context) -> Seen | None:
    name, parameter, rule = named
    sample = context.sample()
    shown = [(value_at(row, rule.path), row[sample.id_field]) for row in sample.rows]
    value = next((value for value, _ in shown if type(value) is int and value > 1), None)
    if value is None:
        return None
    with_it = [id for other, id in shown if other == value][:MOST_EACH]
    without = [id for other, id in shown if other != value][:MOST_EACH]
    finds = partial(finding, listing, context, name, ids=[*with_it, *without])
    right, wrong = finds(str(value)), finds(malformed(parameter.schema)[0])
    if not right or right == wrong:
        return None
    whole, half, below = (finds(text) for text in (f"{value}.0", f"{value}.5", f"{value - 1}.5"))
    fits = {
        "malformed": whole == half == below == wrong,
        "whole": whole == right and half == below == wrong,
        "truncated": whole == half == right != below,
        "compared": whole == right and half == below == frozenset(),
    }
    said = f"{name}={value}.0, .5 and {value - 1}.5 find {', '.join(map(_text, (whole, half, below)))}"
    return Seen(preferred(context, "fraction-filter", [option for option, fit in fits.items() if fit]), said)


def _text(found: frozenset[object] | None) -> str:
    return "refused" if found is None else f"{len(found)} records"


def detectors(contract: Contract) -> Iterator[Detector]:
    found = listings(contract)
    paged = next((one for one in found if one.pages), None) or next((one for one in found if one.limit), None)
    if paged is not None:
        for point, tell in (("paging-digits", _other_digits), ("paging-fraction", _fraction_of_nothing)):
            yield Detector(point, partial(_paging, paged, tell), writes=False, quiet=not paged.ids)
    for listing in found[:1]:
        filters = [one for one in listing.judged if _of_integer(one)]
        if filters:
            look = partial(_fractions, listing, filters)
            yield Detector("fraction-filter", look, writes=False, quiet=not listing.ids)


def _of_integer(named: Named) -> bool:
    _, parameter, rule = named
    return parameter.schema.get("type") == "integer" and rule.lookup == "exact" and not rule.transform
