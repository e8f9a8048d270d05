"""Whether a target takes one open record only for each row of a table, and which rows are free then.

Owns: trying it before the rules run, and the keys that they may name (target/holdings.py).
Source: spec/points/, reference-again. What the target does counts, not what the contract says of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

from cancelkit.contract_tests.context.bodies import key_of, settable
from cancelkit.contract_tests.context.cleanup import free
from cancelkit.contract_tests.context.discovery import OWNER, rows_shown
from cancelkit.contract_tests.context.ground import Keys, Scope
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.contract_tests.target.client import Target
from cancelkit.contract_tests.target.holdings import ENOUGH
from cancelkit.spec import Role
from cancelkit.spec.refusing import WRONG

Chosen = Mapping[str, Any]
"""A key for each reference that a create requires."""
Create = Callable[[Chosen], Answer]


def one_each(
    target: Target, scope: Scope, keys: Keys, tried: Sequence[tuple[Chosen, Answer]], create: Create
) -> Keys | None:
    """The keys that creates may name where the target takes one open record for each row; None where it takes more.

    What was created until now is removed in the first case, so that its rows are free.

    Args:
        tried: creates, and how they were answered.
    """
    accepted = [chosen for chosen, answer in tried if answer.ok]
    again = create(accepted[0]) if accepted else None
    if again is not None and again.status not in WRONG:
        return None
    refused = [answer.text for _, answer in tried] if again is None else [again.text]
    base = accepted[0] if accepted else tried[0][0]
    before = target.holdings.reference
    suspected = [before] if before else [name for name in base if all(blamed(name, text) for text in refused)]
    for name in suspected or (base if accepted or _unnamed(target, tried) else ()):
        target.holdings.reference = name
        free(target, target.ledger.open(OWNER))
        found = _usable(target, scope, [chosen[name] for chosen in accepted], name, base, create)
        if found and (len(found) == len(suspected) == 1 or _told(target, found, name, base, create)):
            target.holdings.offer(scope, found)
            others = {n: tuple(dict.fromkeys(chosen[n] for chosen in accepted)) for n in base if accepted}
            return {**keys, **others, name: found}
    target.holdings.reference = before
    return None


def _unnamed(target: Target, tried: Sequence[tuple[Chosen, Answer]]) -> bool:
    """Whether every create was called wrong, and no refusal names a field."""
    operation = target.contract.role(Role.CREATE)
    names = settable(operation) if operation else ()
    return all(answer.status in WRONG and not any(blamed(n, answer.text) for n in names) for _, answer in tried)


def _usable(
    target: Target, scope: Scope, accepted: Sequence[Any], name: str, base: Chosen, create: Create
) -> tuple[Any, ...]:
    """Keys with which records can be created: those that were, and, where none are given, those of closed rows."""
    known, settings = list(dict.fromkeys(accepted)), target.settings
    if (settings.other_references if scope == settings.other_scope else settings.references).get(name):
        return tuple(known)
    more = list(islice((key for key in _closed(target, scope, name) if key not in known), ENOUGH - len(known)))
    answers = created(create, [{**base, name: key} for key in more])
    free(target, target.ledger.open(OWNER))
    return (*known, *(key for key, answer in zip(more, answers, strict=True) if answer.ok))


def created(create: Create, attempts: Sequence[Chosen]) -> list[Answer]:
    """How creates are answered, some at once."""
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(create, attempts))


def _told(target: Target, found: Sequence[Any], name: str, base: Chosen, create: Create) -> bool:
    """Whether a record is refused beside one with the same key, and taken with another one."""
    if len(found) < 2:
        return False
    first, second = ({**base, name: key} for key in found[:2])
    answers = [create(first), create(first), create(second)]
    free(target, target.ledger.open(OWNER))
    return [answer.ok for answer in answers] == [True, False, True]


def _closed(target: Target, scope: Scope, name: str) -> list[Any]:
    """The keys of rows whose records, as far as the list shows them, are all closed."""
    resource, open_, closed = target.contract.resource, set[Any](), dict[Any, None]()
    for row in rows_shown(target, scope):
        key = key_of(resource, row, name)
        if isinstance(key, int | str) and row.get(resource.state or "") in target.contract.closing:
            closed[key] = None
        elif isinstance(key, int | str):
            open_.add(key)
    return [key for key in closed if key not in open_]


def blamed(name: str, text: str) -> bool:
    """Whether an error names the field: as a key at any depth, in quotes, or before a colon in a text."""
    name = re.escape(name)
    return re.search(rf"[\"'`]{name}\\?[\"'`]|\b{name}:", text) is not None
