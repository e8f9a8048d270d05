"""Points of queries: what a list makes of values that are unknown, malformed or empty, and how it compares texts.

Owns: the detectors of unknown-parameter, malformed-filter, empty-filter, empty-text-filter, filter-blanks, text-filter,
    letter-case, letter-forms.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any

from cancelkit.contract_tests.choices.detector import Detector, Seen, agreed, is_refusal, preferred, status
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.observing.filters_malformed import checked, malformed
from cancelkit.contract_tests.observing.listing import Listing, Query, listings
from cancelkit.contract_tests.observing.paging_chosen import Chosen, chosen
from cancelkit.contract_tests.oracles.matching import value_at
from cancelkit.spec import Contract, Filter, Parameter

MOST = 4
"""So many parameters are looked at."""
LEAST_TEXT = 4
FORMS = {True: "equal", False: "apart"}
"""By whether a text is found in another form than it has."""
TURKISH_I = frozenset("iIİı")


def compared(listing: Listing, context: Context, known: Chosen, query: Query, nothing: str | None) -> Seen:
    """What a list makes of a query beside one that it knows. nothing: the option of an answer without rows."""
    base = {**known.query(), **listing.query(limit=20)}
    page = listing.ask(context, {**base, **query})
    if page.answer and is_refusal(page.answer):
        return Seen("refused")
    if page.status != 200 or not page.is_page:
        return Seen(None, status(page.answer) if page.answer else "no answer")
    if nothing and not page.ids:
        return Seen(nothing)
    if set(page.ids) == set(listing.ask(context, base).ids):
        return Seen("ignored")
    return Seen(None, f"{query} found other records than the same query without it")


def _unknown(listing: Listing, context: Context) -> Seen:
    known = chosen(context, listing)
    found = compared(listing, context, known, {"no_such_parameter": "1"}, None)
    known.check()
    return found


def _plain(listing: Listing) -> list[tuple[str, Parameter, Filter]]:
    return [one for one in listing.judged if one[0] != listing.ids and not one[1].many]


def _malformed(listing: Listing, context: Context) -> Seen:
    """By what every server checks, where there is such a filter: a format may be left unchecked."""
    schemas = [(name, parameter.schema) for name, parameter, _ in _plain(listing)]
    values = {name: found[0] for name, schema in schemas if (found := malformed(checked(schema)))}
    values = values or {name: found[0] for name, schema in schemas if (found := malformed(schema))}
    return _each(listing, context, values, "matches-nothing")


def _empty(listing: Listing, context: Context, *, text: bool) -> Seen:
    values = {name: "" for name, parameter, _ in _plain(listing) if parameter.any_text is text}
    found = _each(listing, context, values, "compared" if text else "matches-nothing")
    if found.option != "compared":
        return found
    fits = ["compared"] if _lookup(listing, context).option == "equal" else []
    return Seen(preferred(context, "empty-text-filter", [*fits, "matches-nothing"]), "it finds nothing")


def _each(listing: Listing, context: Context, values: Mapping[str, str], nothing: str) -> Seen:
    """What a list makes of a value of each filter, alone, beside known records that are found by none of these."""
    tried = dict(islice(values.items(), MOST))
    known = chosen(context, listing, without=tried)
    found = {name: compared(listing, context, known, {name: value}, nothing) for name, value in tried.items()}
    known.check()
    return agreed(found)


def _texts(listing: Listing, context: Context) -> Iterator[tuple[str, str, Any, Filter]]:
    """(parameter, text, id of a record that shows it, filter) of filters that ignore case, for known records."""
    sample = context.sample()
    for name, parameter, rule in _plain(listing):
        if rule.lookup != "iexact" or not parameter.any_text:
            continue
        for row in sample.rows:
            value = value_at(row, rule.path)
            if isinstance(value, str) and len(value) >= LEAST_TEXT and value.strip() == value:
                yield name, value, row[sample.id_field], rule


def _finds(listing: Listing, context: Context, id: Any, query: Query) -> bool | None:
    """Whether a list finds a known record; None where it answers no page."""
    page = listing.ask(context, {**listing.query([id] if listing.ids else None), **query})
    return id in page.ids if page.status == 200 and page.is_page else None


def _first_text(listing: Listing, context: Context) -> tuple[str, str, Any]:
    for name, value, id, _ in _texts(listing, context):
        if _finds(listing, context, id, {name: value}):
            return name, value, id
    raise Skip("no filter on text finds a known record")


def _blanks(listing: Listing, context: Context) -> Seen:
    name, value, id = _first_text(listing, context)
    found = _finds(listing, context, id, {name: f"  {value} "})
    return Seen(None, f"{name} with blanks is refused") if found is None else Seen("trimmed" if found else "kept")


def _lookup(listing: Listing, context: Context) -> Seen:
    name, value, id = _first_text(listing, context)
    beginning = _finds(listing, context, id, {name: value[: len(value) // 2].strip()})
    inside = _finds(listing, context, id, {name: value[1:-1].strip()})
    option = {(False, False): "equal", (True, False): "starts-with", (True, True): "contains"}.get(
        (bool(beginning), bool(inside))
    )
    return Seen(option, f"{name}: finds by the beginning: {beginning}, by the inside: {inside}")


def _case(listing: Listing, context: Context) -> Seen:
    """By the case of letters A to Z, and of others; the four i are left open by every option."""
    plain = beyond = None
    for name, value, id, _ in _texts(listing, context):
        if plain is None and (swapped := swapped_case(value, ascii=True)) != value:
            plain = _finds(listing, context, id, {name: swapped})
        if beyond is None and (swapped := swapped_case(value, ascii=False)) != value:
            beyond = _finds(listing, context, id, {name: swapped})
        if plain is False or (plain is not None and beyond is not None):
            break
    if plain is None:
        raise Skip("no known record shows a text that has an upper and a lower case")
    if not plain:
        return Seen("exact")
    if beyond is None:
        raise Skip("no known record shows a text with a letter beyond A to Z")
    return Seen("unicode" if beyond else "ascii")


def _forms(listing: Listing, context: Context) -> Seen:
    """By a known text with a letter that has two forms, sought in the one that it does not have."""
    for name, value, id, _ in _texts(listing, context):
        if (other := other_form(value)) != value and _finds(listing, context, id, {name: value}):
            found = _finds(listing, context, id, {name: other})
            return Seen(None, f"{name} in another form is refused") if found is None else Seen(FORMS[found])
    raise Skip("no known record shows a text with a letter that has two forms")


def other_form(text: str) -> str:
    """The text with its letters decomposed, or composed if they were not; the same for the dotted I, which is open."""
    if set(text) & {"İ", "\u0307"}:
        return text
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    return decomposed if text == composed else composed


def swapped_case(text: str, *, ascii: bool) -> str:
    """The text with the case of its letters A to Z, or of all others, swapped, as far as that is beyond doubt."""
    return "".join(_other(c) if c.isascii() is ascii and c not in TURKISH_I else c for c in text)


def _other(letter: str) -> str:
    other = letter.swapcase()
    same = len(other) == 1 and other.casefold() == letter.casefold() and other.swapcase() == letter
    return other if same else letter


def detectors(contract: Contract) -> Iterator[Detector]:
    listing = next(iter(listings(contract)), None)
    if listing is None:
        return
    state = partial(Detector, writes=False, quiet=not listing.ids)
    yield state("unknown-parameter", partial(_unknown, listing))
    plain = _plain(listing)
    if any(malformed(parameter.schema) for _, parameter, _ in plain):
        yield state("malformed-filter", partial(_malformed, listing))
    if any(not parameter.any_text for _, parameter, _ in plain):
        yield state("empty-filter", partial(_empty, listing, text=False))
    if any(parameter.any_text for _, parameter, _ in plain):
        yield state("empty-text-filter", partial(_empty, listing, text=True))
    if any(rule.lookup == "iexact" and parameter.any_text for _, parameter, rule in plain):
        yield state("filter-blanks", partial(_blanks, listing))
        yield state("text-filter", partial(_lookup, listing))
        yield state("letter-case", partial(_case, listing))
        yield state("letter-forms", partial(_forms, listing))
