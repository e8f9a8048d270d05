"""A create that is refused leaves no record behind, and the others as they are.

Owns: create/refused-creates-nothing, create/refused-changes-no-other, create/refused-for-one-thing.
Source: x-behaviours refused-changes-nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, Final

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.observing.evidence import Row, judge_nothing
from cancelkit.contract_tests.observing.examples import Examples
from cancelkit.contract_tests.observing.listing import Listing, count, listings
from cancelkit.contract_tests.observing.newest import findable
from cancelkit.contract_tests.observing.refusals_walk import creates, walk
from cancelkit.contract_tests.observing.sending import bad_values, fields
from cancelkit.contract_tests.observing.stating import Proof, from_behaviour
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.contract_tests.target.encoding import json_bytes
from cancelkit.spec import Contract, Field, Operation, Role

TIMES: Final = (2, 3, 1)
"""So often is a create sent again that may have left a record: nobody else's creates rise so."""


@dataclass(frozen=True, slots=True)
class Rise:
    """A create that was refused, how often it was sent each time, and how many rows more were counted then."""

    what: str
    sent: tuple[int, ...]
    risen: tuple[int, ...]


def _observe(operation: Operation, context: Context) -> tuple[Any, ...]:
    """Ids of records that stand although the create that described them so was refused; found twice to be sure."""
    return creates(operation, context).left if walk(context, operation).left else ()


def _beside(operation: Operation, context: Context) -> tuple[tuple[Row, Any], ...]:
    """Records that refer to the rows that refused creates named, before and after; found changed twice to be sure."""
    found = walk(context, operation).others
    changed = any(judge_stand(Records(context.contract), found))
    return creates(operation, context).others if changed else found


def judge_stand(records: Records, found: Iterable[tuple[Row, Any]]) -> Iterator[str]:
    """Each must be as it was."""
    for before, after in found:
        yield from (f"a record with the same references: {text}" for text in records.stands(before, after))


def _alone(operation: Operation, listing: Listing, context: Context) -> list[Rise]:
    """Creates that are wrong in one thing each; where rows are left, each by itself."""
    calls = dict(_calls(operation, context))
    before = count(context, listing)
    accepted = sum(call().ok for call in calls.values())
    left = count(context, listing) - before - accepted
    if not left:
        return [Rise("creates that are wrong in one thing each", (len(calls) - accepted,), (0,))]
    found = []
    for what, call in calls.items():
        counts, answers = [count(context, listing)], list[Answer]()
        for times in TIMES:
            answers += [call() for _ in range(times)]
            counts.append(count(context, listing))
        if not any(answer.ok for answer in answers):
            found.append(Rise(what, TIMES, tuple(b - a for a, b in pairwise(counts))))
    return found


def _calls(operation: Operation, context: Context) -> Iterator[tuple[str, Callable[[], Answer]]]:
    """What is wrong, and the create in which nothing else is: a field, its key, its form."""
    for name, field in fields(operation).items():
        for kind, value in _wrong(context, name, field):
            wrong = context.body(**{name: value})
            yield f"POST with {name} {value!r} ({kind})", partial(context.call, operation, body=wrong)
        if field.required and not field.has_default:
            less = {key: value for key, value in context.body().items() if key != name}
            yield f"POST without {name}", partial(context.call, operation, body=less)
    body = context.body()
    if operation.secured:
        yield "POST without a key", partial(context.call, operation, body=body, auth="none")
        yield "POST with an unknown key", partial(context.call, operation, body=body, auth="wrong")
    yield "POST cut short", partial(context.call, operation, content=json_bytes(body)[:-1])
    plain = {"Content-Type": "text/plain"}
    yield "POST as text", partial(context.call, operation, content=json_bytes(body), headers=plain)


def _wrong(context: Context, name: str, field: Field) -> Iterator[tuple[str, Any]]:
    """One broken value of each kind, in quick of one kind, and a key of the other scope."""
    known = dict(reversed([*bad_values(context, name, field, context.contract)]))
    kinds = sorted(known.items(), key=lambda one: one[0] != "reference")
    yield from kinds if context.scale > 1 else kinds[:1]
    foreign = [key for key in context.other_references.get(name, ()) if key not in context.references.get(name, ())]
    yield from (("of another scope", key) for key in foreign[:1])


def judge_rises(found: Iterable[Rise]) -> Iterator[str]:
    """The count must not rise by as many as were sent."""
    for one in found:
        if one.sent == one.risen and any(one.sent):
            yield f"{one.what}: refused {sum(one.sent)} times, and so many rows more are counted"


def rules(contract: Contract) -> Iterator[Rule]:
    operation = contract.role(Role.CREATE)
    counted = next((one for one in listings(contract) if "count" in one.fields), None)
    if operation is not None and counted is not None and fields(operation):
        yield from from_behaviour(
            contract,
            "refused-changes-nothing",
            "create/refused-for-one-thing",
            partial(_alone, operation, counted),
            judge_rises,
            Proof(([Rise("a", TIMES, (1, 0, 0))],), ([Rise("a", TIMES, TIMES)],)),
            requires="A create that is refused for one thing alone - any of its fields, its key, its form - leaves the "
            "list's count as it was.",
            quiet=True,
        )
    if operation is not None and findable(contract):
        yield from from_behaviour(
            contract,
            "refused-changes-nothing",
            "create/refused-creates-nothing",
            partial(_observe, operation),
            judge_nothing,
            Proof(([],), ([9],)),
            requires="A create that is refused leaves no record behind.",
        )
    if operation is not None and fields(operation) and contract.resource.references and not contract.one_each:
        some = Examples(contract)
        row = some.record()
        yield from from_behaviour(
            contract,
            "refused-changes-nothing",
            "create/refused-changes-no-other",
            partial(_beside, operation),
            partial(judge_stand, some.records),
            Proof((((row, row),), ()), (((row, None),), *([((row, some.altered()),)] if some.spare() else []))),
            requires="A create that is refused changes no record that refers to what it names.",
        )
