"""Query values that this API refuses and others don't: what the contract's choices make of them.

Owns: wrapping the reader of a filter or a paging parameter.
Source: spec/points/: malformed-filter, empty-filter, empty-text-filter, filter-blanks, limit- and page-malformed,
    empty-limit and empty-page, which are as malformed ones where nothing is said of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from cancelkit.mockserver.replies import invalid_page
from cancelkit.spec import Contract, Parameter

Read = Callable[[str], Any]
_LONGEST = 300
NOTHING: Final = object()
"""The value of a filter that no record has."""


class Unreadable(Exception):
    """A text is not a value of its parameter; the message says what one looks like."""

    def __init__(self, message: str, code: str = "invalid") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class Ignored(Exception):
    """The parameter counts as not sent."""


def lenient(read: Read, parameter: Parameter, contract: Contract, empty_words: str) -> Read:
    """How a parameter is read where the choices are considered; `read` itself where they are the usual ones.

    Args:
        empty_words: what is said of an empty value that is refused.
    """
    trims, cuts, most = False, False, None
    if parameter.filter is not None:
        text = parameter.any_text
        malformed = contract.chosen("malformed-filter")
        choice = contract.choices["empty-text-filter" if text else "empty-filter"]
        trims = text and parameter.filter.comparing.trims
        usual = "compared" if text and not parameter.schema.get("minLength") else "refused"
        empty = choice.chosen if choice.stated else usual
    elif parameter.paging is not None:
        malformed = contract.chosen(f"{parameter.paging}-malformed")
        choice = contract.choices[f"empty-{parameter.paging}"]
        empty = choice.chosen if choice.stated else malformed
        usual = "refused"
        most = parameter.schema.get("maximum") if parameter.paging == "limit" else None
        large = contract.choices["limit-too-large"]
        cuts = large.stated and large.chosen == "cut"
    else:
        return read
    if malformed == "refused" and empty == usual and not trims and not (cuts and most):
        return read

    def reading(text: str) -> Any:
        text = text.strip() if trims else text
        if not text and empty != usual:
            return _instead(empty, Unreadable(empty_words))
        if most is not None and text.isdecimal() and (len(text) > _LONGEST or int(text) > most):
            return read(str(most) if cuts else text)
        try:
            return read(text)
        except Unreadable as error:
            if not text:
                raise
            return _instead(malformed, error)

    return reading


def _instead(option: str, error: Unreadable) -> object:
    if option in ("ignored", "default"):
        raise Ignored
    if option == "not-found":
        raise invalid_page()
    if option == "matches-nothing":
        return NOTHING
    if option == "compared":
        return ""
    raise error
