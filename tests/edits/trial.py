"""One edit tried on all three tools: does the mock serve it, the suite agree and notice, do the fixtures follow?

Owns: `tried`, which returns what is wrong in sentences.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any

import httpx

from cancelkit.contract_tests.engine.registry import every_rule
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.engine.verdict import Outcome
from cancelkit.contract_tests.prove.prove import stages
from cancelkit.contract_tests.prove.proving import Mutant
from cancelkit.fixtures import generate, generate_world, invalid
from cancelkit.fixtures.world import World
from cancelkit.mockserver.local import LocalMock
from cancelkit.mockserver.mutants import mutants
from cancelkit.mockserver.settings import Settings
from cancelkit.spec import Contract, Role, SpecError
from cancelkit.spec.reading import read_contract
from cancelkit.spec.values import Values
from tests.edits.edits import Edit
from tests.support.verified import TOKEN, verified

SIZE = 40
MANY = 120
"""Records of the mock that a mutant is built into: among so many are customers of another scope than their order's."""
OTHER_RULES = 6
"""Rules tried beside those that are about the edited thing."""
PAYLOADS = 40


@dataclass(frozen=True)
class Trial:
    """What was tried, and what is wrong."""

    problems: tuple[str, ...]
    rules: int = 0
    payloads: int = 0
    mutant: str = ""


def tried(edit: Edit, random: Random) -> Trial:
    """Try an edit on mock, suite and fixtures."""
    try:
        contract = read_contract(edit.document)
    except SpecError as refusal:
        return Trial(() if refusal.place else (f"refused without a place: {refusal}",))
    world = generate_world(contract, size=SIZE)
    problems = list(_fixtures(contract, edit))
    every = [rule for rule in every_rule(contract) if rule.cost == 1]
    rules = _selected(every, edit, random)
    with LocalMock(Settings(port=0, self_check=True), world, contract=contract) as mock:
        verdict = verified(contract, mock, rules)
        problems += [
            f"{f.rule_id}: {f.complaints[0] if f.complaints else f.why}"
            for f in verdict.findings
            if f.outcome is Outcome.FAILED
        ]
        sent = list(_payloads(contract, world, random))
        with httpx.Client(transport=mock.transport, base_url=mock.url, headers=_key(contract)) as client:
            problems += [problem for payload in sent if (problem := _accepted(client, contract, payload))]
    name, problem = _mutant(contract, every, edit, random)
    return Trial((*problems, *problem), len(rules), len(sent), name)


def _selected(rules: list[Rule], edit: Edit, random: Random) -> list[Rule]:
    about = [rule for rule in rules if any(word in rule.id for word in edit.about)]
    others = [rule for rule in rules if rule not in about and not rule.long]
    return [*about, *random.sample(others, min(OTHER_RULES, len(others)))]


def _key(contract: Contract) -> dict[str, str]:
    key = contract.api_key
    return {key.header: f"{key.prefix} {TOKEN}" if key.prefix else TOKEN} if key else {}


def _fixtures(contract: Contract, edit: Edit) -> Iterator[str]:
    """Generated records fit their schemas, and a field that was added is in some of them."""
    resource = contract.resource
    views = {"base": (resource.schema, "response"), "detailed": (resource.detailed_schema, "response")}
    for role, view in ((Role.CREATE, "create"), (Role.PARTIAL_UPDATE, "update")):
        operation = contract.role(role)
        if operation is not None and operation.body is not None:
            views[view] = (operation.body.schema, "request")
    for view, (schema, direction) in views.items():
        values = Values(schema, direction=direction)
        rows = list(generate(contract=contract, count=SIZE, view=view))
        for row in rows:
            if not values.admits(row):
                yield f"fixtures, {view}: {values.faults(row)[:3]} in {row}"
                break
        for name in edit.about:
            added = schema.get("properties", {}).get(name)
            hidden = added and (added.get("readOnly") if direction == "request" else added.get("writeOnly"))
            if added and not hidden and not any(row.get(name) is not None for row in rows):
                yield f"fixtures, {view}: {name} is in no record"


def _payloads(contract: Contract, world: World, random: Random) -> Iterator[Any]:
    found = [payload for payload in invalid.payloads(contract, world) if not payload.open]
    yield from random.sample(found, min(PAYLOADS, len(found)))


def _accepted(client: httpx.Client, contract: Contract, payload: Any) -> str | None:
    """What is wrong with the answer to a payload that must be refused as its label says."""
    operation = contract.operations[payload.operation]
    names = [parameter.name for parameter in contract.resource.scope]
    scope = dict(zip(names, payload.scope.values(), strict=True))
    path = contract.resource.url(operation.path, scope, payload.id)
    content = {} if operation.body is None else {"content": json.dumps(payload.body).encode()}
    headers = {"Content-Type": "application/json"}
    answer = client.request(operation.method, path, headers=headers, params=payload.query, **content)
    if answer.status_code != payload.status:
        sent = payload.query or payload.body
        return f"--invalid: {operation.id} {payload.rule} {payload.field} {sent!r}: {answer.status_code}"
    body: Any = None
    with suppress(ValueError):
        body = answer.json()
    if payload.field is not None and (not isinstance(body, dict) or payload.field not in body):
        return f"--invalid: {operation.id} {payload.rule} {payload.body!r}: {body} does not name {payload.field}"
    return None


def _mutant(contract: Contract, rules: list[Rule], edit: Edit, random: Random) -> tuple[str, list[str]]:
    """A mutant about the edited thing is killed: by the rules that are most like it, else by those of its area.

    Where the suite says itself that it could not look (nothing can be created), nothing is expected of it.
    """
    about = [
        mutant
        for mutant in mutants(contract).values()
        if edit.about and any(word in mutant.name or word in mutant.summary for word in edit.about[:1])
    ]
    if not about:
        return "", []
    mutant = random.choice(about)
    known = Mutant(mutant.name, mutant.area, mutant.sample, mutant.summary)
    world = generate_world(contract, size=MANY)
    with LocalMock(Settings(port=0), world, contract=contract, mutants=(mutant,)) as mock:
        own, found = {rule.id for rule in rules if rule.area == mutant.area}, list[Outcome]()
        for stage in stages(known, rules):
            verdict = verified(contract, mock, stage, enough=lambda finding: finding.outcome is Outcome.FAILED)
            if any(finding.outcome is Outcome.FAILED for finding in verdict.findings):
                return mutant.name, []
            found += [f.outcome for f in verdict.findings if f.rule_id in own]
        if found and set(found) == {Outcome.SKIPPED}:
            return "", []
    return mutant.name, [f"mutant survived: {mutant.name}, {mutant.summary}"]
