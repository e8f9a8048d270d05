"""Whether each value that a run is given makes sense, from an option or from the file.

Owns: types and bounds of single values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from cancelkit.contract_tests.engine.rule import areas
from cancelkit.contract_tests.errors import Cause, CouldNotRun
from cancelkit.spec import Contract


def wrong(message: str) -> CouldNotRun:
    """What to raise where a value can't be used; the message says what to mend."""
    return CouldNotRun(Cause.OPTIONS, message)


def _integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _count(value: Any) -> bool:
    return _integer(value) and value >= 1


def _positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _texts(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(text, str) for text in value)


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _file(value: Any) -> bool:
    return bool(str(value))


KINDS: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    **dict.fromkeys(("seed",), (_integer, "an integer")),
    **dict.fromkeys(("concurrency", "workers"), (_count, "an integer from 1")),
    **dict.fromkeys(("timeout", "rps", "max_seconds"), (_positive, "a number above 0")),
    **dict.fromkeys(("strict", "read_only", "insecure", "schemathesis"), (_flag, "true or false")),
    **dict.fromkeys(("rules", "areas", "allow_hosts"), (_texts, "a list of texts")),
    **dict.fromkeys(("prefix", "proxy"), (_text, "a text")),
    **dict.fromkeys(("ca", "token_file"), (_file, "the path of a file")),
}
HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def check_values(values: Mapping[str, Any], contract: Contract) -> None:
    """Refuse the first value that can't be meant.

    Raises:
        CouldNotRun: it names the value and says what it should be.
    """
    for name, (fits, words) in KINDS.items():
        value = values.get(name)
        if value is not None and not fits(value):
            raise wrong(f"{name} is {value!r}, which is not {words}.")
    for area in values.get("areas") or ():
        if area not in areas(contract):
            raise wrong(f"there is no area {area!r}; there are {', '.join(areas(contract))}.")
    headers = values.get("headers") or {}
    if not isinstance(headers, Mapping):
        raise wrong("headers is not a table of names and texts.")
    for name, text in headers.items():
        if not HEADER_NAME.fullmatch(str(name)) or not isinstance(text, str) or not (text.isprintable() or not text):
            raise wrong(f"{name!r} is not a header that can be sent: a name in ASCII, and a text of one line.")
