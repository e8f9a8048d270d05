"""Slashes, methods and keys.

Owns: the points of protocol.
"""

from __future__ import annotations

from cancelkit.spec.points.point import Point

POINTS = (
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
        "extra-slash",
        "A GET with a final slash where the path has none, beside paths that have one",
        {
            "redirect-301": "A GET with a final slash too many is redirected by 301.",
            "redirect-302": "A GET with a final slash too many is redirected by 302.",
            "redirect-307": "A GET with a final slash too many is redirected by 307.",
            "redirect-308": "A GET with a final slash too many is redirected by 308.",
            "not-found": "A GET with a final slash too many is 404.",
            "served": "A GET with a final slash too many is answered as the right one.",
        },
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
        "large-id",
        "A number in a path that is larger than 64 bits hold, where ids are integers",
        {
            "not-found": "An id that is larger than any can be is 404, in the words for an unknown one.",
            "no-path": "An id that is larger than any can be is 404, in the words for a path that there is not.",
            "refused": "An id that is larger than any can be is refused, naming the parameter.",
        },
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
            "no-key": "The key without the word before it counts as no key.",
        },
        {"bare-key": "accepted"},
    ),
)
