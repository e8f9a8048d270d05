"""Keys that are close to the right one and that no server may know; and what stands for them in what is written out.

Owns: NearKey, `near_keys`, `disguises`, `hidden`. What HTTP may trim (blanks around a value), read in any case (the
word before the key) or join (two equal headers) is left open, and not among them.
Source: securitySchemes (x-prefix, x-unknown-key).
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from cancelkit.contract_tests.target.answer import TOKEN
from cancelkit.spec import ApiKey

QUERY: Final = ("token", "key", "api_key", "apikey", "access_token", "auth_token")
LONG: Final = 8
"""A part of the key with so many letters is hidden wherever it stands, a shorter one where it is sent."""


@dataclass(frozen=True, slots=True)
class NearKey:
    """name: in sentences and tables. value: of the header, None for no header. query: parameters sent beside it."""

    name: str
    value: str | None
    query: dict[str, str] = field(default_factory=dict)


def near_keys(known: ApiKey | None, token: str) -> tuple[NearKey, ...]:
    """Each way in which a key is nearly right; without a token there is none."""
    if known is None or not token:
        return ()
    word = f"{known.prefix} " if known.prefix else ""
    found = {name: word + key for name, key, _ in _parts(token)}
    found |= {
        "longer": f"{word}{token}-1",
        "with a letter before": f"{word}x{token}",
        "twice": word + token * 2,
        "and another word": f"{word}{token} x",
        "quoted": f'{word}"{token}"',
        "quoted once more": f"{word}'{token}'",
        "after an unknown one": f"{word}{known.unknown}, {word}{token}",
        "a wildcard": f"{word}%",
        "null": f"{word}null",
        "Bearer": f"Bearer {token}",
        "Basic": f"Basic {_basic(token)}",
    }
    if known.prefix:
        found |= {
            "the word twice": word * 2 + token,
            "no blank": f"{known.prefix}{token}",
            "the word alone": known.prefix,
            "cut and bare": token[:-1],
            "longer and bare": f"{token}-1",
        }
    keys = [NearKey(name, value) for name, value in found.items() if known.prefix != "Bearer" or name != "Bearer"]
    right = {word + token, token}
    asked = dict.fromkeys((*QUERY, known.header, known.header.lower()), token)
    return (
        *(key for key in keys if key.value not in right and _plain(key.value)),
        NearKey("in the query", None, asked),
    )


def disguises(token: str) -> list[tuple[str, str]]:
    """(what must not be shown, what stands for it), the longest first: near keys that do not hold the key whole."""
    found = [(key, f"{TOKEN}-{words}") for _, key, words in _parts(token)] if token else []
    found += [(_basic(token), f"{TOKEN}-in-base64")] if token else []
    return sorted((pair for pair in found if pair[0]), key=lambda pair: -len(pair[0]))


def hidden(text: str, token: str, others: Sequence[tuple[str, str]]) -> str:
    """`text` with $TOKEN for the token, and for what would give it away what `others` say.

    One of a few letters may be any word, and is hidden only where it is sent.
    """
    for secret, stand_in in ((token, TOKEN), *others) if token else ():
        if len(secret) >= (6 if secret == token else LONG):
            text = text.replace(secret, stand_in)
        elif text.endswith(f" {secret}") or (text == secret and secret != token):
            text = text.removesuffix(secret) + stand_in
    return text


def _parts(token: str) -> Iterator[tuple[str, str, str]]:
    """(name, key, words for it) of keys that are parts or other spellings of the right one."""
    yield "cut at its end", token[:-1], "without-its-last-letter"
    yield "cut at its beginning", token[1:], "without-its-first-letter"
    yield "half", token[: len(token) // 2], "first-half"
    yield "a placeholder in it", f"{token[:-1]}_", "with-_-for-its-last-letter"
    if token.swapcase() != token:
        yield "in the other case", token.swapcase(), "in-the-other-case"


def _basic(token: str) -> str:
    return base64.b64encode(f"{token}:".encode()).decode()


def _plain(value: str | None) -> bool:
    return value is not None and value.isascii() and value.isprintable() and bool(value.strip())
