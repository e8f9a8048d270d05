"""Contradictions of documented facts as waivers: what a server is known not to keep, until a date.

Owns: which rules judge what was contradicted, which of them the server breaks, and writing them into [waivers].
Source: docs/verify.md, "cancelkit.toml"; docs/learn.md.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import httpx

from cancelkit.contract_tests.configuration.settings import Settings
from cancelkit.contract_tests.engine.registry import every_rule, matches
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.engine.run import execute
from cancelkit.contract_tests.errors import Cause, CouldNotRun
from cancelkit.contract_tests.learning.observing import Learned, Lesson
from cancelkit.contract_tests.learning.topic import Statement
from cancelkit.spec import Contract

LASTS = timedelta(days=90)
TABLE = re.compile(r"^\s*\[\s*waivers\s*\]\s*(?:#.*)?$", re.MULTILINE)


def broken(
    settings: Settings, contract: Contract, learned: Learned, *, transport: httpx.BaseTransport | None = None
) -> dict[str, str]:
    """The reason for a waiver by the id of each rule about a contradicted fact that the target breaks."""
    reasons: dict[str, str] = {}
    rules = every_rule(contract)
    for one in learned.statements:
        if one.contradicts:
            seen = f"{one.point}: seen {one.option} at {learned.host}, the contract says {one.known}"
            reasons |= {rule.id: seen for rule in rules if _about(rule, one)}
    chosen = [rule for rule in rules if rule.id in reasons]
    if not chosen:
        return {}
    run = replace(settings, waivers=(), rules=(), areas=(), schemathesis=False, fail_fast=False)
    verdict = execute(run, contract, rules=chosen, transport=transport)
    return {f.rule_id: reasons[f.rule_id] for f in verdict.findings if f.outcome.broken and f.rule_id in reasons}


def _about(rule: Rule, one: Lesson | Statement) -> bool:
    if isinstance(one, Statement):
        return any(matches(rule.id, pattern) for pattern in one.rules)
    named = {f"x-choices: {one.point}", *one.choice.point.keeps}
    return any(re.search(rf"(?:^|[\s,;]){re.escape(name)}(?:$|[\s,;])", rule.source) for name in named)


def waive(path: Path, reasons: Mapping[str, str], today: date) -> int:
    """Add a waiver for each rule to the settings file, made where there is none; what it waives already stays.

    Returns: how many were added.
    Raises:
        CouldNotRun: the file can't be read, or its waivers stand in a form that can't be added to.
    """
    try:
        text = path.read_text(encoding="utf-8-sig") if path.exists() else ""
        there = tomllib.loads(text).get("waivers", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CouldNotRun(Cause.OPTIONS, f"{path} can't be read: {error}") from error
    until = (today + LASTS).isoformat()
    new = {id: why for id, why in reasons.items() if id not in there}
    lines = [
        f"{json.dumps(id)} = {{ reason = {json.dumps(why, ensure_ascii=False)}, expires = {until} }}"
        for id, why in new.items()
    ]
    if not lines:
        return 0
    added = "\n".join(lines)
    if found := TABLE.search(text):
        whole = f"{text[: found.end()]}\n{added}{text[found.end() :]}"
    else:
        whole = f"{text.rstrip()}\n\n[waivers]\n{added}\n".lstrip()
    try:
        valid = tomllib.loads(whole)["waivers"].keys() >= {*new, *there}
    except tomllib.TOMLDecodeError:
        valid = False
    if not valid:
        raise CouldNotRun(
            Cause.OPTIONS, f"{path} has waivers outside a table [waivers]; put them into one, then again."
        )
    path.write_text(whole, encoding="utf-8")
    return len(new)
