"""What a list makes of values of filters, and how it compares them.

Owns: the points of queries.
"""

from __future__ import annotations

from cancelkit.spec.points.point import Point

POINTS = (
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
        "fraction-filter",
        "A fraction (1.0, 1.5) as the value of a filter on an integer",
        {
            "malformed": "A fraction does not parse where a filter takes an integer.",
            "whole": "1.0 is taken as 1 where a filter takes an integer; 1.5 does not parse.",
            "truncated": "1.0 and 1.5 are taken as 1 where a filter takes an integer.",
            "compared": "1.0 is compared as 1 where a filter takes an integer; 1.5 finds nothing.",
        },
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
            "matches-nothing": "A filter on text with an empty value matches nothing.",
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
        "letter-forms",
        "A letter with a mark in a filter that ignores case: as one character (NFC), or as two (NFD)",
        {
            "equal": "Text filters find a letter with a mark in either form.",
            "apart": "Text filters find a letter with a mark only in the form in which it stands in the record.",
        },
    ),
    Point(
        "boolean-filter",
        "The words that a filter on a boolean takes; the others do not parse",
        {
            "small": "A filter on a boolean takes true and false, in small letters.",
            "any-case": "A filter on a boolean takes true and false in any case.",
            "digits": "A filter on a boolean takes true and false in any case, and 1 and 0.",
            "words": "A filter on a boolean takes true and false, yes and no, on and off in any case, and 1 and 0.",
        },
    ),
)
