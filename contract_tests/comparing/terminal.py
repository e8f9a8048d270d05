"""The outcome on a terminal: shares, then each cause with its commands.

Owns: what a person sees after a run.
"""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cancelkit.contract_tests.comparing.comparison import Comparison, Share
from cancelkit.contract_tests.comparing.groups import Group
from cancelkit.contract_tests.comparing.telling import notes, sentence, title, told
from cancelkit.contract_tests.target.answer import shown
from cancelkit.spec.showing import visible

MOST = 20


def show(found: Comparison, console: Console | None = None) -> None:
    """Print the outcome."""
    console = console or Console(highlight=False)
    for group in found.groups[:MOST]:
        console.print(_group(group, found), soft_wrap=True)
    if len(found.groups) > MOST:
        console.print(f"… and {len(found.groups) - MOST} more causes; the reports hold all of them.", style="dim")
    console.print(_table("operation", found.operations))
    console.print(_table("kind of call", found.kinds))
    for why, number in found.apart.items():
        console.print(Text(f"{number} not comparable: {visible(why)}", "dim"))
    for text in notes(found):
        console.print(Text(text, "dim"))
    if points := found.learnable:
        console.print(Text(f"cancelkit learn tells the mock {len(points)} of them: {', '.join(points)}", "cyan"))
    style = {0: "bold green", 1: "bold red"}.get(found.exit_code, "bold yellow")
    console.print(Text(found.sentence, style if found.groups or found.exit_code else "bold green"))
    if found.ended:
        console.print(Text(found.ended, "bold yellow"))
    console.print(Text(f"{found.left}, {found.right}: {found.effort}", "dim"))


def _table(name: str, shares: Mapping[str, Share]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(name)
    for column in ("alike", "calls", "different", "not comparable"):
        table.add_column(column, justify="right")
    for key, one in shares.items():
        style = "red" if one.different else ""
        figures = (one.shown, str(one.compared), str(one.different or "·"), str(one.apart or "·"))
        table.add_row(Text(key, style), *(Text(text, style) for text in figures))
    return table


def _group(group: Group, found: Comparison) -> Text:
    """Lines that are not wrapped, so that commands can be pasted."""
    text = Text.assemble(("DIFFERENT ", "bold red"), (title(group), "bold"), "\n")
    text.append(f"  {sentence(group, found)}\n")
    if advice := found.advice(group):
        text.append(f"  {advice}\n", "cyan")
    for one in told(group, found.id_field):
        for command, answer in zip(one.commands, one.answers, strict=True):
            text.append("  $ ", "blue").append(f"{shown(command, 2000)}\n")
            text.append(f"    -> {answer.status} {shown(answer.text, 240)}\n", "dim")
    return text
