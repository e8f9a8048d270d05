"""The verdict as Markdown, for a CI job's summary.

Owns: the summary's layout.
Knows nothing of: where the text goes.
"""

from __future__ import annotations

import html
from collections import Counter

from cancelkit.contract_tests.engine.causes import causes
from cancelkit.contract_tests.engine.verdict import Finding, Outcome, Verdict
from cancelkit.contract_tests.reports.presenting import presented, steps
from cancelkit.contract_tests.target.answer import shown
from cancelkit.spec.showing import in_markdown

MARKS = {Outcome.FAILED: "❌", Outcome.WARNED: "⚠️", Outcome.EXPECTED: "🔶"}


def render(verdict: Verdict) -> str:
    verdict = presented(verdict)
    present = [o for o in Outcome if verdict.counts[o]]
    where = f", {in_markdown(verdict.place)}" if verdict.place else ""
    lines = [
        f"## {'✅' if verdict.exit_code == 0 else '❌'} {in_markdown(verdict.sentence)}",
        "",
        f"`{verdict.url}`{where}: {len(verdict.findings)} rules, {verdict.effort}.",
        "",
        *([f"**{in_markdown(verdict.ending)}**", ""] if verdict.ending else []),
        *([in_markdown(verdict.judged_by), ""] if verdict.judged_by else []),
        "| area | " + " | ".join(o.value for o in present) + " |",
        "| --- |" + " ---: |" * len(present),
    ]
    for area in verdict.areas:
        counts = Counter(f.outcome for f in verdict.of(area))
        lines.append(f"| {area} | " + " | ".join(str(counts[o] or "") for o in present) + " |")
    for cause in causes(verdict.broken, verdict.id_field):
        lines += ["", *_failure(cause.first, verdict)]
        if cause.others:
            lines += ["", f"<details><summary>{html.escape(cause.sentence)}</summary>", ""]
            lines += [
                f"- {MARKS[f.outcome]} `{f.rule_id}`: {in_markdown(shown(f.complaints[0], 200))}" for f in cause.others
            ]
            lines += ["", "</details>"]
    for title, texts in (("Waivers to look at", verdict.stale), ("Left behind", verdict.leftovers)):
        if texts:
            lines += ["", f"### {title}", "", *(f"- {in_markdown(text)}" for text in texts)]
    unclear = [f for f in verdict.findings if f.outcome is Outcome.INCONCLUSIVE]
    if unclear:
        lines += ["", "### Inconclusive", "", *(f"- `{f.rule_id}`: {in_markdown(shown(f.why, 200))}" for f in unclear)]
    return "\n".join([*lines, *_cells(verdict), *_latency(verdict)]) + "\n"


def _cells(verdict: Verdict) -> list[str]:
    if not verdict.coverage.cells:
        return []
    rows = [
        f"| {in_markdown(v.table.name)} | {v.figure} | {in_markdown(v.table.says)} |" for v in verdict.coverage.cells
    ]
    head = ["| table | tried | a cell is |", "| --- | ---: | --- |"]
    return ["", "<details><summary>What was tried</summary>", "", *head, *rows, "", "</details>"]


def _latency(verdict: Verdict) -> list[str]:
    if not verdict.latency:
        return []
    rows = [
        f"| `{id}` | {took.count} | " + " | ".join(f"{value:.1f}" for value in took.times.values()) + " |"
        for id, took in verdict.latency.items()
    ]
    head = ["| operation | calls | p50 | p95 | p99 | max |", "| --- |" + " ---: |" * 5]
    return ["", "<details><summary>Milliseconds to an answer</summary>", "", *head, *rows, "", "</details>"]


def _failure(finding: Finding, verdict: Verdict) -> list[str]:
    told = steps(finding.exchanges, verdict.id_field)
    commands = [f"$ {c}\n-> {a.status} {shown(a.text, 400)}" for c, a in told]
    fence = "````"
    return [
        f"### {MARKS[finding.outcome]} `{finding.rule_id}` ({finding.level.value})",
        "",
        in_markdown(finding.requires),
        "",
        *(f"- {in_markdown(shown(text, 600))}" for text in finding.complaints),
        *([f"- {in_markdown(finding.why)}"] if finding.why else []),
        "",
        "<details><summary>What was sent and got</summary>",
        "",
        *([f"{fence}sh", *(text.replace(fence, "```") for text in commands), fence, ""] if commands else []),
        f"Repeat: `{verdict.repeat_rule(finding.rule_id)}`",
        "",
        "</details>",
    ]
