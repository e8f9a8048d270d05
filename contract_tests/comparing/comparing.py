"""Comparing two servers, from the first probe to the last record removed.

Owns: `compare`, and pairing what both sides know: keys, second scopes, rows.
Knows nothing of: the command line, mocks, reports.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack

import httpx

from cancelkit.contract_tests.comparing.bodies import Bodies
from cancelkit.contract_tests.comparing.comparison import Comparison, by, share
from cancelkit.contract_tests.comparing.days import nearest_first
from cancelkit.contract_tests.comparing.groups import MOST_SHORTENED, groups, shortened
from cancelkit.contract_tests.comparing.plan import Plan
from cancelkit.contract_tests.comparing.playing import Player, Step
from cancelkit.contract_tests.comparing.sides import Side
from cancelkit.contract_tests.comparing.veiling import Veil
from cancelkit.contract_tests.configuration.settings import Settings
from cancelkit.contract_tests.engine.session import open_session
from cancelkit.contract_tests.errors import Cause, CouldNotRun, Inconclusive, Skip
from cancelkit.contract_tests.learning.bounds import bounded
from cancelkit.spec import Contract

CALLS = 1550
"""So that 1,500 can be compared."""
MOST_KEYS = 4
Transports = tuple[httpx.BaseTransport | None, httpx.BaseTransport | None]


def compare(
    target: Settings,
    other: Settings,
    contract: Contract,
    *,
    calls: int = CALLS,
    mocked: bool = True,
    shared: bool = False,
    show_data: bool = False,
    names: tuple[str, str] = ("target", "mock"),
    progress: Callable[[int], None] = lambda done: None,
    transports: Transports = (None, None),
) -> Comparison:
    """Send both servers the same calls, and remove what that created.

    Args:
        mocked: the other one is a mock of the contract, which has no fields beyond it.
        shared: both hold the same records, so that what rows show is compared, too.
        show_data: the outcome holds what records of others show.
        progress: told how many calls are done.
        transports: in place of the network, for tests.
    Raises:
        CouldNotRun: one of them can't be used.
    """
    begun, played, ended = time.monotonic(), list[list[Step]](), ""
    with ExitStack() as stack:
        sessions = []
        for settings, name, transport in zip((target, other), names, transports, strict=True):
            try:
                sessions.append(stack.enter_context(open_session(settings, contract, transport=transport)))
            except CouldNotRun as error:
                raise CouldNotRun(error.cause, f"{name}: {error}") from error
        left, right = (Side(name, session, contract) for name, session in zip(names, sessions, strict=True))
        known = _pair_keys(left, right, shared=shared)
        elsewhere = None not in (sessions[0].ground.other_scope, sessions[1].ground.other_scope)
        plan = Plan(contract, Bodies(contract, known), target.seed, calls, target.read_only, elsewhere)
        player = Player(contract, left, right, shared=shared, strict=not mocked)
        stage, found = plan.stage(), []
        try:
            if stage:
                played.append(player.stage(stage))
            else:
                _bind(left, right, plan.labels)
            for steps in player.all(plan.sequences()):
                played.append(steps)
                progress(sum(map(len, played)))
            found = groups(played, contract)
            found = [shortened(group, stage, player.play) for group in found[:MOST_SHORTENED]] + found[MOST_SHORTENED:]
        except KeyboardInterrupt:
            ended = "It was interrupted."
            found = groups(played, contract)
            for session in sessions:
                session.target.stop.set()
        lost = [side.name for side in (left, right) if side.session.target.lost]
        if lost:
            ended = f"{lost[0]} no longer answers."
    every = [step for steps in played for step in steps]
    veil = Veil(left, right, open=show_data)
    return Comparison(
        left=f"{names[0]} {target.url}",
        right=f"{names[1]} {other.url}",
        mocked=mocked,
        contract=contract.source,
        seed=target.seed,
        total=share(every),
        operations=by(every, lambda step: step.call.operation.id),
        kinds=by(every, lambda step: step.call.kind.value),
        apart=dict(Counter(step.why for step in every if step.why).most_common()),
        groups=[veil.group(group) for group in found],
        choices=contract.choices,
        wordings=contract.wordings,
        maxima={one.point: one for one in bounded(contract)},
        beyond=_beyond(every),
        reworded=sum(step.reworded for step in every),
        requests=(sessions[0].target.traffic.requests, sessions[1].target.traffic.requests),
        seconds=time.monotonic() - begun,
        leftovers=tuple(f"{n}: {text}" for n, s in zip(names, sessions, strict=True) for text in s.leftovers),
        id_field=contract.resource.id_field,
        repeat="",
        ended=ended,
    )


def _pair_keys(left: Side, right: Side, *, shared: bool) -> dict[str, int]:
    """Give both sides as many keys of each reference; the same ones where they hold the same records."""
    found: dict[str, int] = {}
    left.keys, right.keys = nearest_first(left), nearest_first(right)
    for name in left.contract.resource.references:
        mine, theirs = left.keys.get(name, ()), right.keys.get(name, ())
        if shared:
            mine = theirs = tuple(key for key in mine if key in theirs)
        found[name] = min(len(mine), len(theirs), MOST_KEYS)
        left.keys = {**left.keys, name: mine[: found[name]]}
        right.keys = {**right.keys, name: theirs[: found[name]]}
    return found


def _bind(left: Side, right: Side, labels: tuple[str, ...]) -> None:
    """Have the labels stand for rows that are there, as nothing can be created.

    Raises:
        CouldNotRun: a side has none.
    """
    for side in (left, right):
        try:
            side.bind_rows(labels)
        except (Inconclusive, Skip) as why:
            raise CouldNotRun(Cause.SCOPE, f"{why}, and none is created: there is nothing to compare.") from why


def _beyond(steps: list[Step]) -> tuple[frozenset[str], frozenset[str]]:
    mine, theirs = (frozenset[str]().union(*(step.beyond[side] for step in steps)) for side in (0, 1))
    return mine, theirs
