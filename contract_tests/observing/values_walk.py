"""The plan of values carried out: each write as answered, and each record as it is read afterwards in every way.

Owns: Write, `walk` (observed once in a run), `again` (one write by itself, then with those before it).
Knows nothing of: what is right; values_kept.py judges.
Source: values_plan.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.observing.evidence import Row
from cancelkit.contract_tests.observing.listing import listings
from cancelkit.contract_tests.observing.names import bodies
from cancelkit.contract_tests.observing.sending import after_put, fields, kept
from cancelkit.contract_tests.observing.values_plan import Step, plan
from cancelkit.contract_tests.observing.writes import filled, retrieve
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Operation, Role

BATCH = 40
Sent = tuple[str, Mapping[str, Any]]
"""The area of the operation and the body of one write."""


@dataclass(slots=True)
class Write:
    """One write of a record.

    sent: the fields under test, with their values; kinds: of these. reset: the fields that it sets without naming them.
    before: the record as the write before it was answered. answer: the last one; refused: the answers that named a
    field, by field, which was then left out of the body. views: (where, row) of each look at the record. path: the
    writes that led here, this one included. keys: the references that the record has.
    """

    area: str
    method: str
    sent: dict[str, Any]
    kinds: dict[str, str]
    reset: dict[str, Any]
    answer: Answer
    refused: dict[str, tuple[Any, Answer]]
    path: tuple[Sent, ...]
    views: list[tuple[str, Any]] = field(default_factory=list)
    keys: tuple[Any, ...] = ()
    before: Row = field(default_factory=dict)


@dataclass(slots=True)
class _Record:
    id: Any = None
    row: Row = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)
    path: tuple[Sent, ...] = ()
    kinds: dict[str, str] = field(default_factory=dict)


def walk(context: Context) -> list[Write]:
    """Every write of the plan; what a stage wrote is read before the next begins."""
    return context.shared("values", _walk)


def _walk(context: Context) -> list[Write]:
    """All records at once; or so many as there are free rows, where each keeps a row to itself."""
    stages = [list(stage) for stage in plan(context.contract, context.scale)]
    numbers = sorted({step.record for stage in stages for step in stage})
    name, found = context.one_each, list[Write]()
    while numbers:
        most = len(numbers) if name is None else max(1, context.room // 2)
        some, numbers = frozenset(numbers[:most]), numbers[most:]
        found += _written(context, [[step for step in stage if step.record in some] for stage in stages])
        if numbers:
            context.give_back()
    return found


def _written(context: Context, stages: Sequence[Sequence[Step]]) -> list[Write]:
    records: dict[int, _Record] = {}
    found: list[Write] = []
    for number, stage in enumerate(stages):
        if number and context.over_time:
            break
        todo = [step for step in stage if not number or step.area == "create" or records[step.record].id is not None]
        for step in todo:
            if step.area == "create":
                records[step.record] = _Record()
        made = context.parallel([partial(_step, context, step, number, records[step.record]) for step in todo])
        done = [(records[s.record], w) for s, w in zip(todo, made, strict=True) if w.answer.ok]
        found += made
        _look(context, done, number)
    return found


def _step(context: Context, step: Step, stage: int, record: _Record) -> Write:
    sent = {name: edge.value for name, edge in step.sent.items()}
    for at, name in enumerate(context.references):
        if name in sent and (known := context.usable(name)):
            sent[name] = known[(step.record // 6 + stage * (at + 1)) % len(known)]
        elif name in sent:
            del sent[name]
    write = send(context, step.area, sent, record)
    write.kinds.update({name: step.sent[name].label for name in write.sent})
    if write.answer.ok:
        for name, new in write.kinds.items():
            context.cover("values", operation=step.area, field=name, kind=new)
            if name in record.kinds:
                context.cover("moves", operation=step.area, field=name, old=record.kinds[name], new=new)
        for name, old in record.kinds.items():
            if name not in write.kinds:
                context.cover("standing", operation=step.area, field=name, kind=old)
        record.kinds.update(write.kinds)
    return write


def send(context: Context, area: str, sent: Mapping[str, Any], record: _Record) -> Write:
    """Write these fields; those that a refusal names are left out of a second and a third try."""
    operation = dict(bodies(context.contract))[area]
    left = dict(sent)
    refused: dict[str, tuple[Any, Answer]] = {}
    while True:
        body = _body(context, operation, record, left)
        left = {name: body[name] for name in left}  # another row, where the wanted one is taken meanwhile
        id = None if area == "create" else record.id
        answer = context.call(operation, id=id, body=body)
        named = [name for name in left if _names(answer, name)]
        if answer.ok or not named or len(refused) > 2:
            break
        refused |= {name: (left.pop(name), answer) for name in named}
        if not left:
            break
    path, before, reset = (*record.path, (area, body)), record.row, dict[str, Any]()
    if answer.ok and isinstance(answer.json, Mapping):
        known = fields(operation)
        told = {name: value for name, value in body.items() if name in known}
        after = after_put(context.contract, operation, told)
        reset = {name: value for name, value in after.items() if name not in told}
        record.row, record.path = answer.json, path
        record.id = context.id_of(answer.json) if area == "create" else record.id
        record.keys |= {name: value for name, value in told.items() if name in context.references}
    views = [("the answer", answer.json)] if answer.ok else []
    keys = tuple(record.keys.values())
    return Write(area, operation.method, left, {}, reset, answer, refused, path, views, keys, before)


def _names(answer: Answer, name: str) -> bool:
    return answer.status in answer.refusals and isinstance(answer.json, dict) and name in answer.json


def _body(context: Context, operation: Operation, record: _Record, sent: Mapping[str, Any]) -> dict[str, Any]:
    if operation.role is Role.CREATE:
        return context.body(**sent)
    return {**kept(context, operation, record.row, whole=False), **sent}


def _look(context: Context, done: list[tuple[_Record, Write]], stage: int) -> None:
    """Read what a stage wrote: in lists by ids, many at once; one by one plain or detailed, by turns.

    Of many, in standard and deep, every second one by one, in the second stage the others.
    """
    records = Records(context.contract)
    rows = {record.id: write for record, write in done}
    lists = [one for one in listings(context.contract) if one.ids]
    ids = list(rows)
    asked = [(one, ids[at : at + BATCH]) for one in lists for at in range(0, len(ids), BATCH)]
    pages = context.parallel([partial(one.ask, context, one.query(few, limit=BATCH)) for one, few in asked])
    for (one, few), page in zip(asked, pages, strict=True):
        shown = {context.id_of(row): row for row in page.rows if isinstance(row, Mapping)}
        if page.status == 200:
            for id in few:
                rows[id].views.append((one.name, _plain(records, one.operation.role, shown.get(id))))
    if stage in (1, 2) or not lists:
        detailed = stage % 2 == 0
        ids = ids[stage % 2 :: 2] if lists and context.scale > 1 and len(ids) > 1 else ids
        answers = context.parallel([partial(retrieve, context, id, detailed=detailed) for id in ids])
        for id, answer in zip(ids, answers, strict=True):
            rows[id].views.append(_retrieved(context, records, answer, detailed=detailed))


def _retrieved(context: Context, records: Records, answer: Answer, *, detailed: bool) -> tuple[str, Any]:
    wanted = Role.RETRIEVE_DETAILED if detailed else Role.RETRIEVE
    other = Role.RETRIEVE if detailed else Role.RETRIEVE_DETAILED
    role = wanted if context.contract.role(wanted) else other
    name = "retrieve-detailed" if role is Role.RETRIEVE_DETAILED else "retrieve"
    return name, _plain(records, role, answer.json if answer.status == 200 else None)


def _plain(records: Records, role: Role, row: Any) -> Any:
    detailed = role in (Role.LIST_DETAILED, Role.RETRIEVE_DETAILED)
    return records.plain(row) if detailed and isinstance(row, Mapping) else row


def again(context: Context, write: Write, names: Iterable[str]) -> list[Write]:
    """The fields one by one on a fresh record, and the record's writes once more from its first to this one."""
    found = []
    for name in names:
        value = write.refused[name][0] if name in write.refused else write.sent[name]
        alone = _Record()
        if write.area != "create":
            alone.row = filled(context)
            alone.id = context.id_of(alone.row)
        found.append(_seen(context, send(context, write.area, {name: value}, alone), alone))
    if len(write.path) > 1 or len(write.sent) > 1:
        found += _repeated(context, write.path)
    return found


def _repeated(context: Context, path: tuple[Sent, ...]) -> list[Write]:
    record = _Record()
    found: list[Write] = []
    for area, body in path:
        found.append(send(context, area, body, record))
        if record.id is None:
            break
    return [_seen(context, one, record) for one in found[-1:]]


def _seen(context: Context, write: Write, record: _Record) -> Write:
    if write.answer.ok and record.id is not None:
        for stage in (1, 2):
            _look(context, [(record, write)], stage)
    return write


def reached(context: Context) -> list[Write]:
    """The walk.

    Raises:
        Inconclusive: not one of its writes was accepted.
    """
    found = walk(context)
    if found and not any(write.answer.ok for write in found):
        raise Inconclusive(f"no write was accepted: {found[0].answer.brief()}")
    return found


def covered(contract: Contract) -> bool:
    """Whether there is a plan at all."""
    return contract.role(Role.CREATE) is not None
