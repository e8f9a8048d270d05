"""What a body field must refuse, in create, PUT and PATCH alike: null, too small, no member, of no use, no such id.

Owns: <create|put|patch>/refuses-<kind>-<field>, create/requires-<field>.
Knows nothing of: values that a server may convert ("3" for 3), which are left open.
Source: the bodies' schemas; x-behaviours null-clears, references-exist, refused-changes-nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules.evidence import Refusal, examples_of_refusals, judge_refusals
from cancelkit.contract_tests.rules.writes import CREATE, PATCH, PUT, bad_values, fields, filled, kinds, refused
from cancelkit.spec import Contract, Field, Level

WORDS = {
    "null": "null for {}, which is not nullable,",
    "minimum": "a {} below its minimum",
    "enum": "a {} that is not one of its values",
    "reference": "a {} that names nothing in the channel",
    "type": "a {} of the wrong type that can't be converted",
}


def level(spec: Contract, kind: str, field: Field) -> Level:
    """How sure we are that the field refuses values of this kind."""
    if kind == "null":
        return spec.behaviours["null-clears"].fact.level
    if kind == "reference":
        return spec.behaviours["references-exist"].fact.level
    return field.fact.level


def _create(name: str, field: Field, kind: str, bench: Bench) -> tuple[Refusal, ...]:
    values = [value for found, value in bad_values(bench, field) if found == kind]
    return tuple(
        Refusal(f"POST with {name} {value!r}", bench.call(CREATE, body=bench.body(**{name: value})), name)
        for value in values
    )


def _missing(name: str, bench: Bench) -> tuple[Refusal, ...]:
    body = {key: value for key, value in bench.body().items() if key != name}
    return (Refusal(f"POST without {name}", bench.call(CREATE, body=body), name),)


def _update(operation_id: str, name: str, field: Field, kind: str, bench: Bench) -> tuple[Refusal, ...]:
    row = filled(bench)
    texts = [key for key, f in fields(bench.spec, operation_id).items() if f.nullable and f.type == "string"]
    found = []
    for number, (_, value) in enumerate(pair for pair in bad_values(bench, field) if pair[0] == kind):
        bystander = next(key for key in texts if key != name)
        body = {bystander: "must not be stored", name: value} if number == 0 else {name: value}
        found.append(refused(bench, operation_id, body, row, name))
    if len(found) == 1:
        found.append(refused(bench, operation_id, {name: value}, row, name))
    return tuple(found)


def rules(spec: Contract) -> Iterator[Rule]:
    for area, operation_id in (("create", CREATE), ("put", PUT), ("patch", PATCH)):
        method = spec.operations[operation_id].method
        for name, field in fields(spec, operation_id).items():
            updates = area != "create"
            for kind in kinds(field):
                observe = partial(_update, operation_id) if updates else _create
                effect = ", and changes nothing" if updates else ""
                yield Rule(
                    id=f"{area}/refuses-{kind}-{name}",
                    area=area,
                    requires=f"{method} with {WORDS[kind].format(name)} is 400 naming it{effect}.",
                    source=f"{area} body: {name}",
                    level=level(spec, kind, field),
                    observe=partial(observe, name, field, kind),
                    judge=judge_refusals,
                    **examples_of_refusals(name, record=updates),
                )
            if field.required:
                yield Rule(
                    id=f"{area}/requires-{name}",
                    area=area,
                    requires=f"{method} without {name}, which is required, is 400 naming it.",
                    source=f"{area} body: required",
                    level=Level.DOCUMENTED,
                    observe=partial(_missing, name),
                    judge=judge_refusals,
                    **examples_of_refusals(name, record=False),
                )
