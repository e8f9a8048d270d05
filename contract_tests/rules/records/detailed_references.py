"""What the detailed view opens is the right thing, and the same thing wherever it is opened.

Owns: detailed/same-reference, detailed/new-reference.
Source: x-behaviours detailed-agrees; x-reference; the objects with a key in the detailed representation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.observing.evidence import Row
from cancelkit.contract_tests.observing.examples import at
from cancelkit.contract_tests.observing.filters_plan import reread
from cancelkit.contract_tests.observing.sending import fields, kept
from cancelkit.contract_tests.observing.stating import Proof, from_behaviour
from cancelkit.contract_tests.observing.writes import read
from cancelkit.contract_tests.oracles.matching import value_at
from cancelkit.contract_tests.oracles.records import same
from cancelkit.contract_tests.rules.records.detailed_agrees import BEHAVIOUR
from cancelkit.contract_tests.rules.records.retrieve import Pair
from cancelkit.spec import Contract, Role, Schema

KEY = "id"
"""What identifies an object inside a record that no reference of a body names."""


@dataclass(frozen=True, slots=True)
class Entity:
    """An object in the detailed representation: where it stands, what identifies it, which properties must agree."""

    path: tuple[str, ...]
    key: str
    properties: Mapping[str, Schema]

    @property
    def name(self) -> str:
        return self.path[-1]


def entities(contract: Contract) -> list[Entity]:
    """The opened references with what they hold, then what only the detailed view has, then the others."""
    resource = contract.resource
    keys = {reference.opened_detailed: reference.key for reference in resource.references.values()}
    moving = {resource.state, *resource.set_on("change")}

    def walk(schema: Schema, path: tuple[str, ...]) -> Iterator[Entity]:
        inner = schema.get("properties", {})
        key = keys.get(path[0], KEY) if len(path) == 1 else KEY
        if key in inner:
            names = (name for name, one in inner.items() if name not in (*moving, key) and not one.get("properties"))
            yield Entity(path, key, {name: inner[name] for name in names})
        for name, one in inner.items():
            yield from walk(one, (*path, name))

    schemas = {name: field.schema for name, field in resource.detailed_fields.items()}
    opened = [name for name in keys if name in schemas]
    order = dict.fromkeys((*opened, *resource.extras, *schemas))
    return [found for name in order if name in schemas for found in walk(schemas[name], (name,))]


def _same_reference(context: Context) -> list[Row]:
    rows = context.sample().rows
    ids = [context.id_of(row) for row in rows[:: max(1, len(rows) // 8)]]
    alone: list[Row] = []
    if context.contract.role(Role.RETRIEVE_DETAILED):
        for id in ids:
            with suppress(Inconclusive):  # another client may have removed it
                alone.append(read(context, id, detailed=True))
    listed: list[Row] = list(rows) if context.contract.role(Role.LIST_DETAILED) else list(reread(context, ids).values())
    return [*listed, *alone]


def judge(found: list[Entity], id_field: str, rows: Iterable[Row]) -> Iterator[str]:
    """Opened under the same key there must stand the same thing, wherever it is opened."""
    seen: dict[tuple[str, Any], tuple[Any, Row]] = {}
    for row in rows:
        for entity in found:
            node = value_at(row, entity.path)
            if not isinstance(node, Mapping) or node.get(entity.key) is None:
                continue
            number = node[entity.key]
            first_row, first = seen.setdefault((entity.name, str(number)), (row.get(id_field), node))
            for name, schema in entity.properties.items():
                if name in node and name in first and not same(first[name], node[name], schema):
                    yield (
                        f"{entity.name} {number} has {name} {first[name]!r} in record {first_row}, "
                        f"{node[name]!r} in record {row.get(id_field)}"
                    )


def _proof(found: list[Entity], id_field: str) -> Proof:
    def row(number: int, entity: Entity, value: str) -> Row:
        shown = {entity.key: 1, **dict.fromkeys(entity.properties, value)}
        return {id_field: number, **at(entity.path, shown)}

    accepts = tuple([row(1, entity, "a"), row(2, entity, "a")] for entity in found)
    return Proof(accepts, tuple([row(1, entity, "a"), row(2, entity, "b")] for entity in found))


def _new_reference(names: list[str], context: Context) -> list[Pair]:
    """Records of given references, opened: each must show the keys that it was created with, or moved to."""
    pairs: list[Pair] = []
    first, known = names[0], context.references
    for name in names:
        if not known.get(name):
            raise Skip(f"no key for {name} is known")
    patch = context.contract.role(Role.PARTIAL_UPDATE) or context.contract.role(Role.UPDATE)
    some = context.rng.sample(list(known[first]), min(len(known[first]), 3 * context.scale))
    for number, key in enumerate(some):
        sent = {name: key if name == first else known[name][number % len(known[name])] for name in names}
        row = context.create(**sent)
        sent |= {name: context.key_of(row, name) for name in names if name == context.one_each}
        pairs.append((f"created with {first} {key}", sent, _keys(context, names, row)))
        if patch is not None and first in fields(patch):
            other = context.rng.choice(context.usable(first))
            context.call(patch, id=context.id_of(row), body={**kept(context, patch, row), first: other})
            moved = {**sent, first: other}
            pairs.append((f"moved to {first} {other}", moved, _keys(context, names, row)))
    return pairs


def _keys(context: Context, names: list[str], row: Row) -> Row:
    """The keys of what the record opens now, by body field."""
    now, found = read(context, context.id_of(row), detailed=True), dict[str, Any]()
    for name in names:
        reference = context.resource.references[name]
        found[name] = value_at(now, (str(reference.opened_detailed), reference.key))
    return found


def judge_keys(pairs: Iterable[Pair]) -> Iterator[str]:
    """What is opened must have the key that was sent."""
    for what, sent, shown in pairs:
        for name, key in sent.items():
            if str(shown.get(name)) != str(key):
                yield f"{what}: {name} {key!r} was sent, {shown.get(name)!r} is opened"


def spoken(contract: Contract, name: str) -> str:
    """A property as a noun: `order item`; without the first word of the record's own name."""
    own = contract.resource.name.replace("-", "_").partition("_")[0]
    return name.removeprefix(f"{own}_").replace("_", " ")


def rules(contract: Contract) -> Iterator[Rule]:
    resource = contract.resource
    if not (contract.role(Role.LIST_DETAILED) or contract.role(Role.RETRIEVE_DETAILED)):
        return
    found = [entity for entity in entities(contract) if entity.properties]
    if found:
        *most, last = dict.fromkeys(spoken(contract, entity.name) for entity in found)
        nouns = f"{', '.join(most)} or {last}" if most else last
        requires = f"{'An' if nouns[0] in 'aeiou' else 'A'} {nouns} shows the same in every record that opens it."
        look, judged = _same_reference, partial(judge, found, resource.id_field)
        proof = _proof(found, resource.id_field)
        yield from from_behaviour(
            contract, BEHAVIOUR, "detailed/same-reference", look, judged, proof, requires=requires, writes=False
        )
    settable = fields(contract.role(Role.CREATE))
    names = [name for name, one in resource.references.items() if name in settable and one.opened_detailed]
    if names and contract.role(Role.RETRIEVE_DETAILED):
        nouns = " and ".join(f"the {spoken(contract, name)}" for name in names)
        a, b = {names[0]: 1}, {names[0]: 2}
        yield from from_behaviour(
            contract,
            BEHAVIOUR,
            "detailed/new-reference",
            partial(_new_reference, names),
            judge_keys,
            Proof(([("a", a, a)],), ([("a", a, b)], [("a", a, {})])),
            requires=f"The detailed view opens {nouns} that the record was given.",
        )
