"""Actions: the field takes the action's value and keeps it, nothing else changes, and a refused state stays.

Owns: <action>/effect, <action>/from-<state>, <action>/final-<state>, <action>/twice.
Source: x-action, x-transitions; x-behaviours <action>-effect, <action>-which-states, <action>-final.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Final

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.observing import examples
from cancelkit.contract_tests.observing.evidence import Change, Refusal, Row, Usual, judge_refusals
from cancelkit.contract_tests.observing.names import noun, short, with_article
from cancelkit.contract_tests.observing.sending import text_field
from cancelkit.contract_tests.observing.stating import Judge, Proof, from_behaviour
from cancelkit.contract_tests.observing.writes import change, filled, read, refused
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.spec import Action, Contract, Operation, Role

ODD: Final = "a\tb\n c  \"d\" 'e' \\ <f> &amp; %20 {g} \U0001f600 e\u0301 007"
"""What a server may have trouble to show: blanks, quotes, what other notations mean, letters of two parts."""


def past(name: str) -> str:
    """What a record was once the action happened: rejected, approved, hidden by no rule of grammar but `hided`."""
    return f"{name}d" if name.endswith("e") else f"{name}ed"


def _effect(operation: Operation, action: Action, context: Context) -> tuple[Change, ...]:
    neighbour = context.create()
    row = context.ready(operation, _odd(context))
    same = {name: context.key_of(row, name) for name in context.references if context.key_of(row, name) is not None}
    others = (neighbour, context.create(**same))
    return (change(context, operation, None, row, {action.field: action.value}, others=others, what=action.name),)


def _odd(context: Context) -> Row:
    """A filled record with an odd text, if the server takes it, however it stores that."""
    name = text_field(context.contract, context.contract.role(Role.CREATE))
    with suppress(Inconclusive):
        if name:
            return filled(context, scope=None, **{name: f"{context.marker} {ODD}"})
    return filled(context)


def acted_from(operation: Operation, action: Action, old: str, context: Context) -> tuple[Change, ...]:
    """The action on a record in this state; once in a run, unless a rule is observed again."""
    return context.once(f"{operation.id} from {old}", partial(_from, operation, action, old))


def _from(operation: Operation, action: Action, old: str, context: Context) -> tuple[Change, ...]:
    row = context.fresh(old)
    what = f"{action.name} {with_article(noun(context.contract))} in the {action.field} {old}"
    return (change(context, operation, None, row, {action.field: action.value}, what=what),)


def _final(operation: Operation, action: Action, old: str, context: Context) -> tuple[Refusal, ...]:
    row = context.fresh(old)
    what = f"{action.name} {with_article(noun(context.contract))} in the final {action.field} {old}"
    return (refused(context, operation, None, row, None, what=what),)


def _twice(operation: Operation, action: Action, context: Context) -> tuple[Refusal, ...]:
    row = context.ready(operation, context.create())
    context.call(operation, id=context.id_of(row))
    now = read(context, context.id_of(row))
    return tuple(refused(context, operation, None, now, None, what=f"{action.name}, time {n}") for n in (2, 3))


def judge_final(records: Records, refused: Iterable[Refusal]) -> Iterator[str]:
    """A refusal that blames no field: the call has none."""
    refused = tuple(refused)
    yield from judge_refusals(records, refused)
    for one in refused:
        body = one.answer.json
        if (
            one.answer.status == 400
            and not one.answer.own_shape
            and isinstance(body, Mapping)
            and not {"non_field_errors", "detail"} & set(body)
        ):
            yield f"{one.what}: the 400 has neither non_field_errors nor detail, but {sorted(body)}"


def _of_final(usual: Usual, field: str) -> tuple[Judge, Proof]:
    _, proof = usual.refusals(None, 400)
    blaming = replace(proof.accepts[0][0], answer=examples.invalid(field))
    return partial(judge_final, usual.records), Proof(proof.accepts, (*proof.rejects, (blaming,)))


def rules(contract: Contract) -> Iterator[Rule]:
    usual, word, moves = Usual(contract), noun(contract), contract.resource.transitions
    for operation in contract.actions:
        action = operation.action
        if action is None:
            continue
        name, state = short(operation), action.field
        sets = {state: action.value}
        look = partial(_effect, operation, action)
        effect, final = contract.promised(f"{name}-effect", "action-effect"), f"{name}-final"
        final, accepted = contract.promised(final, "action-refused"), f"{name}-which-states"
        accepted = contract.promised(accepted, "action-which-states")
        yield from from_behaviour(contract, effect, f"{name}/effect", look, *usual.changes(sets, others=True))
        for old in moves.statuses if moves and moves.field == state else ():
            if old in action.refused:
                yield from from_behaviour(
                    contract,
                    final,
                    f"{name}/final-{old}",
                    partial(_final, operation, action, old),
                    *_of_final(usual, state),
                    requires=f"A {word} in the {state} {old} cannot be {past(name)}: 400, and it stays as it is.",
                )
            else:
                yield from from_behaviour(
                    contract,
                    accepted,
                    f"{name}/from-{old}",
                    partial(acted_from, operation, action, old),
                    *usual.changes(sets),
                    requires=f"A {word} in the {state} {old} can be {past(name)}.",
                )
        if action.value in action.refused:
            yield from from_behaviour(
                contract,
                final,
                f"{name}/twice",
                partial(_twice, operation, action),
                *_of_final(usual, state),
                requires=f"A {word} that was {past(name)} cannot be {past(name)} again: 400, and it stays as it is.",
            )
