"""Bodies for the state machine: mostly right, some wrong, shrinking to nothing.

Owns: the values of each field that the machine tries.
"""

from __future__ import annotations

from random import Random
from typing import Any, Final

from hypothesis import strategies as st

from cancelkit.contract_tests.context.bodies import settable, values_of
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.context.ground import Keys, Scope
from cancelkit.contract_tests.context.limits import least
from cancelkit.contract_tests.engine.tour import unknown_id
from cancelkit.spec import Contract, Field, Operation
from cancelkit.spec.values import NoValue

FEW: Final = 3
BREAKING: Final = frozenset({"nullable", "minimum", "maximum", "enum", "maxLength", "minLength"})
"""Keywords whose violation every right server notices."""


def bodies(context: Context, operation: Operation, scope: Scope) -> st.SearchStrategy[dict[str, Any]]:
    """Fields of an update, or fields over a valid create."""
    keys = context.keys_in(scope)
    values = {}
    for name, field in settable(operation).items():
        if choices := choices_of(context.contract, field, keys, modest=name in context.modest):
            values[name] = st.sampled_from(choices)
    if not values:
        return st.just({})
    some = st.sets(st.sampled_from(sorted(values)), max_size=3)
    return some.flatmap(lambda names: st.fixed_dictionaries({name: values[name] for name in sorted(names)}))


def choices_of(contract: Contract, field: Field, keys: Keys, *, modest: bool = False) -> list[Any]:
    """Values of one field: right ones first (modest: the least alone), each twice as likely as a wrong one."""
    if field.reference:
        unknown = [unknown_id(contract.resource)] if contract.behaviour("references-exist") and _whole(field) else []
        return [*keys.get(field.name, ())[:4], *unknown]
    values = values_of(field)
    right: list[Any] = [value for value in field.enum if value is not None]
    if field.type == "boolean":
        right = [True, False]
    if modest:
        right = [least(field)]
    try:
        right = right or values.distinct(FEW, Random(field.name))
    except NoValue:
        return []
    wrong = [
        b.value for b in values.broken() if not b.open and not b.convertible and b.keyword in BREAKING and not b.path
    ]
    nothing = [None] if field.nullable else []
    return [*right, *right, *nothing, *(value for value in wrong[:2] if _small(value))]


def _whole(field: Field) -> bool:
    return field.type == "integer"


def _small(value: Any) -> bool:
    """Whether a value is fit to be shown in a report's sequence of steps."""
    return len(repr(value)) < 400
