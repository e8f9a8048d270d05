"""The contract as the tools read it, as plain data: for tables and for JSON.

Owns: `described`: operations, fields, filters, states, references, behaviours.
Source: docs/contract-of-your-own.md.
"""

from __future__ import annotations

from typing import Any

from cancelkit.spec import Contract, Field, Operation, Resource, Schema

Data = dict[str, Any]


def described(contract: Contract) -> Data:
    """Return what the tools read from the contract, as JSON data; what the contract lacks is null or empty."""
    resource = contract.resource
    return {
        "contract": contract.source,
        "fingerprint": contract.fingerprint,
        "version": contract.version,
        "resource": {
            "name": resource.name,
            "scope": [parameter.name for parameter in resource.scope],
            "identity": resource.identity.name if resource.identity else None,
            "id_field": resource.id_field,
            "state": resource.state,
            "generator": contract.generator,
        },
        "operations": [_operation(operation) for operation in contract.operations.values()],
        "fields": _fields(contract),
        "filters": _filters(contract),
        "states": _states(resource),
        "actions": [
            {
                "operation": o.id,
                "field": o.action.field,
                "value": o.action.value,
                "refused": sorted(map(str, o.action.refused)),
            }
            for o in contract.actions
            if o.action
        ],
        "references": [
            {"field": r.field, "table": r.table, "key": r.key, "opened": r.opened, "opened_detailed": r.opened_detailed}
            for r in resource.references.values()
        ],
        "behaviours": [
            {"id": b.id, "level": b.fact.level.value, "requires": b.requires, "why": b.fact.why}
            for b in contract.behaviours.values()
        ],
        "choices": [
            {"point": id, "chosen": c.chosen, "level": None if c.open else c.fact.level.value, "requires": c.requires}
            for id, c in contract.choices.items()
            if c.stated
        ],
        "errors": [
            {"kind": name, "level": w.fact.level.value, "code": w.code, "text": w.text}
            for id, whole in contract.wordings.items()
            for name, w in ((id, whole), *((f"{id} at {place}", one) for place, one in whole.at.items()))
        ],
    }


def _operation(operation: Operation) -> Data:
    answers = [*map(str, operation.responses), *operation.ranges]
    return {
        "id": operation.id,
        "role": operation.role.value,
        "method": operation.method,
        "path": operation.path,
        "answers": answers,
        "level": operation.success.fact.level.value,
        "secured": operation.secured,
    }


def _fields(contract: Contract) -> list[Data]:
    resource = contract.resource
    bodies = {role: body.fields for role, body in _bodies(contract).items()}
    names = [*resource.fields, *(n for n in resource.detailed_fields if n not in resource.fields)]
    names += [name for fields in bodies.values() for name in fields if name not in names]
    found = []
    for name in dict.fromkeys(names):
        field = resource.fields.get(name) or resource.detailed_fields.get(name)
        sent = [role for role, fields in bodies.items() if name in fields]
        shown = field or next(fields[name] for fields in bodies.values() if name in fields)
        found.append(
            {
                "name": name,
                "type": _type(shown.schema),
                "nullable": shown.nullable,
                "answered": "plain" if name in resource.fields else "detailed" if field else None,
                "sent": [f"{role}{' (required)' if bodies[role][name].required else ''}" for role in sent],
                "bounds": _bounds(shown, [fields[name] for fields in bodies.values() if name in fields]),
                "level": shown.fact.level.value,
            }
        )
    return found


def _bodies(contract: Contract) -> dict[str, Any]:
    return {o.role.value: o.body for o in contract.operations.values() if o.body is not None and o.action is None}


def _type(schema: Schema) -> str:
    kind = str(schema.get("type", "any"))
    if kind == "array":
        return f"{_type(schema.get('items', {}))}[]"
    return f"{kind} ({schema['format']})" if "format" in schema else kind


KEYWORDS = (
    "enum minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern minItems maxItems "
    "uniqueItems minProperties maxProperties default"
).split()


def _bounds(shown: Field, sent: list[Field]) -> Data:
    """The keywords that narrow a field, those of its bodies included."""
    return {key: field.schema[key] for field in (*sent, shown) for key in KEYWORDS if key in field.schema}


def _filters(contract: Contract) -> list[Data]:
    found: dict[str, Data] = {}
    for operation in contract.operations.values():
        for parameter in operation.parameters:
            if parameter.filter is None:
                continue
            lookup = "__".join(part for part in (parameter.filter.transform, parameter.filter.lookup) if part)
            row = found.setdefault(
                parameter.name,
                {
                    "name": parameter.name,
                    "type": _type(parameter.schema),
                    "path": ".".join(parameter.filter.path),
                    "lookup": lookup,
                    "operations": [],
                    "level": parameter.fact.level.value,
                },
            )
            row["operations"].append(operation.id)
    return list(found.values())


def _states(resource: Resource) -> Data | None:
    moves = resource.transitions
    if moves is None:
        return None
    return {
        "field": moves.field,
        "initial": moves.initial,
        "final": [state for state in moves.statuses if state in moves.final],
        "allowed": {
            old: [new for new in moves.statuses if new in moves.allowed.get(old, ())] for old in moves.statuses
        },
        "level": moves.fact.level.value,
    }
