"""Filters that select other rows than they should, or take what is no value.

Owns: for each filter of the contract: ignored, another comparison, a neighbouring field, one list only, lax.
Source: x-filter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from cancelkit.mockserver.mutants import editing
from cancelkit.mockserver.mutants.exchange import JSON, Exchange, refused
from cancelkit.mockserver.mutants.maker import ITEM, LISTS, Maker
from cancelkit.mockserver.mutants.mutant import Mutant, given
from cancelkit.mockserver.mutants.naming import sampled, slug
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract, Filter, Parameter, Role, Schema

COMPARED = {
    "gt": ("gte", "inclusive", "includes the bound"),
    "gte": ("gt", "exclusive", "leaves the bound out"),
    "lt": ("lte", "inclusive", "includes the bound"),
    "lte": ("lt", "exclusive", "leaves the bound out"),
}
REVERSED = {"gt": "lt", "gte": "lte", "lt": "gt", "lte": "gte"}
CUTS = (1, 20, 50, 100)
"""So many values of a filter that takes several are looked at."""
AS_INSTANT = frozenset({"gt", "lte", "exact"})
"""Comparisons in which a day's first instant is not as good as the day."""


def family(contract: Contract) -> Iterator[Mutant]:
    """Every mutant of every filter that a suite may judge."""
    maker = Maker(contract, "filters")
    filters = judged(contract)
    every = filters.values()
    yield from sampled((_changed(maker, p, "ignored", "selects nothing", lambda f: None) for p in every), 5)
    yield from sampled((m for p in every for m in _compared(maker, p)), 7)
    yield from sampled((m for p in every for m in _neighbour(maker, p)), 3)
    both = [p for p in every if all(_has(contract, role, p.name) for role in LISTS)]
    for without, word in ((Role.LIST_DETAILED, "plain"), (Role.LIST, "detailed")):
        says, roles = f"selects only in the {word} list", frozenset({without})
        yield from sampled((_changed(maker, p, f"{word}-only", says, lambda f: None, roles) for p in both), 2)
    if contract.behaviour("filter-refuses-malformed"):
        yield from sampled((_lax(maker, p) for p in every if refuses(p)), 3)
        if contract.behaviour("filters-combine"):
            names = frozenset(filters)
            yield from sampled((_lax_beside(maker, p, names) for p in every if refuses(p) and names - {p.name}), 2)
    for most in CUTS:
        yield from sampled((_first(maker, p, most) for p in every if p.many and _takes_more(p, most)), 2)
    items = any(operation.role in ITEM for operation in contract.operations.values())
    if filters and items and contract.behaviour("list-parameters-ignored") and contract.role(Role.CREATE):
        says = "an operation on one record that is sent a filter does not find the record"
        yield maker.always("item-filtered", says, ITEM, partial(_hidden, frozenset(filters)))
    if len(filters) > 1:
        says = "of several filters only the last one counts"
        yield maker.always("filters-last-only", says, LISTS, partial(_last_only, frozenset(filters)))


def judged(contract: Contract) -> dict[str, Parameter]:
    """The filters that a suite may judge, by name."""
    parameters = (p for o in contract.operations.values() for p in o.parameters)
    return {p.name: p for p in parameters if p.filter and not left_open(p)}


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


def _changed(
    maker: Maker,
    p: Parameter,
    kind: str,
    says: str,
    change: Callable[[Filter], Filter | None],
    roles: frozenset[Role] = LISTS,
) -> Mutant:
    edit = editing.parameter(p.name, roles, lambda p: replace(p, filter=change(p.filter) if p.filter else None))
    return maker.edit(f"filter-{slug(p.name)}-{kind}", f"{p.name} {says}", edit)


def _compared(maker: Maker, p: Parameter) -> Iterator[Mutant]:
    rule = given(p.filter)
    if rule.lookup == "iexact":
        yield _changed(maker, p, "case", "is case-sensitive", lambda f: replace(f, lookup="exact"))
    if rule.lookup in COMPARED:
        other, word, says = COMPARED[rule.lookup]
        yield _changed(maker, p, word, says, lambda f: replace(f, lookup=other))
        back = REVERSED[rule.lookup]
        yield _changed(maker, p, "reversed", "compares the other way round", lambda f: replace(f, lookup=back))
    if rule.transform == "date" and rule.lookup in AS_INSTANT and rule.comparing.whole:
        yield _changed(maker, p, "as-instant", "compares instants, not days", lambda f: replace(f, transform=None))


def _neighbour(maker: Maker, p: Parameter) -> Iterator[Mutant]:
    rule = given(p.filter)
    if rule.lookup == "in" or "enum" in rule.schema:
        return
    wanted = (rule.schema.get("type"), rule.schema.get("format"))
    like = [
        (path, nullable)
        for path, schema, nullable in _leaves(maker.contract.resource.detailed_schema)
        if path != rule.path and (schema.get("type"), schema.get("format")) == wanted and "enum" not in schema
    ]
    if like:
        path, nullable = max(like, key=lambda one: _nearness(one[0], rule.path))
        says = f"compares {'.'.join(path)}"
        yield _changed(maker, p, "neighbour", says, lambda f: replace(f, path=path, nullable=nullable))


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


def _lax(maker: Maker, p: Parameter) -> Mutant:
    says = f"a malformed {p.name} is ignored, not refused"
    return maker.always(f"filter-{slug(p.name)}-lax", says, LISTS, partial(ignoring, p.name))


async def ignoring(name: str, exchange: Exchange) -> Reply:
    """Where the parameter is refused, answer as if it had not been sent."""
    reply = await exchange.reply()
    if refused(reply, name):
        return await exchange.without(name).reply()
    return reply


def _lax_beside(maker: Maker, p: Parameter, names: frozenset[str]) -> Mutant:
    says = f"a malformed {p.name} is ignored beside another filter"
    others = names - {p.name}
    return maker.always(f"filter-{slug(p.name)}-lax-beside", says, LISTS, partial(ignoring_beside, others, p.name))


async def ignoring_beside(others: frozenset[str], name: str, exchange: Exchange) -> Reply:
    """As `ignoring`, where one of the others is in the query, too."""
    return await (exchange.reply() if others.isdisjoint(exchange.sent) else ignoring(name, exchange))


def _takes_more(p: Parameter, most: int) -> bool:
    """Whether a query may have more than `most` values of the parameter."""
    most_ever = p.schema.get("maxItems", most + 1)
    if p.schema.get("uniqueItems") and "enum" in p.schema.get("items", {}):
        most_ever = min(most_ever, len(p.schema["items"]["enum"]))
    return bool(most_ever > most)


def _first(maker: Maker, p: Parameter, most: int) -> Mutant:
    start = p.name.encode() + b"="

    def cut(pair: bytes) -> bytes:
        if not pair.startswith(start):
            return pair
        return b",".join(pair.replace(b"%2C", b",").split(b",")[:most])

    async def one(exchange: Exchange) -> Reply:
        return await exchange.with_query(map(cut, exchange.query)).reply()

    name = f"filter-{slug(p.name)}-first{'' if most == 1 else f'-{most}'}"
    return maker.always(
        name, f"{p.name} looks at its first {'value' if most == 1 else f'{most} values'} only", LISTS, one
    )


async def _hidden(names: frozenset[str], exchange: Exchange) -> Reply:
    known = {parameter.name for parameter in exchange.called.parameters}
    if (names & set(exchange.sent)) - known:
        return Reply(404, b'{"detail": "Not found.", "code": "not_found"}', (JSON,))
    return await exchange.reply()


async def _last_only(names: frozenset[str], exchange: Exchange) -> Reply:
    sent = [name for name in exchange.sent if name in names]
    for name in dict.fromkeys(sent[:-1]):
        if name != sent[-1]:
            exchange = exchange.without(name)
    return await exchange.reply()
