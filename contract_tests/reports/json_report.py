"""The verdict as JSON; docs/report-schema.md describes it.

Owns: the report's layout and its version, which changes only when something is taken away or means something else.
Knows nothing of: where the text goes.
"""

from __future__ import annotations

import json
from typing import Any, Final

from cancelkit.contract_tests.engine.causes import causes
from cancelkit.contract_tests.engine.cells import Visited
from cancelkit.contract_tests.engine.verdict import Finding, Outcome, Verdict
from cancelkit.contract_tests.target.answer import UNSET, Answer
from cancelkit.contract_tests.target.commands import curl_commands
from cancelkit.spec.showing import showable, visible_json

VERSION: Final = 2
LONGEST: Final = 20_000


def render(verdict: Verdict) -> str:
    return visible_json(json.dumps(as_data(verdict), ensure_ascii=False, indent=2))


def printed(verdict: Verdict, encoding: str | None) -> str:
    """The report for a console of this encoding: what it can't show is escaped, so that the JSON stays whole."""
    text = render(verdict)
    return text if showable(text, encoding) == text else json.dumps(json.loads(text), indent=2)


def as_data(verdict: Verdict) -> dict[str, Any]:
    counts = verdict.counts
    return {
        "cancelkit_report": VERSION,
        "exit_code": verdict.exit_code,
        "verdict": verdict.sentence,
        "target": {"url": verdict.url, "scope": verdict.scope, "other_scope": verdict.other_scope},
        "contract": {"source": verdict.contract, "fingerprint": verdict.fingerprint},
        "run": {
            "started": verdict.started.isoformat(),
            "seconds": round(verdict.seconds, 3),
            "profile": verdict.profile,
            "seed": verdict.seed,
            "strict": verdict.strict,
            "read_only": verdict.read_only,
            "spec_version": verdict.spec_version,
            "requests": verdict.requests,
            "dropped_connections": verdict.dropped,
            "gateway_errors": verdict.gateway,
            "records_created": verdict.created,
            "interrupted": verdict.interrupted,
            "lost": verdict.lost,
            "ended_early": verdict.ended_early,
            "repeat": verdict.repeat,
        },
        "counts": {outcome.value: counts[outcome] for outcome in Outcome},
        "areas": {
            area: {o.value: sum(f.outcome is o for f in verdict.of(area)) for o in Outcome} for area in verdict.areas
        },
        "causes": [
            {"rule": cause.first.rule_id, "about": cause.about, "explains": [other.rule_id for other in cause.others]}
            for cause in causes(verdict.broken, verdict.id_field)
        ],
        "rules": [_finding(finding, verdict) for area in verdict.areas for finding in verdict.of(area)],
        "not_tried": dict(verdict.untried),
        "coverage": {
            "statuses": {o: {str(s): n for s, n in seen.items()} for o, seen in verdict.coverage.statuses.items()},
            "parameters": _pairs(verdict.coverage.parameters),
            "fields": _pairs(verdict.coverage.fields),
            "cells": {visited.table.name: _cells(visited) for visited in verdict.coverage.cells},
        },
        "latency": {
            id: {"count": took.count, **{f"{name}_ms": round(value, 2) for name, value in took.times.items()}}
            for id, took in verdict.latency.items()
        },
        "stale_waivers": list(verdict.stale),
        "leftovers": list(verdict.leftovers),
    }


def _pairs(counted: Any) -> dict[str, dict[str, dict[str, int]]]:
    return {o: {n: {"success": a, "refused": b} for n, (a, b) in seen.items()} for o, seen in counted.items()}


def _cells(visited: Visited) -> dict[str, Any]:
    return {
        "says": visited.table.says,
        "columns": list(visited.table.columns),
        "visited": [list(cell) for cell in visited.visited],
        "missing": [list(cell) for cell in visited.missing],
    }


def _finding(finding: Finding, verdict: Verdict) -> dict[str, Any]:
    out: dict[str, Any] = {
        "id": finding.rule_id,
        "area": finding.area,
        "outcome": finding.outcome.value,
        "level": finding.level.value,
        "requires": finding.requires,
        "source": finding.source,
        "seconds": round(finding.seconds, 3),
        "requests": finding.requests,
    }
    if finding.why:
        out["why"] = finding.why
    if finding.note:
        out["note"] = finding.note
    if finding.outcome.broken:
        commands = curl_commands(finding.exchanges, verdict.id_field)
        out["complaints"] = list(finding.complaints)
        out["sequence"] = [_exchange(a, c) for a, c in zip(finding.exchanges, commands, strict=True)]
        out["repeat"] = verdict.repeat_rule(finding.rule_id)
    return out


def _exchange(answer: Answer, command: str) -> dict[str, Any]:
    return {
        "curl": command,
        "method": answer.method,
        "url": answer.url,
        "request_body": None if answer.request_body is UNSET else answer.request_body,
        "status": answer.status,
        "headers": dict(answer.headers),
        "body": answer.text[:LONGEST],
        "seconds": round(answer.elapsed, 4),
    }
