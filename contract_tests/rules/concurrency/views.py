"""Reads at once, each of something else: each answers what it answers alone.

Owns: concurrency/reads-at-once.
Source: x-filter and x-paging of the parameters; x-behaviours page-envelope.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice, zip_longest
from typing import Any, Final

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.engine.tour import unknown_id
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.observing import examples
from cancelkit.contract_tests.observing.examples import Examples
from cancelkit.contract_tests.observing.filters_plan import matching_value
from cancelkit.contract_tests.observing.filters_values import decided
from cancelkit.contract_tests.observing.history_views import ALONE
from cancelkit.contract_tests.observing.listing import Listing, Query, listings
from cancelkit.contract_tests.observing.stating import Proof, from_fact
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Level

AT_ONCE: Final = {1: 10, 2: 14, 3: 16}
"""So many reads are sent at once, in each profile."""
FILTERS: Final = 2
"""So many filters of each list are asked for."""
Read = tuple[str, partial[Answer]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A read among others, and alone before; after: alone once more, where the two differ."""

    what: str
    alone: Answer
    answer: Answer
    after: Answer | None = None


def _observe(context: Context) -> list[Asked]:
    reads = list(islice(_reads(context), AT_ONCE[context.scale]))
    if len(reads) < 2:
        raise Inconclusive("there is nothing of which two reads could be made")
    found, alone = list[Asked](), [send() for _, send in reads]
    for _ in range(context.scale):
        order = context.rng.sample(range(len(reads)), len(reads))
        answers = context.parallel([reads[number][1] for number in order])
        for number, answer in zip(order, answers, strict=True):
            what, send = reads[number]
            differs = _told(answer) != _told(alone[number])
            found.append(Asked(what, alone[number], answer, send() if differs else None))
    return found


def _reads(context: Context) -> Iterator[Read]:
    """Reads of every kind in turn: of each list with other ids, pages and filters, of records, of none, HEAD."""
    sample = context.sample()
    rows = [row for row in sample.rows if context.id_of(row) in sample.own][:3]
    ids = [context.id_of(row) for row in rows]
    kinds = [list(_lists(one, rows, context)) for one in listings(context.contract)]
    alone = [o for role in ALONE if (o := context.contract.role(role))]
    for operation in alone:
        asked = [*ids, unknown_id(context.resource)]
        kinds.append([(f"{operation.id} of {id}", partial(context.call, operation, id=id)) for id in asked])
    heads = [context.url(one.operation) for one in listings(context.contract)]
    heads += [context.url(operation, id=id) for operation in alone[:1] for id in ids[:1]]
    kinds.append([(f"HEAD {path}", partial(context.send, "HEAD", path)) for path in heads])
    yield from (one for one in chain.from_iterable(zip_longest(*kinds)) if one)


def _lists(one: Listing, rows: Sequence[Any], context: Context) -> Iterator[Read]:
    ids = [context.id_of(row) for row in rows]
    queries: list[Query] = [one.query(ids, limit=1, page=1), one.query(ids[:1], limit=3), one.query(ids, limit=2)]
    few = [(name, p, rule) for name, p, rule in one.judged if name != one.ids and decided(rule)]
    for (name, parameter, rule), row in zip(context.rng.sample(few, min(FILTERS, len(few))), rows, strict=False):
        value = matching_value(parameter, rule, row)
        queries += [{**one.query(ids, limit=4), name: value}] if value is not None else []
    queries += [one.query(ids, limit=1, page=2), one.query([unknown_id(context.resource)], limit=5)]
    for query in queries:
        yield f"{one.operation.id} with {query}", partial(context.call, one.operation, query=query)


def _told(answer: Answer) -> tuple[int, Any]:
    """What of an answer is the same each time: of an error only its status."""
    return answer.status, (answer.json if answer.is_json else answer.text) if answer.ok else None


def judge(found: Iterable[Asked]) -> Iterator[str]:
    """It answers as alone; where it does not, and alone has not come to answer so by itself, others were mixed in."""
    for one in found:
        told, alone = _told(one.answer), _told(one.alone)
        if told != alone and (one.after is None or _told(one.after) == alone):
            shown = one.answer.brief() if told[0] == alone[0] else f"answered {told[0]}, and alone {alone[0]}"
            yield f"{one.what}, at once with other reads: {shown}"


def rules(contract: Contract) -> Iterator[Rule]:
    if not listings(contract):
        return
    some = Examples(contract)
    page, other = (examples.answer(200, {"results": [some.record(number)]}) for number in (7, 8))
    failed = examples.error(500)
    yield from_fact(
        "concurrency/reads-at-once",
        contract.level("page-envelope", Level.DOCUMENTED),
        "x-filter and x-paging of the parameters",
        "Reads at once, of lists with other filters and pages and of other records, each answer as they do alone.",
        _observe,
        judge,
        Proof(
            ([Asked("a", page, page)], [Asked("a", page, other, other)]),
            ([Asked("a", page, other, page)], [Asked("a", page, failed, page)]),
        ),
        writes=False,
        quiet=not all(one.ids for one in listings(contract)),
    )
