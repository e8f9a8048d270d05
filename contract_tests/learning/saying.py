"""What was said of a kind of fault, as a node of x-errors: templates made of texts, the topic of the errors.

Owns: `together` (of one place), `otherwise` (what is said at another place), `topics`.
Knows nothing of: where it was heard, whether asked for (errors.py) or recorded (refused.py).
Source: spec/wording.py; docs/learn.md, "Errors".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from itertools import takewhile
from typing import Any

from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.learning.topic import Node, Statement, Topic, replaced
from cancelkit.contract_tests.wording.probe import Said, agree
from cancelkit.spec import Contract, Level
from cancelkit.spec.wording import ANY, ERROR, KINDS, REST, Wording, wording

NAME = "What errors say"
LEAST = 6
"""So many letters must texts share for a template to be made of them."""
Found = Mapping[str, tuple[Node, int]]
"""By kind: the node, and how many calls it rests on."""


def together(kind: str, said: Sequence[Said]) -> dict[str, Any]:
    """Text and code, as far as they are the same each time, and where the text stands, if that is not where it usually
    does.

    Raises:
        Inconclusive: it is refused otherwise each time.
    """
    agree(said)
    text, code, under = template(*said), said[0].code, said[0].under
    node = {**({} if text is None else {"text": text}), **({} if code is None else {"code": code})}
    if under not in (None, KINDS[kind].under) and {(one.status, one.under) for one in said} == {(400, under)}:
        node["under"] = under
    if not node:
        raise Inconclusive("it has neither a text nor a code that is the same each time")
    return node


def as_said(here: Wording, said: Said) -> bool:
    """Whether a refusal says what is known to be said there."""
    stands = here.under is None or said.under == here.under
    return stands and here.admits(said.text or "", said.values) and said.code == here.code


def otherwise(usual: Wording, here: Wording, node: Node) -> Node:
    """What of a node of another place is not what is said everywhere, or what is known to be said there."""
    found = {"text": ANY, **node}
    return {key: value for key, value in found.items() if (value, value) != (getattr(usual, key), getattr(here, key))}


def stated(contract: Contract, kind: str, node: Node) -> Wording:
    """The node as the contract would have it."""
    return wording(kind, {**node, "level": Level.OBSERVED.value}, f"x-errors/{kind}", contract.operations)


def template(*said: Said) -> str | None:
    """The text with places for what it shows of what was sent, and for what differs beside that."""
    texts = [placed(one.text, one.values) for one in said if one.text is not None]
    if len(texts) < len(said):
        return None
    if len(set(texts)) == 1:
        return texts[0]
    start = _common(texts)
    end = _common([text[len(start) :][::-1] for text in texts])[::-1]
    start, end = _whole(start, -1), _whole(end, 1)
    return f"{start}{{{REST}}}{end}" if len(start.strip()) + len(end.strip()) >= LEAST else None


def _common(texts: Sequence[str]) -> str:
    """What all begin with."""
    same = takewhile(lambda letters: len(set(letters)) == 1, zip(*texts, strict=False))
    return "".join(letters[0] for letters in same)


def placed(text: str, values: Mapping[str, str]) -> str:
    """The text with each value that it shows replaced by its place; long values first."""
    for name, value in sorted(values.items(), key=lambda pair: -len(pair[1])):
        if value:
            text = text.replace(value, f"{{{name}}}")
    return text


def _whole(text: str, side: int) -> str:
    """The text without the word that it is cut in, at its end (-1) or beginning (1)."""
    words = text.rsplit(" ", 1) if side < 0 else text.split(" ", 1)
    if len(words) < 2:
        return ""
    return f"{words[0]} " if side < 0 else f" {words[1]}"


def topics(contract: Contract, kinds: Collection[str], found: Found, whys: Mapping[str, str]) -> Iterator[Topic]:
    """The topic of the errors; none where there are no kinds.

    whys: why a kind is not told.
    """
    said = []
    for kind in kinds:
        why, known = whys.get(kind, ""), contract.wordings.get(kind)
        node = None if why or kind not in found else found[kind][0]
        was, level = (known.said, known.fact.level) if known else (None, None)
        option = stated(contract, kind, node).said if node else None
        said.append(Statement(f"{ERROR}{kind}", option, was, level, why, (f"choices/{ERROR}{kind}",)))
    if said:
        exchanges = sum(number for _, number in found.values())
        yield Topic(NAME, tuple(said), partial(_build, contract, found, said), exchanges)


def _build(
    contract: Contract, found: Found, said: Sequence[Statement], seen: Node, accept: bool, before: Sequence[Node]
) -> list[Node]:
    old: dict[str, Node] = {}
    for action in before:
        old.update(action.get("update", {}).get("x-errors", {}))
    nodes: dict[str, Node] = {}
    for one in said:
        kind = one.point.removeprefix(ERROR)
        if one.option is None or (one.contradicts and not accept):
            nodes |= {kind: old[kind]} if kind in old and one.option is None else {}
        elif not one.confirms or one.level is Level.ASSUMED:
            nodes[kind] = {**found[kind][0], "level": Level.OBSERVED.value}
        elif kind in old:
            nodes[kind] = old[kind]
    if not nodes:
        return []
    there = contract.document.get("x-errors", {})
    made: list[Node] = []
    for kind in [kind for kind in nodes if kind in there]:
        made += replaced(("x-errors",), kind, nodes[kind], there=True)
    new = {kind: node for kind, node in nodes.items() if kind not in there}
    return [*made, *([{"target": "$", "x-seen": seen, "update": {"x-errors": new}}] if new else [])]
