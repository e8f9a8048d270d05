"""Which formats filters check: a server may take any text where the contract names an e-mail address.

Owns: what is tried, and the topic of the formats that are not checked.
Source: docs/learn.md, "Formats of filters"; JSON Schema, which leaves to a server whether it checks a format.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from cancelkit.contract_tests.choices.queries import compared
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.engine.verdict import Finding
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.learning.looking import confirmed, failed, looking
from cancelkit.contract_tests.learning.placing import Place, followed, standing
from cancelkit.contract_tests.learning.topic import Node, Statement, Topic, replaced, target
from cancelkit.contract_tests.observing.filters_malformed import checked, malformed
from cancelkit.contract_tests.observing.filters_values import takes
from cancelkit.contract_tests.observing.listing import Listing, key, listings
from cancelkit.contract_tests.observing.paging_chosen import chosen
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Level

NAME = "Which formats filters check"
ANY = "any text"
POINT = "malformed-filter"
"""The point that says what becomes of values that do not parse."""


@dataclass(frozen=True, slots=True)
class Formatted:
    """A filter whose values have a format. value: breaks that and nothing else. place: of the parameter."""

    listing: Listing
    name: str
    format: str
    value: str
    place: Place


class Formats:
    """The look at every such filter."""

    def __init__(self, contract: Contract) -> None:
        choice = contract.choices[POINT]
        self._document = contract.document
        self._level: Level | None = choice.fact.level if choice.binding and choice.chosen == "refused" else None
        self._filters = {point(one): one for one in reversed(formatted(contract))}
        self._found: dict[str, tuple[str, int]] = {}

    def rules(self) -> Iterator[Rule]:
        for name, one in self._filters.items():
            yield looking(name, partial(self._look, name, one), writes=False, quiet=not one.listing.ids)

    def watch(self, answer: Answer) -> None:
        """Nothing: it asks for itself."""

    def _look(self, name: str, one: Formatted, context: Context) -> None:
        found = confirmed(partial(_taken, one, context), one.format)
        self._found[name] = found, len(context.trace)

    def topics(self, findings: Mapping[str, Finding]) -> Iterator[Topic]:
        said = [
            Statement(
                name,
                self._found[name][0] if name in self._found else None,
                one.format,
                self._level,
                failed(findings, name),
                (f"filters/*/{key(one.name)}/refuses",),
            )
            for name, one in self._filters.items()
        ]
        if said:
            exchanges = sum(number for _, number in self._found.values())
            yield Topic(NAME, tuple(said), partial(self._build, said), exchanges)

    def _build(self, said: Sequence[Statement], seen: Node, accept: bool, before: Sequence[Node]) -> list[Node]:
        """A schema is replaced as a whole: an overlay removes no texts."""
        looked, made = set[str](), list[Node]()
        for one, fact in zip(self._filters.values(), said, strict=True):
            here = {target(one.place), target((*one.place, "schema"))}
            looked |= here
            if fact.option is None:
                made += [action for action in before if action["target"] in here]
            elif not fact.confirms and (accept or not fact.contradicts):
                schema = _unformatted(self._document, standing(self._document, one.place)["schema"])
                away, put = replaced(one.place, "schema", schema, there=True)
                made += [away, {"target": put["target"], "x-seen": seen, **put}]
        return [*(action for action in before if action["target"] not in looked), *made]


def formatted(contract: Contract) -> list[Formatted]:
    """Every filter with a format that a server need not check; one that several lists share stands there once."""
    found = dict[Place, Formatted]()
    for listing in listings(contract):
        for name, parameter, _ in listing.judged:
            plain, place = checked(parameter.schema), _place(contract.document, listing, name)
            value = next((v for v in malformed(parameter.schema) if takes(plain, v)), None)
            if value is not None and place is not None:
                found.setdefault(place, Formatted(listing, name, parameter.schema["format"], value, place))
    return list(found.values())


def point(one: Formatted) -> str:
    """A parameter that stands below one list alone is called after that, too."""
    return f"format {one.name}" if one.place[0] == "components" else f"format {one.listing.name}.{one.name}"


def _place(document: Mapping[str, Any], listing: Listing, name: str) -> Place | None:
    """Where a parameter with a schema stands."""
    item = ("paths", listing.operation.path)
    for holder in ((*item, listing.operation.method.lower()), item):
        for index, node in enumerate(standing(document, holder).get("parameters", ())):
            place, found = followed(document, (*holder, "parameters", index), node)
            if (found.get("name"), found.get("in")) == (name, "query"):
                return place if "schema" in found else None
    return None


def _unformatted(document: Mapping[str, Any], node: Any) -> dict[str, Any]:
    _, node = followed(document, (), node)
    found = {name: value for name, value in node.items() if name != "format"}
    return found | ({"allOf": [_unformatted(document, part) for part in node["allOf"]]} if "allOf" in node else {})


def _taken(one: Formatted, context: Context) -> str:
    """The format, or ANY, as a server takes a value that breaks it.

    Raises:
        Inconclusive: it does so with every malformed value, or something else.
    """
    others = {
        name: values[0]
        for name, parameter, _ in one.listing.judged
        if name != one.listing.ids and (values := malformed(checked(parameter.schema)))
    }
    tried = {one.name: one.value, **dict(list(others.items())[:1])}
    known = chosen(context, one.listing, without=tried)
    found = [compared(one.listing, context, known, {name: value}, "matches-nothing") for name, value in tried.items()]
    known.check()
    option = found[0].option
    if option == "refused":
        return one.format
    if option != "matches-nothing":
        raise Inconclusive(f"a value that breaks it is {option or found[0].said}")
    if option == found[-1].option and others:
        raise Inconclusive("malformed values of other filters find nothing either")
    return ANY
