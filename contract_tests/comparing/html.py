"""The outcome as one self-contained HTML page, both answers side by side: nothing is loaded, everything is escaped.

Owns: what the page shows, in which order; page.css beside this.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from importlib.resources import files

from cancelkit.contract_tests.comparing.comparison import Comparison, Share
from cancelkit.contract_tests.comparing.groups import Group
from cancelkit.contract_tests.comparing.telling import Told, notes, sentence, title, told
from cancelkit.contract_tests.reports.html import MOODS
from cancelkit.contract_tests.reports.page import page
from cancelkit.contract_tests.target.answer import Answer, shown
from cancelkit.spec.showing import visible

LONGEST = 4000
OPENED = 5
"""So many causes show at once what was sent and got."""


def render(found: Comparison) -> str:
    return page(found.sentence, _body(found), files("cancelkit.contract_tests.comparing").joinpath("page.css"))


def _body(found: Comparison) -> Iterator[str]:
    mood = "warned" if found.exit_code == 0 and found.groups else MOODS[found.exit_code]
    yield f'<header style="--mood: var(--{mood})"><h1>{escape(found.sentence)}</h1>'
    yield f'<p class="soft"><code>{escape(visible(found.left))}</code> and <code>{escape(visible(found.right))}</code>'
    yield f"<br>{escape(found.contract)}; {escape(found.effort)}</p>"
    if found.ended:
        yield f"<p><b>{escape(found.ended)}</b></p>"
    yield f'<ul class="figures"><li class="passed"><b>{found.total.alike}</b>alike</li>'
    yield f'<li class="failed"><b>{found.total.different}</b>different</li>'
    yield f"<li><b>{found.total.apart}</b>not comparable</li><li><b>{len(found.groups)}</b>causes</li></ul></header>"
    if points := found.learnable:
        yield f"<p><code>cancelkit learn</code> tells the mock {len(points)} of them: {escape(', '.join(points))}.</p>"
    yield "<h2>How much is alike</h2>"
    yield from _shares("operation", found.operations)
    yield from _shares("kind of call", found.kinds)
    if found.groups:
        yield "<h2>What differs</h2>"
    for number, group in enumerate(found.groups):
        yield from _group(group, found, opened=number < OPENED)
    if found.apart or notes(found):
        yield "<h2>Not counted</h2><ul>"
        yield from (f"<li>{number} not comparable: {escape(visible(w))}</li>" for w, number in found.apart.items())
        yield from (f"<li>{escape(text)}</li>" for text in notes(found))
        yield "</ul>"
    yield f'<p class="soft small">The whole run again:</p><div><pre>{escape(visible(found.repeat))}</pre>'
    yield '<button data-copy type="button">copy</button></div>'


def _shares(name: str, shares: Mapping[str, Share]) -> Iterator[str]:
    heads = "".join(f"<th>{text}</th>" for text in (name, "", "alike", "calls", "different", "not comparable"))
    yield f'<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>'
    for key, one in shares.items():
        parts = (("passed", one.alike), ("failed", one.different), ("skipped", one.apart))
        bar = "".join(f'<i class="{kind}" style="flex: {number}"></i>' for kind, number in parts if number)
        figures = "".join(f'<td class="n">{text}</td>' for text in (one.shown, one.compared, one.different, one.apart))
        label = f"{one.alike} alike, {one.different} different, {one.apart} not comparable"
        yield f'<tr><td>{escape(key)}</td><td class="share"><span class="bar" role="img" aria-label="{label}">{bar}'
        yield f"</span></td>{figures}</tr>"
    yield "</tbody></table></div>"


def _group(group: Group, found: Comparison, *, opened: bool) -> Iterator[str]:
    yield f'<article><header><span class="tag failed">different</span><h3>{escape(title(group))}</h3></header>'
    yield f"<p>{escape(sentence(group, found))}</p>"
    if advice := found.advice(group):
        yield f'<p class="soft">{escape(visible(advice))}</p>'
    yield f"<details{' open' * opened}><summary>What was sent and got</summary>"
    names = found.left.partition(" ")[0], found.right.partition(" ")[0]
    for one in told(group, found.id_field):
        yield from _step(one, names)
    yield "</details></article>"


def _step(one: Told, names: tuple[str, str]) -> Iterator[str]:
    first = one.answers[0]
    yield f'<div class="step"><p class="small"><b>{escape(first.method)}</b> {escape(one.about)}</p><div class="both">'
    for name, command, answer in zip(names, one.commands, one.answers, strict=True):
        yield f'<div><p class="soft small">{escape(name)}</p><pre>{escape(shown(command, LONGEST))}</pre>'
        yield '<button data-copy type="button">copy</button>'
        yield f'<pre class="got" tabindex="0"><span class="status">{answer.status}</span> '
        yield f"{escape(_pretty(answer))}</pre></div>"
    yield "</div></div>"


def _pretty(answer: Answer) -> str:
    if answer.is_json and len(answer.text) < LONGEST:
        return shown(visible(json.dumps(answer.json, ensure_ascii=False, indent=2, sort_keys=True)), LONGEST)
    return shown(answer.text, LONGEST)
