"""The verdict as one self-contained HTML page: nothing is loaded, everything is escaped.

Owns: what the page shows, in which order.
Knows nothing of: where the text goes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from html import escape

from cancelkit.contract_tests.engine.causes import causes
from cancelkit.contract_tests.engine.verdict import Finding, Outcome, Verdict
from cancelkit.contract_tests.reports.page import page
from cancelkit.contract_tests.reports.presenting import presented, steps
from cancelkit.contract_tests.target.answer import UNSET, Answer, shown
from cancelkit.spec.showing import visible

MOODS = {0: "passed", 1: "failed", 2: "inconclusive"}
LONGEST = 4000
MOST = 6
OPENED = 5
"""So many failures show at once what was sent and got."""


def render(verdict: Verdict) -> str:
    verdict = presented(verdict)
    return page(verdict.sentence, _body(verdict))


def _body(verdict: Verdict) -> Iterator[str]:
    yield from _head(verdict)
    yield from _areas(verdict)
    groups = causes(verdict.broken, verdict.id_field)
    if groups:
        yield "<h2>What is broken</h2>"
    for number, cause in enumerate(groups):
        opened = cause.first.outcome is Outcome.FAILED and number < OPENED
        yield from _failure(cause.first, verdict, opened=opened)
        if cause.others:
            yield f'<details class="others"><summary>{escape(cause.sentence)}</summary>'
            for finding in cause.others:
                yield from _failure(finding, verdict, opened=False)
            yield "</details>"
    for title, texts in (("Waivers to look at", verdict.stale), ("Left behind", verdict.leftovers)):
        if texts:
            yield f"<h2>{title}</h2><ul>"
            yield from (f"<li>{escape(text)}</li>" for text in texts)
            yield "</ul>"
    yield from _coverage(verdict)
    yield from _cells(verdict)
    yield from _latency(verdict)
    yield from _rules(verdict)
    yield (
        f'<p class="soft small">The whole run again:</p><div><pre>{escape(verdict.repeat)}</pre>'
        '<button data-copy type="button">copy</button></div>'
    )


def _head(verdict: Verdict) -> Iterator[str]:
    yield f'<header style="--mood: var(--{MOODS[verdict.exit_code]})"><h1>{escape(verdict.sentence)}</h1>'
    yield (
        f'<p class="soft"><code>{escape(verdict.url)}</code>, {escape(f"{verdict.place}, " if verdict.place else "")}'
        f"{verdict.started:%Y-%m-%d %H:%M} UTC, {escape(verdict.manner)}"
        f"{', strict' if verdict.strict else ''}{', read-only' if verdict.read_only else ''}</p>"
    )
    if verdict.ending:
        yield f"<p><b>{escape(verdict.ending)}</b></p>"
    if verdict.judged_by:
        yield f'<p class="soft small">{escape(verdict.judged_by)}</p>'
    yield '<ul class="figures">'
    for outcome in Outcome:
        if number := verdict.counts[outcome]:
            yield f'<li class="{outcome.value}"><b>{number}</b>{outcome.value}</li>'
    yield f"<li><b>{verdict.requests}</b>requests</li><li><b>{verdict.seconds:.1f} s</b>time</li></ul></header>"


def _areas(verdict: Verdict) -> Iterator[str]:
    yield '<h2>Areas</h2><div class="areas">'
    for area in verdict.areas:
        findings = verdict.of(area)
        counts = Counter(f.outcome for f in findings)
        parts = "".join(
            f'<i class="{o.value}" style="flex: {counts[o]}" title="{counts[o]} {o.value}"></i>'
            for o in Outcome
            if counts[o]
        )
        told = ", ".join(f"{counts[o]} {o.value}" for o in Outcome if counts[o])
        yield f'<div><a href="#area-{escape(area)}">{escape(area)}</a>'
        yield f'<span class="bar" role="img" aria-label="{told}">{parts}</span>'
        yield f'<span class="soft small">{told}</span></div>'
    yield "</div>"


def _failure(finding: Finding, verdict: Verdict, *, opened: bool) -> Iterator[str]:
    outcome = finding.outcome.value
    yield f'<article id="{escape(finding.rule_id)}"><header><span class="tag {outcome}">{outcome}</span>'
    yield f'<h3>{escape(finding.rule_id)}</h3><span class="soft small">{escape(finding.level.value)}</span></header>'
    yield f"<p>{escape(finding.requires)}</p>"
    yield '<ul class="complaints">'
    yield from (f"<li>{escape(shown(text, 1500))}</li>" for text in finding.complaints[:MOST])
    yield "</ul>"
    if rest := finding.complaints[MOST:]:
        yield f'<details><summary>{len(rest)} more</summary><ul class="complaints">'
        yield from (f"<li>{escape(shown(text, 1500))}</li>" for text in rest[:200])
        yield "</ul></details>"
    told = "; ".join(escape(text) for text in (finding.why, finding.note) if text)
    source = f"Source: {escape(finding.source)}."
    yield f'<p class="soft small">{source}{f" {told}." if told else ""}</p>'
    if finding.exchanges:
        yield f"<details{' open' * opened}><summary>What was sent and got ({len(finding.exchanges)})</summary>"
        for command, answer in steps(finding.exchanges, verdict.id_field):
            yield from _step(answer, command)
        yield "</details>"
    yield "<details><summary>Repeat just this rule</summary>"
    yield f"<div><pre>{escape(verdict.repeat_rule(finding.rule_id))}</pre>"
    yield '<button data-copy type="button">copy</button></div></details></article>'


def _step(answer: Answer, command: str) -> Iterator[str]:
    sent = "" if answer.request_body is UNSET else f" with {escape(shown(answer.request_body, 200))}"
    yield f'<div class="step"><p class="small"><b>{escape(answer.method)}</b> <code>{escape(answer.url)}</code>'
    yield f"{sent}</p>"
    yield f'<pre>{escape(shown(command, LONGEST))}</pre><button data-copy type="button">copy</button>'
    yield f'<pre class="got" tabindex="0"><span class="status">{answer.status}</span> '
    yield f"{escape(_pretty(answer))}</pre></div>"


def _pretty(answer: Answer) -> str:
    if answer.is_json and len(answer.text) < LONGEST:
        return shown(visible(json.dumps(answer.json, ensure_ascii=False, indent=2)), LONGEST)
    return shown(answer.text, LONGEST)


def _coverage(verdict: Verdict) -> Iterator[str]:
    yield "<h2>What was exercised</h2>"
    yield '<p class="soft small">Answers seen, by operation and status; parameters and fields that were sent: '
    yield '<span class="chip seen">accepted</span> <span class="chip half">only refused</span> '
    yield '<span class="chip never">never</span></p>'
    yield _table("", "operation", "statuses", "parameters and fields")
    for operation, statuses in verdict.coverage.statuses.items():
        names = {**verdict.coverage.parameters.get(operation, {}), **verdict.coverage.fields.get(operation, {})}
        seen = _chips((f"{status} ×{n}", "seen" if n else "never") for status, n in statuses.items())
        sent = _chips((name, "seen" if good else "half" if bad else "never") for name, (good, bad) in names.items())
        yield f"<tr><td><code>{escape(operation)}</code></td><td>{seen}</td><td>{sent}</td></tr>"
    yield "</tbody></table></div>"


def _cells(verdict: Verdict) -> Iterator[str]:
    if verdict.coverage.cells:
        yield "<h2>What was tried</h2>"
        yield _table(' id="cells"', "table", "tried", "a cell is", "missing")
        for found in verdict.coverage.cells:
            missing, head = found.missing, ", ".join(found.table.columns)
            rows = "".join(f"<li>{escape(' · '.join(cell))}</li>" for cell in missing)
            told = f"<details><summary>{len(missing)}: {escape(head)}</summary><ul>{rows}</ul></details>"
            yield f"<tr><td><code>{escape(found.table.name)}</code></td><td>{found.figure}</td>"
            yield f"<td>{escape(found.table.says)}</td><td>{told if missing else 'none'}</td></tr>"
        yield "</tbody></table></div>"


def _latency(verdict: Verdict) -> Iterator[str]:
    if verdict.latency:
        yield "<h2>Milliseconds to an answer</h2>"
        yield _table(' id="latency"', "operation", "calls", "p50", "p95", "p99", "max")
        for id, took in verdict.latency.items():
            times = "".join(f"<td>{value:.1f}</td>" for value in took.times.values())
            yield f"<tr><td><code>{escape(id)}</code></td><td>{took.count}</td>{times}</tr>"
        yield "</tbody></table></div>"


def _table(attributes: str, *names: str) -> str:
    heads = "".join(f"<th>{name}</th>" for name in names)
    return f'<div class="wide"><table{attributes}><thead><tr>{heads}</tr></thead><tbody>'


def _chips(items: Iterable[tuple[str, str]]) -> str:
    chips = "".join(f'<span class="chip {kind}">{escape(text)}</span>' for text, kind in items)
    return f'<div class="chips">{chips}</div>'


def _rules(verdict: Verdict) -> Iterator[str]:
    yield '<h2>Every rule</h2><input type="search" id="search" placeholder="Find a rule" aria-label="Find a rule">'
    yield _table(' id="rules"', "rule", "requires", "outcome")
    for area in verdict.areas:
        for number, finding in enumerate(verdict.of(area)):
            anchor = f' id="area-{escape(area)}"' if number == 0 else ""
            outcome = finding.outcome.value
            why = "; ".join(text for text in (finding.why, finding.note) if text)
            told = f'<br><span class="soft small">{escape(shown(why, 300))}</span>' if why else ""
            name = f"<code>{escape(finding.rule_id)}</code>"
            if finding.outcome.broken:
                name = f'<a href="#{escape(finding.rule_id)}">{name}</a>'
            yield (
                f"<tr{anchor}><td>{name}</td><td>{escape(finding.requires)}</td>"
                f'<td><i class="dot {outcome}"></i>{outcome}{told}</td></tr>'
            )
    yield "</tbody></table></div>"
