"""Whether a refusal has the API's own shape and names what is wrong.

Owns: the shapes of error answers.
Knows nothing of: why a call should be refused.
Source: contract, "Errors"; schemas ValidationError and Error; x-behaviours error-shape, no-server-error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from cancelkit.contract_tests.target.answer import Answer

CONFLICT: Final = 409


def names(answer: Answer, field: str) -> Iterator[str]:
    """Yield what is wrong with a refusal that must name `field` of the body or of the query.

    A 409 is about the record, and an error with a schema of its own says it in its own way: these name nothing.
    """
    if answer.status not in answer.refusals:
        yield f"answered {answer.status}, not {_listed(answer.refusals)} naming {field}"
    elif answer.own_shape or answer.status == CONFLICT:
        yield from _shaped(answer)
    else:
        yield from _coded(answer)
        if isinstance(answer.json, dict):
            texts = answer.json.get(field)
            if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
                yield f"the {answer.status} does not name {field} with a list of texts"


def refused(answer: Answer, *statuses: int) -> Iterator[str]:
    """Yield what is wrong with a refusal that must have one of `statuses`; 400 stands for those of the operation."""
    right = tuple(
        dict.fromkeys(one for status in statuses for one in (answer.refusals if status == 400 else (status,)))
    )
    if answer.status not in right:
        yield f"answered {answer.status}, not {_listed(right)}"
        return
    yield from _shaped(answer)


def survived(answer: Answer) -> Iterator[str]:
    """Yield what is wrong with the answer to a call that may be accepted or refused, but must not break the server."""
    if answer.status >= 500:
        yield f"answered {answer.status}, a server error"
    head = answer.text[:200].lstrip().lower()
    if "html" in answer.content_type or head.startswith(("<!doctype html", "<html")):
        yield f"answered {answer.status} with an HTML page"
    elif 400 <= answer.status < 500:
        yield from _shaped(answer)


def _listed(statuses: Iterable[int]) -> str:
    return " or ".join(map(str, statuses))


def _shaped(answer: Answer) -> Iterator[str]:
    """An error is JSON; in the usual shape it has a code, and texts by field, non_field_errors or a detail."""
    if answer.own_shape:
        yield from () if answer.is_json else (f"the {answer.status} is no JSON",)
    elif answer.status == 400 or answer.status in answer.refusals:
        yield from _invalid(answer)
    else:
        yield from _detailed(answer)


def _invalid(answer: Answer) -> Iterator[str]:
    """Texts by field, non_field_errors or detail; and a code."""
    yield from _coded(answer)
    if isinstance(answer.json, dict):
        texts = {key: value for key, value in answer.json.items() if key != "code"}
        if not texts:
            yield f"the {answer.status} says nothing besides a code"
        for key, value in texts.items():
            right = isinstance(value, str) if key == "detail" else isinstance(value, list) and bool(value)
            if not right:
                wanted = "a text" if key == "detail" else "a list of texts"
                yield f"{key} of the {answer.status} is {value!r}, not {wanted}"


def _detailed(answer: Answer) -> Iterator[str]:
    yield from _coded(answer)
    if isinstance(answer.json, dict) and not isinstance(answer.json.get("detail"), str):
        yield f"the {answer.status} has no detail"


def _coded(answer: Answer) -> Iterator[str]:
    if not answer.is_json or not isinstance(answer.json, dict):
        yield f"the {answer.status} is no JSON object"
    elif not isinstance(answer.json.get("code"), str):
        yield f"the {answer.status} has no code"
