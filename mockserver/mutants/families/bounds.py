"""Bodies that are checked too little, or too much.

Owns: for each body field of each write: every keyword dropped, required and nullable either way, read-only accepted.
Source: requestBody schemas. A keyword whose loss lets no broken value in is left out: such a mutant would be right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from cancelkit.mockserver.mutants import editing
from cancelkit.mockserver.mutants.api import Api, Shown, showing
from cancelkit.mockserver.mutants.exchange import Around, Exchange, json_of
from cancelkit.mockserver.mutants.maker import SHOWN, Maker, Record, written
from cancelkit.mockserver.mutants.mutant import Mutant, given
from cancelkit.mockserver.mutants.naming import area, sampled, slug, word
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract, Field, Operation, Role, Transitions
from cancelkit.spec.values import Values

BOUNDS = (
    "minimum", "maximum", "multipleOf", "minLength", "maxLength", "pattern", "format", "enum", "minItems", "maxItems",
    "uniqueItems",
)  # fmt: skip
ALL_OF_TYPE = ("type", "format", "pattern", *BOUNDS)
OUTER = frozenset(BOUNDS) - {"minimum", "enum"}
"""What x-open leaves to a server: how much it takes and in which form, not what makes no sense."""


def family(contract: Contract) -> Iterator[Mutant]:
    for operation, body in written(contract):
        maker = Maker(contract, area(operation))
        fields = [f for f in body.fields.values() if not f.read_only]
        yield from sampled((m for f in fields for m in _dropped(maker, operation, f)), 2)
        yield from sampled((m for f in fields for m in _required(maker, operation, f)), 1)
        yield from sampled((m for f in fields for m in _nullable(maker, operation, f)), 1)
        yield from _any_state(maker, operation)
        yield from sampled((m for f in fields for m in _untyped(maker, operation, f)), 1)
        if contract.behaviour("unknown-fields-ignored"):
            yield from sampled(_read_only(maker, operation), 1)


def _dropped(maker: Maker, operation: Operation, field: Field) -> Iterator[Mutant]:
    for keyword in BOUNDS:
        if keyword not in field.schema or (field.fact.open and keyword in OUTER):
            continue
        if not _checked_elsewhere(maker.contract, field) and lets_in(field, keyword):
            yield maker.edit(
                f"{word(operation)}-{slug(field.name)}-no-{slug(keyword)}",
                f"{word(operation)} does not check the {keyword} of {field.name}",
                editing.body_keyword(field.name, operation.role, **{keyword: editing.DROP}),
            )


def _checked_elsewhere(contract: Contract, field: Field) -> bool:
    """References and the state are refused by what there is, whatever the schema says."""
    return field.reference is not None or field.name == contract.resource.state


class _AnythingElse(frozenset[str]):
    """What may follow a state: some states, and every value that is not a state."""

    known: frozenset[str] = frozenset()

    def __contains__(self, value: object) -> bool:
        return super().__contains__(value) or value not in self.known


def _any_state(maker: Maker, operation: Operation) -> Iterator[Mutant]:
    """The state's field takes values that are not states."""
    moves = maker.contract.resource.transitions
    field = given(operation.body).fields.get(moves.field) if moves else None
    if moves is None or field is None or field.read_only or operation.role is Role.CREATE:
        return

    def loosened(right: Transitions) -> Transitions:
        def follows(old: str) -> frozenset[str]:
            wrong = _AnythingElse(right.allowed.get(old, frozenset()))
            wrong.known = frozenset(right.statuses)
            return wrong

        return replace(right, allowed={old: follows(old) for old in right.statuses})

    without = editing.body_keyword(field.name, operation.role, enum=editing.DROP)
    yield maker.edit(
        f"{word(operation)}-{slug(field.name)}-no-enum",
        f"{word(operation)} takes any text as {field.name}",
        editing.every(without, editing.transitions(loosened)),
    )


def lets_in(field: Field, *keywords: str) -> bool:
    """Whether a schema without these keywords admits a value that a suite may expect to be refused."""
    wrong = Values(editing.keywords(field.schema, dict.fromkeys(keywords, editing.DROP)), place=field.name)
    broken = Values(field.schema, place=field.name).broken()
    return any(
        wrong.admits(one.value)
        for one in broken
        if not one.convertible and one.value is not None and not (one.open and one.keyword in OUTER)
    )


def _required(maker: Maker, operation: Operation, field: Field) -> Iterator[Mutant]:
    name = f"{word(operation)}-{slug(field.name)}"
    if field.required:
        value = Values(field.schema, place=field.name).typical()

        def filled(body: Record) -> Record:
            return {field.name: value, **body}

        if field.reference is None:
            says = f"{word(operation)} does without {field.name}"
            yield maker.bodies(f"{name}-optional", says, (operation.role,), filled)
    elif operation.role is not Role.PARTIAL_UPDATE:
        edit = editing.required(field.name, operation.role, True)
        yield maker.edit(f"{name}-required", f"{word(operation)} demands {field.name}", edit)


def _nullable(maker: Maker, operation: Operation, field: Field) -> Iterator[Mutant]:
    if field.nullable:
        yield maker.edit(
            f"{word(operation)}-{slug(field.name)}-not-null",
            f"{word(operation)} refuses null for {field.name}",
            editing.body_keyword(field.name, operation.role, nullable=editing.DROP),
        )


def _untyped(maker: Maker, operation: Operation, field: Field) -> Iterator[Mutant]:
    if _checked_elsewhere(maker.contract, field) or field.type not in ("string", "integer", "number", "boolean"):
        return
    if lets_in(field, *ALL_OF_TYPE):
        yield maker.edit(
            f"{word(operation)}-{slug(field.name)}-any-json",
            f"{word(operation)} takes any JSON for {field.name}",
            editing.body_keyword(field.name, operation.role, **dict.fromkeys(ALL_OF_TYPE, editing.DROP)),
        )


def _read_only(maker: Maker, operation: Operation) -> Iterator[Mutant]:
    """Fields of the answer that no body of this operation has."""
    resource = maker.contract.resource
    opened = {reference.opened for reference in resource.references.values()}
    for field in resource.fields.values():
        known = given(operation.body).fields.get(field.name)
        if (known is None or known.read_only) and field.name != resource.id_field and field.name not in opened:
            if field.type not in ("string", "integer", "number", "boolean", "object"):
                continue
            name, says = f"{word(operation)}-takes-{slug(field.name)}", f"{word(operation)} accepts {field.name}"
            if field.set_on:
                yield maker.around(name, says, SHOWN, _stamped(maker.contract, operation, field.name))
            else:
                yield maker.edit(name, says, editing.more_fields(operation.role, field))


def _stamped(contract: Contract, operation: Operation, name: str) -> Callable[[], Around]:
    """A time that the server sets whatever it is sent is shown as sent, until another write sets it."""
    api = Api(contract)

    def note(exchange: Exchange, reply: Reply, before: Record | None, shown: Shown) -> None:
        id = api.id(exchange) or str(json_of(reply)[api.id_field])
        value = (exchange.fields or {}).get(name) if exchange.called.role is operation.role else None
        if isinstance(value, str):
            shown[id] = {name: value}
        elif contract.resource.fields[name].set_on == "change":
            shown.pop(id, None)

    return showing(api, note)
