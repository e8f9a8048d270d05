"""What was learned, as an overlay of the contract.

Owns: the overlay's form, what of an earlier one is kept, and what has changed since.
Source: OpenAPI Overlay 1.0.0; docs/spec-extensions.md, "Choices".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, starmap
from pathlib import Path
from typing import Any

import yaml

from cancelkit.contract_tests.errors import Cause, CouldNotRun
from cancelkit.contract_tests.learning.observing import Learned, Lesson
from cancelkit.spec import Level

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an overlay that was learned before says. choices: by point. title: its own. topics: actions by topic."""

    choices: Mapping[str, Node] = field(default_factory=dict)
    title: str = ""
    version: str = ""
    topics: Mapping[str, list[Node]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """A point at which the target does something else than it did when it was learned before."""

    point: str
    before: str
    now: str

    def __str__(self) -> str:
        return f"{self.point}: was {self.before}, is {self.now} now"


def earlier(path: Path) -> Earlier:
    """What the file holds that is to be written; nothing where there is none.

    Raises:
        CouldNotRun: there is a file that no `learn` has written.
    """
    if not path.exists():
        return Earlier()
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
        info = found["info"]
        choices: dict[str, Node] = {}
        topics: dict[str, list[Node]] = {}
        for action in found["actions"]:
            if "description" in action:
                topics.setdefault(action["description"], []).append(action)
            elif "remove" not in action:
                choices.update(action["update"].get("x-choices") or {})
        return Earlier(choices, str(info["title"]), str(info["version"]), topics)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise CouldNotRun(
            Cause.OPTIONS, f"{path} is there, and is no overlay that was learned: name another file with --out."
        ) from error


def written(learned: Learned, before: Earlier, *, contradictions: bool = False) -> str:
    """The overlay as YAML.

    What was seen as before keeps its date; what could not be told this time stands as it did.

    Args:
        contradictions: write also what contradicts documented facts, so that mock and suite do as the server does.
    """
    told = {one.point: one for one in learned.lessons if one.option and (contradictions or not one.contradicts)}
    nodes: dict[str, Node] = {}
    for lesson in learned.lessons:
        point = lesson.point
        if point in told:
            if _worth(lesson):
                nodes[point] = _node(lesson, learned, before.choices.get(point))
        elif point in before.choices and lesson.option is None:
            nodes[point] = before.choices[point]
    topics = _topics(learned, before, contradictions)
    same = (nodes, topics) == (dict(before.choices), dict(before.topics))
    title = before.title or f"What {learned.host} does"
    version = before.version if same and before.version else learned.day.isoformat()
    head = _HEAD.format(title=json.dumps(title, ensure_ascii=False), version=version)
    beyond = [action for actions in topics.values() for action in actions]
    away = [_AWAY.format(point=one.point) for one in learned.lessons if one.choice.value and one.point in nodes]
    chosen = [*away, _CHOICES, *starmap(_lines, nodes.items())] if nodes else [] if beyond else [_NOTHING]
    untold = _open(learned.lessons, nodes), _untold(learned.lessons, nodes), _unknown(learned)
    return "".join([head, *chosen, _dumped(beyond), *chain(*untold)])


def _topics(learned: Learned, before: Earlier, contradictions: bool) -> dict[str, list[Node]]:
    seen = {"date": learned.day.isoformat(), "host": learned.host}
    found = {
        topic.name: topic.actions(seen, contradictions=contradictions, before=before.topics.get(topic.name, []))
        for topic in learned.topics
    }
    return {name: actions for name, actions in {**before.topics, **found}.items() if actions}


class _Dumper(yaml.SafeDumper):
    """Mappings of texts and numbers alone stand in one line, and nothing is an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _dumped(actions: list[Node]) -> str:
    """Actions as YAML, keys in the order in which they were made."""
    if not actions:
        return ""
    text = yaml.dump(
        [dict(one) for one in actions],
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
        width=1000,
    )
    return "".join(f"  {line}\n" for line in text.splitlines())


def changes(learned: Learned, before: Earlier, *, contradictions: bool = False) -> list[Change]:
    """What the target does otherwise than the earlier overlay says."""
    points = [
        Change(one.point, shown(*_said(before.choices[one.point])), shown(one.option, one.value, one.closed))
        for one in learned.lessons
        if one.option and one.point in before.choices and not _says(before.choices[one.point], one)
    ]
    now = _topics(learned, before, contradictions)
    moved = [name for name, actions in before.topics.items() if now.get(name, []) != actions]
    return [*points, *(Change(name, "learned otherwise", "as the overlay says") for name in moved)]


def _said(node: Node) -> tuple[str | None, str | None, frozenset[str] | None]:
    return node.get("chosen"), node.get("value"), frozenset(node["closed"]) if "closed" in node else None


def _says(node: Node, lesson: Lesson) -> bool:
    """Whether it says what was learned, and no less."""
    option, value, closed = _said(node)
    return (option, value) == (lesson.option, lesson.value) and lesson.closed in (None, closed)


def shown(option: str | None, value: str | None, closed: frozenset[str] | None = None) -> str:
    """An option for people, with its value if it needs one, and the states in which a record is not open."""
    states = f", but for what is {' or '.join(sorted(closed))}" if closed else ""
    return f"{option} {value}{states}" if value else str(option)


_HEAD = """\
# Written by `cancelkit learn`. Give it to mock, verify and fixtures with --overlay.
overlay: 1.0.0
info:
  title: {title}
  version: "{version}"
actions:
"""
_CHOICES = """\
  - target: $
    update:
      x-choices:
"""
_AWAY = """\
  - target: $['x-choices']['{point}']
    remove: true
"""
"""Before what is chosen instead: a value and lists of the contract would stand on."""
_NOTHING = """\
  - target: $
    update:
      x-choices: {}
"""


def _lines(point: str, node: Node) -> str:
    """One point as YAML. The values are options, numbers, and texts that JSON quotes as YAML does."""
    values = ", ".join(f"{name}: {json.dumps(value)}" for name, value in node["seen"].items())
    value = [f"  value: {json.dumps(node['value'])}"] if "value" in node else []
    value += [f"  closed: [{', '.join(map(json.dumps, node['closed']))}]"] if "closed" in node else []
    lines = (f"{point}:", f"  chosen: {node['chosen']}", *value, f"  level: {node['level']}", f"  seen: {{{values}}}")
    return "".join(f"        {line}\n" for line in lines)


def _worth(lesson: Lesson) -> bool:
    """Whether it says more than the contract: something else, or the same with more certainty."""
    choice = lesson.choice
    return not lesson.confirms or not choice.binding or choice.fact.level is Level.ASSUMED


def _node(lesson: Lesson, learned: Learned, before: Node | None) -> Node:
    if before is not None and _says(before, lesson):
        return before
    seen = {"exchanges": lesson.exchanges, "date": learned.day.isoformat(), "host": learned.host}
    value = {} if lesson.value is None else {"value": lesson.value}
    closed = {} if lesson.closed is None else {"closed": sorted(lesson.closed)}
    return {"chosen": lesson.option, **value, **closed, "level": Level.OBSERVED.value, "seen": seen}


def _open(lessons: Iterable[Lesson], nodes: Mapping[str, Node]) -> Iterator[str]:
    for one in lessons:
        if one.option and one.why and one.point in nodes:
            yield f"# {one.point}: {one.why}.\n"


def _untold(lessons: Iterable[Lesson], nodes: Mapping[str, Node]) -> Iterator[str]:
    untold = [one for one in lessons if one.option is None and one.point not in nodes]
    if untold:
        yield "# Not told, and left as the contract has them:\n"
    for one in untold:
        yield f"#   {one.point}: {_lasting(one.why)}\n"


def _lasting(why: str) -> str:
    """A reason in one line, without the addresses of records, which are others each time."""
    return re.sub(r"https?://\S+", "…", " ".join(why.split()))


def _unknown(learned: Learned) -> Iterator[str]:
    """What of the topics could not be told; the same reason once."""
    for topic in learned.topics:
        untold = [one for one in topic.statements if one.option is None]
        if untold:
            yield f"# Not told of {topic.name[0].lower()}{topic.name[1:]}:\n"
        for why in dict.fromkeys(one.why for one in untold):
            yield f"#   {', '.join(one.point for one in untold if one.why == why)}: {_lasting(why)}\n"
