"""What a list answers where its pages, bounds and order are concerned.

Owns: the points of paging.
"""

from __future__ import annotations

from cancelkit.spec.points.point import Point

POINTS = (
    Point(
        "page-beyond-last",
        "A page after the last one",
        {
            "not-found": "A page beyond the last is 404.",
            "empty": "A page beyond the last is 200 and has no rows; its previous leads to the page before it.",
            "empty-to-last": "A page beyond the last is 200 and has no rows; its previous leads to the last page.",
            "empty-unlinked": "A page beyond the last is 200, has no rows, and leads nowhere.",
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
        "paging-digits",
        "How a limit or a page may be written; any other way is malformed",
        {
            "plain": "A limit or page is written in digits that begin with none of 0.",
            "zeros": "A limit or page may begin with zeros (01).",
            "signed": "A limit or page may begin with zeros, and with a plus (+1).",
            "blanks": "A limit or page may begin with zeros, with a plus, and with a blank ( 1).",
        },
    ),
    Point(
        "paging-fraction",
        "A limit or a page with a fraction of nothing (1.0)",
        {"malformed": "A limit or page of 1.0 is malformed.", "whole": "A limit or page of 1.0 stands for 1."},
    ),
    Point(
        "empty-limit",
        "A limit without a value (`limit=`)",
        {
            "refused": "An empty limit is refused, naming the parameter.",
            "default": "An empty limit is answered as if none was sent.",
        },
    ),
    Point(
        "empty-page",
        "A page without a value (`page=`)",
        {
            "refused": "An empty page is refused, naming the parameter.",
            "default": "An empty page is answered as if none was sent.",
            "not-found": "An empty page is 404.",
        },
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
)
