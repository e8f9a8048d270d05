"""Texts of a format: date, date-time, email, uuid, uri, decimal and the like.

Owns: an ordinary text of each format, of a length that is asked for where the format leaves one, and its edges.
Source: OpenAPI Initiative, format registry; RFC 3339 (dates, durations), RFC 5322 (email), RFC 3986 (URI), RFC 9562 (UUID).
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import date
from ipaddress import IPv6Address
from random import Random

from spec.values.chance import below, between, pick

Write = Callable[[Random, int], str]
_FIRST, _DAYS = date(2020, 1, 1).toordinal(), 3653
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_WORD = _LETTERS + "0123456789"
_BASE64 = (_LETTERS + _LETTERS.upper() + "0123456789").encode()
EDGES: dict[str, dict[str, str]] = {
    "date": {
        "leap day": "2024-02-29", "first of the year": "2025-01-01", "last of the year": "2025-12-31",
        "end of a month": "2025-04-30", "end of February": "2025-02-28", "epoch": "1970-01-01",
        "before the epoch": "1969-12-31", "leap day of a century": "2000-02-29", "late": "9998-12-31",
    },
    "date-time": {
        "leap day": "2024-02-29T12:00:00Z", "midnight": "2025-01-01T00:00:00Z",
        "just before midnight": "2025-12-31T23:59:59Z", "microseconds before midnight": "2025-12-31T23:59:59.999999Z",
        "just after midnight": "2025-03-01T00:00:00.000001Z", "end of a month": "2025-04-30T23:59:59Z",
        "positive offset": "2025-03-01T01:30:00+03:00", "negative offset": "2025-02-28T22:30:00-05:00",
        "half-hour offset": "2025-03-01T00:15:00+05:30", "zero offset": "2025-03-01T12:30:00+00:00",
        "milliseconds": "2025-03-01T12:30:00.120Z", "epoch": "1970-01-01T00:00:00Z",
        "before the epoch": "1969-12-31T23:59:59Z", "late": "9998-12-31T23:59:59Z",
    },
    "time": {
        "midnight": "00:00:00Z", "just before midnight": "23:59:59Z", "microseconds": "23:59:59.999999Z",
        "noon": "12:00:00Z", "offset": "01:30:00+03:00",
    },
    "duration": {"zero": "PT0S", "a year": "P1Y", "all units": "P1Y2M3DT4H5M6S", "weeks": "P2W", "many seconds": "PT86400S"},
    "email": {
        "short": "a@b.co", "plus": "a+b@example.com", "dots": "a.b.c@example.com", "subdomain": "a@mail.example.co.uk",
        "upper case": "Ada@Example.COM", "digits": "1@example.com", "underscore": "a_b@example.com",
        "long local part": "a" * 64 + "@example.com",
    },
    "uuid": {
        "nil": "00000000-0000-0000-0000-000000000000", "max": "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "upper case": "3F2504E0-4F89-41D3-9A0C-0305E82C3301",
    },
    "uri": {
        "path": "https://example.com/a/b", "query": "https://example.com/?a=1&b=%20", "fragment": "https://example.com/#a",
        "port": "http://example.com:8080/", "user": "https://user@example.com/", "urn": "urn:isbn:0451450523",
        "mailto": "mailto:a@example.com", "IPv6": "http://[::1]/", "long": "https://example.com/" + "a" * 200,
    },
    "decimal": {
        "zero": "0", "zero with places": "0.00", "cent": "0.01", "one": "1", "trailing zeros": "10.00",
        "negative": "-1.50", "many places": "0.123456789", "beyond a double": "12345678901234567890.12",
    },
    "hostname": {"one label": "localhost", "digits": "1.example.com", "hyphen": "a-b.example.com", "upper case": "EXAMPLE.com",
                 "long label": "a" * 63 + ".example.com"},
    "ipv4": {"zeros": "0.0.0.0", "greatest": "255.255.255.255", "loopback": "127.0.0.1"},
    "ipv6": {"zeros": "::", "loopback": "::1", "full": "2001:db8:0:0:0:0:0:1", "upper case": "2001:DB8::A", "IPv4": "::ffff:1.2.3.4"},
    "byte": {"empty": "", "padded": "YQ==", "not padded": "YWJj", "plus and slash": "+/+/"},
    "slug": {"one letter": "a", "digits": "007", "hyphens": "a-b-c", "underscore": "a_b", "upper case": "ABC"},
}


def _date(random: Random, length: int) -> str:
    return date.fromordinal(_FIRST + below(random, _DAYS)).isoformat()


def _time(random: Random, length: int) -> str:
    second = below(random, 86_400)
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}{_fraction(length - 9)}Z"


def _date_time(random: Random, length: int) -> str:
    return f"{_date(random, 10)}T{_time(random, length - 11)}"


def _fraction(length: int) -> str:
    return "." + "1" * (length - 1) if length > 1 else ""


def _duration(random: Random, length: int) -> str:
    return f"P{between(random, 1, 30)}DT{between(random, 1, 23)}H"


def _uuid(random: Random, length: int) -> str:
    bits = random.getrandbits(128) & ~(0xF << 76) & ~(0x3 << 62) | 4 << 76 | 2 << 62
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _of(random: Random, chars: str, length: int) -> str:
    return "".join([pick(random, chars) for _ in range(length)])


def _slug(random: Random, length: int) -> str:
    return _of(random, _WORD, max(1, length))


def _labels(random: Random, length: int) -> str:
    """Return labels of a host name, at most 63 characters each."""
    out = []
    while length > 63:
        taken = min(63, length - 2)
        out.append(_of(random, _LETTERS, taken))
        length -= taken + 1
    return ".".join([*out, _of(random, _LETTERS, max(1, length))])


def _hostname(random: Random, length: int) -> str:
    end = ".com" if length > 5 else ""
    return _labels(random, max(1, length - len(end))) + end


def _email(random: Random, length: int) -> str:
    domain = "example.com" if length > 13 else "b.co"
    local = max(1, length - len(domain) - 1)
    if local > 64:
        domain = f"{_labels(random, local - 65)}.{domain}"
        local = 64
    return f"{_of(random, _WORD, local)}@{domain}"


def _uri(random: Random, length: int) -> str:
    base = "https://example.com/" if length > 22 else "urn:x:"
    return base + _of(random, _WORD, max(1, length - len(base)))


def _decimal(random: Random, length: int) -> str:
    if length < 4:
        return str(between(random, 1, 10 ** max(1, length) - 1))
    return f"{between(random, 1, 9)}{_of(random, '0123456789', length - 4)}.{below(random, 100):02}"


def _ipv4(random: Random, length: int) -> str:
    return f"192.0.2.{between(random, 1, 254)}" if length < 12 else f"198.51.100.{between(random, 1, 254)}"


def _ipv6(random: Random, length: int) -> str:
    return str(IPv6Address((0x20010DB8 << 96) + random.getrandbits(32)))


def _byte(random: Random, length: int) -> str:
    return base64.b64encode(bytes(pick(random, _BASE64) for _ in range(-(-length // 4) * 3))).decode()


def _pointer(random: Random, length: int) -> str:
    return "/" + _slug(random, length - 1)


FORMATS: dict[str, tuple[Write, int, int]] = {
    "date": (_date, 10, 10),
    "date-time": (_date_time, 20, 27),
    "time": (_time, 9, 16),
    "duration": (_duration, 6, 8),
    "email": (_email, 6, 254),
    "idn-email": (_email, 6, 254),
    "uuid": (_uuid, 36, 36),
    "uri": (_uri, 7, 10_000),
    "url": (_uri, 7, 10_000),
    "iri": (_uri, 7, 10_000),
    "uri-reference": (_uri, 7, 10_000),
    "iri-reference": (_uri, 7, 10_000),
    "uri-template": (_uri, 7, 10_000),
    "decimal": (_decimal, 1, 10_000),
    "hostname": (_hostname, 1, 253),
    "idn-hostname": (_hostname, 1, 253),
    "ipv4": (_ipv4, 9, 14),
    "ipv6": (_ipv6, 12, 39),
    "byte": (_byte, 0, 10_000),
    "slug": (_slug, 1, 10_000),
    "regex": (_slug, 1, 10_000),
    "json-pointer": (_pointer, 2, 10_000),
    "relative-json-pointer": (lambda random, length: str(between(random, 0, 9)), 1, 1),
}
"""For each format what writes a text of a length, and the least and greatest length it can write. Others: plain text."""
ORDINARY: dict[str, tuple[int, int]] = {"date-time": (20, 20), "time": (9, 9), "decimal": (4, 7), "slug": (4, 16), "byte": (4, 24)}
"""The lengths of ordinary texts, where those are not the least and 20 more."""
ALIASES = {"url": "uri", "iri": "uri", "idn-email": "email", "idn-hostname": "hostname"}
