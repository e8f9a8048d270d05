"""Every rule's id with a sentence: what docs/diff.md lists, and what an ignore may name.

Owns: RULES, those about a contract's parts; ASPECTS, those about schemas, which are made of subject, aspect and word.
Source: docs/diff.md, "Rules".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

SUBJECTS: Final = ("parameter", "request", "answer", "header")
RULES: Final = {
    "operation-removed": "clients: an operation is not offered any more",
    "operation-added": "servers: an operation is offered that an older server does not have",
    "operation-moved": "both: an operation, known by its id or role, has another method or path",
    "operation-id-changed": "dangerous: generated code calls the operation otherwise",
    "operation-role-changed": "dangerous: `x-role` says something else",
    "operation-deprecated": "harmless: the operation is marked as deprecated",
    "parameter-removed": "clients: a parameter is not taken any more, so that what is sent has no effect or is refused",
    "parameter-added": "servers: an optional parameter is taken that an older server ignores",
    "required-parameter-added": "clients: a parameter must be sent that was not known",
    "parameter-required": "clients: an optional parameter must be sent now",
    "parameter-optional": "servers: a required parameter may be left out now",
    "parameter-style-changed": "both: a list or object is written otherwise into the URL",
    "parameter-deprecated": "harmless: the parameter is marked as deprecated",
    "parameter-level-changed": "dangerous from assumed to something surer, else harmless: the level of a parameter",
    "path-parameter-renamed": "harmless: no URL looks otherwise",
    "filter-added": "both: a parameter that selected nothing selects rows now",
    "filter-removed": "both: a parameter that selected rows selects nothing now",
    "filter-path-changed": "both: a filter looks at another field",
    "filter-lookup-changed": "both: a filter compares otherwise",
    "paging-changed": "both: `x-paging` of a parameter",
    "ordering-changed": "both: `x-ordering` of a parameter",
    "identity-changed": "both: `x-identity` of a parameter",
    "body-removed": "clients: a body is not taken any more",
    "body-added": "servers: an optional body is taken that was not known",
    "required-body-added": "clients: a body must be sent where none was taken",
    "body-required": "clients: an optional body must be sent now",
    "body-optional": "servers: a required body may be left out now",
    "request-media-removed": "clients: a media type of the body is not taken any more",
    "request-media-added": "servers: a media type of the body is taken that was not known",
    "success-status-added": "clients: a 2xx or 3xx may come that they do not expect",
    "success-status-removed": "servers: they may not answer it any more",
    "error-status-added": "dangerous: an error may come that was not documented",
    "error-status-removed": "dangerous: a documented error is not documented any more",
    "answer-level-changed": "dangerous from assumed to something surer, else harmless: the level of an answer",
    "answer-media-removed": "both: an answer does not come in a media type any more",
    "answer-media-added": "dangerous: an answer may come in another media type",
    "header-added": "servers where it is required, else harmless: a header is answered that was not known",
    "header-removed": "clients where it was required, else dangerous: a header is not answered any more",
    "header-required": "servers: a header must always be answered now",
    "header-optional": "clients: a header is not always answered any more",
    "transitions-added": "dangerous: `x-transitions` is there where nothing was said",
    "transitions-removed": "dangerous: `x-transitions` is gone",
    "transitions-level-changed": "dangerous from assumed to something surer, else harmless: their level",
    "transition-removed": "clients: an update may not make this move any more",
    "transition-added": "servers: an update may make a move that an older server refuses",
    "state-final": "clients: nothing may follow a state any more",
    "state-not-final": "servers: something may follow a state that was final",
    "initial-state-changed": "both: a new record begins in another state",
    "action-effect-changed": "both: an action sets another field or value",
    "action-refused": "clients: an action is refused in a state in which it was accepted",
    "action-accepted": "servers: an action is accepted in a state in which it was refused",
    "behaviour-added": "servers: a behaviour is promised",
    "behaviour-removed": "dangerous: a behaviour is not promised any more",
    "behaviour-level-changed": "dangerous from assumed to something surer, else harmless: the level of a behaviour",
    "behaviour-reworded": "dangerous: what a behaviour requires is said otherwise",
    "choice-changed": "servers where anything was right before, else dangerous: what is chosen at a point of x-choices",
    "choice-level-changed": "dangerous from assumed to something surer, else harmless: the level of a choice",
    "error-changed": "dangerous: text or code of a kind of error in x-errors",
    "behaviour-choice-changed": "dangerous, or harmless where it is `x-open`: something else about a behaviour",
    "security-narrower": "clients: a key that was enough is not enough any more",
    "security-wider": "servers: something is enough now that was not",
    "security-scheme-changed": "both: the type, place or name of a key",
    "aliases-changed": "clients, or harmless where there were none: `x-aliases`",
    "login-changed": "clients, or harmless where there was none: `x-login`",
    "generator-changed": "harmless: `x-generator`, by which test data is made",
    "server-removed": "dangerous: a server is not named any more",
}
_MOVES: Final = ("narrower", "wider")
_ANY: Final = (*_MOVES, "changed")
ASPECTS: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "type": (_ANY, "the JSON types"),
    "nullable": (_MOVES, "whether null may come"),
    "enum": (_MOVES, "the listed values, `const` among them"),
    "minimum": (_MOVES, "the least number, excluded or not"),
    "maximum": (_MOVES, "the greatest number, excluded or not"),
    "minLength": ((*_MOVES, "harmless"), "the least length of a text; harmless where the format says so anyway"),
    "maxLength": ((*_MOVES, "harmless"), "the greatest length of a text; harmless where the format says so anyway"),
    "minItems": (_MOVES, "the least number of items"),
    "maxItems": (_MOVES, "the greatest number of items"),
    "minProperties": (_MOVES, "the least number of properties"),
    "maxProperties": (_MOVES, "the greatest number of properties"),
    "multipleOf": (_ANY, "what a number must be a multiple of"),
    "pattern": (_ANY, "what a text must match; another pattern counts as narrower and wider"),
    "format": ((*_ANY, "doubtful"), "the format; doubtful where it is a hint that no validator checks"),
    "uniqueItems": (_MOVES, "whether an item may come twice"),
    "not": (_ANY, "what is excluded"),
    "oneOf": (_ANY, "the alternatives"),
    "anyOf": (_ANY, "the alternatives"),
    "additionalProperties": ((*_MOVES, "doubtful"), "properties beyond the named ones"),
    "field": (("added", "removed", "required", "optional"), "a property"),
    "required-field": (("added",), "a property that must be there"),
    "optional-field": (("removed",), "a property of an answer that was not always there"),
    "closed-field": (("added",), "a property of an answer that excluded further ones"),
    "default": (("changed",), "what is taken for a value that is not sent"),
    "level": (("changed",), "how sure the contract is of it"),
    "reference": (("changed",), "`x-reference`: which table the value must name a row of"),
    "table": (("changed",), "`x-table`"),
    "set-on": (("changed",), "`x-set-on`: when the server writes the time into it"),
    "open": (("changed",), "`x-open`"),
    "deprecated": (("changed",), "whether it is marked as deprecated"),
    "discriminator": (("changed",), "which alternative a property names"),
}


def every_rule() -> Iterator[str]:
    """The id of each rule that a change may have."""
    yield from RULES
    for subject in SUBJECTS:
        yield from (f"{subject}-{aspect}-{word}" for aspect, (words, _) in ASPECTS.items() for word in words)


def listed() -> str:
    """The rules as docs/diff.md shows them."""
    lines = ["| rule | breaks, and when |", "| --- | --- |"]
    lines += [f"| `{rule}` | {sentence} |" for rule, sentence in RULES.items()]
    lines += ["", "| aspect of a schema | words | what |", "| --- | --- | --- |"]
    lines += [f"| `{name}` | {', '.join(words)} | {what} |" for name, (words, what) in ASPECTS.items()]
    return "\n".join(lines) + "\n"
