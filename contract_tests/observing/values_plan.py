"""Which values the fields of a body meet: each kind of value, in each operation, with as few writes as that takes.

Owns: Step, `plan` (stages of writes, each about other records), the tables of field, operation and kind of value.
Knows nothing of: targets; which keys a reference takes is known only in a run.
Source: the schemas of the bodies; spec.values.catalogue.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from cancelkit.contract_tests.context.bodies import values_of
from cancelkit.contract_tests.engine.cells import Cell, Table
from cancelkit.contract_tests.observing.names import bodies
from cancelkit.contract_tests.observing.sending import fields
from cancelkit.spec import Contract, Field, Operation
from cancelkit.spec.values import Edge, NoValue, key

FEW = 6
"""So many records show in quick that what an update leaves out stands."""
KEY = "a key"
"""The kind of a reference's values."""
Menu = Mapping[str, tuple[Edge, ...]]


@dataclass(frozen=True, slots=True)
class Step:
    """A write about the record with this number: by which operation, and which kinds of values it sends."""

    record: int
    area: str
    sent: Mapping[str, Edge]


def menus(contract: Contract) -> dict[str, Menu]:
    """For each operation that takes fields, by area, what each of its fields is tried with; the state has its rules."""
    order = {"create": 0, "patch": 1, "put": 2}
    found = sorted(bodies(contract), key=lambda pair: order[pair[0]])
    return {area: menu for area, operation in found if (menu := _menu(contract, operation))}


def _menu(contract: Contract, operation: Operation) -> Menu:
    known = {name: field for name, field in fields(operation).items() if name != contract.resource.state}
    return {name: edges for name, field in known.items() if (edges := _edges(contract, name, field))}


def _edges(contract: Contract, name: str, field: Field) -> tuple[Edge, ...]:
    if name in contract.resource.references:
        return (Edge(None, KEY),)
    try:
        found = values_of(field).catalogue
    except NoValue:
        return ()
    refused = contract.chosen("empty-text") == "refused"
    return tuple(edge for edge in found if not (refused and isinstance(edge.value, str) and not edge.value.strip()))


def plan(contract: Contract, scale: int) -> list[list[Step]]:
    """Stages, each of writes by one operation about records of their own: creates first.

    In quick every kind of value is sent once, by one of the operations, and null by each; else by each of them, in deep
    twice.
    """
    found = menus(contract)
    if "create" not in found:
        return []
    return _brief(found) if scale == 1 else [stage for _ in range(scale - 1) for stage in _whole(found)]


def _brief(found: Mapping[str, Menu]) -> list[list[Step]]:
    areas = list(found)
    rounds = max(len(edges) for menu in found.values() for edges in menu.values())
    rounds += -rounds % len(areas)
    stages: list[list[Step]] = [[] for _ in areas]
    for number in range(rounds):
        record, turn = divmod(number, len(areas))
        menu = found[areas[turn]]
        sent = {name: edges[(number + at) % len(edges)] for at, (name, edges) in enumerate(menu.items())}
        stages[turn].append(Step(record, areas[turn], sent))
    for turn, (area, menu) in enumerate(found.items()):
        null = {
            name: edge for name, edges in menu.items() for edge in edges if edge.value is None and edge.label != KEY
        }
        if null or not turn:
            stages[turn].append(Step(rounds // len(areas), area, null))
    halves = [(area, half) for half, area in enumerate(area for area in areas if area != "create")]
    return [*stages, *([_part(found[area], area, half, record) for record in range(FEW)] for area, half in halves)]


def _part(menu: Menu, area: str, half: int, record: int) -> Step:
    """Every other field, so that the rest stands."""
    every = {name: edges[record % len(edges)] for name, edges in menu.items()}
    sent = {name: edge for at, (name, edge) in enumerate(every.items()) if (at + half + record) % 2}
    return Step(record, area, sent or every)


def _whole(found: Mapping[str, Menu]) -> list[list[Step]]:
    """A create of each record, then each update: of every record with two of three fields, and again for what is left.

    So what a write sets stands while the next writes others; which fields are left out differs between records and
    operations.
    """
    size = max(len(edges) for edges in found["create"].values())
    now: list[dict[str, Edge]] = [{} for _ in range(size)]
    queues = {a: {n: _Queue(e, a, odd=at % 2 == 1) for at, (n, e) in enumerate(m.items())} for a, m in found.items()}
    updates = [area for area in found if area != "create"]
    stages: list[list[Step]] = []
    for number, area in enumerate(["create", *updates, *updates]):
        queue, turn, stage = queues[area], int(area == "put"), list[Step]()
        for record in range(size):
            names = [name for at, name in enumerate(queue) if (at + record + turn) % 3 or len(queue) < 2]
            names = list(queue) if area == "create" else names
            if number > len(updates):
                names = [name for name in names if queue[name].left]
            sent = {name: queue[name].next(now[record].get(name)) for name in names}
            now[record].update(sent)
            stage += [Step(record, area, sent)] * bool(sent)
        stages.append(stage)
    return stages


class _Queue:
    """The kinds of one field in one operation, each once before one comes again; of few values, each after each.

    Creates take them in order and so leave one half to stand; updates take the other half first, from its end.
    """

    def __init__(self, edges: tuple[Edge, ...], area: str, *, odd: bool) -> None:
        half = len(edges) // 2
        turned = edges[::-1] if not odd else (*edges[:half][::-1], *edges[half:][::-1])
        self._edges = {"create": edges, "patch": turned}.get(area, (*edges[half // 2 :], *edges[: half // 2]))
        self._moves: set[tuple[str, str]] = set()
        self._taken = 0

    @property
    def left(self) -> bool:
        """Whether a kind was not taken yet, or of few kinds not each after each."""
        few = moves(self._edges) and len(self._moves) < len(self._edges) ** 2
        return few or self._taken < len(self._edges)

    def next(self, now: Edge | None) -> Edge:
        edge = self._edges[self._taken % len(self._edges)]
        self._taken += 1
        if moves(self._edges) and now is not None:
            edge = next((one for one in self._edges if (now.label, one.label) not in self._moves), edge)
            self._moves.add((now.label, edge.label))
        return edge


def moves(edges: tuple[Edge, ...]) -> bool:
    """Whether the values are so few that each is to follow each."""
    return 1 < len(edges) <= 12 and len({key(edge.value) for edge in edges}) == len(edges)


def tables(contract: Contract) -> Iterator[Table]:
    """Kinds of values; and, of fields with few values, each after each."""

    def kinds(scale: int) -> Iterator[Cell]:
        for step in chain.from_iterable(plan(contract, scale)):
            yield from ((step.area, name, edge.label) for name, edge in step.sent.items())

    def pairs(scale: int) -> Iterator[Cell]:
        now: dict[tuple[int, str], str] = {}
        found = menus(contract)
        for step in chain.from_iterable(plan(contract, scale)):
            for name, edge in step.sent.items():
                before = now.get((step.record, name))
                if before and step.area != "create" and moves(found[step.area][name]):
                    yield step.area, name, before, edge.label
                now[step.record, name] = edge.label

    def standing(scale: int) -> Iterator[Cell]:
        now: dict[int, dict[str, str]] = {}
        for step in chain.from_iterable(plan(contract, scale)):
            known = now.setdefault(step.record, {})
            if step.area != "create":
                yield from ((step.area, name, kind) for name, kind in known.items() if name not in step.sent)
            known.update({name: edge.label for name, edge in step.sent.items()})

    says = "a kind of value that an operation was sent for a field, and that came back"
    yield Table("values", says, ("operation", "field", "kind"), kinds)
    says = "a kind of value of a field that an operation left out, and that stood"
    yield Table("standing", says, ("operation", "field", "kind"), standing)
    says = "one of a field's few values that an operation set after another"
    yield Table("moves", says, ("operation", "field", "old", "new"), pairs)
