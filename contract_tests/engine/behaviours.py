"""The behaviours that a contract may promise and that the rules know how to judge, whatever the contract is about.

Owns: their ids and what each means in general; the contract's own sentence says what it means there.
Source: docs/contract-of-your-own.md, "Behaviours"; the ids of x-behaviours.
"""

from __future__ import annotations

KNOWN: dict[str, str] = {
    "authentication": "a call without a known API key is answered 401",
    "authentication-first": "the key is looked at before anything else of the call",
    "bare-key": "the key may stand alone, without the word of x-prefix before it",
    "error-shape": "errors have one shape: fields or a detail, and a code",
    "no-server-error": "nothing that a client sends is answered with a 5xx or an HTML page",
    "malformed-json": "a body that is not well-formed JSON is 400",
    "media-type": "a body that is not JSON is 415",
    "method-not-allowed": "a method that a path lacks is 405 with an Allow header",
    "head-and-options": "HEAD answers as GET does, without a body; OPTIONS is no error",
    "final-slash": "a GET that differs by the final slash is redirected, a write is 404",
    "create-initial-state": "a new record has the initial state and the defaults of the fields that no body sets",
    "create-repeated-item": "a second record with the same reference is accepted",
    "references-exist": "a reference names a row that exists, else 400 naming the field",
    "unknown-fields-ignored": "unknown and read-only fields of a body are ignored",
    "null-clears": "null clears a nullable field and is refused for any other",
    "patch-partial": "PATCH changes the fields that are sent and nothing else",
    "put-omitted": "PUT keeps what is left out, except fields with a default",
    "refused-changes-nothing": "a write that is refused changes nothing",
    "identity-stands": "ids and the date of creation never change",
    "modified-date-advances": "a change moves the field with x-set-on: change forward",
    "dates-tell-when": "the dates that the server sets tell when it happened",
    "transitions": "the state changes by PUT and PATCH only as x-transitions allows",
    "action-effect": "an action sets what x-action says and nothing else",
    "action-refused": "an action is refused in the states that it is refused in",
    "action-which-states": "an action is accepted in every other state",
    "delete-gone": "a deleted record is 404 and absent from lists",
    "ids-unique": "no id is given twice",
    "scope-isolation": "a record of another scope is answered as an unknown one",
    "list-order": "lists have one order, stable while nothing is written",
    "page-envelope": "a page holds count, next, previous and results",
    "page-beyond-last": "a page beyond the last is 404; page 1 of nothing is empty",
    "paging-defaults": "page size and first page as the defaults of the paging parameters say",
    "paging-bounds": "a paging parameter out of bounds is 400 naming it",
    "limit-capped": "a very large limit is cut, not refused",
    "unknown-parameter-ignored": "an unknown query parameter is ignored",
    "list-parameters-ignored": "an operation on one record ignores the parameters of the lists",
    "filters-combine": "several filters all hold",
    "filter-refuses-malformed": "a filter value that does not parse is 400 naming the parameter",
    "filter-null-never-matches": "a filter on a value that is null matches nothing",
    "filter-ignores-case": "the lookup iexact compares by Unicode case folding",
    "detailed-agrees": "detailed and plain answers hold the same records in the same order",
    "channel-isolation": "as scope-isolation; the name in the packaged contract",
    "reject-effect": "as action-effect; the name in the packaged contract",
    "reject-final": "as action-refused; the name in the packaged contract",
    "reject-which-states": "as action-which-states; the name in the packaged contract",
}
"""What each behaviour means, by id, in general words."""
