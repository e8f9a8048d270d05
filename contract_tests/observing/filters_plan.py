"""Which rows a filter rule judges, and the query value that finds one of them.

Owns: Subject (rows whose values are known), choosing and reading it, and the value that finds a row.
Source: x-filter of each list parameter; contract, "Filters".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.context.sample import Sample
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.observing.evidence import Row
from cancelkit.contract_tests.observing.filters_values import COMPARISONS, kind, ordered, takes, text
from cancelkit.contract_tests.observing.listing import listing
from cancelkit.contract_tests.observing.names import scope_word
from cancelkit.contract_tests.observing.writes import retrieve
from cancelkit.contract_tests.oracles.instants import instant, resolution, written
from cancelkit.contract_tests.oracles.matching import value_at
from cancelkit.contract_tests.oracles.text import EMAIL
from cancelkit.spec import Contract, Filter, Parameter, Role, Schema

MOST = 40
FEW = 6
"""A filter on which the known rows show no more different values is tried with a row of each."""
LONGEST = 200
"""Longer texts are not asked for: a server or a proxy may refuse such a URL."""
PAGE = 50


@dataclass(frozen=True, slots=True)
class Subject:
    """Rows whose values are known, ascending by id, and the resolution of the date-times that they show."""

    rows: tuple[Row, ...]
    unit: timedelta
    id_field: str = "id"

    @property
    def ids(self) -> list[Any]:
        return [row[self.id_field] for row in self.rows]


def subject(context: Context, most: int = MOST) -> Subject:
    """Own rows and rows of the target's, as different from each other as can be had.

    Raises:
        Skip: the scope is empty and nothing could be created.
    """
    sample, contract, id_of = context.sample(), context.contract, context.id_of
    if not sample.rows:
        raise Skip(f"the {scope_word(contract)} holds no record and none could be created")
    if ("subject", most) not in sample.kept:
        sample.kept["subject", most] = _chosen(context, sample, most)
    found: Subject = sample.kept["subject", most]
    if contract.role(Role.RETRIEVE_DETAILED) and not contract.role(Role.LIST_DETAILED):
        now = reread(context, [id_of(row) for row in found.rows]).values()
        return replace(found, rows=tuple(sorted(now, key=id_of)))
    return found


def _chosen(context: Context, sample: Sample, most: int) -> Subject:
    contract, id_of = context.contract, context.id_of
    paths = [path for path, schema in leaves(contract.resource.detailed_schema) if kind(schema) == "date-time"]
    unit = resolution(value_at(row, path) for row in sample.rows for path in paths)
    own = [row for row in sample.rows if id_of(row) in sample.own]
    rest = [row for row in sample.rows if id_of(row) not in sample.own]
    Random(str(sorted(sample.own)[:1])).shuffle(rest)
    chosen: list[Row] = list(own[: most // 2])
    few = {name for name, rule in contract.filters.items() if len(distinct(sample.rows, rule)) <= FEW}
    covered: set[tuple[str, str]] = {fact for row in chosen for fact in _facts(contract, row, few)}
    for row in rest:
        fresh = set(_facts(contract, row, few)) - covered
        if len(chosen) < most and fresh:
            chosen.append(row)
            covered |= fresh
    chosen += [row for row in rest if row not in chosen][: most - len(chosen)]
    return Subject(tuple(sorted(chosen, key=id_of)), unit, contract.resource.id_field)


def reread(context: Context, ids: Collection[Any]) -> dict[Any, Row]:
    """Those of the records that are there now, in their most detailed form, by id."""
    contract = context.contract
    if not ids:
        return {}
    opened = contract.role(Role.LIST_DETAILED) or not contract.role(Role.RETRIEVE_DETAILED)
    found = listing(contract, Role.LIST_DETAILED) or (listing(contract) if opened else None)
    if found is not None and found.ids:
        rows: list[Any] = context.rows(found.operation, query=found.query(list(ids)), limit=PAGE)
    elif contract.role(Role.RETRIEVE_DETAILED) or contract.role(Role.RETRIEVE):

        def one(id: Any) -> Any:
            answer = retrieve(context, id, detailed=True)
            return answer.json if answer.status == 200 else None

        rows = context.parallel([partial(one, id) for id in ids])
    elif found is not None:
        rows = context.rows(found.operation, max_rows=400)
    else:
        raise Inconclusive("the contract has no operation that shows a record")
    return {context.id_of(row): row for row in rows if isinstance(row, Mapping) and context.id_of(row) in set(ids)}


def leaves(schema: Schema, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Schema]]:
    """(path, schema) of every value in a representation that is no object with properties of its own."""
    for name, inner in schema.get("properties", {}).items():
        if inner.get("properties"):
            yield from leaves(inner, (*path, name))
        else:
            yield (*path, name), inner


def _facts(contract: Contract, row: Row, few: Collection[str]) -> Iterator[tuple[str, str]]:
    """What makes a row worth having: nulls, letters beyond ASCII, instants near midnight, one of few values."""
    for name, rule in contract.filters.items():
        value = value_at(row, rule.path)
        if value is None:
            yield name, "null"
        elif name in few or rule.schema.get("enum"):
            yield name, str(value)
        elif rule.lookup == "iexact":
            yield name, "ascii" if str(value).isascii() else "letters"
            yield name, "filled"
        elif rule.transform == "date" and (moment := instant(value)):
            yield "hour", str(moment.hour if moment.hour in (0, 1, 2, 21, 22, 23) else "day")


def distinct(rows: Iterable[Row], rule: Filter) -> list[Any]:
    """The different values that rows show for a filter, nulls left out, in the order of the rows."""
    return list({str(value): value for row in rows if (value := value_at(row, rule.path)) is not None}.values())


def askable(parameter: Parameter, value: Any) -> bool:
    """Whether a value can be asked for as it is: no empty or padded text, no comma in a list, no malformed address."""
    if isinstance(value, str):
        if not value or value != value.strip() or len(value) > LONGEST or (parameter.many and "," in value):
            return False
        if parameter.schema.get("format") == "email" and not EMAIL.fullmatch(value):
            return False
    return not isinstance(value, Mapping | list)


def matching_value(parameter: Parameter, rule: Filter, row: Row) -> str | None:
    """A query value that finds `row`; None where the row is null there or its value can't be asked for."""
    value = value_at(row, rule.path)
    if value is None or not askable(parameter, value) or (rule.lookup in COMPARISONS and not ordered(rule)):
        return None
    found = _shifted(rule, value)
    return found if parameter.schema.get("format") == "email" or takes(parameter.schema, found) else None


def _shifted(rule: Filter, value: Any) -> str:
    """The value itself; for gt and lt one on the right side of it."""
    form, side = kind(rule.schema), {"gt": -1, "lt": 1}.get(rule.lookup, 0)
    moment = instant(value) if form == "date-time" else None
    if moment is not None:
        if rule.transform == "date":
            side += rule.lookup == "lte" and not rule.comparing.whole
            return (moment.astimezone(rule.comparing.zone) + timedelta(days=side)).date().isoformat()
        return written(moment + timedelta(seconds=2 * side))
    if side and form == "date":
        noon = instant(f"{value}T12:00:00Z")
        return (noon + timedelta(days=side)).date().isoformat() if noon else str(value)
    if side and form in ("integer", "number"):
        return str(Decimal(str(value)) + side)
    return text(value)
