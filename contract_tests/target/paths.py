"""The shape of a contract's paths.

Owns: what all paths have in front, fixed words that are no ids.
"""

from __future__ import annotations

from cancelkit.spec import Contract


def root(contract: Contract) -> str:
    """The fixed first segment that all paths of the contract share, with its slash; empty where they share none."""
    first = {operation.path.split("/")[1] for operation in contract.operations.values()}
    return f"/{first.pop()}" if len(first) == 1 and "{" not in next(iter(first)) else ""


def words(contract: Contract) -> frozenset[str]:
    """Fixed words that stand where other paths have a record's id, and so are no ids."""
    resource = contract.resource
    if resource.item is None or resource.identity is None:
        return frozenset()
    at = resource.item.split("/").index(f"{{{resource.identity.name}}}")
    found = (operation.path.split("/") for operation in contract.operations.values())
    return frozenset(parts[at] for parts in found if len(parts) > at and parts[at] and "{" not in parts[at])
