"""Every answer that any rule sees is judged here too: its status, its shape, its manners.

Owns: the rules about a single answer, derived from the contract; watch.py applies them to all traffic.
Source: the answers of each operation in the contract; its behaviours error-shape and no-server-error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import jsonschema_rs

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.invented import answer_to, examples
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.oracles import statuses
from cancelkit.contract_tests.target.answer import Answer, shown
from cancelkit.spec import Contract, Level, Operation, Response, Schema, json_schema
from cancelkit.traffic.client import HALF

EVERYWHERE: Final = frozenset({400, 401, 403, 404, 405, 406, 408, 411, 413, 414, 415, 429, 431})
SHAPED: Final = frozenset({400, 401, 404, 405, 406, 415})
Matters = Callable[[Answer], bool]


@dataclass(frozen=True, slots=True)
class AnswerRule:
    """A rule about one answer; `unseen`: what it means that there was none.

    matters: which answers it is about, by their operation, their status and whether they are JSON alone.
    """

    rule: Rule
    matters: Matters
    unseen: str = "no such answer was seen"


def passive_rules(contract: Contract) -> tuple[Rule, ...]:
    return tuple(r.rule for r in answer_rules(contract))


def answer_rules(contract: Contract) -> tuple[AnswerRule, ...]:
    """One rule for each answer of each operation, and those that hold for any answer."""
    return (*_schemas(contract), *_statuses(contract), *_everywhere(contract))


def validator(schema: Schema) -> Any:
    """A compiled check of an answer's body; further fields are welcome, e-mail addresses are data and not judged."""
    return jsonschema_rs.validator_for(_without_email(json_schema(schema, "response")), validate_formats=True)


def _without_email(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {k: _without_email(v) for k, v in schema.items() if not (k == "format" and v == "email")}
    return [_without_email(v) for v in schema] if isinstance(schema, list) else schema


def _schemas(contract: Contract) -> Iterator[AnswerRule]:
    for operation in contract.operations.values():
        for status, response in operation.responses.items():
            matters = partial(_has, operation.id, frozenset({status}), None)
            yield AnswerRule(_schema_rule(operation, str(status), status, response), matters)
        for name, response in operation.ranges.items():
            first = int(name[0]) * 100 if name[0].isdigit() else None
            matters = partial(_has, operation.id, frozenset(operation.responses), name)
            yield AnswerRule(_schema_rule(operation, name, (first or 400) + 22, response), matters)


def _has(operation_id: str, statuses: frozenset[int], range: str | None, answer: Answer) -> bool:
    """Whether an answer of the operation has one of the statuses; or, for a range, none of them but stands in it."""
    if answer.operation_id != operation_id:
        return False
    if range is None or answer.status in statuses:
        return range is None and answer.status in statuses
    return answer.status < 500 if range == "default" else range[0] == str(answer.status)[0]


def _schema_rule(operation: Operation, name: str, status: int, response: Response) -> Rule:
    level = response.fact.level
    if response.schema is not None and status < 300:
        level = Level(str(response.schema.get("x-level", Level.DOCUMENTED.value)))
    good, bad = examples(operation, status, response.schema)
    return Rule(
        id=f"schema/{operation.id}/{name}",
        area="schema",
        requires=f"{operation.id} answers {name} with "
        + ("JSON of the documented shape." if response.schema is not None else "no body."),
        source=f"spec: {operation.id}, responses {name}",
        level=level,
        observe=_nothing,
        judge=_shape(response.schema),
        accepts=good,
        rejects=bad,
        writes=operation.method != "GET",
    )


def _shape(schema: Schema | None) -> Callable[[Answer], Iterator[str]]:
    check = validator(schema) if schema is not None else None

    def judge(answer: Answer) -> Iterator[str]:
        if check is None:
            if answer.text:
                yield f"a body where none belongs: {shown(answer.text, 120)}"
            return
        if not answer.is_json:
            yield f"the body is not JSON: content type {answer.content_type or 'missing'}, {shown(answer.text, 120)}"
            return
        for error in list(check.iter_errors(answer.json))[:5]:
            place = ".".join(str(p) for p in error.instance_path) or "the body"
            yield f"{place}: {error.message}"

    return judge


def _statuses(contract: Contract) -> Iterator[AnswerRule]:
    for operation in contract.operations.values():
        if "default" in operation.ranges:
            continue  # whatever status it is, the contract describes it
        sample = operation.success.status
        chosen = statuses.chosen(contract, operation)
        unknown = [status for status in (202, 409, 418, 299) if not _allowed(operation, chosen, status)]
        yield AnswerRule(
            Rule(
                id=f"status/{operation.id}/documented",
                area="status",
                requires=f"{operation.id} answers with a status that the contract knows.",
                source=f"spec: {operation.id}, responses",
                level=operation.success.fact.level,
                observe=_nothing,
                judge=partial(_known, operation, chosen),
                accepts=(answer_to(operation, sample), answer_to(operation, 404)),
                rejects=tuple(answer_to(operation, status) for status in unknown[:2]),
                writes=operation.method != "GET",
            ),
            partial(_answered, operation.id),
        )


def _answered(operation: str, answer: Answer) -> bool:
    return answer.operation_id == operation and answer.status < 500


def _allowed(operation: Operation, chosen: frozenset[int], status: int) -> bool:
    return status in EVERYWHERE or status in chosen or operation.response(status) is not None


def _known(operation: Operation, chosen: frozenset[int], answer: Answer) -> Iterator[str]:
    if not _allowed(operation, chosen, answer.status):
        yield f"status {answer.status} is not in the contract; its success is {operation.success.status}"


def _everywhere(contract: Contract) -> Iterator[AnswerRule]:
    some = next(iter(contract.operations.values()))
    broken = contract.behaviour("no-server-error")
    if broken is not None:
        yield AnswerRule(
            Rule(
                id="robustness/no-server-error",
                area="robustness",
                requires="Nothing that a client sends is answered with a 5xx.",
                source="no-server-error",
                level=broken.fact.level,
                observe=_nothing,
                judge=_no_5xx,
                accepts=(answer_to(some, 200), answer_to(some, 404)),
                rejects=(answer_to(some, 500), answer_to(some, 503)),
                writes=False,
            ),
            lambda answer: True,
        )
        yield AnswerRule(
            Rule(
                id="robustness/no-html",
                area="robustness",
                requires="No operation answers with an HTML page.",
                source="no-server-error",
                level=broken.fact.level,
                observe=_nothing,
                judge=_no_html,
                accepts=(answer_to(some, 404, text='{"detail": "Not found."}'),),
                rejects=(
                    answer_to(some, 404, text="<!doctype html><title>404</title>", is_json=False),
                    answer_to(some, 400, kind="text/html", is_json=False),
                ),
                writes=False,
            ),
            lambda answer: answer.operation_id is not None,
        )
    yield from _errors(contract, some)
    yield AnswerRule(
        Rule(
            id="schema/characters",
            area="schema",
            requires="JSON answers hold whole characters: many clients refuse half of a surrogate pair.",
            source="RFC 8259, 8.2",
            level=Level.ASSUMED,
            observe=_nothing,
            judge=_halves,
            accepts=(answer_to(some, 200, json={"a": "\ufffd"}),),
            rejects=(replace(answer_to(some, 200, json={"a": "\ufffd"}), halves=("a",)),),
            writes=False,
        ),
        lambda answer: answer.is_json and answer.operation_id is not None,
    )


def _errors(contract: Contract, some: Operation) -> Iterator[AnswerRule]:
    """That errors which an operation does not describe look as the other operations describe them."""
    shape, schemas = contract.behaviour("error-shape"), _error_schemas(contract)
    if shape is None or not schemas:
        return
    good, bad = zip(*(examples(some, status, schema) for status, schema in schemas.items()), strict=True)
    yield AnswerRule(
        Rule(
            id="schema/errors",
            area="schema",
            requires=f"Errors that their operation does not describe look like those described: {shape.requires}",
            source="error-shape",
            level=shape.fact.level,
            observe=_nothing,
            judge=_error_shape(schemas),
            accepts=tuple(answer for answers in good for answer in answers),
            rejects=tuple(answer for answers in bad for answer in answers),
            writes=False,
        ),
        lambda a: (
            a.operation_id is not None
            and a.status in SHAPED
            and contract.operations[a.operation_id].response(a.status) is None
            and (a.status in schemas or 404 in schemas)
        ),
        "every error that was seen is described by its operation, whose own rules judge it",
    )


def _error_schemas(contract: Contract) -> dict[int, Schema]:
    """The schema of each status in SHAPED, as the first operation that has it describes it; 404 stands for the rest."""
    found: dict[int, Schema] = {}
    for status in sorted(SHAPED):
        answers = (operation.response(status) for operation in contract.operations.values())
        schema = next((a.schema for a in answers if a is not None and a.schema is not None), None)
        if schema is not None:
            found[status] = schema
    others = [schema for status, schema in found.items() if status != 400]
    if 404 not in found and others:
        found[404] = others[0]
    return found


def _error_shape(schemas: Mapping[int, Schema]) -> Callable[[Answer], Iterator[str]]:
    checks = {status: _shape(schema) for status, schema in schemas.items()}

    def judge(answer: Answer) -> Iterator[str]:
        yield from checks.get(answer.status, checks.get(404, _no_opinion))(answer)

    return judge


def _no_opinion(answer: Answer) -> Iterator[str]:
    return iter(())


def _no_5xx(answer: Answer) -> Iterator[str]:
    if answer.status >= 500:
        yield f"{answer.method} {answer.url} is answered {answer.status}"


def _no_html(answer: Answer) -> Iterator[str]:
    if answer.content_type == "text/html" or answer.text.lstrip()[:9].lower() in ("<!doctype", "<html>"):
        yield f"{answer.status} as an HTML page: {shown(answer.text, 120)}"


def _halves(answer: Answer) -> Iterator[str]:
    yield from (f"{place}: {HALF}" for place in answer.halves[:5])


def _nothing(context: Context) -> Any:
    raise Skip("judged from the answers that the other rules see")
