"""Calls as curl commands that do the same when pasted into bash, zsh or dash.

Owns: quoting for shells, what curl itself takes for a pattern or a file.
Source: POSIX.1-2024, "Shell Command Language", 2.2; zsh manual, "Expansion"; curl manual, --globoff and --data-binary.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Final
from urllib.parse import quote

from cancelkit.spec.showing import STEERING

PLAIN: Final = re.compile(r"[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*")
"""Words that no shell changes. zsh expands a "=" at the beginning."""
_CONTROL: Final = re.compile(f"[\t{STEERING.pattern[1:]}")
"""What is written as octal numbers, so that a printed command steers no terminal."""
_GLOB: Final = re.compile(r"[\[\]{}]")
_DOTS: Final = re.compile(r"/\.{1,2}(/|$)")
_SIMPLE: Final = re.compile('[^\\["`$!\\\\][^"`$!\\\\]*|')
"""What stands for itself in double quotes, also behind a variable."""


def word(text: str, variables: Collection[str] = ()) -> str:
    """Return `text` as one word of a shell.

    Args:
        text: any; an argument can't hold NUL, which is left out.
        variables: names; where the text has $NAME of one, the shell puts its value. All else stands for itself.
    """
    parts = _parts(text, variables)
    if len(parts) == 1:
        return _literal(text)
    simple = all(is_name or _SIMPLE.fullmatch(part) for part, is_name in parts)
    if simple and not _CONTROL.search(text):
        return f'"{text}"'
    return "".join(f'"${part}"' if is_name else _literal(part) for part, is_name in parts if part)


def _parts(text: str, variables: Collection[str]) -> list[tuple[str, bool]]:
    """The text in pieces; True for those that are names of variables."""
    if not variables:
        return [(text, False)]
    names = "|".join(re.escape(name) for name in sorted(variables, key=len, reverse=True))
    pieces = re.split(rf"\$({names})(?![A-Za-z0-9_])", text)
    return [(piece, bool(index % 2)) for index, piece in enumerate(pieces)]


def _literal(text: str) -> str:
    if PLAIN.fullmatch(text):
        return text
    if not _CONTROL.search(text):
        return "'" + text.replace("'", "'\"'\"'") + "'"
    format_, ends = _printf(text.replace("\0", "").encode("utf-8", "replace")), ""
    # A command's output loses its last line feeds: they follow in quotes.
    if stripped := re.search(r"(\\012)+$", format_):
        ends = "'" + "\n" * (len(stripped[0]) // 4) + "'"
        format_ = format_[: stripped.start()]
    return f"\"$(printf '{format_}')\"{ends}"


def _printf(data: bytes) -> str:
    """Bytes as a format of printf(1), in which nothing stands for anything but itself."""
    plain = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ,.:;/{}[]()_=&?<>+*@|"
    return "".join(chr(byte) if byte in plain else f"\\{byte:03o}" for byte in data)


def curl(
    method: str,
    url: str,
    headers: Iterable[tuple[str, str]] = (),
    body: str | bytes | None = None,
    *,
    options: Iterable[str] = (),
    variables: Collection[str] = (),
) -> str:
    """Return the command that makes a call.

    Args:
        headers: names and values; an empty value is sent empty. Names that can't be on the wire are left out.
        body: what is sent, byte for byte; None for none.
        options: further words, quoted already.
        variables: names of shell variables, as in `word`; they may stand in the URL and in headers.
    """
    url, words, headers = sendable(url), ["curl", "-sS", *options], list(headers)
    if _GLOB.search(url):
        words.append("--globoff")
    if _DOTS.search(url.partition("?")[0].partition("://")[2]):
        words.append("--path-as-is")
    if method == "HEAD":
        words.append("-I")
    elif method != ("GET" if body is None else "POST"):
        words += ["-X", word(method)]
    for name, value in headers:
        if re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
            words += ["-H", word(f"{name}: {value}" if value else f"{name};", variables)]
    before = ""
    if body is not None:
        if not any(name.lower() == "content-type" for name, _ in headers):
            words += ["-H", "Content-Type:"]  # else curl says that it is a form
        data = body.encode("utf-8", "replace") if isinstance(body, str) else body
        text = _text(data)
        if text is None or text.startswith("@"):
            before = f"printf '{_printf(data)}' | "
            text = "@-"
        words += ["--data-binary", word(text)]
    return before + " ".join([*words, word(url, variables)])


def _text(data: bytes) -> str | None:
    """A body that can be an argument as it is; None for one that has to be piped."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if _CONTROL.search(text.replace("\t", "").replace("\r", "")) else text


def sendable(url: str) -> str:
    """A URL without characters that no request line can hold."""
    return re.sub("[\x00-\x20\x7f\ud800-\udfff]", lambda found: quote(found[0], safe="", errors="replace"), url)
