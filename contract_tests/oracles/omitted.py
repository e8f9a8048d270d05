"""What becomes of the fields that an update leaves out.

Owns: `resets`.
Source: the choice put-omitted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cancelkit.spec import Contract, Field, Operation, Role


def resets(contract: Contract, operation: Operation, known: Mapping[str, Field]) -> dict[str, Any]:
    """The values that omitted fields take; a field that is not among them keeps its own.

    known: the fields of the body that can be set.
    """
    option = contract.chosen("put-omitted")
    if operation.role is not Role.UPDATE or option == "kept":
        return {}
    defaults = {name: field.default for name, field in known.items() if field.has_default}
    if option != "reset":
        return defaults
    state = contract.resource.state
    return {**{name: None for name, field in known.items() if field.nullable and name != state}, **defaults}
