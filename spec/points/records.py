"""What is done twice, what belongs to somebody else, how dates are written.

Owns: the points of records.
"""

from __future__ import annotations

from cancelkit.spec.points.point import NAME, Point
from cancelkit.spec.zones import ZONE

POINTS = (
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
        "reference-again",
        "A new record that refers to a row of which there is an open one; `closed` lists the states in which a record "
        "is not open, by itself the final ones",
        {
            "accepted": "A row may have several open records.",
            "refused": "A row may have one open record: a second is refused. `value` names the field with its key.",
        },
        {"create-repeated-item": "accepted"},
        values={"refused": NAME},
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
        "date-offset",
        "The offset of date-times in answers",
        {
            "letter": "Date-times in answers end in Z.",
            "number": "Date-times in answers end in +00:00.",
            "zone": "Date-times in answers are written as in the zone that `value` gives (+03:00, Europe/Berlin).",
        },
        values={"zone": ZONE},
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
