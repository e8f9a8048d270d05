"""How large an integer a field takes, where the contract leaves its maximum open.

Owns: which values are tried, and the topic of the bounds that were found.
Source: docs/learn.md, "How large a number may be"; the sizes of integers in databases and languages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from cancelkit.contract_tests.choices.detector import is_refusal
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.engine.verdict import Finding
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.learning.looking import confirmed, failed, looking
from cancelkit.contract_tests.learning.placing import Place, called, followed, parts, standing
from cancelkit.contract_tests.learning.topic import Node, Statement, Topic, target
from cancelkit.contract_tests.observing.names import updates
from cancelkit.contract_tests.observing.sending import fields
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.contract_tests.wording.bodies import sent
from cancelkit.spec import Contract, Field, Operation, Role

NAME = "How large a number may be"
USUAL = tuple(2**bits - 1 for bits in (7, 8, 15, 16, 31, 32, 53, 63))
"""The largest integers of columns and languages; the mock takes none above the last one."""
OPEN = "Whether more is taken; the maximum here is the largest usual bound that a server was seen to take."


@dataclass(frozen=True, slots=True)
class Bounded:
    """A field of a body whose maximum is open. place: of the schema that has it. learned: its maximum was."""

    operation: Operation
    name: str
    maximum: int
    place: Place
    learned: bool

    @property
    def point(self) -> str:
        return f"maximum {called(self.place)}"


class Bounds:
    """The look at every such field."""

    def __init__(self, contract: Contract) -> None:
        self._fields = {one.place: one for one in reversed(bounded(contract))}
        self._found: dict[Place, tuple[int, int]] = {}

    def rules(self) -> Iterator[Rule]:
        for one in self._fields.values():
            yield looking(one.point, partial(self._look, one))

    def watch(self, answer: Answer) -> None:
        """Nothing: it asks for itself."""

    def _look(self, one: Bounded, context: Context) -> None:
        found = confirmed(partial(_largest, one, context), one.maximum)
        self._found[one.place] = found, len(context.trace)

    def topics(self, findings: Mapping[str, Finding]) -> Iterator[Topic]:
        said = [
            Statement(
                one.point, str(self._found[place][0]) if place in self._found else None, str(one.maximum), None, why
            )
            for place, one in self._fields.items()
            for why in (failed(findings, one.point),)
        ]
        if said:
            exchanges = sum(number for _, number in self._found.values())
            yield Topic(NAME, tuple(said), partial(self._build, said), exchanges)

    def _build(self, said: Sequence[Statement], seen: Node, accept: bool, before: Sequence[Node]) -> list[Node]:
        old, made = {one["target"]: one for one in before}, list[Node]()
        for place, one in zip(self._fields, said, strict=True):
            here = target(place)
            if one.option is not None and not one.confirms:
                made.append({"target": here, "x-seen": seen, "update": {"maximum": int(one.option), "x-open": OPEN}})
            elif here in old:
                made.append(old[here])
        return made


def bounded(contract: Contract) -> list[Bounded]:
    """Every such field, of the create and of each update; none where no record can be created."""
    create = contract.role(Role.CREATE)
    operations = [create, *(operation for _, operation in updates(contract))] if create else []
    return [one for operation in operations for one in _bounded(contract, operation)]


def _bounded(contract: Contract, operation: Operation) -> Iterator[Bounded]:
    for name, field in fields(operation).items():
        if field.type == "integer" and field.fact.open and not field.reference and "maximum" in field.schema:
            for place in _places(contract, operation, name, field):
                yield Bounded(operation, name, int(field.schema["maximum"]), place, field.fact.open == OPEN)


def _places(contract: Contract, operation: Operation, name: str, field: Field) -> Iterator[Place]:
    """Where the field's maximum stands."""
    document = contract.document
    place: Place = ("paths", operation.path, operation.method.lower(), "requestBody")
    place, body = followed(document, place, standing(document, place))
    for media, node in body.get("content", {}).items():
        for where, part in parts(document, (*place, "content", media, "schema"), node.get("schema", {})):
            inner = part.get("properties", {}).get(name)
            for found, schema in parts(document, (*where, "properties", name), inner):
                if schema.get("maximum") == field.schema["maximum"]:
                    yield found


def _largest(one: Bounded, context: Context) -> int:
    """The largest usual bound that is taken, beyond which nothing is.

    Raises:
        Inconclusive: it is no usual one.
    """
    takes, known = partial(_takes, one, context), sorted({*USUAL, one.maximum})
    here = known.index(one.maximum)
    if takes(one.maximum):
        found = one.maximum
        for bound in known[here + 1 :]:
            if not takes(bound):
                break
            found = bound
        else:
            return found
    else:
        found = next((bound for bound in reversed(known[:here]) if takes(bound)), 0)
    if not found:
        raise Inconclusive("it takes no usual bound")
    if takes(found + 1):
        raise Inconclusive(f"it takes {found + 1}, and not the next usual bound")
    return found


def _takes(one: Bounded, context: Context, value: int) -> bool:
    answer = sent(context, one.operation, {one.name: value})
    if not answer.ok and not is_refusal(answer):
        raise Inconclusive(f"{value} is answered {answer.status}")
    shown = answer.json.get(one.name, value) if answer.ok and isinstance(answer.json, dict) else None
    if answer.ok and shown != value:
        raise Inconclusive(f"{value} is kept as {shown!r}")
    return answer.ok
