"""What happened to a record before does not matter: each write after each other is seen at once, in every view.

Owns: history/every-view.
Source: x-behaviours patch-partial, put-omitted, <action>-effect, delete-gone, detailed-agrees; x-filter; x-transitions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.cells import Table
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.machine import histories
from cancelkit.contract_tests.machine.histories import Step, acting, updating
from cancelkit.contract_tests.observing import examples
from cancelkit.contract_tests.observing.evidence import Change, Refusal, Row, judge_changes, judge_refusals
from cancelkit.contract_tests.observing.examples import ELSE, Examples
from cancelkit.contract_tests.observing.history_views import Around, Look, Observer, View, judge_look, viewed
from cancelkit.contract_tests.observing.sending import after_put, bad_values, fields, kept, other_value, plain_fields
from cancelkit.contract_tests.observing.stating import Proof, from_fact
from cancelkit.contract_tests.observing.writes import delete, filled, read
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.oracles.statuses import acted_again
from cancelkit.contract_tests.target.answer import UNSET, Answer
from cancelkit.spec import Contract, Level, Operation, Role

NEIGHBOURS: Final = 3


@dataclass(frozen=True, slots=True)
class Moment:
    """One write about a record, what happened to it before, and every view of it afterwards.

    wanted: the record as it must be shown; None where it must be gone. unfair: the write was refused, although a new
    record of the same state takes it.
    """

    what: str
    look: Look
    wanted: Row | None
    change: Change | None = None
    refusal: Refusal | None = None
    unfair: bool = False


@dataclass
class Story:
    """The writes about one record after the other, and what was seen.

    row: the record as it was read last. trail: the kinds of writes that happened to it. turn: which field is next.
    """

    context: Context
    records: Records
    observer: Observer
    row: dict[str, Any]
    trail: tuple[str, ...] = ()
    turn: int = 0

    @property
    def id(self) -> Any:
        return self.context.id_of(self.row)

    def tell(self, step: Step) -> Iterator[Moment]:
        """Do what the step says and look at the record.

        Raises:
            Skip: no such write can be made of what is known here.
        """
        self.turn += 1
        if step.kind == histories.NEW:
            self.row, self.trail = read(self.context, self.context.id_of(self.context.create())), ()
            yield Moment(f"a new record {self.id}", self.observer.look(self.id, step.kind), self.row)
            return
        self.trail = (*self.trail, step.kind)
        what = f"{step.kind} of record {self.id}" + (f" after {', '.join(self.trail[-4:-1])}" * (len(self.trail) > 1))
        if step.kind == "again":
            yield from self._again(what)
        elif step.kind == "refused":
            yield self._refused(what)
        else:
            yield self._changed(what, *self._write(step))
        histories.cover(self.context, self.trail[-3:])

    def _write(self, step: Step) -> tuple[Operation, dict[str, Any] | None]:
        """The operation and the body that make the step."""
        contract, kind = self.context.contract, step.kind
        if kind in acting(contract):
            return acting(contract)[kind], None
        name = kind.partition("-")[0]
        operation = updating(contract).get(name) or next(iter(updating(contract).values()))
        body = kept(self.context, operation, self.row, whole=self.turn % 2 == 0)
        if kind.endswith("-state"):
            return operation, {**body, str(contract.resource.state): step.state}
        return operation, {**body, **self._some(operation, kind)}

    def _some(self, operation: Operation, kind: str) -> dict[str, Any]:
        """The fields that a step of this kind sets: one or all plain ones, one null, or one reference."""
        known, context = fields(operation), self.context
        if kind == "clear":
            names = [name for name, field in known.items() if field.nullable and not field.reference]
            names = [name for name in names if self.row.get(name) is not None] or names
            return {names[self.turn % len(names)]: None}
        if kind == "reference":
            names = [name for name in known if name in context.references]
            name = names[self.turn % len(names)]
            return {name: other_value(context, name, known[name], self.row)}
        names = plain_fields(context, operation) or [n for n in known if n != context.resource.state]
        chosen = names if self.turn % 3 == 0 else names[self.turn % len(names) :][:1]
        return {name: other_value(context, name, known[name], self.row) for name in chosen}

    def _changed(self, what: str, operation: Operation, body: dict[str, Any] | None) -> Moment:
        context, contract, before = self.context, self.context.contract, self.row
        answer = context.call(operation, id=self.id, body=UNSET if body is None else body)
        look = self.observer.look(self.id, self.trail[-1])
        if not answer.ok:
            refusal = Refusal(what, answer, before=before, after=before)
            return Moment(what, look, before, refusal=refusal, unfair=self._fair(operation, body, answer))
        action = operation.action
        sent = {action.field: action.value} if action else after_put(contract, operation, body or {})
        after = next((view.row for view in look.views if view.row is not None), None)
        if isinstance(after, Mapping):
            self.row = dict(after)
        told = self.records.plain(answer.json) if isinstance(answer.json, dict) else None
        return Moment(what, look, told or after, Change(what, answer, before, after, sent, None))

    def _fair(self, operation: Operation, body: dict[str, Any] | None, answer: Answer) -> bool:
        """Whether a new record of the same state takes what this one refused."""
        context = self.context
        if answer.status not in answer.refusals:
            return True
        with suppress(Inconclusive, Skip):
            fresh = context.fresh(context.state_of(self.row))
            return context.call(operation, id=context.id_of(fresh), body=UNSET if body is None else body).ok
        return False

    def _refused(self, what: str) -> Moment:
        context, contract = self.context, self.context.contract
        state = context.state_of(self.row)
        refusing = [o for o in acting(contract).values() if o.action and state in o.action.refused]
        refusing = [o for o in refusing if acted_again(contract, o) not in (200, o.success.status)]
        statuses: tuple[int, ...] = (400,)
        if refusing and (self.turn % 2 or not updating(contract)):
            answer, statuses = context.call(refusing[0], id=self.id), (acted_again(contract, refusing[0]),)
        else:
            operation, body = self._broken()
            answer = context.call(operation, id=self.id, body=body)
        look = self.observer.look(self.id, "refused")
        refusal = Refusal(what, answer, statuses=statuses, before=self.row, after=self.row)
        return Moment(what, look, self.row, refusal=refusal)

    def _broken(self) -> tuple[Operation, dict[str, Any]]:
        """A body with one wrong value beside a valid change."""
        operations = list(updating(self.context.contract).values())
        operation = operations[self.turn % len(operations)]
        for name, field in reversed(fields(operation).items()):
            value = next((value for _, value in bad_values(self.context, name, field, self.context.contract)), UNSET)
            if value is not UNSET:
                beside = {} if name in plain_fields(self.context, operation) else self._some(operation, "")
                return operation, {**kept(self.context, operation, self.row, whole=False), **beside, name: value}
        raise Skip("no field has a value that must be refused")

    def _again(self, what: str) -> Iterator[Moment]:
        """Delete the record, look for it, and make another one with the same fields."""
        context, old = self.context, self.row
        answer = delete(context, old)
        look = self.observer.look(self.id, "deleted", there=False)
        if not answer.ok:
            raise Inconclusive(f"a record could not be deleted: {answer.brief()}")
        yield Moment(f"{what}, deleted", look, None)
        self.observer.gone.append(self.id)
        create = context.operation(Role.CREATE)
        same = {
            n: v for n in fields(create) if (v := context.key_of(old, n)) is not None and n != context.resource.state
        }
        answer = context.call(create, body=context.body(**same))
        made = answer.json if answer.ok and isinstance(answer.json, dict) else context.create()
        self.row = read(context, context.id_of(made))
        change = Change(what, answer, {}, self.row, same if answer.ok else {}, None)
        yield Moment(f"{what}, made anew", self.observer.look(self.id, "again"), self.row, change)


def _observe(records: Records, context: Context) -> list[Moment]:
    references = {name: keys[0] for name, keys in context.references.items() if keys}
    rows = [filled(context, **references) for _ in range(NEIGHBOURS + 1)]
    own = rows.pop(1)
    observer = Observer(context, records, tuple(rows))
    for row in rows:
        observer.look(context.id_of(row))
    story, found = (
        Story(context, records, observer, own),
        [Moment("a new record", observer.look(context.id_of(own)), own)],
    )
    for step in histories.plan(context.contract, context.scale):
        if context.over_time:
            break
        with suppress(Skip):
            found += story.tell(step)
    return found


def judge(records: Records, ordered: bool, found: Iterable[Moment]) -> Iterator[str]:
    """Each write must do what it says, or be refused and do nothing; and every view must show that."""
    for one in found:
        if one.unfair:
            yield f"{one.what}: refused, which a new record of the same state is not"
        elif one.refusal and not one.refusal.answer.ok:
            yield from () if one.change else judge_refusals(records, [one.refusal])
        elif one.refusal:
            yield f"{one.what}: answered {one.refusal.answer.status}, not a refusal"
        if one.change:
            yield from judge_changes(records, [one.change])
        yield from (f"{one.what}: {text}" for text in judge_look(records, ordered, one.wanted, one.look))


def _proof(contract: Contract) -> Proof:
    some = Examples(contract)
    row, other = some.record(), some.record(8)
    ids = [some.id(), some.id(8)]

    def moment(shown: Any = row, wanted: Row | None = row, **around: Any) -> list[Moment]:
        page = {"ids": ids, "count": 2, "others": [(other, other)], **around}
        return [Moment("a write", Look((View("a view", shown),), (Around("a list", ids, **page),)), wanted)]

    ok, no = examples.answer(200, row), examples.invalid("non_field_errors")
    taken = [Moment("a write", Look(), row, refusal=Refusal("a write", ok, before=row, after=row))]
    unfair = [Moment("a write", Look(), row, refusal=Refusal("a write", no, before=row, after=row), unfair=True)]
    rejects = [moment(None), moment(row, None), moment(ids=ids[:1]), moment(count=3), taken, unfair]
    rejects.append(moment(others=[(other, None)]))
    if spare := some.spare():
        rejects.append(moment({**row, spare: ELSE}))
        lost = Change("a write", ok, row, row, {spare: ELSE}, None)
        rejects.append([Moment("a write", Look(), row, change=lost)])
    return Proof((moment(), moment(None, None)), tuple(rejects))


def rules(contract: Contract) -> Iterator[Rule]:
    if not (histories.kinds(contract) and contract.role(Role.CREATE) and viewed(contract)):
        return
    records = Records(contract)
    ordered = contract.resource.numbered and contract.chosen("list-order") == "ascending"
    level = contract.level("patch-partial", contract.level("delete-gone", Level.DOCUMENTED))
    yield from_fact(
        "history/every-view",
        level,
        "x-behaviours of writes; x-filter",
        "Whatever happened to a record before, each write is answered as on a new one, and every view and filter shows "
        "at once what it is now, on whatever connection; its neighbours stand.",
        partial(_observe, records),
        partial(judge, records, ordered),
        _proof(contract),
        long=True,
    )


def tables(contract: Contract) -> Iterator[Table]:
    yield from histories.tables(contract)
