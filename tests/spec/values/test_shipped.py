"""Every body field and parameter of the shipped contract has typical, edge and broken values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cancelkit.spec import load
from cancelkit.spec.values import Values


def shipped() -> Iterator[Any]:
    """Yield each schema as a case: bodies as a whole, their fields, parameters."""
    spec = load()
    for operation in spec.operations.values():
        for parameter in operation.parameters:
            yield pytest.param(parameter.schema, id=f"{operation.id}-{parameter.name}")
        if operation.body is not None:
            for name, field in operation.body.fields.items():
                yield pytest.param(field.schema, id=f"{operation.id}-body-{name}")
    for name, schema in spec.schemas.items():
        yield pytest.param(schema, id=name)


@pytest.mark.parametrize("schema", list(shipped()))
def test_a_shipped_schema_has_values_of_every_kind(schema: dict[str, Any]) -> None:
    """Valid ones are admitted, broken ones are not; a schema that admits anything has no broken one."""
    for direction in ("request", "response"):
        values = Values(schema, direction=direction)

        assert values.admits(values.typical())
        assert all(values.admits(edge.value) for edge in values.edges())
        assert [broken for broken in values.broken() if values.admits(broken.value)] == []
        assert values.broken()
