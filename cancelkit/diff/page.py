"""The outcome as one self-contained HTML page: nothing is loaded, everything is escaped.

Owns: the page's structure; traffic's paper.css and page.css beside it are put into it.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

from cancelkit.diff.change import Kind
from cancelkit.diff.outcome import Line, Outcome, about
from cancelkit.spec.showing import escape

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLES = (files("cancelkit.traffic").joinpath("paper.css"), files("cancelkit.diff").joinpath("page.css"))


def page(outcome: Outcome) -> str:
    style = "".join(sheet.read_text(encoding="utf-8") for sheet in _STYLES)
    head = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<title>{escape(outcome.sentence)}</title><style>{style}</style></head><body><main>"
    )
    return "\n".join([head, *_body(outcome), "</main></body></html>"]) + "\n"


def _body(outcome: Outcome) -> Iterator[str]:
    mood = "failed" if outcome.exit_code else "passed"
    yield f'<header class="{mood}"><h1>{escape(outcome.sentence)}</h1>'
    yield f'<p class="soft"><code>{escape(outcome.old)}</code> → <code>{escape(outcome.new)}</code></p></header>'
    yield from (f'<p class="note">{escape(note)}</p>' for note in outcome.notes)
    for kind in Kind:
        found = outcome.of(kind)
        if found:
            yield f"<h2>{escape(kind.value.capitalize())} <span class='soft'>{len(found)}</span></h2>"
        for line in found:
            yield _change(outcome, line)


def _change(outcome: Outcome, line: Line) -> str:
    change = line.change
    name = change.kind.name.lower()
    tags = f'<span class="tag {name}">{"fails" if outcome.fails(line) else escape(change.kind.value)}</span>'
    both = ", breaks servers too" if len(change.breaks) == 2 else ""
    spots = "".join(f"<li><code>{escape(str(spot))}</code></li>" for spot in change.spots)
    count = len(change.spots)
    where = (
        f"<ul>{spots}</ul>" if count <= 3 else f"<details><summary>{count} places</summary><ul>{spots}</ul></details>"
    )
    location = f" · {escape(str(change.location))}" if change.location else ""
    said = "".join(f"<p>{escape(text)}</p>" for text in about(line))
    return (
        f"<article><h3>{tags} {escape(change.sentence)}</h3>"
        f'<p class="soft"><code>{escape(change.rule)}</code> · {escape(change.level)}{both}{location}</p>'
        f"{where}{said}</article>"
    )
