"""The engine of the suite on contracts that share no word with the packaged one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from cancelkit.contract_tests.configuration.options import read_settings
from cancelkit.contract_tests.context.bodies import create_body, key_of, marked
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.passive import answer_rules, passive_rules
from cancelkit.contract_tests.engine.registry import unique
from cancelkit.contract_tests.engine.rule import areas
from cancelkit.contract_tests.engine.run import execute
from cancelkit.contract_tests.engine.verdict import Outcome
from cancelkit.contract_tests.errors import CouldNotRun, Skip
from cancelkit.contract_tests.fuzz.rules import fuzz_rules
from cancelkit.contract_tests.machine.machine import rules as machine_rules
from cancelkit.contract_tests.observing.sending import valid_values
from cancelkit.spec import Contract, Role, load

URL = "http://127.0.0.1:1"
NOTES = """
openapi: 3.0.3
info: {title: Notes, version: '1'}
paths:
  /notes:
    get:
      operationId: all
      responses: {'200': {description: all, content: {application/json: {schema: {type: object, required: [count, results], properties: {count: {type: integer}, results: {type: array, items: {$ref: '#/components/schemas/Note'}}}}}}}}
    post:
      operationId: write
      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [text], properties: {text: {type: string, maxLength: 40}, secret: {type: string, writeOnly: true}}}}}}
      responses: {'201': {description: written, content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}, '400': {description: no}}
  /notes/{slug}:
    get:
      operationId: read
      parameters: [{name: slug, in: path, required: true, schema: {type: string}}]
      responses: {'200': {description: it, content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}, '404': {description: none}}
    delete:
      operationId: burn
      parameters: [{name: slug, in: path, required: true, schema: {type: string}}]
      responses: {'204': {description: gone}, '404': {description: none}}
components:
  schemas:
    Note: {type: object, required: [slug, text], properties: {slug: {type: string}, text: {type: string, maxLength: 40}}}
"""  # noqa: E501


@pytest.fixture
def notes(tmp_path: Path) -> Contract:
    """No scope, no states, no references, no filters, no paging, no key; ids are texts."""
    path = tmp_path / "notes.yaml"
    path.write_text(NOTES, encoding="utf-8")
    return load(path)


class NoteServer:
    """Serves NOTES from memory; `broken`: deleting does nothing."""

    def __init__(self, *, broken: bool = False) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.broken = broken
        self.last = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        slug = request.url.path.removeprefix("/notes").strip("/")
        if not slug and request.method == "GET":
            return httpx.Response(200, json={"count": len(self.rows), "results": list(self.rows.values())})
        if not slug:
            return self.write(request.content)
        if slug not in self.rows:
            return httpx.Response(404)
        if request.method == "DELETE":
            if not self.broken:
                del self.rows[slug]
            return httpx.Response(204)
        return httpx.Response(200, json=self.rows[slug])

    def write(self, content: bytes) -> httpx.Response:
        try:
            body = json.loads(content)
            text, secret = body["text"], body.get("secret", "")
        except (ValueError, KeyError, TypeError):
            return httpx.Response(400)
        if not isinstance(text, str) or len(text) > 40 or not isinstance(secret, str):
            return httpx.Response(400)
        self.last += 1
        slug = f"note {self.last}"
        self.rows[slug] = {"slug": slug, "text": text}
        return httpx.Response(201, json=self.rows[slug])


@pytest.mark.parametrize("broken", [False, True])
def test_a_contract_with_next_to_nothing_is_judged(notes: Contract, broken: bool):
    """A right server has no finding; one that does not delete has one, and the records that it keeps are named."""
    server = NoteServer(broken=broken)
    rules = (*machine_rules(notes), *passive_rules(notes), *fuzz_rules(notes))
    settings = read_settings({"url": URL, "profile": "quick", "strict": True}, contract=notes)

    verdict = execute(settings, notes, rules=rules, transport=httpx.MockTransport(server))

    failed = {f.rule_id: f.complaints for f in verdict.findings if f.outcome is Outcome.FAILED}
    unclear = {f.rule_id: f.why for f in verdict.findings if f.outcome is Outcome.INCONCLUSIVE}
    assert set(failed) == ({"machine/one-channel"} if broken else set()), failed
    assert unclear == {}
    assert verdict.place == ""
    if not broken:
        assert server.rows == {}


def test_what_a_contract_lacks_is_skipped_with_a_reason(notes: Contract):
    """A role that no operation has is no traceback."""
    with pytest.raises(Skip, match="partial update"):
        Context.operation(type("Some", (), {"contract": notes})(), Role.PARTIAL_UPDATE)  # type: ignore[arg-type]


def test_bodies_carry_a_marker_that_fits(notes: Contract):
    """The marker is cut to the field's length, and a write-only field never carries it."""
    body = create_body(notes, {}, "m" * 60, Random(1))

    assert body == {"text": "m" * 40}
    assert marked(notes, "short") == {"text": "short"}


def test_every_area_of_a_contract_is_known(spec: Contract, notes: Contract):
    """Actions have areas of their own, others the fixed ones."""
    assert "reject" in areas(spec)
    assert "reject" not in areas(notes)
    assert {rule.area for rule in (*fuzz_rules(spec), *passive_rules(spec))} <= set(areas(spec))


def test_two_rules_with_one_id_are_refused(make_rule):
    """The second would hide what the first found."""
    with pytest.raises(ValueError, match="a/b"):
        unique([make_rule(id="a/b"), make_rule(id="a/b")])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"scope": ("5",)}, "no scope"),
        ({"channel": 5}, "give --scope"),
        ({"references": ("order_item=1",)}, "no body field"),
        ({"order_items": (1,)}, "no body field"),
    ],
)
def test_options_that_the_contract_has_no_place_for_are_refused(notes: Contract, given: dict[str, Any], words: str):
    """They would silently do nothing."""
    with pytest.raises(CouldNotRun, match=words):
        read_settings({"url": URL, **given}, contract=notes)


def test_a_reference_is_read_as_key_or_as_opened_object(spec: Contract):
    """Both stand for the same key."""
    assert key_of(spec.resource, {"reason": 3}, "reason") == 3
    assert key_of(spec.resource, {"reason": {"id": 3, "subject": "x"}}, "reason") == 3


def test_rules_about_answers_prove_themselves(spec: Contract, notes: Contract):
    """Each accepts and rejects its own examples, whatever the contract."""
    for contract in (spec, notes):
        for rule in (found.rule for found in answer_rules(contract)):
            assert [a for a in rule.accepts if list(rule.judge(a))] == [], rule.id
            assert [a for a in rule.rejects if not list(rule.judge(a))] == [], rule.id


def test_an_example_that_a_bound_has_outgrown_is_not_sent() -> None:
    """A code is sent as its example shows it, as long as it fits the field."""
    create = load().role(Role.CREATE)
    assert create is not None
    assert create.body is not None
    field = create.body.fields["iban"]
    shorter = replace(field, schema={**field.schema, "maxLength": 7})
    context = cast("Context", SimpleNamespace(contract=load(), references={}, rng=Random(1), modest=frozenset()))

    assert field.schema["example"] in valid_values(context, create, "iban", field)
    assert all(len(value) <= 7 for value in valid_values(context, create, "iban", shorter))
