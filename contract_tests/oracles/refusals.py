"""Whether a refusal has the API's own shape and names what is wrong.

Owns: the shapes of error answers.
Knows nothing of: why a call should be refused.
Source: contract, "Errors"; schemas ValidationError and Error; x-behaviours error-shape, no-server-error.
"""

from __future__ import annotations

from collections.abc import Iterator

from cancelkit.contract_tests.target.answer import Answer


def names(answer: Answer, field: str) -> Iterator[str]:
    """Yield what is wrong with a 400 that must name `field` of the body or of the query."""
    if answer.status != 400:
        yield f"answered {answer.status}, not 400 naming {field}"
        return
    yield from _coded(answer)
    if isinstance(answer.json, dict):
        texts = answer.json.get(field)
        if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
            yield f"the 400 does not name {field} with a list of texts"


def refused(answer: Answer, *statuses: int) -> Iterator[str]:
    """Yield what is wrong with a refusal that must have one of `statuses`."""
    if answer.status not in statuses:
        yield f"answered {answer.status}, not {' or '.join(map(str, statuses))}"
        return
    if answer.status == 400:
        yield from _invalid(answer)
    else:
        yield from _detailed(answer)


def survived(answer: Answer) -> Iterator[str]:
    """Yield what is wrong with the answer to a call that may be accepted or refused, but must not break the server."""
    if answer.status >= 500:
        yield f"answered {answer.status}, a server error"
    head = answer.text[:200].lstrip().lower()
    if "html" in answer.content_type or head.startswith(("<!doctype html", "<html")):
        yield f"answered {answer.status} with an HTML page"
    elif answer.status == 400:
        yield from _invalid(answer)
    elif 400 < answer.status < 500:
        yield from _detailed(answer)


def _invalid(answer: Answer) -> Iterator[str]:
    """Texts by field, non_field_errors or detail; and a code."""
    yield from _coded(answer)
    if isinstance(answer.json, dict):
        texts = {key: value for key, value in answer.json.items() if key != "code"}
        if not texts:
            yield "the 400 says nothing besides a code"
        for key, value in texts.items():
            right = isinstance(value, str) if key == "detail" else isinstance(value, list) and bool(value)
            if not right:
                yield f"{key} of the 400 is {value!r}, not {'a text' if key == 'detail' else 'a list of texts'}"


def _detailed(answer: Answer) -> Iterator[str]:
    yield from _coded(answer)
    if isinstance(answer.json, dict) and not isinstance(answer.json.get("detail"), str):
        yield f"the {answer.status} has no detail"


def _coded(answer: Answer) -> Iterator[str]:
    if not answer.is_json or not isinstance(answer.json, dict):
        yield f"the {answer.status} is no JSON object"
    elif not isinstance(answer.json.get("code"), str):
        yield f"the {answer.status} has no code"
