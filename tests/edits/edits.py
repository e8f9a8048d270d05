"""Edits that a team may make to a contract, drawn at random: what the property test of edits searches through.

Owns: Edit, how one is drawn, and which families there are: each changes a document (plain data, JSON types) in place.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from random import Random

from cancelkit.spec.contract import Contract
from tests.edits import fields, filters, operations, states
from tests.edits.editor import Document, Editor, Family


@dataclass(frozen=True)
class Edit:
    """One edit. about: words (field, parameter, operation) that rules about the edited thing have in their ids."""

    what: str
    about: tuple[str, ...]
    document: Document


def draw(contract: Contract, random: Random) -> Edit:
    """An edit of a family chosen at random, among those that the contract has a place for."""
    editor, families = Editor(contract, random), list(FAMILIES)
    random.shuffle(families)
    for family in families:
        document = deepcopy(dict(contract.document))
        made = family(editor, document)
        if made is not None:
            what, *about = made
            return Edit(f"{family.__name__}: {what}", tuple(about), document)
    raise AssertionError("no family of edits fits the contract")


FAMILIES: tuple[Family, ...] = (
    fields.field_added,
    fields.field_added,
    fields.field_added,
    fields.answer_field_added,
    fields.bound_added,
    fields.bound_added,
    fields.bound_removed,
    fields.field_removed,
    fields.field_renamed,
    fields.field_required,
    fields.field_nullable,
    fields.field_read_only,
    filters.filter_added,
    filters.filter_added,
    filters.filter_removed,
    states.status_added,
    states.status_renamed,
    states.status_final,
    states.transition_changed,
    states.action_added,
    operations.operation_removed,
    operations.ids_renamed,
    operations.paths_renamed,
    operations.behaviour_removed,
    operations.level_changed,
    fields.field_default,
    fields.field_not_sent,
    fields.field_of_one_body_added,
    fields.write_only_field_added,
    fields.moment_added,
    fields.column_added,
    filters.filter_bounded,
    filters.parameter_added,
    states.status_removed,
    operations.action_removed,
    operations.behaviours_removed,
    operations.path_parameter_renamed,
)
"""Some stand there more than once: they have the most to try."""
