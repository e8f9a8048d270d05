"""A scope that does not exist has no records: no operation finds or makes one there, and all are agreed that it is not.

Owns: isolation/<operation>/unknown-scope, and the name of a scope that nobody has.
Source: x-behaviours <scope>-isolation; the 404 of each operation. A list of nothing may be refused or empty, but if one
operation says that there is no such scope, no other may find it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.context.ground import Scope
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.observing import examples
from cancelkit.contract_tests.observing.listing import Listing, Page, listings
from cancelkit.contract_tests.observing.names import about_record, isolation, scope_word, short
from cancelkit.contract_tests.observing.sending import FAR, with_body
from cancelkit.contract_tests.observing.stating import Proof, from_behaviour
from cancelkit.contract_tests.oracles import refusals
from cancelkit.contract_tests.oracles.statuses import foreign
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Operation, Role


@dataclass(frozen=True, slots=True)
class Nowhere:
    """A call in a scope that does not exist.

    statuses: with which it may be refused. page: what a list answered. known: another operation that was refused there.
    """

    what: str
    answer: Answer
    statuses: tuple[int, ...]
    page: Page | None = None
    known: str = ""


def nobodys(contract: Contract, number: int) -> Scope:
    """A scope that does not exist, where scopes are numbered; none elsewhere."""
    numbered = all(parameter.schema.get("type") == "integer" for parameter in contract.resource.scope)
    return (number,) * len(contract.resource.scope) if numbered else ()


def _walk(context: Context) -> dict[str, Nowhere]:
    """By operation; creates only where a list was refused, so that nothing is made where scopes begin with it."""
    contract, found = context.contract, dict[str, Nowhere]()
    scope = nobodys(contract, FAR + context.rng.randrange(10**8))
    if not scope:
        raise Skip(f"which {scope_word(contract)}s there are not is not known")
    lists = {one.operation.id: one for one in listings(contract)}
    some = next(iter(context.sample().ids), 1)
    for operation in sorted(contract.operations.values(), key=lambda one: one.id not in lists):
        what = f"{operation.method} {operation.path} of {scope_word(contract)} {scope[-1]}, which does not exist"
        known = next((one.what for one in found.values() if one.answer.status in (403, 404)), "")
        if operation.id in lists:
            page = lists[operation.id].ask(context, None, scope)
            found[operation.id] = Nowhere(what, given(page.answer), (403, 404), page)
        elif context.read_only and operation.method != "GET":
            continue
        elif about_record(operation):
            answer = context.call(operation, scope=scope, id=some, **with_body(context, operation))
            found[operation.id] = Nowhere(what, answer, (foreign(contract), 404))
        elif operation.role is Role.CREATE and known:
            answer = context.call(operation, scope=scope, body=context.body())
            found[operation.id] = Nowhere(what, answer, (400, 403, 404))
    refused = {id: one.what for id, one in found.items() if id in lists and one.answer.status in (403, 404)}
    return {
        id: replace(one, known=next((what for other, what in refused.items() if other != id), ""))
        for id, one in found.items()
    }


def given(answer: Answer | None) -> Answer:
    """The answer of a page that was asked for."""
    if answer is None:
        raise Inconclusive("no answer came")
    return answer


def _observe(operation: Operation, context: Context) -> list[Nowhere]:
    found = context.shared("unknown scopes", _walk).get(operation.id)
    if found is None:
        raise Skip("it might make what does not exist")
    return [found] if not any(judge([found])) else [_walk(context)[operation.id]]


def judge(found: Iterable[Nowhere]) -> Iterator[str]:
    """Each call is refused; or a list is empty, where no other operation says that there is no such scope."""
    for one in found:
        if one.page is None or one.answer.status != 200:
            yield from (f"{one.what}: {text}" for text in refusals.refused(one.answer, *one.statuses))
        elif one.page.ids or one.page.count:
            yield f"{one.what}: shows {list(one.page.ids)[:5]} and counts {one.page.count}"
        elif one.known:
            yield f"{one.what}: answered 200, while this was refused: {one.known}"


def _proof(listing: Listing | None) -> Proof:
    no, ok = examples.error(404), examples.answer(200, {})
    refused = [Nowhere("call", no, (404,))]
    accepted = [Nowhere("call", ok, (404,))]
    if listing is None:
        return Proof((refused,), (accepted,))
    empty, full = Page(200, [], 0), Page(200, [7], 1)
    rejects = ([Nowhere("call", ok, (404,), full)], [Nowhere("call", ok, (404,), empty, "a list")])
    return Proof((refused, [Nowhere("call", ok, (404,), empty)]), rejects)


def rules(contract: Contract) -> Iterator[Rule]:
    if not contract.resource.scope or not nobodys(contract, FAR):
        return
    lists, word = {one.operation.id: one for one in listings(contract)}, scope_word(contract)
    for operation in contract.operations.values():
        if operation.id not in lists and not about_record(operation) and operation.role is not Role.CREATE:
            continue
        empty = ", or empty where no other says so" if operation.id in lists else ""
        yield from from_behaviour(
            contract,
            isolation(contract),
            f"isolation/{short(operation)}/unknown-scope",
            partial(_observe, operation),
            judge,
            _proof(lists.get(operation.id)),
            requires=f"{operation.method} {operation.path} of a {word} that does not exist is refused{empty}.",
            writes=operation.method != "GET",
        )
