"""The outcome in files: JSON, JUnit, Markdown; the page is html.py's.

Owns: these formats, and writing what the options name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import click

from cancelkit.contract_tests.comparing import html
from cancelkit.contract_tests.comparing.comparison import Comparison, Share
from cancelkit.contract_tests.comparing.groups import Group
from cancelkit.contract_tests.comparing.telling import notes, sentence, title, told
from cancelkit.contract_tests.reports.junit import clean
from cancelkit.contract_tests.target.answer import UNSET, Answer, shown
from cancelkit.spec.showing import in_markdown, visible, visible_json

LONGEST = 2000


def printed(found: Comparison, encoding: str | None) -> str:
    """The JSON report for a console of this encoding."""
    text = render_json(found).rstrip("\n")
    utf8 = (encoding or "").lower().replace("-", "") == "utf8"
    return text if utf8 else json.dumps(json.loads(text), indent=2)


def render_json(found: Comparison) -> str:
    report = {
        "left": found.left,
        "right": found.right,
        "contract": found.contract,
        "seed": found.seed,
        "exit_code": found.exit_code,
        "summary": found.sentence,
        "total": _share(found.total),
        "operations": {name: _share(one) for name, one in found.operations.items()},
        "kinds": {name: _share(one) for name, one in found.kinds.items()},
        "not_comparable": dict(found.apart),
        "notes": notes(found),
        "learnable": found.learnable,
        "differences": [_group(group, found) for group in found.groups],
        "requests": list(found.requests),
        "seconds": round(found.seconds, 3),
        "repeat": found.repeat,
    }
    return visible_json(json.dumps(report, indent=2, ensure_ascii=False)) + "\n"


def _share(one: Share) -> dict[str, Any]:
    percent = int(one.percent * 100) / 100
    return {"percent": percent, "alike": one.alike, "different": one.different, "not_comparable": one.apart}


def _group(group: Group, found: Comparison) -> dict[str, Any]:
    return {
        "title": title(group),
        "where": group.difference.where,
        "left": group.difference.left,
        "right": group.difference.right,
        "calls": group.calls,
        "operations": group.operations,
        "tried": group.about,
        "choice": group.point or None,
        "learn": found.explains(group),
        "steps": [
            {"about": one.about, "left": _side(one, 0), "right": _side(one, 1)} for one in told(group, found.id_field)
        ],
    }


def _side(one: Any, side: int) -> dict[str, Any]:
    answer: Answer = one.answers[side]
    sent = None if answer.request_body is UNSET else answer.request_body
    return {
        "command": one.commands[side],
        "request": {"method": answer.method, "url": answer.url, "body": sent},
        "status": answer.status,
        "text": shown(answer.text, LONGEST),
    }


def render_junit(found: Comparison) -> str:
    """A suite with a case for each operation and kind; the causes stand as failures where the run fails."""
    failed = found.exit_code != 0
    root = ET.Element("testsuites", name="cancelkit compare", time=f"{found.seconds:.3f}")
    suite = ET.SubElement(root, "testsuite", name="compare", errors="0")
    for name, one in found.operations.items():
        case = ET.SubElement(suite, "testcase", classname="compare.operation", name=name)
        about = [group for group in found.groups if name in group.operations]
        if about:
            text = "\n\n".join(story(group, found) for group in about)
            element = ET.SubElement(case, "failure" if failed else "system-out")
            element.text = clean(text)
            if failed:
                element.set("message", clean(f"{one.shown} of {one.compared} calls are answered alike"))
    case = ET.SubElement(suite, "testcase", classname="compare", name="share of calls answered alike")
    if failed:
        ET.SubElement(case, "failure", message=clean(f"{found.sentence}; wanted: {found.fail_under} %"))
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    root.set("tests", suite.get("tests", ""))
    root.set("failures", suite.get("failures", ""))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def story(group: Group, found: Comparison) -> str:
    """A group as plain text."""
    lines = [title(group), sentence(group, found), *filter(None, [found.advice(group)])]
    for one in told(group, found.id_field):
        for command, answer in zip(one.commands, one.answers, strict=True):
            lines += [f"$ {command}", f"  -> {answer.status} {shown(answer.text, 400)}"]
    return "\n".join(lines)


def render_markdown(found: Comparison) -> str:
    mark = "✅" if found.exit_code == 0 else "❌"
    lines = [
        f"## {mark} {in_markdown(found.sentence)}",
        "",
        f"{in_markdown(visible(found.left))}, {in_markdown(visible(found.right))}: {found.effort}.",
        "",
    ]
    for name, shares in (("operation", found.operations), ("kind of call", found.kinds)):
        lines += [f"| {name} | alike | calls | different | not comparable |", "| --- | ---: | ---: | ---: | ---: |"]
        for key, counts in shares.items():
            figures = f"{counts.shown} | {counts.compared} | {counts.different} | {counts.apart}"
            lines.append(f"| {in_markdown(key)} | {figures} |")
        lines.append("")
    for group in found.groups:
        lines += [f"### {in_markdown(title(group))}", "", in_markdown(sentence(group, found)), ""]
        lines += [in_markdown(found.advice(group)), ""] if found.advice(group) else []
        lines += ["<details><summary>What was sent and got</summary>", "", "````sh"]
        for one in told(group, found.id_field):
            for command, answer in zip(one.commands, one.answers, strict=True):
                lines.append(f"$ {command}\n-> {answer.status} {shown(answer.text, 400)}".replace("````", "```"))
        lines += ["````", "", "</details>", ""]
    lines += [f"- {number} not comparable: {in_markdown(visible(why))}" for why, number in found.apart.items()]
    lines += [f"- {in_markdown(text)}" for text in notes(found)]
    return "\n".join([*lines, "", f"Again: `{found.repeat}`"]) + "\n"


RENDERERS: Mapping[str, Callable[[Comparison], str]] = {
    "json": render_json,
    "junit": render_junit,
    "html": html.render,
    "md": render_markdown,
}


def write(found: Comparison, options: Mapping[str, Any]) -> bool:
    """Write each report whose option was given; folders are made. Returns whether all could be written."""
    written = True
    for name, render in RENDERERS.items():
        path: Path | None = options[f"report_{name}"]
        if path is not None:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(render(found), encoding="utf-8")
            except OSError as error:
                click.echo(visible(f"cancelkit compare: {path} can't be written: {error.strerror}"), err=True)
                written = False
    return written
