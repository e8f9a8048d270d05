"""The frame of every HTML report: one file that loads nothing and sends nothing.

Owns: the page's head, its policy, the style and script that all reports share.
Knows nothing of: what a report says.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from importlib.resources import files
from importlib.resources.abc import Traversable

POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def page(title: str, body: Iterable[str], *more: Traversable) -> str:
    """Return the whole page.

    Args:
        title: as text. body: lines of HTML. more: style sheets beside the shared ones.
    """
    here = files("cancelkit.contract_tests.reports")
    sheets = (files("cancelkit.traffic").joinpath("paper.css"), here.joinpath("page.css"), *more)
    styles = "".join(sheet.read_text(encoding="utf-8") for sheet in sheets)
    lines = "\n".join(body)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<title>{escape(title)}</title>
<style>
{styles}</style>
</head>
<body>
<main>
{lines}
</main>
<script>
{here.joinpath("page.js").read_text(encoding="utf-8")}</script>
</body>
</html>
"""
