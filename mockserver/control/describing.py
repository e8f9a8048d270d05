"""The contract's resource as the dashboard needs it: columns, states, fields, scopes.

Owns: the shape of `resource` in /_mock/status (docs/workbench.md).
Knows nothing of: sessions, records.
"""

from __future__ import annotations

from typing import Any

from cancelkit.spec import Contract, Field

COLUMNS = 8
"""How many columns a list of records has at most."""


def described(contract: Contract, id_field: str) -> dict[str, Any]:
    """Return name, scope, id, state with transitions, columns, fields with their schemas, references, ordering."""
    resource = contract.resource
    moves = resource.transitions
    opened = {r.opened_detailed: r for r in resource.references.values() if r.opened_detailed}
    return {
        "name": resource.name,
        "scope": [{"name": parameter.name, "schema": parameter.schema} for parameter in resource.scope],
        "id": id_field,
        "numbered": resource.numbered,
        "state": moves.field if moves else None,
        "states": list(moves.statuses) if moves else [],
        "transitions": (
            {str(old): [new for new in moves.statuses if new in moves.allowed.get(old, ())] for old in moves.statuses}
            if moves
            else {}
        ),
        "final": [name for name in moves.statuses if name in moves.final] if moves else [],
        "columns": columns(contract, id_field),
        "actions": [
            {
                "id": o.id,
                "name": o.action.name,
                "field": o.action.field,
                "value": o.action.value,
                "refused": sorted(map(str, o.action.refused)),
            }
            for o in contract.actions
            if o.action is not None
        ],
        "references": [
            {"field": r.field, "table": r.table, "key": r.key, "opened": r.opened, "detailed": r.opened_detailed}
            for r in resource.references.values()
        ],
        "fields": [_field(field, opened, plain=name in resource.fields) for name, field in _all(contract).items()],
    }


def columns(contract: Contract, id_field: str) -> list[str]:
    """The fields that a list shows: id and state first, then short plain ones (no further uuids), then the times."""
    resource = contract.resource
    first = [name for name in (id_field, resource.state) if name]
    times = [name for name, field in resource.fields.items() if field.set_on]
    keys = [r.opened or r.field for r in resource.references.values()]
    short = [
        name
        for name, field in resource.fields.items()
        if name not in (*first, *times, *keys)
        and field.type in ("integer", "number", "boolean", "string")
        and field.schema.get("format") != "uuid"
    ]
    listed = [name for name in [*first, *keys, *short] if name in resource.fields]
    return [*listed[: COLUMNS - len(times)], *times]


def _all(contract: Contract) -> dict[str, Field]:
    resource = contract.resource
    extras = {name: resource.detailed_fields[name] for name in resource.extras}
    return {name: field for name, field in {**resource.fields, **extras}.items() if not field.write_only}


def _field(field: Field, opened: dict[str, Any], *, plain: bool) -> dict[str, Any]:
    return {
        "name": field.name,
        "type": field.type,
        "format": field.schema.get("format"),
        "enum": list(field.enum),
        "nullable": field.nullable,
        "max_length": field.schema.get("maxLength"),
        "set_on": field.set_on,
        "reference": opened[field.name].table if field.name in opened else None,
        "plain": plain,
        "properties": list(field.schema.get("properties", ())),
    }
