"""One contract under edit: where its bodies, answers, filters and states stand in the document.

Owns: Editor, and following references; it chooses at random, and changes the document (plain data) in place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import Any

from cancelkit.spec.contract import Contract
from cancelkit.spec.model import Operation, Role

Document = dict[str, Any]
Node = dict[str, Any]
JSON = "application/json"


class Editor:
    """Where things stand in documents of one contract."""

    def __init__(self, contract: Contract, random: Random) -> None:
        self.contract = contract
        self._random = random

    def node(self, document: Document, operation: Operation) -> Node:
        found: Node = document["paths"][operation.path][operation.method.lower()]
        return found

    def body(self, document: Document, role: Role) -> Node | None:
        """The schema of the body of the operation with this role, as it stands in the document."""
        operation = self.contract.role(role)
        if operation is None or operation.body is None:
            return None
        return followed(document, self.node(document, operation)["requestBody"]["content"][JSON]["schema"])

    def bodies(self, document: Document) -> Iterator[Node]:
        seen: list[int] = []
        for role in (Role.CREATE, Role.UPDATE, Role.PARTIAL_UPDATE):
            schema = self.body(document, role)
            if schema is not None and id(schema) not in seen:
                seen.append(id(schema))
                yield schema

    def shown(self, document: Document) -> list[Node]:
        """The schemas that hold the properties of a record as it is answered: the parts of an allOf, or the one."""
        roles = (Role.RETRIEVE, Role.RETRIEVE_DETAILED, Role.CREATE)
        found: list[Node] = []
        for role in roles:
            operation = self.contract.role(role)
            if operation is None:
                continue
            answers = self.node(document, operation)["responses"]
            status = next(status for status in answers if status.startswith("2"))
            answer = followed(document, answers[status])
            for part in parts(document, answer["content"][JSON]["schema"]):
                if not any(part is known for known in found):
                    found.append(part)
        return found

    def places(self, document: Document, name: str) -> list[Node]:
        """Every mapping of properties, of bodies and of answers, in which a field stands."""
        schemas = [*self.bodies(document), *self.shown(document)]
        return [schema["properties"] for schema in schemas if name in schema.get("properties", {})]

    def plain_fields(self, *, kinds: tuple[str, ...] = ("string", "integer", "number", "boolean")) -> list[str]:
        """Fields that a create body sets, that are no references and no state, of these types, without an enum."""
        operation = self.contract.role(Role.CREATE)
        fields = operation.body.fields if operation and operation.body else {}
        state = self.contract.resource.state
        return [
            name
            for name, field in fields.items()
            if not field.reference and name != state and field.type in kinds and not field.enum and not field.read_only
        ]

    def put_everywhere(self, document: Document, name: str, schema: Node) -> None:
        """Add a property to all bodies, and to one part of each answered representation."""
        for body in self.bodies(document):
            body.setdefault("properties", {})[name] = deepcopy(schema)
        self.answer(document, name, schema)

    def answer(self, document: Document, name: str, schema: Node) -> None:
        """Add a property to each answered representation, once."""
        for role in (Role.RETRIEVE, Role.RETRIEVE_DETAILED, Role.CREATE):
            operation = self.contract.role(role)
            if operation is None:
                continue
            answers = self.node(document, operation)["responses"]
            status = next(status for status in answers if status.startswith("2"))
            schemas = parts(document, followed(document, answers[status])["content"][JSON]["schema"])
            if not any(name in part.get("properties", {}) for part in schemas):
                schemas[-1].setdefault("properties", {})[name] = deepcopy(schema)

    def status_node(self, document: Document) -> Node | None:
        """The schema that has x-transitions."""
        state = self.contract.resource.state
        for part in self.shown(document):
            if state in part.get("properties", {}):
                return followed(document, part["properties"][state])
        return None

    def pick(self, choices: Any) -> Any:
        return self._random.choice(list(choices))

    def new_name(self) -> str:
        return self.pick(("contact_phone", "note", "weight", "due", "tags2", "İçerik", "channel_ref", "type", "x1"))


def followed(document: Document, node: Node) -> Node:
    while "$ref" in node:
        found: Any = document
        for key in node["$ref"][2:].split("/"):
            found = found[key.replace("~1", "/").replace("~0", "~")]
        node = found
    return node


def parts(document: Document, node: Node) -> list[Node]:
    node = followed(document, node)
    if "allOf" not in node:
        return [node]
    return [part for inner in node["allOf"] for part in parts(document, inner)]


Made = tuple[str, ...] | None
"""What was done, and the words (field, parameter, operation) that rules about it have in their ids."""
Family = Callable[[Editor, Document], Made]
