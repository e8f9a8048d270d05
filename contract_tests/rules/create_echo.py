"""A create stores what was sent: each field by itself, all together, and nothing but the documented fields.

Owns: create/keeps-<field>, create/keeps-all, create/null-<field>, create/only-required, create/initial-state.
Knows nothing of: refusals (see body_refusals.py).
Source: createCancellationRequest; x-behaviours create-initial-state, null-clears.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.oracles.records import changed, lacks, same
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules import examples
from cancelkit.contract_tests.rules.writes import CREATE, IBANS, fields, seen
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Field, Level


@dataclass(frozen=True, slots=True)
class Created:
    """A create: what was sent, what must be so now and what not, what was answered and what is read afterwards."""

    sent: Mapping[str, Any]
    expected: Mapping[str, Any]
    answer: Answer
    after: Any
    unwanted: Mapping[str, Any] = field(default_factory=dict)


def create(
    bench: Bench,
    expected: Mapping[str, Any] | None = None,
    unwanted: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Created:
    """Create with these fields over a valid body; `expected` where the record must differ from what is sent."""
    body = bench.body(**fields)
    answer = bench.call(CREATE, body=body)
    id = answer.json.get("id") if isinstance(answer.json, dict) else None
    known = bench.spec.operations[CREATE].body
    sent = {name: value for name, value in body.items() if known and name in known.fields}
    return Created(
        body, {**sent, **(expected or {})}, answer, seen(bench, id) if id is not None else None, unwanted or {}
    )


def judge_created(made: Iterable[Created]) -> Iterator[str]:
    """Each create is 201, shows what it must, and reads the same afterwards."""
    for one in made:
        if one.answer.status != 201:
            yield f"POST {dict(one.sent)}: answered {one.answer.status}, not 201"
            continue
        for where, row in (("the answer", one.answer.json), ("the record read again", one.after)):
            yield from (f"POST {dict(one.sent)}: in {where} {text}" for text in lacks(row, one.expected))
            for name, value in one.unwanted.items():
                if isinstance(row, Mapping) and name in row and same(row[name], value):
                    yield f"POST {dict(one.sent)}: in {where} {name} is {value!r}, as sent"
        if isinstance(one.after, Mapping) and isinstance(one.answer.json, Mapping):
            names = changed(one.answer.json, one.after, list(one.answer.json))
            yield from (f"POST {dict(one.sent)}: {name} is not what was answered when read again" for name in names)


def examples_of_created(expected: Mapping[str, Any]) -> dict[str, Any]:
    """`accepts` and `rejects` for a rule judged by judge_created."""
    good = examples.record(**expected)
    wrong = examples.record(**{name: ["else"] for name in expected})

    def made(answer: Answer, after: Any) -> tuple[Created, ...]:
        return (Created({}, expected, answer, after),)

    return {
        "accepts": (made(examples.answer(201, good), good),),
        "rejects": (
            made(examples.answer(200, good), good),
            made(examples.answer(201, wrong), good),
            made(examples.answer(201, good), wrong),
            made(examples.answer(201, good), None),
            made(examples.invalid("reason"), None),
        ),
    }


def _values(bench: Bench, name: str, known: Field) -> list[Any]:
    """Valid values for a field of the create body, telling ones first."""
    if known.reference:
        ids = bench.order_items if known.reference == "order_items" else bench.reasons
        return bench.rng.sample(ids, min(len(ids), 2 * bench.scale))
    if known.enum:
        return list(known.enum)
    if known.type == "integer":
        return [known.schema.get("minimum", 1), 3]
    if name == "iban":
        return list(IBANS[:2])
    text = f"Şikâyet: “ĞÜİ ıçöş” — 😀 <b>&amp;</b> \\ ' \" {bench.rng.randrange(10**6)}"
    return [text] if name != "description" else [text, "", "uzun açıklama " * 40 + "son", "ilk satır\nson satır"]


def _each(name: str, known: Field, bench: Bench) -> tuple[Created, ...]:
    return tuple(create(bench, **{name: value}) for value in _values(bench, name, known))


def _null(name: str, bench: Bench) -> tuple[Created, ...]:
    return (create(bench, **{name: None}),)


def _all(bench: Bench) -> tuple[Created, ...]:
    names = fields(bench.spec, CREATE)
    return (create(bench, **{name: bench.rng.choice(_values(bench, name, known)) for name, known in names.items()}),)


def _only_required(spec: Contract, bench: Bench) -> tuple[Created, ...]:
    names = fields(spec, CREATE)
    body = {name: value for name, value in bench.body().items() if names[name].required}
    answer = bench.call(CREATE, body=body)
    id = answer.json.get("id") if isinstance(answer.json, dict) else None
    expected = {**body, **{name: None for name, known in names.items() if known.nullable}}
    return (Created(body, expected, answer, seen(bench, id) if id is not None else None),)


def _initial(spec: Contract) -> dict[str, Any]:
    defaults = {name: known.default for name, known in spec.fields("CancellationRequest").items() if known.has_default}
    return {"status": spec.transitions.initial, **defaults, "easy_return": None}


def _first_state(expected: Mapping[str, Any], bench: Bench) -> tuple[Created, ...]:
    enum = fields(bench.spec, CREATE)["cancellation_type"].enum
    return tuple(create(bench, expected, cancellation_type=value) for value in enum)


def rules(spec: Contract) -> Iterator[Rule]:
    def rule(
        name: str,
        requires: str,
        source: str,
        level: Level,
        observe: Callable[[Bench], Any],
        expected: Mapping[str, Any],
    ) -> Rule:
        made = examples_of_created(expected)
        return Rule(f"create/{name}", "create", requires, source, level, observe, judge_created, **made)

    for name, known in fields(spec, CREATE).items():
        requires = f"A create with a valid {name} is 201 and stores it."
        level = known.fact.level
        yield rule(f"keeps-{name}", requires, f"create body: {name}", level, partial(_each, name, known), {name: "a"})
        if known.nullable:
            requires = f"A create with {name} null is 201 and stores null."
            source = f"create body: {name} is nullable"
            yield rule(f"null-{name}", requires, source, level, partial(_null, name), {name: None})
    requires = "A create with every field is 201 and stores each of them."
    yield rule("keeps-all", requires, "create body", Level.DOCUMENTED, _all, {"quantity": 3, "description": "a"})
    yield rule(
        "only-required",
        "A create with nothing but the required fields is 201; the others are null.",
        "create body: required",
        Level.DOCUMENTED,
        partial(_only_required, spec),
        {"quantity": None},
    )
    behaviour = spec.behaviours["create-initial-state"]
    initial = _initial(spec)
    yield rule(
        "initial-state",
        behaviour.requires,
        "x-behaviours: create-initial-state",
        behaviour.fact.level,
        partial(_first_state, initial),
        {"status": "waiting"},
    )
