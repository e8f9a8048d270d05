"""Scopes and keys of references as a user writes them, read by the contract's schemas.

Owns: the forms of --scope and --reference, in options and in the file; the default scope; the options' earlier names.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Final

from cancelkit.contract_tests.context.ground import Keys, Scope
from cancelkit.contract_tests.errors import Cause, CouldNotRun
from cancelkit.fixtures.options import Options
from cancelkit.spec import Contract, Schema
from cancelkit.spec.values import NoValue

EARLIER_SCOPES: Final = {"channel": "scope", "other_channel": "other_scope"}
"""Kept for contracts whose only scope parameter is an integer: the earlier names of settings."""

EARLIER_TABLES: Final = {
    "order_items": ("references", "order_items"),
    "reasons": ("references", "reasons"),
    "other_order_items": ("other_references", "order_items"),
    "other_reasons": ("other_references", "reasons"),
}
"""The earlier names of settings, and which table's keys they gave."""


def wrong(message: str) -> CouldNotRun:
    return CouldNotRun(Cause.OPTIONS, message)


def default_scope(contract: Contract) -> Scope:
    """Where the mock and the fixtures have their first records by default: by each parameter's example or schema.

    Raises:
        CouldNotRun: no value is found for a parameter.
    """
    return _default_scopes(contract)[0]


def default_other(contract: Contract, scope: Scope) -> Scope | None:
    """A second scope beside `scope`: another default one, else the next integer; None where neither is there."""
    if not scope:
        return None
    known = _default_scopes(contract)
    if scope in known and len(known) > 1:
        return next(other for other in known if other != scope)
    *outer, last = scope
    others = [value for value in contract.resource.scope[-1].schema.get("enum", ()) if value != last]
    if others:
        return (*outer, others[0])
    return (*outer, last + 1) if type(last) is int else None


def _default_scopes(contract: Contract) -> tuple[Scope, ...]:
    try:
        found = Options(contract).wanted_scopes()
    except NoValue as error:
        raise wrong(f"no value is found for {error.place}: give --scope {error.place}=...") from error
    if not found:
        names = ", ".join(parameter.name for parameter in contract.resource.scope)
        raise wrong(f"no value is found for {names}: give --scope")
    return found


def read_scope(contract: Contract, given: Any, option: str) -> Scope | None:
    """Read a scope: one value, a mapping by parameter, or texts "value" and "name=value"; None where none is given.

    Raises:
        CouldNotRun: it names an unknown parameter, lacks one, or a value does not fit.
    """
    if given in (None, (), [], {}):
        return None
    parameters = {parameter.name: parameter for parameter in contract.resource.scope}
    if not parameters:
        raise wrong(
            f"{option} is given, but the contract has no scope: no path parameter stands before a record's own."
        )
    values: dict[str, Any] = dict(given) if isinstance(given, Mapping) else {}
    loose: list[Any] = []
    for item in () if values else (given if isinstance(given, list | tuple) else [given]):
        name, sign, text = str(item).partition("=")
        if sign and name in parameters:
            values[name] = text
        else:
            loose.append(item)
    values |= dict(zip((name for name in parameters if name not in values), loose, strict=False))
    if unknown := [str(name) for name in values if name not in parameters]:
        raise wrong(f"{option}: {unknown[0]!r} is no scope parameter; there are {', '.join(parameters)}.")
    if missing := [name for name in parameters if name not in values]:
        raise wrong(f"{option} needs {', '.join(missing)}: give {option} {missing[0]}=...")
    return tuple(_converted(values[name], p.schema, f"{option} {name}") for name, p in parameters.items())


def _converted(value: Any, schema: Schema, what: str) -> Any:
    kind = schema.get("type")
    if kind == "integer":
        if isinstance(value, bool) or not str(value).lstrip("-").isdecimal():
            raise wrong(f"{what} is {value!r}, which is not an integer.")
        return int(value)
    if isinstance(value, Mapping | list | tuple) or str(value) == "":
        raise wrong(f"{what} is {value!r}, which is not a value of a path.")
    return str(value) if kind == "string" else value


def read_references(contract: Contract, given: Any, option: str) -> Keys:
    """Read keys by body field: a mapping to lists, or texts "field=1,2,3".

    Raises:
        CouldNotRun: a field is no reference, or a key does not fit.
    """
    references = contract.resource.references
    pairs = (
        list(given.items()) if isinstance(given, Mapping) else [str(item).partition("=")[::2] for item in given or ()]
    )
    found: dict[str, tuple[Any, ...]] = {}
    for name, keys in pairs:
        if name not in references:
            known = ", ".join(references) or "none"
            raise wrong(f"{option}: {name!r} is no body field that refers to another table; there are {known}.")
        listed = [part.strip() for part in keys.split(",")] if isinstance(keys, str) else keys
        if not isinstance(listed, list | tuple) or not listed:
            raise wrong(f"{option} {name} is {keys!r}, which is not a list of keys such as 1,2,3.")
        schema = _key_schema(contract, str(name))
        found[str(name)] = tuple(_converted(key, schema, f"{option} {name}") for key in listed if key != "")
    return found


def _key_schema(contract: Contract, name: str) -> Schema:
    bodies = [operation.body.fields for operation in contract.operations.values() if operation.body]
    return next((fields[name].schema for fields in bodies if name in fields), {})


def modern(contract: Contract, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with settings under their earlier names moved to the present ones.

    Raises:
        CouldNotRun: an earlier name has no meaning for this contract.
    """
    found = dict(values)
    for old, new in EARLIER_SCOPES.items():
        value = found.pop(old, None)
        if value is not None:
            _numbered_scope(contract, old, value)
            found[new] = value if found.get(new) in (None, ()) else found[new]
    for old, (new, table) in EARLIER_TABLES.items():
        value = found.pop(old, None)
        if value not in (None, ()):
            found[new] = _table_keys(contract, old, table, value) | dict(read_references(contract, found.get(new), new))
            option = f"--{new.removesuffix('s').replace('_', '-')}"
            warnings.warn(f"{old} is now written {option} FIELD=...", DeprecationWarning, stacklevel=3)
    return found


def _numbered_scope(contract: Contract, old: str, value: Any) -> None:
    scope = contract.resource.scope
    if len(scope) != 1 or scope[0].schema.get("type") != "integer":
        raise wrong(f"{old} is for contracts with one scope parameter that is an integer; give --scope.")
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong(f"{old} is {value!r}, which is not an integer.")


def _table_keys(contract: Contract, old: str, table: str, value: Any) -> dict[str, Any]:
    fields = [name for name, reference in contract.resource.references.items() if reference.table == table]
    if not fields:
        raise wrong(f"{old}: no body field of the contract refers to a table {table}.")
    if not isinstance(value, list | tuple) or not all(type(key) is int for key in value):
        raise wrong(f"{old} is {value!r}, which is not a list of ids such as 1,2,3.")
    return {name: tuple(value) for name in fields}


def written_scope(contract: Contract, scope: Sequence[Any]) -> str:
    """A scope in words: "channel 5", or several joined by commas; empty where the contract has none."""
    names = [parameter.name.removesuffix("_id").replace("_", " ") for parameter in contract.resource.scope]
    return ", ".join(f"{name} {value}" for name, value in zip(names, scope, strict=False))


def scope_options(contract: Contract, scope: Sequence[Any]) -> list[str]:
    """The arguments of --scope that stand for a scope."""
    names = [parameter.name for parameter in contract.resource.scope]
    if len(names) == 1:
        return [str(scope[0])] if scope else []
    return [f"{name}={value}" for name, value in zip(names, scope, strict=False)]
