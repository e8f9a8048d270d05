"""Values of another type or not of a format, with whether a lenient server may convert them.

Owns: the tables of them.
Source: OpenAPI 3.0.3, "Data Types"; what Django REST Framework, pydantic and Jackson convert.
"""

from __future__ import annotations

from spec.values.model import Json

Wrong = tuple[Json, bool]
"""A value, and whether a lenient server may convert it."""

_TYPES: dict[str, tuple[Wrong, ...]] = {
    "integer": (("many", False), ({"a": 1}, False), ([1], False), (1.5, False), ("", True), (True, True)),
    "number": (("many", False), ({"a": 1}, False), ([1], False), ("", True), (True, True)),
    "boolean": (
        ("perhaps", False), ({"a": True}, False), ([True], False), (2, False),
        ("", True), ("true", True), ("no", True), (1, True), (0, True),
    ),
    "string": (({"a": "b"}, False), (["a"], False), (5, True), (1.5, True), (True, True)),
    "array": (({"a": 1}, False), (5, False), (True, False), ("a", True)),
    "object": (([], False), ([{"a": 1}], False), ("text", False), (5, False), (True, False), ("", True)),
}
FORMATS: dict[str, tuple[Wrong, ...]] = {
    "date": (
        ("yesterday", False), ("2025-13-01", False), ("2025-02-30", False), ("2025-00-10", False),
        ("01.02.2025", True), ("2025-3-1", True), ("2025-03-01T00:00:00Z", True),
    ),
    "date-time": (
        ("yesterday", False), ("2025-13-01T00:00:00Z", False), ("2025-02-30T00:00:00Z", False),
        ("2025-03-01T25:00:00Z", False), ("2025-03-01T12:60:00Z", False),
        ("2025-03-01", True), ("2025-03-01T12:30:00", True), ("2025-03-01 12:30:00", True),
    ),
    "time": (("noon", False), ("25:00:00Z", False), ("12:60:00Z", False), ("12:00:00", True), ("12:00", True)),
    "duration": (("soon", False), ("P", False), ("PT", False), ("1 day", True), ("01:00:00", True)),
    "email": (
        ("nobody", False), ("nobody@", False), ("@example.com", False), ("a b@example.com", False), ("a@b@example.com", False),
    ),
    "uuid": (
        ("not-a-uuid", False), ("3f2504e0-4f89-41d3-9a0c-0305e82c330", False),
        ("zf2504e0-4f89-41d3-9a0c-0305e82c3301", False), ("3f2504e04f8941d39a0c0305e82c3301", True),
        ("{3f2504e0-4f89-41d3-9a0c-0305e82c3301}", True),
    ),
    "uri": (("not a uri", False), ("://example.com", False), ("http://exa mple.com/", False), ("example.com", True)),
    "hostname": (("-a.example", False), ("a b", False), ("a..b", False), ("a_b.example.com!", False), ("", False)),
    "ipv4": (("256.1.1.1", False), ("1.2.3", False), ("a.b.c.d", False), ("1.2.3.4.5", False), ("::1", False)),
    "ipv6": (("::g", False), ("1::2::3", False), ("1.2.3.4", False), ("12345::", False)),
    "decimal": (("many", False), ("1.2.3", False), ("--1", False), ("1/2", False), ("1,5", True), ("", True)),
    "byte": (("!", False), ("a b", False), ("YQ", True)),
    "slug": (("a b", False), ("a/b", False), ("é!", False), ("", False)),
    "int32": ((2**31, False), (-(2**31) - 1, False), (2**53, False)),
    "int64": ((2**63, False), (-(2**63) - 1, False), (10**30, False)),
}
ALIASES = {"idn-email": "email", "idn-hostname": "hostname", "iri": "uri"}


def other_types(kind: str, values: list[Json]) -> list[Wrong]:
    """Return values of another type than `kind`. values: valid ones, whose texts a lenient server may convert."""
    found = list(_TYPES.get(kind, ()))
    if kind in ("integer", "number"):
        found += [(str(value), True) for value in values]
    elif kind == "array":
        found += [(value[0], True) for value in values if value and not isinstance(value[0], list)]
    return found
