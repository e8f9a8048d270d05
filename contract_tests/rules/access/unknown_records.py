"""Who asks for a record that is not there for them learns nothing: not that it was, nor that another scope has it.

Owns: isolation/<operation>/as-unknown, delete/as-unknown-for-<operation>.
Source: x-behaviours <scope>-isolation (answered as an unknown one), delete-gone, refused-changes-nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, Final

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.cells import Table
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.observing import askers_walk, examples
from cancelkit.contract_tests.observing.askers_walk import FOREIGN, GONE, Told, asked
from cancelkit.contract_tests.observing.examples import Examples
from cancelkit.contract_tests.observing.names import isolation, item_operations, scope_word, short
from cancelkit.contract_tests.observing.stating import Proof, from_behaviour
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.oracles.statuses import foreign
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Operation, Role

TELLING: Final = ("etag", "last-modified", "location", "content-location", "allow", "link")
"""Headers of which an answer about nothing has none, or the same."""
VARYING: Final = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F-]{22}|\d{4}-\d\d-\d\d[T ]\d\d:\d\d[\d:.+Z-]*|\b[0-9a-fA-F]{16,}\b"
)
"""Ids of traces and moments."""


def _observe(records: Records, operation: Operation, asker: str, context: Context) -> list[Told]:
    return asked(context, operation, asker, partial(judge, records))


def same_answer(one: Answer, its: Any, other: Answer, id: Any) -> Iterator[str]:
    """Yield in what two answers about two ids differ, other than in the ids, moments and traces."""
    if one.status != other.status:
        yield f"answered {one.status}, {other.status} for an id that no record ever had"
    elif one.content_type != other.content_type or _settled(one.text, its) != _settled(other.text, id):
        yield f"answered {one.text[:200]!r}, {other.text[:200]!r} for an id that no record ever had"
    for name in TELLING:
        mine, theirs = (_settled(a.headers.get(name, ""), i) for a, i in ((one, its), (other, id)))
        if bool(mine) != bool(theirs) or (name == "allow" and mine != theirs):
            yield f"the header {name} is {mine or 'missing'}, {theirs or 'missing'} for an id that no record ever had"


def _settled(text: str, id: Any) -> str:
    return VARYING.sub("…", re.sub(rf"(?<!\w){re.escape(str(id))}(?!\w)", "ID", text))


def judge(records: Records, found: Iterable[Told]) -> Iterator[str]:
    """Each answer is the same as about an id that no record had (where two of these agree); the record stands."""
    for one in found:
        (left, first), (right, second) = one.unknown
        if not list(same_answer(first, left, second, right)):
            yield from (f"{one.what}: {text}" for text in same_answer(one.answer, one.id, first, left))
        elif one.answer.status != first.status == second.status:
            yield f"{one.what}: answered {one.answer.status}, {first.status} for an id that no record ever had"
        if one.before is not None:
            yield from (f"{one.what}: {text}" for text in records.stands(one.before, one.after))


def _proof(contract: Contract) -> Proof:
    some = Examples(contract)
    row, id = some.record(), some.id()

    def about(number: int, status: int = 404, text: str = "No {}.", headers: dict[str, str] | None = None) -> Answer:
        sentence = {"detail": text.format(some.id(number)), "code": "not_found"}
        return examples.answer(status, sentence, headers=headers)

    unknown = tuple((some.id(number), about(number)) for number in (8, 9))

    def told(answer: Answer, after: Any = row) -> list[Told]:
        return [Told("call", answer, id, unknown, row, after)]

    rejects = [told(about(7, 403)), told(about(7, text="No {} any more.")), told(about(7), None)]
    rejects += [told(about(7, headers={"etag": '"a"'})), told(about(7), some.altered())]
    return Proof((told(about(7)),), tuple(rejects))


def rules(contract: Contract) -> Iterator[Rule]:
    usual, proof = Records(contract), _proof(contract)
    for operation in item_operations(contract):
        where = f"{operation.method} {operation.path}"
        done = operation.role is Role.DESTROY and contract.chosen("delete-again") == "done"
        if contract.role(Role.DESTROY) and contract.role(Role.CREATE) and not done:
            yield from from_behaviour(
                contract,
                "delete-gone",
                f"delete/as-unknown-for-{short(operation)}",
                partial(_observe, usual, operation, GONE),
                partial(judge, usual),
                proof,
                requires=f"{where} about a deleted record is answered as about one that never was, whatever is sent "
                "and whatever state it was in.",
            )
        if contract.resource.scope and foreign(contract) == 404:
            yield from from_behaviour(
                contract,
                isolation(contract),
                f"isolation/{short(operation)}/as-unknown",
                partial(_observe, usual, operation, FOREIGN),
                partial(judge, usual),
                proof,
                requires=f"{where} about a record of another {scope_word(contract)} is answered as about one that "
                "never was, whatever is sent and whatever state it is in; the record stands.",
                needs_other=True,
            )


def tables(contract: Contract) -> Iterator[Table]:
    return askers_walk.tables(contract)
