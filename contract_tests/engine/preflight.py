"""Before a single rule runs: is the target there, does it know us, and what can be created in it?

Owns: telling apart and explaining why a target can't be used; which discovered keys a create accepts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from random import Random
from typing import Any

from cancelkit.contract_tests.context.bodies import create_body, settable
from cancelkit.contract_tests.context.cleanup import address
from cancelkit.contract_tests.context.discovery import OWNER, discover, page_shown
from cancelkit.contract_tests.context.ground import Ground, Keys, Scope
from cancelkit.contract_tests.context.scopes import default_scope, written_scope
from cancelkit.contract_tests.engine.one_each import blamed, created, one_each
from cancelkit.contract_tests.errors import Cause, CouldNotRun, Inconclusive, Skip
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.contract_tests.target.client import Target
from cancelkit.contract_tests.target.obstacles import strange, unreachable
from cancelkit.spec import Contract, Operation, Role


def probe(target: Target, marker: str) -> Ground:
    """Find out what the rules can stand on; whatever is created meanwhile is in the target's ledger.

    Raises:
        CouldNotRun: unreachable, a bad token, a wrong scope, or nothing that a create accepts.
    """
    settings = target.settings
    scope = settings.scope or default_scope(target.contract)
    _whole(target.contract)
    _reach(target, scope, "--scope")
    keys: Keys = discover(target, scope, settings.references)
    writes = not settings.read_only and target.contract.role(Role.CREATE) is not None
    if writes:
        keys = _usable(target, scope, keys, marker)
    other = settings.other_scope
    other_keys: Keys = {}
    if other is not None:
        _reach(target, other, "--other-scope")
        other_keys = discover(target, other, settings.other_references)
        if writes and not _lacking(target, other_keys):
            try:
                other_keys = _usable(target, other, other_keys, marker)
            except CouldNotRun as problem:
                # Keys that were found, not given: a list that shows another scope's rows is for the rules to judge.
                if problem.cause is not Cause.REFERENCES or settings.other_references:
                    raise
                other_keys = {}
    return Ground(scope, other, keys, other_keys)


def _whole(contract: Contract) -> None:
    """A list must be had whole: what a required parameter leaves out can't be told from what is lost.

    Raises:
        CouldNotRun: a list demands a parameter.
    """
    for role in (Role.LIST, Role.LIST_DETAILED):
        operation = contract.role(role)
        for parameter in operation.parameters if operation else ():
            if parameter.location == "query" and parameter.required:
                raise CouldNotRun(
                    Cause.OPTIONS,
                    f"{role.value} demands the query parameter {parameter.name}, which verify does not support: it "
                    "asks for whole lists. Leave out `required` in an overlay where the server lists without it, too.",
                )


def _call(target: Target, operation: Operation, scope: Scope, **sent: Any) -> Answer:
    path = address(target, operation, tuple(map(str, scope)))
    return target.exchange(operation.method, path, owner=OWNER, **sent)


def _door(target: Target) -> Operation | None:
    """The operation that shows whether the target is there: a list, which needs no record."""
    return target.contract.role(Role.LIST) or target.contract.role(Role.LIST_DETAILED)


def _reach(target: Target, scope: Scope, option: str) -> None:
    door = _door(target)
    if door is None:
        return
    try:
        answer = _call(target, door, scope)
    except Inconclusive as error:
        raise unreachable(target.settings, error) from error
    if answer.status in (401, 403):
        raise _refused(target, door, scope, option, answer)
    if answer.status in (301, 302, 307, 308):
        place = answer.headers.get("location", "elsewhere")
        raise CouldNotRun(
            Cause.NOT_THIS_API,
            f"{answer.url} redirects to {place}: give the URL that it leads to. If that is a page to log in, something "
            "before the API keeps its clients out.",
        )
    if answer.status == 404:
        raise _not_found(target, door, scope, option, answer)
    if page_shown(answer) is None and (wrong := strange(answer)):
        raise wrong


def _refused(target: Target, door: Operation, scope: Scope, option: str, answer: Answer) -> CouldNotRun:
    url, status, where = target.settings.url, answer.status, written_scope(target.contract, scope)
    if not target.settings.token:
        said = "no token was given"
    elif status == 403 and _call(target, door, scope, auth="wrong").status == 401:
        return CouldNotRun(
            Cause.SCOPE,
            f"the token is known, but may not list {where or 'records'} (403): is it the right {option}?",
        )
    else:
        said = "the token is not accepted"
    return CouldNotRun(
        Cause.TOKEN,
        f"{said}: {url} answers {status}{f' for {where}' if where else ''}. "
        "Give the API key in CANCELKIT_TOKEN, --token-file or --token.",
    )


def _not_found(target: Target, door: Operation, scope: Scope, option: str, answer: Answer) -> CouldNotRun:
    unknown = _call(target, door, scope, auth="wrong")
    where = written_scope(target.contract, scope)
    own = answer.is_json and isinstance(answer.json, dict) and (answer.own_shape or "detail" in answer.json)
    if own and where and unknown.status in (401, 403, 404):
        if unknown.status != 404:
            return CouldNotRun(Cause.SCOPE, f"{where} is not known to the target ({option}).")
        return CouldNotRun(
            Cause.SCOPE,
            f"{answer.url} is 404: {where} is not known to the target ({option}), or the path is "
            "not the API's (URL and --prefix).",
        )
    return CouldNotRun(Cause.NOT_THIS_API, f"{answer.url} is 404: the API is not there. See the URL and --prefix.")


def _needed(target: Target) -> list[str]:
    """The reference fields that a create requires."""
    create = target.contract.role(Role.CREATE)
    fields = settable(create) if create else {}
    return [name for name, field in fields.items() if field.reference and field.required]


def _lacking(target: Target, keys: Keys) -> list[str]:
    return [name for name in _needed(target) if not keys.get(name)]


def _usable(target: Target, scope: Scope, keys: Keys, marker: str) -> Keys:
    """Those that a create accepts; all of them where creating fails for another reason, which the rules will show:

    a 400 that blames another field does not speak of them.
    """
    where = written_scope(target.contract, scope) or "the target"
    if lacking := _lacking(target, keys):
        options = " and ".join(f"--reference {name}=..." for name in lacking)
        raise CouldNotRun(
            Cause.REFERENCES,
            f"{where} shows no {' and no '.join(lacking)} to create records with: give {options} "
            "(keys that exist there), or --read-only.",
        )
    needed = _needed(target)
    if not needed:
        return keys
    attempts = _attempts(keys, needed)
    create = partial(_create, target, scope, marker=marker)
    try:
        answers = created(create, attempts)
        more = _apart(attempts, answers)
        answers += created(create, more)
        attempts += more
    except Inconclusive as error:
        raise unreachable(target.settings, error) from error
    except Skip as why:
        raise CouldNotRun(Cause.OPTIONS, f"no body for a create can be made: {why}; try --read-only.") from why
    tried = list(zip(attempts, answers, strict=True))
    if (found := one_each(target, scope, keys, tried, create)) is not None:
        return found
    accepted = [chosen for chosen, answer in tried if answer.ok]
    if accepted:
        return {**keys, **{name: tuple(dict.fromkeys(chosen[name] for chosen in accepted)) for name in needed}}
    _explain(target, where, keys, needed, answers[0])
    return keys


def _attempts(keys: Keys, needed: Collection[str]) -> list[dict[str, Any]]:
    """Each key once, those of several fields together."""
    most = max(len(keys[name]) for name in needed)
    return [{name: keys[name][number % len(keys[name])] for name in needed} for number in range(most)]


def _apart(attempts: Sequence[dict[str, Any]], answers: Sequence[Answer]) -> list[dict[str, Any]]:
    """The keys that were refused together, each beside keys that were accepted (or else the first)."""
    accepted = [chosen for chosen, answer in zip(attempts, answers, strict=True) if answer.ok]
    left = [(name, key) for chosen in attempts for name, key in chosen.items()]
    left = [(name, key) for name, key in left if all(chosen[name] != key for chosen in accepted)]
    single = [{**(accepted or attempts)[0], name: key} for name, key in left]
    return [chosen for at, chosen in enumerate(single) if chosen not in [*attempts, *single[:at]]]


def _create(target: Target, scope: Scope, chosen: Mapping[str, Any], *, marker: str) -> Answer:
    create = target.contract.role(Role.CREATE)
    if create is None:
        raise Skip("the contract has no create")
    keys = {name: (key,) for name, key in chosen.items()}
    body = create_body(target.contract, keys, f"{marker} {OWNER}", Random(OWNER))
    return _call(target, create, scope, body={**body, **chosen})


def _explain(target: Target, where: str, keys: Keys, needed: list[str], first: Answer) -> None:
    """Say why no create is accepted, where the token or the keys are at fault.

    Raises:
        CouldNotRun: they are.
    """
    if first.status == 403:
        raise CouldNotRun(Cause.TOKEN, f"the token may not create records in {where} (403): try --read-only.")
    create = target.contract.role(Role.CREATE)
    others = settable(create).keys() - set(needed) if create else set()
    if first.status in first.refusals and not any(blamed(name, first.text) for name in others):
        tried = " and ".join(f"{name} {','.join(map(str, keys[name]))}" for name in needed)
        options = " and ".join(f"--reference {name}=..." for name in needed)
        free = f", of {name} those that no open record names" if (name := target.contract.one_each) else ""
        raise CouldNotRun(
            Cause.REFERENCES,
            f"no create is accepted in {where} with {tried}: {first.brief()}. "
            f"Give {options} with keys that exist there{free}.",
        )
