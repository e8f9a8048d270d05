"""What a tool can't do with a contract that is right in itself.

Owns: `limits`: unknown behaviours, schemas without values, formats taken as plain text, fields that stay
    untested, filters that generated records can't match, parameters of lists that do nothing or must be there.
Source: docs/contract-of-your-own.md, "Checking it".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cancelkit.contracts.finding import Finding, Tool, hint
from cancelkit.contracts.schemas import schemas
from cancelkit.spec import Contract, Filter, Role
from cancelkit.spec.errors import Place, rendered
from cancelkit.spec.loading import Document

SAMPLE = 200
"""How many generated records are looked at."""


def limits(document: Document, contract: Contract) -> list[Finding]:
    """Return what the suite, the fixtures and the mock can't do with the contract; empty where they can do all."""
    found = [
        *_behaviours(contract),
        *_values(contract),
        *_formats(document),
        *_unobserved(contract),
        *_filters(contract),
        *_queries(contract),
    ]
    return [_finding(document, *parts) for parts in found]


Parts = tuple[Tool, Place, str]


def _finding(document: Document, tool: Tool, place: Place, message: str) -> Finding:
    return Finding("limit", tool, document.locate(place), rendered(place), message)


def _behaviours(contract: Contract) -> Iterator[Parts]:
    """Behaviours that no rule knows."""
    from cancelkit.contract_tests.engine.behaviours import KNOWN

    for name in contract.behaviours:
        if name not in KNOWN:
            said = f"no rule knows this behaviour: nothing judges it{hint(name, KNOWN)}"
            yield "suite", ("x-behaviours", name), said


def _values(contract: Contract) -> Iterator[Parts]:
    """Fields and parameters for which no valid value is found."""
    from cancelkit.spec.values import NoValue, Values

    for operation in contract.operations.values():
        place: Place = ("paths", operation.path, operation.method.lower())
        bodies = operation.body.fields if operation.body else {}
        inputs = [((*place, "requestBody"), name, field.schema) for name, field in bodies.items()]
        inputs += [((*place, "parameters"), p.name, p.schema) for p in operation.parameters]
        for where, name, schema in inputs:
            try:
                Values(schema, place=name).typical()
            except NoValue as error:
                yield (
                    "suite",
                    where,
                    f"no valid value is found for {name}: {error.why}; rules that need one are left out",
                )
    for name, field in contract.resource.fields.items():
        try:
            Values(field.schema, direction="response", place=name).typical()
        except NoValue as error:
            where = ("components", "schemas")
            yield "fixtures", where, f"no value can be made for {name} of a record: {error.why}"


def _formats(document: Document) -> Iterator[Parts]:
    """Formats that are taken as plain text or plain numbers: each once, at its first place."""
    from cancelkit.spec.values.checking import RANGES
    from cancelkit.spec.values.formats import FORMATS

    known = {*FORMATS, *RANGES, "float", "double", "binary", "password"}
    found: dict[tuple[str, str], list[Place]] = {}
    for place, schema in schemas(document.data):
        form = schema.get("format") if isinstance(schema, Mapping) else None
        if form is not None and form not in known:
            places = found.setdefault((form, schema.get("type", "string")), [])
            if (*place, "format") not in places:
                places.append((*place, "format"))
    for (form, kind), (first, *others) in found.items():
        more = f", and in {len(others)} other {'place' if len(others) == 1 else 'places'}" if others else ""
        said = f"the format {form!r} is not known: values are plain {kind}s, here{more}{hint(form, known)}"
        yield "fixtures", first, said


def _unobserved(contract: Contract) -> Iterator[Parts]:
    """Body fields that no answer shows, so that no rule can see whether they are kept."""
    shown = {*contract.resource.fields, *contract.resource.detailed_fields}
    shown |= {reference.opened for reference in contract.resource.references.values() if reference.opened}
    shown |= {r.opened_detailed for r in contract.resource.references.values() if r.opened_detailed}
    reported = set()
    for operation in contract.operations.values():
        for name, field in (operation.body.fields if operation.body else {}).items():
            reference = contract.resource.references.get(name)
            seen = name in shown or (reference and (reference.opened or reference.opened_detailed))
            if (field.write_only or not seen) and name not in reported:
                reported.add(name)
                place = ("paths", operation.path, operation.method.lower(), "requestBody")
                yield "suite", place, f"no answer shows {name}: no rule can judge whether it is kept"


def _filters(contract: Contract) -> Iterator[Parts]:
    """Filters that no generated record could match, as the value is always null."""
    from cancelkit.fixtures.options import FixtureError
    from cancelkit.fixtures.world import detailed, generate_world
    from cancelkit.spec.values import NoValue

    if not any(operation.filters for operation in contract.operations.values()):
        return
    try:
        world = generate_world(contract, size=SAMPLE)
    except (FixtureError, NoValue) as error:
        yield "fixtures", ("components", "schemas"), f"no records can be generated: {error}"
        return
    rows = [detailed(contract, world, record) for record in world.records]
    for operation in contract.operations.values():
        for name, rule in operation.filters.items():
            if rows and all(_at(row, rule) is None for row in rows):
                place = ("paths", operation.path, operation.method.lower(), "parameters")
                yield "fixtures", place, f"{name} selects by {'.'.join(rule.path)}, which no generated record fills"


def _queries(contract: Contract) -> Iterator[Parts]:
    """Parameters of lists whose effect nothing says, and those without which there is no list."""
    for operation in contract.operations.values():
        if operation.role not in (Role.LIST, Role.LIST_DETAILED):
            continue
        for parameter in operation.parameters:
            place = ("paths", operation.path, operation.method.lower(), "parameters")
            if parameter.location != "query":
                continue
            if not (parameter.filter or parameter.paging or parameter.ordering):
                text = "does nothing in the mock, and no rule judges what it does"
                yield "mock", place, f"{parameter.name} {text}: it has no x-filter, x-paging or x-ordering"
            if parameter.required:
                yield "suite", place, f"{parameter.name} is required: verify asks for whole lists, and can't without it"


def _at(row: Mapping[str, Any], rule: Filter) -> Any:
    value: Any = row
    for key in rule.path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
