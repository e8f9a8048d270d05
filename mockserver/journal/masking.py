"""Keys and passwords taken out of a call before it is kept or logged.

Owns: which calls hold some (a login, a query that names one), and the fingerprints that stand in their place.
Knows nothing of: headers, which nobody keeps; bodies of the API, which have no field for a secret.
"""

from __future__ import annotations

import re
from functools import lru_cache

import orjson

from cancelkit.mockserver.journal.queries import bare
from cancelkit.mockserver.journal.ring import fingerprint
from cancelkit.spec.secret import SECRET, SHORTEST

LOGIN = "/auth/login/"
"""How the path of a login ends, with or without what stands before it."""
_ENDS = (LOGIN, LOGIN.rstrip("/"))
_OPEN = frozenset({"username"})
_SHORT = 200
"""Longer names are not remembered: a client could fill the memory with them."""
_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")


def masked(path: str, query: bytes, sent: bytes, answered: bytes) -> tuple[bytes, bytes, bytes] | None:
    """Return query and bodies without secrets; None for a call that holds none, as nearly all do."""
    if path.endswith(_ENDS):
        return masked_query(query), _login(sent), _login(answered, answer=True)
    if not query or not _tells(bare(query)) or not (secrets := _secrets(query)):
        return None
    for secret in secrets:
        # An answer repeats the query in its links.
        answered = answered.replace(secret, _mask(secret)) if len(secret) >= SHORTEST else answered
    return masked_query(query), sent, answered


def masked_query(query: bytes) -> bytes:
    """The query with fingerprints in place of the values of parameters that are called like secrets."""
    if not query or not _secrets(query):
        return query
    pairs = (pair.partition(b"=") for pair in query.split(b"&"))
    return b"&".join(
        name + sign + (_mask(value) if value and _is_secret(name) else value) for name, sign, value in pairs
    )


def _tells(names: bytes) -> bool:
    """Whether a bare query has the name of a secret."""
    return _judged_all(names) if len(names) <= _SHORT else _judged_all.__wrapped__(names)


@lru_cache(maxsize=512)
def _judged_all(names: bytes) -> bool:
    return any(map(_is_secret, names.split(b"&")))


def _secrets(query: bytes) -> tuple[bytes, ...]:
    """The values in a query that nobody else should see."""
    pairs = (pair.partition(b"=") for pair in query.split(b"&"))
    return tuple(value for name, _, value in pairs if value and _is_secret(name))


def _is_secret(name: bytes) -> bool:
    return _judged(name) if len(name) <= _SHORT else _judged.__wrapped__(name)


@lru_cache(maxsize=1024)
def _judged(name: bytes) -> bool:
    plain = _PERCENT.sub(lambda found: bytes((int(found[0][1:], 16),)), name)
    return SECRET.search(plain.decode("latin-1")) is not None


def _mask(secret: bytes) -> bytes:
    return b"fingerprint-" + fingerprint(secret).encode()


def _login(body: bytes, *, answer: bool = False) -> bytes:
    """A login's body: names stay, values go; what can't be read goes whole. A refusal, an answer with a code, stays."""
    if not body:
        return body
    try:
        fields = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _mask(body)
    if not isinstance(fields, dict):
        return _mask(body)
    if answer and "code" in fields:
        return body
    return orjson.dumps({name: value if _is_open(name, value) else _hidden(value) for name, value in fields.items()})


def _is_open(name: str, value: object) -> bool:
    """Whether a field may be shown: who logs in, and what says nothing."""
    return name in _OPEN or value is None or isinstance(value, bool)


def _hidden(value: object) -> str:
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return _mask(text.encode("utf-8", "replace")).decode()
