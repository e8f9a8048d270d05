"""PUT and PATCH change what was sent, and nothing else: not the other fields, not the other records.

Owns: <patch|put>/sets-<field>, /changes-<field>, /clears-<field>, /changes-all, /empty, /ignores-<field>.
Knows nothing of: what PUT does to omitted fields with a default (see put_omitted.py), refusals, transitions.
Source: x-behaviours patch-partial, put-omitted, null-clears, identity-stands, unknown-fields-ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.oracles.records import lacks
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules import examples
from cancelkit.contract_tests.rules.create_ignored import foreign_values
from cancelkit.contract_tests.rules.evidence import Change, Row, examples_of_changes, judge_changes
from cancelkit.contract_tests.rules.writes import UPDATES, change, fields, filled, other_value
from cancelkit.spec import Contract, Field, Level


def after_put(spec: Contract, operation_id: str, sent: Row) -> dict[str, Any]:
    """What must stand after an update with this body: PUT resets omitted fields that have a default."""
    if spec.operations[operation_id].method != "PUT":
        return dict(sent)
    resets = {name: field.default for name, field in fields(spec, operation_id).items() if field.has_default}
    return {**resets, **sent}


def _neighbours(bench: Bench, count: int = 2) -> list[dict[str, Any]]:
    return [bench.create(description=f"a neighbour of {bench.rule_id}", quantity=4) for _ in range(count)]


def _one(operation_id: str, name: str, field: Field, bench: Bench) -> tuple[Change, ...]:
    before_it = _neighbours(bench, 1)
    row = filled(bench)
    others = (*before_it, *_neighbours(bench, 1))
    found = []
    for _ in range(2):
        body = {name: other_value(bench, name, field, row)}
        found.append(
            change(bench, operation_id, body, row, after_put(bench.spec, operation_id, body), others=tuple(others))
        )
        if not isinstance(found[-1].after, Mapping):
            break
        row = dict(found[-1].after)
        if name == "status":
            break
    if name == "description" and isinstance(found[-1].after, Mapping):
        bodies = [{name: text} for text in ("ilk satır\n" * 40 + "son", "")]
        found += [change(bench, operation_id, body, row, after_put(bench.spec, operation_id, body)) for body in bodies]
    return tuple(found)


def _kept(spec: Contract, operation_id: str, row: Row) -> dict[str, Any]:
    """What a body must hold beside its point: nothing for PATCH; for PUT every field but the status.

    Whether a field that PUT omits stands is for put-omitted alone to say.
    """
    if spec.operations[operation_id].method != "PUT":
        return {}
    return {name: row[name] for name in fields(spec, operation_id) if name in row and name != "status"}


def _set(operation_id: str, name: str, field: Field, bench: Bench) -> tuple[Change, ...]:
    row = filled(bench)
    body = {name: other_value(bench, name, field, row)}
    return (change(bench, operation_id, body, row, body),)


def judge_set(changes: Iterable[Change]) -> Iterator[str]:
    """Each write must be accepted, and its record show what was sent when it is read again."""
    for one in changes:
        if not one.answer.ok:
            yield f"{one.what}: answered {one.answer.status}"
        yield from (f"{one.what}: in the record read again {text}" for text in lacks(one.after, one.expected))


def _set_examples(name: str) -> dict[str, Any]:
    made = examples_of_changes({name: "now"})
    right = made["accepts"][0][0]
    return {
        "accepts": made["accepts"],
        "rejects": (
            (replace(right, answer=examples.invalid(name)),),
            (replace(right, after=right.before),),
            (replace(right, after=None),),
        ),
    }


def _clear(operation_id: str, name: str, bench: Bench) -> tuple[Change, ...]:
    row = filled(bench)
    body = {**_kept(bench.spec, operation_id, row), name: None}
    return (change(bench, operation_id, body, row, after_put(bench.spec, operation_id, body)),)


def _all(operation_id: str, bench: Bench) -> tuple[Change, ...]:
    row = filled(bench)
    names = {name: field for name, field in fields(bench.spec, operation_id).items() if name != "status"}
    single = {"order_items": len(bench.order_items) < 2, "reasons": len(bench.reasons) < 2}
    body = {
        name: row[name] if field.reference and single[field.reference] else other_value(bench, name, field, row)
        for name, field in names.items()
    }
    first = change(bench, operation_id, body, row, body, others=tuple(_neighbours(bench)))
    if not isinstance(first.after, Mapping):
        return (first,)
    nothing = {name: None for name, field in names.items() if field.nullable}
    cleared = {**_kept(bench.spec, operation_id, first.after), **nothing}
    return first, change(bench, operation_id, cleared, dict(first.after), after_put(bench.spec, operation_id, cleared))


def _empty(operation_id: str, bench: Bench) -> tuple[Change, ...]:
    row = filled(bench)
    bare = bench.create()
    return tuple(change(bench, operation_id, {}, r, after_put(bench.spec, operation_id, {})) for r in (row, bare))


def _ignored(operation_id: str, name: str, value: Any, bench: Bench) -> tuple[Change, ...]:
    row = filled(bench)
    known = {**_kept(bench.spec, operation_id, row), "description": f"beside {name}"}
    sent = after_put(bench.spec, operation_id, known)
    return (change(bench, operation_id, {**known, name: value}, row, sent),)


def rules(spec: Contract) -> Iterator[Rule]:
    for area, operation_id in UPDATES.items():
        operation = spec.operations[operation_id]
        behaviour = spec.behaviours["patch-partial" if area == "patch" else "put-omitted"]

        def rule(
            name: str,
            requires: str,
            level: Level,
            observe: Callable[[Bench], Any],
            made: dict[str, Any],
            area: str = area,
            source: str = f"x-behaviours: {behaviour.id}",
        ) -> Rule:
            return Rule(f"{area}/{name}", area, requires, source, level, observe, judge_changes, **made)

        method, stands = operation.method, "every other field and every other record stand"
        for name, field in fields(spec, operation_id).items():
            changed = examples_of_changes({name: "now"}, others=True)
            requires = f"{method} with {name} alone sets it; {stands}."
            yield rule(
                f"changes-{name}", requires, behaviour.fact.level, partial(_one, operation_id, name, field), changed
            )
            if name != "status":  # which status may follow is only assumed: see transitions.py
                yield Rule(
                    id=f"{area}/sets-{name}",
                    area=area,
                    requires=f"{method} with {name} alone is accepted, and sets it.",
                    source=f"{area} body: {name}",
                    level=field.fact.level,
                    observe=partial(_set, operation_id, name, field),
                    judge=judge_set,
                    **_set_examples(name),
                )
            if field.nullable:
                clears, cleared = spec.behaviours["null-clears"].fact.level, examples_of_changes({name: None})
                requires = f"{method} with {name} null clears it; every other field stands."
                yield rule(f"clears-{name}", requires, clears, partial(_clear, operation_id, name), cleared)
        made = examples_of_changes(others=True)
        requires = (
            f"{method} with every field but status sets each of them; with null for the nullable ones clears these."
        )
        yield rule("changes-all", requires, operation.fact.level, partial(_all, operation_id), made)
        requires = f"{method} with an empty body is 200 and changes no field that has no default."
        yield rule("empty", requires, behaviour.fact.level, partial(_empty, operation_id), examples_of_changes({}))
        ignored = spec.behaviours["unknown-fields-ignored"]
        for name, value in foreign_values(spec, operation_id).items():
            yield rule(
                f"ignores-{name}",
                f"{method} ignores {name}, which is none of the body's fields; the rest of the body holds.",
                ignored.fact.level,
                partial(_ignored, operation_id, name, value),
                examples_of_changes(),
                source="x-behaviours: unknown-fields-ignored, identity-stands",
            )
