"""Every answer that any rule sees is judged here too: its status, its shape, its manners.

Owns: the rules about a single answer, derived from the spec, and the watch that applies them to all traffic.
Knows nothing of: why a request was sent.
Source: the answers of each operation in the spec; its behaviours error-shape and no-server-error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

import jsonschema_rs

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.target.answer import Answer, shown
from cancelkit.spec import Contract, Level, Operation, Schema, json_schema

KEPT: Final = 3
EVERYWHERE: Final = frozenset({400, 401, 403, 404, 405, 406, 408, 411, 413, 414, 415, 429, 431})
SHAPED: Final = frozenset({400, 401, 404, 405, 406, 415})
Matters = Callable[[Answer], bool]


@dataclass(frozen=True, slots=True)
class AnswerRule:
    """A rule about one answer; `matters` says which answers it is about."""

    rule: Rule
    matters: Matters


@dataclass(slots=True)
class Seen:
    """What one rule has seen: how many answers, and the first that it complained about."""

    answers: int = 0
    complained: int = 0
    bad: list[Answer] = field(default_factory=list)


class PassiveWatch:
    """Applies the answer rules to all traffic; thread-safe."""

    def __init__(self, spec: Contract) -> None:
        self.rules = answer_rules(spec)
        self._seen = {r.rule.id: Seen() for r in self.rules}
        self._lock = Lock()

    def watch(self, answer: Answer) -> None:
        for answer_rule in self.rules:
            if answer_rule.matters(answer):
                complaints = bool(tuple(answer_rule.rule.judge(answer)))
                with self._lock:
                    seen = self._seen[answer_rule.rule.id]
                    seen.answers += 1
                    seen.complained += complaints
                    if complaints and len(seen.bad) < KEPT:
                        seen.bad.append(answer)

    def seen(self, rule_id: str) -> Seen:
        return self._seen[rule_id]


def passive_rules(spec: Contract) -> tuple[Rule, ...]:
    return tuple(r.rule for r in answer_rules(spec))


def answer_rules(spec: Contract) -> tuple[AnswerRule, ...]:
    """One rule for each answer of each operation, and those that hold for any answer."""
    return (*_schemas(spec), *_statuses(spec), *_everywhere(spec))


def validator(schema: Schema) -> Any:
    """A compiled check of an answer's body; further fields are welcome, e-mail addresses are data and not judged."""
    return jsonschema_rs.validator_for(_without_email(json_schema(schema, "response")), validate_formats=True)


def _without_email(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {k: _without_email(v) for k, v in schema.items() if not (k == "format" and v == "email")}
    return [_without_email(v) for v in schema] if isinstance(schema, list) else schema


def _schemas(spec: Contract) -> Iterator[AnswerRule]:
    for operation in spec.operations.values():
        for response in operation.responses.values():
            level = response.fact.level
            if response.schema is not None and response.status < 300:
                level = Level(str(response.schema.get("x-level", Level.DOCUMENTED.value)))
            good, bad = _examples(operation, response.status, response.schema)
            yield AnswerRule(
                Rule(
                    id=f"schema/{operation.id}/{response.status}",
                    area="schema",
                    requires=f"{operation.id} answers {response.status} with "
                    + ("JSON of the documented shape." if response.schema else "no body."),
                    source=f"spec: {operation.id}, responses {response.status}",
                    level=level,
                    observe=_nothing,
                    judge=_shape(response.schema),
                    accepts=good,
                    rejects=bad,
                    writes=operation.method != "GET",
                ),
                lambda a, o=operation.id, s=response.status: a.operation_id == o and a.status == s,  # type: ignore[misc]
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


def _statuses(spec: Contract) -> Iterator[AnswerRule]:
    for operation in spec.operations.values():
        allowed = frozenset(operation.responses) | EVERYWHERE
        sample = operation.success.status
        yield AnswerRule(
            Rule(
                id=f"status/{operation.id}/documented",
                area="status",
                requires=f"{operation.id} answers with a status that the contract knows.",
                source=f"spec: {operation.id}, responses",
                level=operation.success.fact.level,
                observe=_nothing,
                judge=_known(allowed, operation.success.status),
                accepts=(_answer(operation, sample), _answer(operation, 404)),
                rejects=(_answer(operation, 202), _answer(operation, 409)),
                writes=operation.method != "GET",
            ),
            lambda a, o=operation.id: a.operation_id == o and a.status < 500,  # type: ignore[misc]
        )


def _known(allowed: frozenset[int], success: int) -> Callable[[Answer], Iterator[str]]:
    def judge(answer: Answer) -> Iterator[str]:
        if answer.status not in allowed:
            yield f"status {answer.status} is not in the contract; its success is {success}"

    return judge


def _everywhere(spec: Contract) -> Iterator[AnswerRule]:
    some = next(iter(spec.operations.values()))
    fact = spec.behaviours["no-server-error"].fact
    yield AnswerRule(
        Rule(
            id="robustness/no-server-error",
            area="robustness",
            requires="Nothing that a client sends is answered with a 5xx.",
            source="no-server-error",
            level=fact.level,
            observe=_nothing,
            judge=_no_5xx,
            accepts=(_answer(some, 200), _answer(some, 404)),
            rejects=(_answer(some, 500), _answer(some, 503)),
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
            level=fact.level,
            observe=_nothing,
            judge=_no_html,
            accepts=(_answer(some, 404, text='{"detail": "Not found."}'),),
            rejects=(
                _answer(some, 404, text="<!doctype html><title>404</title>", is_json=False),
                _answer(some, 400, kind="text/html", is_json=False),
            ),
            writes=False,
        ),
        lambda answer: answer.operation_id is not None,
    )
    check = _error_shape(spec)
    yield AnswerRule(
        Rule(
            id="schema/errors",
            area="schema",
            requires=spec.behaviours["error-shape"].requires,
            source="error-shape",
            level=spec.behaviours["error-shape"].fact.level,
            observe=_nothing,
            judge=check,
            accepts=(
                _answer(some, 404, json={"detail": "Not found.", "code": "not_found"}),
                _answer(some, 400, json={"reason": ["No such reason."], "code": "invalid"}),
                _answer(some, 400, json={"non_field_errors": ["Not allowed."], "code": "x"}),
            ),
            rejects=(
                _answer(some, 404, json={"error": "Not found."}),
                _answer(some, 400, json={"reason": "No such reason.", "code": "invalid"}),
                _answer(some, 401, json=["nope"]),
            ),
            writes=False,
        ),
        lambda a: a.operation_id is not None and a.status in SHAPED - spec.operations[a.operation_id].responses.keys(),
    )


def _error_shape(spec: Contract) -> Callable[[Answer], Iterator[str]]:
    refused, other = _shape(spec.schemas["ValidationError"]), _shape(spec.schemas["Error"])

    def judge(answer: Answer) -> Iterator[str]:
        yield from (refused if answer.status == 400 else other)(answer)

    return judge


def _no_5xx(answer: Answer) -> Iterator[str]:
    if answer.status >= 500:
        yield f"{answer.method} {answer.url} is answered {answer.status}"


def _no_html(answer: Answer) -> Iterator[str]:
    if answer.content_type == "text/html" or answer.text.lstrip()[:9].lower() in ("<!doctype", "<html>"):
        yield f"{answer.status} as an HTML page: {shown(answer.text, 120)}"


def _nothing(bench: Bench) -> Any:
    raise Skip("judged from the answers that the other rules see")


def _answer(
    operation: Operation,
    status: int,
    *,
    json: Any = None,
    text: str = "",
    kind: str = "application/json",
    is_json: bool = True,
) -> Answer:
    return Answer(
        status,
        {"content-type": kind},
        text,
        json,
        operation.method,
        operation.path,
        is_json=is_json,
        operation_id=operation.id,
    )


def _examples(
    operation: Operation, status: int, schema: Schema | None
) -> tuple[tuple[Answer, ...], tuple[Answer, ...]]:
    if schema is None:
        return (_answer(operation, status),), (_answer(operation, status, text='{"id": 1}'),)
    rejects = (
        _answer(operation, status, json=[]),
        _answer(operation, status, text="OK", kind="text/plain", is_json=False),
    )
    return (_answer(operation, status, json=example(schema)),), rejects


def example(schema: Schema) -> Any:
    """The smallest value that a resolved schema admits."""
    if "example" in schema:
        return schema["example"]
    if "enum" in schema:
        return schema["enum"][0]
    if "oneOf" in schema:
        return example(schema["oneOf"][0])
    kind = schema.get("type")
    if kind == "object":
        return {name: example(inner) for name, inner in schema.get("properties", {}).items()}
    if kind == "array":
        return [example(schema["items"])]
    formats = {
        "uuid": "0b5e7a4e-0000-4000-8000-000000000001",
        "date-time": "2025-03-01T23:59:59Z",
        "uri": "http://127.0.0.1/",
        "email": "a@example.com",
    }
    by_type = {"string": "text", "integer": 1, "number": 1, "boolean": False}
    return formats.get(str(schema.get("format"))) or by_type.get(str(kind))
