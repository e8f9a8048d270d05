"""Text from outside, made fit to be shown: on a console, in a report, in a log.

Owns: escaping what would steer a terminal, turn text around, be no character, be markup; consoles that can't show
    everything.
Source: ECMA-48 (control functions); Unicode 16, "Bidirectional ordering controls"; CVE-2021-42574.
"""

from __future__ import annotations

import html
import re
import sys
from typing import Final, TextIO

STEERING: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
"""Controls of terminals and of writing direction, invisible characters, halves of surrogate pairs. Line feed and tab
are not among them."""


def visible(text: str) -> str:
    r"""The text with every character that steers, or can't be seen, as an escape such as \x1b or \u202e."""
    return STEERING.sub(lambda found: _escape(found[0]), text)


def visible_json(text: str) -> str:
    r"""A JSON text of the same value, in which what steers or can't be seen is escaped. Half of a surrogate pair, which
    many readers refuse, becomes a backslash and its number: text that looks as the server wrote it."""
    return STEERING.sub(_escape_json, text)


def _escape_json(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\\\u{code:04x}" if 0xD800 <= code < 0xE000 else f"\\u{code:04x}"


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def escape(text: str) -> str:
    """The text as it stands in a page: it is no markup, and turns nothing around."""
    return html.escape(visible(text))


def in_markdown(text: str) -> str:
    """The text as it stands in a line or a table of Markdown: it is no markup."""
    for sign in "\\`*_[]<>|#":
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())


def showable(text: str, encoding: str | None) -> str:
    """The text as a console of this encoding can show it: "?" in place of other characters; unchanged for None."""
    if encoding is None:
        return text
    try:
        return text.encode(encoding, "replace").decode(encoding)
    except LookupError:
        return text.encode("ascii", "replace").decode("ascii")


def forgiving_console(*streams: TextIO) -> None:
    """Have the console replace characters that it can't show, instead of ending the program with an error.

    streams: stdout and stderr where none are given. For commands, at their start.
    """
    for stream in streams or (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None and (stream.encoding or "").lower().replace("-", "") != "utf8":
            reconfigure(errors="replace")
