"""The points where right servers differ, and what each of them may do there: the catalogue.

Owns: Point and POINTS. What one contract says of a point is a Choice (choices.py).
Source: Django REST Framework, Spring, Rails, Express and ASP.NET, whose defaults differ there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Point:
    """One point where right servers differ.

    options: a sentence for each; the first is what a mock does where the contract says nothing.
    keeps: the behaviours of x-behaviours that say the same as an option, with that option.
    values: the options that need a value, with what it looks like (a regular expression).
    """

    id: str
    about: str
    options: Mapping[str, str]
    keeps: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def usual(self) -> str:
        return next(iter(self.options))


POINTS: Mapping[str, Point] = {
    point.id: point
    for point in (
        Point(
            "page-beyond-last",
            "A page after the last one",
            {
                "not-found": "A page beyond the last is 404.",
                "empty": "A page beyond the last is 200 and has no rows.",
                "last-page": "A page beyond the last is answered with the last page.",
            },
            {"page-beyond-last": "not-found"},
        ),
        Point(
            "limit-too-large",
            "A very large limit",
            {"cut": "A very large limit is cut, not refused.", "refused": "A very large limit is refused."},
            {"limit-capped": "cut"},
        ),
        Point(
            "limit-malformed",
            "A limit that is no number, or below 1",
            {
                "refused": "A limit below 1 or not an integer is refused, naming the parameter.",
                "default": "A limit below 1 or not an integer is answered as if none was sent.",
            },
            {"paging-bounds": "refused"},
        ),
        Point(
            "page-malformed",
            "A page that is no number, or below 1",
            {
                "refused": "A page below 1 or not an integer is refused, naming the parameter.",
                "default": "A page below 1 or not an integer is answered as if none was sent.",
                "not-found": "A page below 1 or not an integer is 404.",
            },
            {"paging-bounds": "refused"},
        ),
        Point(
            "list-order",
            "The order of a list",
            {
                "ascending": "Lists are ordered by ascending id.",
                "descending": "Lists are ordered by descending id.",
                "last-changed-first": "Lists begin with the record that was changed last.",
            },
            {"list-order": "ascending"},
        ),
        Point(
            "link-to-page-1",
            "The link from page 2 to page 1",
            {
                "numbered": "The link to page 1 names it, as those to other pages do.",
                "bare": "The link to page 1 has no page parameter.",
            },
        ),
        Point(
            "unknown-parameter",
            "A query parameter that the operation does not have",
            {"ignored": "An unknown query parameter is ignored.", "refused": "An unknown query parameter is refused."},
            {"unknown-parameter-ignored": "ignored"},
        ),
        Point(
            "malformed-filter",
            "A filter value that does not parse",
            {
                "refused": "A filter value that does not parse is refused, naming the parameter.",
                "ignored": "A filter whose value does not parse is ignored.",
                "matches-nothing": "A filter whose value does not parse matches nothing.",
            },
            {"filter-refuses-malformed": "refused"},
        ),
        Point(
            "empty-filter",
            "An empty value of a filter on numbers, dates and the like",
            {
                "refused": "An empty filter value is refused, naming the parameter.",
                "ignored": "A filter with an empty value is ignored.",
                "matches-nothing": "A filter with an empty value matches nothing.",
            },
        ),
        Point(
            "empty-text-filter",
            "An empty value of a filter on text",
            {
                "compared": "An empty value of a filter on text is compared as any other text is.",
                "ignored": "A filter on text with an empty value is ignored.",
                "refused": "An empty value of a filter on text is refused, naming the parameter.",
            },
        ),
        Point(
            "filter-blanks",
            "Blanks around the value of a filter on text",
            {
                "kept": "Blanks around the value of a filter on text count.",
                "trimmed": "Blanks around the value of a filter on text are cut off.",
            },
        ),
        Point(
            "text-filter",
            "What a filter on text that ignores case (iexact) finds",
            {
                "equal": "A filter on text finds the texts that equal its value.",
                "starts-with": "A filter on text finds the texts that begin with its value.",
                "contains": "A filter on text finds the texts that contain its value.",
            },
        ),
        Point(
            "letter-case",
            "Which letters are equal for a filter that ignores case",
            {
                "unicode": "Text filters compare by Unicode case folding.",
                "ascii": "Text filters ignore the case of A to Z, and of no other letter.",
                "exact": "Text filters do not ignore case.",
            },
            {"filter-ignores-case": "unicode"},
        ),
        Point(
            "unknown-field",
            "A field in a body that the operation does not take",
            {
                "ignored": "Unknown and read-only fields in a body are ignored.",
                "refused": "Unknown fields in a body are refused, naming them.",
            },
            {"unknown-fields-ignored": "ignored"},
        ),
        Point(
            "text-as-number",
            'Digits in quotes ("5") where a body holds an integer',
            {"refused": "A text of digits is no integer.", "converted": "A text of digits is taken as the integer."},
        ),
        Point(
            "fraction-as-integer",
            "An integer written as a fraction (1.0)",
            {"refused": "A number such as 1.0 is no integer.", "converted": "A number such as 1.0 is the integer."},
        ),
        Point(
            "boolean-as-number",
            "A boolean where a body holds an integer",
            {"refused": "A boolean is no integer.", "converted": "true is taken as 1, false as 0."},
        ),
        Point(
            "number-as-text",
            "A number where a body holds a text",
            {"refused": "A number is no text.", "converted": "A number is taken as the text of its digits."},
        ),
        Point(
            "text-as-boolean",
            'The text "true" where a body holds a boolean',
            {"refused": 'The text "true" is no boolean.', "converted": 'The texts "true" and "false" are booleans.'},
        ),
        Point(
            "number-as-boolean",
            "The numbers 0 and 1 where a body holds a boolean",
            {"refused": "A number is no boolean.", "converted": "1 is taken as true, 0 as false."},
        ),
        Point(
            "text-blanks",
            "Blanks around a text in a body",
            {"kept": "Blanks around a text are kept.", "trimmed": "Blanks around a text are cut off."},
        ),
        Point(
            "empty-text",
            "An empty text in a body",
            {"kept": "An empty text is kept.", "refused": "An empty text is refused, naming the field."},
        ),
        Point(
            "put-omitted",
            "A field that PUT leaves out",
            {
                "default-or-kept": "PUT keeps an omitted field; one with a documented default is reset to it.",
                "kept": "PUT keeps every omitted field.",
                "reset": "PUT resets an omitted field to its default, or to null where it may be null.",
            },
            {"put-omitted": "default-or-kept"},
        ),
        Point(
            "empty-patch",
            "PATCH with no field",
            {
                "unchanged": "PATCH without a field changes nothing.",
                "stamped": "PATCH without a field counts as a change: the date of the last one moves.",
                "refused": "PATCH without a field is refused.",
            },
        ),
        Point(
            "empty-body",
            "A write without a body, where the operation needs one",
            {
                "refused": "A write without a body is refused as malformed.",
                "no-fields": "A write without a body is read as an object without fields.",
            },
        ),
        Point(
            "wrong-media",
            "JSON under another media type, such as text/plain",
            {
                "unsupported": "A body that is not said to be JSON is 415.",
                "refused": "A body that is not said to be JSON is 400.",
                "read": "A body is read as JSON, whatever it is said to be.",
            },
            {"media-type": "unsupported"},
        ),
        Point(
            "faults-named",
            "How many faults one refusal names",
            {
                "all": "A refusal names every field that is wrong.",
                "first": "A refusal names one field, however many are wrong.",
            },
        ),
        Point(
            "action-again",
            "An action on a record in a state in which it is refused",
            {
                "refused": "An action in a state that it is refused in is 400.",
                "conflict": "An action in a state that it is refused in is 409.",
                "without-effect": "An action in a state that it is refused in is answered as done, and does nothing.",
            },
            {"action-refused": "refused"},
        ),
        Point(
            "delete-again",
            "Deleting a record that was deleted",
            {
                "not-found": "Deleting a deleted record is 404.",
                "done": "Deleting a deleted record is answered as the first time.",
            },
        ),
        Point(
            "foreign-record",
            "An id that another scope has",
            {
                "not-found": "An id of another scope is answered as an unknown one, 404.",
                "forbidden": "An id of another scope is 403.",
            },
        ),
        Point(
            "wrong-slash",
            "A GET that differs from the path by its final slash",
            {
                "redirect-301": "A GET with the wrong final slash is redirected by 301.",
                "redirect-302": "A GET with the wrong final slash is redirected by 302.",
                "redirect-307": "A GET with the wrong final slash is redirected by 307.",
                "redirect-308": "A GET with the wrong final slash is redirected by 308.",
                "not-found": "A GET with the wrong final slash is 404.",
                "served": "A GET with the wrong final slash is answered as the right one.",
            },
            {"final-slash": "redirect-301"},
        ),
        Point(
            "wrong-slash-write",
            "A write that differs from the path by its final slash",
            {
                "not-found": "A write with the wrong final slash is 404.",
                "not-allowed": "A write with the wrong final slash is 405.",
                "redirect-301": "A write with the wrong final slash is redirected by 301.",
                "redirect-307": "A write with the wrong final slash is redirected by 307.",
                "redirect-308": "A write with the wrong final slash is redirected by 308.",
                "served": "A write with the wrong final slash is answered as the right one.",
            },
            {"final-slash": "not-found"},
        ),
        Point(
            "head",
            "HEAD where there is a GET",
            {
                "answered": "HEAD is answered as GET is, without a body.",
                "not-allowed": "HEAD is 405.",
            },
            {"head-and-options": "answered"},
        ),
        Point(
            "missing-key",
            "A call without a known API key",
            {
                "unauthorized": "A call without a known API key is 401.",
                "forbidden": "A call without a known API key is 403.",
            },
        ),
        Point(
            "key-challenge",
            "WWW-Authenticate where a key is missing",
            {
                "sent": "A refusal for want of a key names the scheme in WWW-Authenticate.",
                "left-out": "A refusal for want of a key has no WWW-Authenticate.",
            },
        ),
        Point(
            "bare-key",
            "The API key without the word before it",
            {
                "accepted": "The key may stand alone, without the word before it.",
                "refused": "The key without the word before it is refused.",
            },
            {"bare-key": "accepted"},
        ),
        Point(
            "date-offset",
            "The offset of date-times in answers",
            {
                "letter": "Date-times in answers end in Z.",
                "number": "Date-times in answers end in +00:00.",
                "zone": "Date-times in answers are written with the offset of a zone, which `value` gives (+03:00).",
            },
            values={"zone": r"[+-](0[0-9]|1[0-4]):[0-5][0-9]"},
        ),
        Point(
            "date-digits",
            "The digits of a second in the date-times that the server sets",
            {
                "microseconds": "Date-times that the server sets have six digits of a second.",
                "milliseconds": "Date-times that the server sets have three digits of a second.",
                "seconds": "Date-times that the server sets have whole seconds.",
            },
        ),
    )
}
