"""What recorded queries prove of how filters on text compare.

Owns: the sights of filter-blanks, text-filter, letter-case, letter-forms.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cancelkit.contract_tests.choices.queries import FORMS, other_form
from cancelkit.contract_tests.observing.listing import ids_parameter, listings
from cancelkit.contract_tests.oracles.matching import value_at
from cancelkit.contract_tests.recorded.paging import without
from cancelkit.contract_tests.recorded.sight import Sight
from cancelkit.contract_tests.recorded.tape import Heard, Tape
from cancelkit.spec import Filter
from cancelkit.traffic.comparing import identifier

LEAST = 4
"""Letters of a text of which a part is sought."""
TURKISH_I = frozenset("iIİı")
Texts = dict[tuple[Any, tuple[str, ...]], set[str]]


@dataclass(frozen=True, slots=True)
class _Try:
    """A text sought by `wanted`, in a list that has its record but for the filter; and whether it was found."""

    text: str
    wanted: str
    found: bool
    calls: tuple[Heard, ...]


def texts_at(tape: Tape, paths: set[tuple[str, ...]]) -> Texts:
    """Every text that answers show at the filters' paths, by record."""
    found: Texts = {}
    for key, record in tape.records.items():
        for _, row in record.shown:
            for path in paths:
                if isinstance(text := value_at(row, path), str):
                    found.setdefault((key, path), set()).add(text)
    return found


def _tries(tape: Tape) -> Iterator[tuple[str, _Try]]:
    """By the filter's name: what was sought and surely there to be found, but for how the filter compares."""
    filters = {
        listing.operation.id: [
            (name, rule)
            for name, parameter, rule in listing.judged
            if rule.lookup == "iexact" and parameter.any_text and not parameter.many
        ]
        for listing in listings(tape.contract)
    }
    texts = texts_at(tape, {rule.path for known in filters.values() for _, rule in known})
    for heard in tape.calls:
        query = heard.query
        if not heard.lists or heard.rows is None or not query or heard.faults:
            continue
        for name, rule in filters.get(heard.operation.id, ()):
            if query.get(name):
                yield from ((name, one) for one in _sought(tape, heard, name, query[name], rule, texts))


def _sought(tape: Tape, heard: Heard, name: str, wanted: str, rule: Filter, texts: Texts) -> Iterator[_Try]:
    for id, found, calls in there(tape, heard, name):
        known = texts.get(((str(heard.exchange.realm), tape.scope(heard), id), rule.path), set())
        if len(known) == 1 and (text := next(iter(known))) == text.strip() and len(text) >= LEAST:
            yield _Try(text, wanted, found, calls)


def there(tape: Tape, heard: Heard, name: str) -> Iterator[tuple[str, bool, tuple[Heard, ...]]]:
    """(id, whether it was found, the calls that show it) of records that a list has but for the filter of a name."""
    realm, scope = str(heard.exchange.realm), tape.scope(heard)
    found = {str(identifier(id)) for id in tape.ids(heard)}
    known: dict[str, tuple[Heard, ...]] = dict.fromkeys(found, (heard,))
    for bare in tape.pages(heard, without(heard.query or {}, name)):
        if heard.whole:
            known |= {id: (heard, bare) for id in tape.still(bare, heard) if id not in known}
    for id in _asked(tape, heard, name):
        if id not in known and heard.whole and tape.stands((realm, scope, id), heard):
            known[id] = (heard,)
    yield from ((id, id in found, calls) for id, calls in known.items())


def _asked(tape: Tape, heard: Heard, name: str) -> list[str]:
    """The ids that a query asks for by name, where nothing else but the filter keeps a row out of its page."""
    ids = ids_parameter(heard.operation, tape.contract.resource.id_field)
    others = {known for known in heard.query or () if known not in (name, *heard.operation.paging.values())}
    if ids is None or others != {ids}:
        return []
    return [str(identifier(part)) for part in (heard.query or {})[ids].split(",")]


def _blanks(one: _Try) -> Iterator[Sight]:
    if one.wanted.strip(" ") == one.text != one.wanted:
        yield Sight("filter-blanks", "trimmed" if one.found else "kept", one.calls)


def _reach(tries: list[_Try]) -> Iterator[Sight]:
    """By parts of texts, written as they stand: their beginnings, and what stands inside."""
    seen: dict[tuple[str, bool], list[_Try]] = {}
    for one in tries:
        if one.wanted != one.text and one.wanted == one.wanted.strip() and one.wanted in one.text:
            where = "beginning" if one.text.startswith(one.wanted) else "inside"
            seen.setdefault((where, one.found), []).append(one)
    options = {
        "contains": [("inside", True)],
        "starts-with": [("beginning", True), ("inside", False)],
        "equal": [("beginning", False)],
    }
    for option, needed in options.items():
        if all(kind in seen for kind in needed):
            yield from (Sight("text-filter", option, one.calls) for kind in needed for one in seen[kind])


def _cases(tries: list[_Try]) -> Iterator[Sight]:
    """By texts that were sought with other capitals than they have, among A to Z or beyond; the four i say nothing."""
    seen: dict[tuple[str, bool], list[_Try]] = {}
    for one in tries:
        pairs = list(zip(one.text, one.wanted, strict=False)) if len(one.text) == len(one.wanted) else []
        swapped = [pair for pair in pairs if pair[0] != pair[1]]
        plain = [pair for pair in swapped if pair[0].isascii() and pair[1].isascii()]
        if not swapped or any(a.casefold() != b.casefold() or {a, b} & TURKISH_I for a, b in swapped):
            continue
        if len(plain) in (0, len(swapped)):
            seen.setdefault(("plain" if plain else "beyond", one.found), []).append(one)
    options = {
        "exact": [("plain", False)],
        "unicode": [("plain", True), ("beyond", True)],
        "ascii": [("plain", True), ("beyond", False)],
    }
    for option, needed in options.items():
        if all(kind in seen for kind in needed):
            yield from (Sight("letter-case", option, one.calls) for kind in needed for one in seen[kind])
    if ("plain", True) in seen and not any(kind == "beyond" for kind, _ in seen):
        yield Sight("letter-case", None, (), "no recorded call seeks a letter beyond A to Z in another case")


def _forms(one: _Try) -> Iterator[Sight]:
    if other_form(one.text) == one.wanted != one.text:
        yield Sight("letter-forms", FORMS[one.found], one.calls)


def sights(tape: Tape) -> Iterator[Sight]:
    tries = [one for _, one in _tries(tape)]
    for one in tries:
        yield from _blanks(one)
        yield from _forms(one)
    yield from _reach(tries)
    yield from _cases(tries)
