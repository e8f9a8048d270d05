"""What the contract marks as deprecated in one operation.

Owns: finding `deprecated: true` on the operation, its parameters, and its body's fields.
Knows nothing of: calls.
Source: OpenAPI 3.0.3, `deprecated`.
"""

from __future__ import annotations

from cancelkit.spec import Contract, Operation
from cancelkit.spec.document import resolved


class Deprecations:
    """always: sentences true of every call; parameters, fields: names."""

    def __init__(self, operation: Operation, contract: Contract) -> None:
        node = contract.document["paths"][operation.path][operation.method.lower()]
        parameters = resolved(contract.document, node.get("parameters", []), operation.id)
        fields = operation.body.fields.values() if operation.body else ()
        self.always = [f"{operation.id} is deprecated"] if node.get("deprecated") else []
        self.parameters = frozenset(p["name"] for p in parameters if p.get("deprecated"))
        self.fields = frozenset(f.name for f in fields if f.schema.get("deprecated"))
