"""Playing a scenario: its recipes become records of a session.

Owns: the order of things: the clock first, then the old records go, then the new ones come, all or none.
Knows nothing of: how a scenario is written (scenario.py), how a record is filled in (editing.py).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cancelkit.fixtures.recipe import Recipe
from cancelkit.fixtures.world import Record
from cancelkit.mockserver.scenarios.scenario import Scenario, ScenarioError
from cancelkit.mockserver.session import Session
from cancelkit.mockserver.state import clock
from cancelkit.mockserver.state.editing import Editor
from cancelkit.mockserver.state.errors import Refused
from cancelkit.mockserver.state.store import Store


def apply(scenario: Scenario, session: Session, editor: Editor) -> list[Any]:
    """Make the scenario's requests and return their ids, in the order of the recipes.

    Raises:
        ScenarioError: a recipe does not fit the contract or the world; nothing has changed then.
    """
    now = scenario.now or session.clock.now()
    there = session.reading()
    number = there.next_number
    made: list[Record] = []
    for index, recipe in enumerate(scenario.recipes):
        for _ in range(recipe.count):
            try:
                made.append(_make(recipe, there, editor, number, now))
            except Refused as error:
                raise ScenarioError(f"requests[{index}]: {error}") from error
            number += 1
    with session.at_once(freeze=scenario.now) as store:
        if scenario.empty:
            store.load(())
        for record in made:
            store.put(record)
    return [record.base[store.layout.id_field] for record in made]


def _make(recipe: Recipe, store: Store, editor: Editor, number: int, now: datetime) -> Record:
    created = recipe.created or recipe.modified or now
    resource = store.resource
    fields: dict[str, Any] = {
        **recipe.fields,
        **{name: clock.text(recipe.modified or created) for name in resource.set_on("change")},
        **{name: clock.text(created) for name in resource.set_on("create")},
        **{name: dict(part) for name, part in recipe.parts.items() if part is not None},
    }
    scope = recipe.scope if recipe.scope is not None else store.catalogue.ordered[0]
    return editor.made(store, scope, fields, created, number=number)
