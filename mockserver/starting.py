"""From settings to the sessions that a mock starts with.

Owns: the starting state: the world, and the scenario played on it.
Knows nothing of: HTTP, the command line.
"""

from __future__ import annotations

from cancelkit.fixtures.world import World
from cancelkit.mockserver.api.recognition import Recogniser
from cancelkit.mockserver.journal.events import Events
from cancelkit.mockserver.scenarios.scenario import Scenario
from cancelkit.mockserver.session import Session
from cancelkit.mockserver.sessions import Limits, Sessions
from cancelkit.mockserver.settings import Settings
from cancelkit.mockserver.state.store import Store
from cancelkit.spec import Contract


def starting_sessions(
    contract: Contract,
    settings: Settings,
    world: World,
    events: Events,
    scenario: Scenario | None = None,
    store: type[Store] = Store,
    recognise: Recogniser | None = None,
) -> Sessions:
    """Return sessions whose starting state is `world`, with `scenario` played on it.

    Raises:
        ScenarioError: the scenario does not fit the world.
    """
    recognise = recognise or Recogniser(contract)
    base = store.of(contract, world)
    if scenario is not None:
        from cancelkit.mockserver.scenarios.playing import apply
        from cancelkit.mockserver.state.editing import Editor

        table = Session("start", base, 0, lambda wanted: None, recognise)
        apply(scenario, table, Editor(contract))
        base = table.reading()
    limits = Limits(
        number=settings.session_limit,
        idle=settings.session_idle,
        memory=settings.session_memory,
        journal=settings.journal_size,
    )
    start = scenario.now if scenario is not None else None
    return Sessions(
        base, limits, recognise=recognise, start=start, changed=lambda name: events.changed(name, "sessions")
    )
