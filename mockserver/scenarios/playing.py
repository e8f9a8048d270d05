"""Playing a scenario: its recipes become records of a session.

Owns: the order of things: the clock first, then the old records go, then the new ones come, all or none.
Knows nothing of: how a scenario is written (scenario.py), how a record is filled in (editing.py).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cancelkit.fixtures.recipe import Recipe
from cancelkit.fixtures.world import Request
from cancelkit.mockserver.replies import ApiError
from cancelkit.mockserver.scenarios.scenario import Scenario, ScenarioError
from cancelkit.mockserver.sessions import Session
from cancelkit.mockserver.state import clock
from cancelkit.mockserver.state.catalogue import Catalogue
from cancelkit.mockserver.state.editing import Editor


def apply(scenario: Scenario, session: Session, editor: Editor) -> list[int]:
    """Make the scenario's requests and return their ids, in the order of the recipes.

    Raises:
        ScenarioError: a recipe does not fit the contract or the world; nothing has changed then.
    """
    now = scenario.now or session.clock.now()
    there = session.reading()
    number = there.next_id
    made: list[Request] = []
    for index, recipe in enumerate(scenario.recipes):
        for _ in range(recipe.count):
            try:
                made.append(_make(recipe, there.catalogue, editor, number, now))
            except ApiError as error:
                raise ScenarioError(f"requests[{index}]: {error.reply.body.decode()}") from error
            number += 1
    if scenario.now is not None:
        session.clock.freeze(scenario.now)
    store = session.writing()
    if scenario.empty:
        store.load(())
    for record in made:
        store.put(record.channel, record.base, record.plan)
    return [record.base["id"] for record in made]


def _make(recipe: Recipe, catalogue: Catalogue, editor: Editor, number: int, now: datetime) -> Request:
    created = recipe.created or recipe.modified or now
    fields: dict[str, Any] = {
        **recipe.fields,
        "created_date": clock.text(created),
        "modified_date": clock.text(recipe.modified or created),
    }
    if recipe.easy_return is not None:
        fields["easy_return"] = dict(recipe.easy_return)
    if recipe.cancellation_plan is not None:
        fields["cancellation_plan"] = dict(recipe.cancellation_plan)
    channel = recipe.channel if recipe.channel is not None else min(catalogue.channels)
    return editor.made(catalogue, channel, fields, number, created)
