"""Filters that select other rows than they should, or take what is no value.

Owns: for each filter of the contract: ignored, another comparison, a neighbouring field, one list only, lax.
Source: x-filter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from cancelkit.mockserver.mutants import editing, layers
from cancelkit.mockserver.mutants.exchange import Around, Exchange, json_of
from cancelkit.mockserver.mutants.layers import LISTS
from cancelkit.mockserver.mutants.mutant import Mutant, given
from cancelkit.mockserver.mutants.naming import sampled, slug
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract, Filter, Parameter, Role, Schema

AREA = "filters"
COMPARED = {
    "gt": ("gte", "inclusive", "includes the bound"),
    "gte": ("gt", "exclusive", "leaves the bound out"),
    "lt": ("lte", "inclusive", "includes the bound"),
    "lte": ("lt", "exclusive", "leaves the bound out"),
}
REVERSED = {"gt": "lt", "gte": "lte", "lt": "gt", "lte": "gte"}
AS_INSTANT = frozenset({"gt", "lte", "exact"})
"""Comparisons in which a day's first instant is not as good as the day."""


def family(contract: Contract) -> Iterator[Mutant]:
    """Every mutant of every filter that a suite may judge."""
    filters = {p.name: p for o in contract.operations.values() for p in o.parameters if p.filter and not left_open(p)}
    yield from sampled((_ignored(p) for p in filters.values()), 5)
    yield from sampled((m for p in filters.values() for m in _compared(p)), 7)
    yield from sampled((m for p in filters.values() for m in _neighbour(p, contract.resource.detailed_schema)), 3)
    both = [p for p in filters.values() if all(_has(contract, role, p.name) for role in LISTS)]
    yield from sampled((_one_list(p, Role.LIST_DETAILED, "plain-only", "plain") for p in both), 2)
    yield from sampled((_one_list(p, Role.LIST, "detailed-only", "detailed") for p in both), 2)
    refusing = [p for p in filters.values() if refuses(p)]
    yield from sampled((_lax(contract, p) for p in refusing), 3)
    yield from sampled((_first(contract, p) for p in filters.values() if p.many), 2)
    if len(filters) > 1:
        yield Mutant(
            "filters-last-only",
            "of several filters only the last one counts",
            AREA,
            layer=layers.around(contract, LISTS, lambda: _last_only(frozenset(filters))),
        )


def left_open(parameter: Parameter) -> bool:
    """Whether the contract leaves open that the parameter is there at all."""
    return parameter.fact.open is not None and parameter.fact.open != parameter.schema.get("x-open")


def refuses(parameter: Parameter) -> bool:
    """Whether there are texts that are no value of the parameter."""
    schema = parameter.schema.get("items", parameter.schema) if parameter.many else parameter.schema
    return schema.get("type") in ("integer", "number", "boolean") or "enum" in schema or "format" in schema


def _has(contract: Contract, role: Role, name: str) -> bool:
    operation = contract.role(role)
    return operation is not None and operation.parameter(name) is not None


def _filter(name: str, change: Callable[[Filter], Filter | None], roles: frozenset[Role] = LISTS) -> editing.Edit:
    return editing.parameter(name, roles, lambda p: replace(p, filter=change(p.filter) if p.filter else None))


def _ignored(p: Parameter) -> Mutant:
    return Mutant(
        f"filter-{slug(p.name)}-ignored", f"{p.name} selects nothing", AREA, edit=_filter(p.name, lambda f: None)
    )


def _compared(p: Parameter) -> Iterator[Mutant]:
    rule, name = given(p.filter), slug(p.name)
    if rule.lookup == "iexact":
        yield Mutant(
            f"filter-{name}-case",
            f"{p.name} minds case",
            AREA,
            edit=_filter(p.name, lambda f: replace(f, lookup="exact")),
        )
    if rule.lookup in COMPARED:
        other, word, says = COMPARED[rule.lookup]
        yield Mutant(
            f"filter-{name}-{word}", f"{p.name} {says}", AREA, edit=_filter(p.name, lambda f: replace(f, lookup=other))
        )
        back = REVERSED[rule.lookup]
        yield Mutant(
            f"filter-{name}-reversed",
            f"{p.name} compares the other way round",
            AREA,
            edit=_filter(p.name, lambda f: replace(f, lookup=back)),
        )
    if rule.transform == "date" and rule.lookup in AS_INSTANT:
        yield Mutant(
            f"filter-{name}-as-instant",
            f"{p.name} compares instants, not days",
            AREA,
            edit=_filter(p.name, lambda f: replace(f, transform=None)),
        )


def _neighbour(p: Parameter, record: Schema) -> Iterator[Mutant]:
    rule = given(p.filter)
    if rule.lookup == "in" or "enum" in rule.schema:
        return
    wanted = (rule.schema.get("type"), rule.schema.get("format"))
    like = [
        (path, nullable)
        for path, schema, nullable in _leaves(record)
        if path != rule.path and (schema.get("type"), schema.get("format")) == wanted and "enum" not in schema
    ]
    if not like:
        return
    path, nullable = max(like, key=lambda one: _nearness(one[0], rule.path))
    yield Mutant(
        f"filter-{slug(p.name)}-neighbour",
        f"{p.name} compares {'.'.join(path)}",
        AREA,
        edit=_filter(p.name, lambda f: replace(f, path=path, nullable=nullable)),
    )


def _nearness(path: tuple[str, ...], other: tuple[str, ...]) -> tuple[bool, int]:
    """A field of the same name elsewhere is the likeliest mistake, then one that stands nearest."""
    common = next((i for i, (a, b) in enumerate(zip(path, other, strict=False)) if a != b), 0)
    return path[-1] == other[-1], common - abs(len(path) - len(other))


def _leaves(
    schema: Schema, path: tuple[str, ...] = (), nullable: bool = False
) -> Iterator[tuple[tuple[str, ...], Schema, bool]]:
    properties: Mapping[str, Schema] = schema.get("properties", {})
    for name, node in properties.items():
        null = nullable or bool(node.get("nullable"))
        if "properties" in node:
            yield from _leaves(node, (*path, name), null)
        elif node.get("type") in ("string", "integer", "number", "boolean"):
            yield (*path, name), node, null


def _one_list(p: Parameter, without: Role, suffix: str, word: str) -> Mutant:
    edit = _filter(p.name, lambda f: None, frozenset({without}))
    return Mutant(f"filter-{slug(p.name)}-{suffix}", f"{p.name} selects only in the {word} list", AREA, edit=edit)


def _lax(contract: Contract, p: Parameter) -> Mutant:
    return Mutant(
        f"filter-{slug(p.name)}-lax",
        f"a malformed {p.name} is ignored, not refused",
        AREA,
        layer=layers.around(contract, LISTS, lambda: ignoring(p.name)),
    )


def ignoring(name: str) -> Around:
    """Where the parameter is refused, answer as if it had not been sent."""

    async def one(exchange: Exchange) -> Reply:
        reply = await exchange.reply()
        if reply.status == 400 and name in (json_of(reply) or {}):
            return await exchange.without(name).reply()
        return reply

    return one


def _first(contract: Contract, p: Parameter) -> Mutant:
    start = p.name.encode() + b"="

    async def one(exchange: Exchange) -> Reply:
        cut = [
            pair.replace(b"%2C", b",").partition(b",")[0] if pair.startswith(start) else pair for pair in exchange.query
        ]
        return await exchange.changed(query_string=b"&".join(cut)).reply()

    return Mutant(
        f"filter-{slug(p.name)}-first",
        f"{p.name} looks at its first value only",
        AREA,
        layer=layers.around(contract, LISTS, lambda: one),
    )


def _last_only(names: frozenset[str]) -> Around:
    async def one(exchange: Exchange) -> Reply:
        given = [name for pair in exchange.query if (name := pair.partition(b"=")[0].decode("latin-1")) in names]
        for name in dict.fromkeys(given[:-1]):
            if name != given[-1]:
                exchange = exchange.without(name)
        return await exchange.reply()

    return one
