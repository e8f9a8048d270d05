"""Every kind of value comes back as it was sent: in the answer, and in each way of reading the record, also later.

Owns: create/keeps-<field>, create/null-<field>, <patch|put>/sets-<field>, /clears-<field>, /keeps-omitted.
Source: the bodies' schemas; x-behaviours null-clears, patch-partial, put-omitted; docs/contract.md, "Left open".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.bodies import key_of
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.cells import Table
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.observing import examples, values_plan
from cancelkit.contract_tests.observing.evidence import Row
from cancelkit.contract_tests.observing.names import bodies, updates
from cancelkit.contract_tests.observing.sending import fields, may_refuse
from cancelkit.contract_tests.observing.stating import Proof, from_behaviour, from_fact
from cancelkit.contract_tests.observing.values_walk import Write, again, reached
from cancelkit.contract_tests.oracles import refusals
from cancelkit.contract_tests.oracles.readings import reading
from cancelkit.contract_tests.oracles.records import ABSENT, Records
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Field, Schema

FEW = 3
"""So many of the values that were complained about are sent again, to name the one that it needs."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A field that was sent, or left out, in a write.

    value: what it must hold now. shown: (where, value) of each look at the record; a missing field is ABSENT.
    refusal: the answer, where it was no success. optional: whether the contract leaves it open that it is refused.
    """

    what: str
    name: str
    value: Any
    shown: tuple[tuple[str, Any], ...]
    refusal: Answer | None = None
    optional: bool = False


def judge(schema: Schema, found: Iterable[Kept]) -> Iterator[str]:
    """Each must be accepted and shown, everywhere, as it was sent."""
    for one in found:
        if one.refusal is not None:
            if not one.optional:
                yield f"{one.what}: answered {one.refusal.status}, not a success"
            else:
                yield from (f"{one.what}: {text}" for text in refusals.names(one.refusal, one.name))
        for where, value in one.shown:
            if value is ABSENT:
                yield f"{one.what}: in {where} {one.name} is missing"
            elif reading(one.value, value, schema) is None:
                yield f"{one.what}: in {where} {one.name} is {value!r}, not {one.value!r}"


class Seen:
    """What writes show of one field, for a contract."""

    def __init__(self, contract: Contract, name: str, field: Field) -> None:
        self.contract, self.name, self.field = contract, name, field
        place = Records(contract).shown({name: None})
        self.place = next(iter(place), None)
        known = contract.resource.fields.get(self.place or "")
        self.schema: Schema = field.schema if name in contract.resource.references or not known else known.schema

    def sent(self, write: Write) -> Iterator[Kept]:
        """The field as this write set it, or as it was refused."""
        name = self.name
        if name in write.refused:
            value, answer = write.refused[name]
            yield self._kept(write, value, answer)
        elif name in write.sent:
            yield self._kept(write, write.sent[name], None if write.answer.ok else write.answer)

    def _kept(self, write: Write, value: Any, refusal: Answer | None) -> Kept:
        what = f"{write.method} of {self.name} {value!r}"
        views = () if refusal is not None or self.place is None else write.views
        shown = tuple((where, self._value(row)) for where, row in views)
        return Kept(what, self.name, value, shown, refusal, refusal is not None and may_refuse(self.field, value))

    def _value(self, row: Any) -> Any:
        if not isinstance(row, dict) or self.place not in row:
            return ABSENT
        return key_of(self.contract.resource, row, self.name)


def _observe(seen: Seen, area: str, context: Context, *, null: bool) -> list[Kept]:
    """What the walk showed; where that is wrong, the same once more, by itself and with the writes before it."""
    writes = [w for w in reached(context) if w.area == area and _meant(w, seen.name, null)]
    if not writes:
        raise Skip(f"no value of {seen.name} was tried")
    found = [kept for write in writes for kept in seen.sent(write)]
    wrong = [write for write in writes if any(judge(seen.schema, seen.sent(write)))]
    if not wrong:
        return found
    return [kept for write in wrong[:FEW] for kept in _again(context, seen, write)]


def _meant(write: Write, name: str, null: bool) -> bool:
    value = write.refused[name][0] if name in write.refused else write.sent.get(name, ABSENT)
    return value is not ABSENT and (value is None) is null


def _again(context: Context, seen: Seen, write: Write) -> Iterator[Kept]:
    """By itself if that shows it, else as it was sent."""
    for one in again(context, write, [seen.name]):
        found = list(seen.sent(one))
        yield from found
        if any(judge(seen.schema, found)):
            return


@dataclass(frozen=True, slots=True)
class Stood:
    """A record before a write and as it is seen after it. free: fields that the write may change."""

    what: str
    where: str
    before: Row
    after: Any
    free: frozenset[str]


def _stood(records: Records, write: Write) -> list[Stood]:
    if not write.answer.ok or write.area == "create":
        return []
    before = {**write.before, **records.shown(write.reset)}
    free = frozenset({*records.shown(write.sent), *records.stamps})
    what = f"{write.method} of {', '.join(write.sent)}"
    return [Stood(what, where, before, row, free) for where, row in write.views]


def _standing(records: Records, area: str, context: Context) -> list[Stood]:
    writes = [write for write in reached(context) if write.area == area]
    wrong = [write for write in writes if any(judge_standing(records, _stood(records, write)))]
    if wrong:
        writes = [one for write in wrong[:FEW] for one in again(context, write, [])]
    return [one for write in writes for one in _stood(records, write)]


def judge_standing(records: Records, found: Iterable[Stood]) -> Iterator[str]:
    """What a write left out must stand, everywhere, as it was shown before."""
    for one in found:
        if not isinstance(one.after, Mapping):
            yield f"{one.what}: {one.where} does not show the record"
            continue
        for name in records.changed(one.before, one.after, [name for name in one.before if name not in one.free]):
            yield f"{one.what}: in {one.where} {name} is {one.after[name]!r}, not {one.before[name]!r} as before"


def _proof(value: Any) -> Proof:
    good = Kept("a", "a", value, (("the answer", value), ("list", value)))
    wrong = [replace(good, shown=(("the answer", value), ("list", other))) for other in (["else"], ABSENT)]
    wrong += [replace(good, shown=(), refusal=examples.invalid("a"))]
    wrong += [replace(good, shown=(), refusal=examples.error(500), optional=True)]
    return Proof(([good],), tuple([one] for one in wrong))


def rules(contract: Contract) -> Iterator[Rule]:
    menus = values_plan.menus(contract)
    for area, operation in bodies(contract) if "create" in menus else ():
        words = "A create with" if area == "create" else f"{operation.method} with"
        for name, field in fields(operation).items():
            if name not in menus.get(area, ()):
                continue
            seen = Seen(contract, name, field)
            look = partial(_observe, seen, area)
            yield from_fact(
                f"{area}/{'keeps' if area == 'create' else 'sets'}-{name}",
                field.fact.level,
                f"{area} body: {name}",
                f"{words} any valid {name} is a success, and every answer about the record shows it as sent.",
                partial(look, null=False),
                partial(judge, seen.schema),
                _proof("a"),
            )
            if field.nullable:
                id = f"create/null-{name}" if area == "create" else f"{area}/clears-{name}"
                yield from from_behaviour(
                    contract,
                    "null-clears",
                    id,
                    partial(look, null=True),
                    partial(judge, seen.schema),
                    _proof(None),
                    requires=f"{words} {name} null is a success, and stores null.",
                )
    some = examples.Examples(contract)
    records, row = some.records, some.record()
    for area, operation in updates(contract) if "create" in menus and some.spare() else ():
        good = Stood("a", "list", row, row, frozenset())
        yield from from_behaviour(
            contract,
            "patch-partial" if area == "patch" else "put-omitted",
            f"{area}/keeps-omitted",
            partial(_standing, records, area),
            partial(judge_standing, records),
            Proof(([good],), ([replace(good, after=some.altered())], [replace(good, after=None)])),
            requires=f"What a {operation.method} leaves out stands as it was, whatever its value and what is sent.",
        )


def tables(contract: Contract) -> Iterator[Table]:
    return values_plan.tables(contract)
