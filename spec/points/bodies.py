"""What a write makes of its body.

Owns: the points of bodies.
"""

from __future__ import annotations

from cancelkit.spec.points.point import Point

POINTS = (
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
        "word-as-boolean",
        'The words "yes" and "no", "on" and "off", "1" and "0" where a body holds a boolean',
        {
            "refused": 'Words such as "yes", "off" and "1" are no booleans.',
            "converted": '"yes", "on" and "1" are taken as true, "no", "off" and "0" as false.',
        },
    ),
    Point(
        "text-blanks",
        "Blanks around a text in a body that is free, and none of an enum",
        {"kept": "Blanks around a text are kept.", "trimmed": "Blanks around a text are cut off."},
    ),
    Point(
        "empty-text",
        "An empty text in a body",
        {
            "kept": "An empty text is kept.",
            "refused": "An empty text is refused, naming the field.",
            "cleared": "An empty text clears the field, where that may be null.",
        },
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
            "stamped": "PATCH without a field counts as a change: the date of the last one moves. "
            "So does PUT, where it keeps what it is not sent.",
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
        "form-body",
        "A form (application/x-www-form-urlencoded) in place of JSON",
        {
            "unsupported": "A form in place of JSON is 415.",
            "refused": "A form in place of JSON is 400.",
            "read": "A form is read: its fields are those of the body.",
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
)
