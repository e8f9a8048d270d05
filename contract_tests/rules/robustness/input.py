"""Strange input is refused in the API's own words, or taken; it never breaks the server.

Owns: robustness/malformed-json/<operation>, /media-type/<operation>, /odd-body/<operation>, /extreme-body/<operation>,
/odd-path/<operation>, /odd-query/<list>.
Source: x-behaviours malformed-json, media-type, no-server-error, error-shape.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.observing import examples
from cancelkit.contract_tests.observing.evidence import Refusal, Reply, Row, Usual
from cancelkit.contract_tests.observing.listing import Listing, listings
from cancelkit.contract_tests.observing.names import about_record, item_operations, short, updates
from cancelkit.contract_tests.observing.odd import (
    EXTREMES,
    KINDS,
    MALFORMED,
    ODD_DATES,
    ODD_NUMBERS,
    ODD_TEXTS,
    ODD_VALUES,
    RAW,
    SAFELY_ODD,
    filled_in,
)
from cancelkit.contract_tests.observing.sending import fields, good_body, kept, with_body
from cancelkit.contract_tests.observing.stating import Proof, from_behaviour
from cancelkit.contract_tests.observing.writes import all_refused
from cancelkit.contract_tests.oracles.refusals import survived
from cancelkit.contract_tests.target.encoding import json_bytes
from cancelkit.spec import Contract, Operation, Role
from cancelkit.spec.media import JSON


def _record(context: Context, operation: Operation) -> tuple[Row | None, dict[str, Any]]:
    """A record of the rule's own where the operation is about one, and what a call needs to name it."""
    if not about_record(operation):
        return None, {}
    row = context.create()
    return row, {"id": context.id_of(row)}


def _raw(
    operation: Operation, context: Context, bodies: Iterable[tuple[bytes, str]], status: int
) -> tuple[Refusal, ...]:
    row, named = _record(context, operation)
    good = {**(kept(context, operation, row, whole=False) if row else {}), **good_body(context, operation, row)}
    calls = []
    for content, kind in bodies:
        content = filled_in(context.contract, operation, content).replace(b"GOOD", json_bytes(good))
        send = partial(context.call, operation, content=content, headers={"Content-Type": kind}, **named)
        calls.append((f"{operation.method} of {kind} {content[:40]!r}", send))
    return all_refused(context, row, calls, status)


def _json(operation: Operation) -> str:
    return operation.body.media_types[0] if operation.body else JSON


def _malformed(operation: Operation, context: Context) -> tuple[Refusal, ...]:
    return _raw(operation, context, [(content, _json(operation)) for content in MALFORMED], 400)


def _kinds(operation: Operation, context: Context) -> tuple[Refusal, ...]:
    return _raw(operation, context, [(content, kind) for kind, content in KINDS.items()], 415)


def _paths(operation: Operation, context: Context) -> list[Reply]:
    """Odd ids, and odd scopes around an id of the run's own; writes keep to what no reading turns into a real id."""
    resource = context.contract.resource
    names = [parameter.name for parameter in (*resource.scope, resource.identity) if parameter is not None]
    own = {**dict(zip(names, context.scope, strict=False)), names[-1]: context.id_of(context.create())}
    body: dict[str, Any] = dict(with_body(context, operation))
    found = []
    for name in reversed(names):
        for text in ODD_NUMBERS if operation.method == "GET" else SAFELY_ODD:
            path = operation.path
            for parameter, value in {**own, name: text}.items():
                path = path.replace(f"{{{parameter}}}", quote(str(value), safe=""))
            answer = context.send(operation.method, path, **body)
            found.append(Reply(f"{operation.method} {path[:90]}", answer, (400, 404)))
    return found


def judge_paths(replies: Iterable[Reply]) -> Iterator[str]:
    """Refused as unknown or as no number, in the right shape."""
    for one in replies:
        yield from (f"{one.what}: {text}" for text in survived(one.answer))
        if one.answer.status < 400:
            yield f"{one.what}: answered {one.answer.status}"


def _share(context: Context, every: Sequence[Any], name: str, own: Operation, takers: Sequence[Operation]) -> list[Any]:
    """The odd values of a field or a parameter that fall to one of the operations that take it; in deep all.

    One operation may take the other values of one name, and these of the next.
    """
    if context.scale > 2:
        return list(every)
    turn = takers.index(own) + len(name)
    return [value for at, value in enumerate(every) if (at + turn) % len(takers) == 0]


def _queries(listing: Listing, context: Context) -> list[Reply]:
    queries: list[tuple[str, Any]] = []
    lists = [one.operation for one in listings(context.contract)]
    for parameter in listing.operation.parameters:
        if parameter.location != "query":
            continue
        takers = [one for one in lists if one.parameter(parameter.name)]
        number = parameter.schema.get("type") in ("integer", "number") or parameter.many
        dated = str(parameter.schema.get("format")).startswith("date")
        fixed = ODD_NUMBERS if number else ODD_DATES if dated else ()
        values = _share(context, fixed, parameter.name, listing.operation, takers)
        texts = 1 if number else 0 if dated else 8 if context.scale > 2 else 4
        for value in (*values, *context.rng.sample(ODD_TEXTS, texts)):
            query = {**listing.query(limit=1), parameter.name: value}
            queries.append((f"{listing.operation.id} with {parameter.name}={value[:40]!r}", query))
        twice = [(parameter.name, "1"), (parameter.name, "2")]
        queries.append((f"{listing.operation.id} with {parameter.name} twice", twice))
    queries.append(("a broken query", "%ff=%&&==&page=%zz"))

    def send(what: str, query: Any) -> Reply:
        return Reply(what, context.call(listing.operation, query=query))

    return context.parallel([partial(send, *pair) for pair in queries])


def _bodies(operation: Operation, context: Context) -> list[Reply]:
    _, named = _record(context, operation)
    base: dict[str, Any] = context.body() if operation.role is Role.CREATE else {}
    changing = [one for _, one in updates(context.contract)]
    alike = changing if operation in changing else [operation]
    found = []

    def send(what: str, **how: Any) -> None:
        answer = context.call(operation, **named, **how)
        found.append(Reply(f"{operation.method} with {what}", answer))

    for name, field in fields(operation).items():
        odd = ODD_VALUES if field.type == "integer" else (ODD_VALUES[0], *ODD_VALUES[3:])
        for value in _share(context, odd, name, operation, [one for one in alike if name in fields(one)]):
            # written with escapes: as bytes, half of a surrogate pair would be refused for its encoding
            send(f"{name} {str(value)[:30]!r}", content=json.dumps({**base, name: value}).encode())
    for what, content in RAW.items():
        send(what, content=filled_in(context.contract, operation, content))
    return found


def _extremes(operation: Operation, context: Context) -> list[Reply]:
    _, named = _record(context, operation)
    found = []
    for what, content in EXTREMES.items():
        answer = context.call(operation, content=filled_in(context.contract, operation, content), **named)
        found.append(Reply(f"{operation.method} with {what}", answer))
    charset = {"Content-Type": f"{_json(operation)}; charset=no-such"}
    answer = context.call(operation, content=b"{}", headers=charset, **named)
    return [*found, Reply(f"{operation.method} with an unknown charset", answer)]


def judge_survived(replies: Iterable[Reply]) -> Iterator[str]:
    """Whatever the answer: no server error, no HTML, and refusals in the right shape."""
    for one in replies:
        yield from (f"{one.what}: {text}" for text in survived(one.answer))


def rules(contract: Contract) -> Iterator[Rule]:
    usual, never = Usual(contract), partial(from_behaviour, contract, "no-server-error")
    fine, refused = Reply("a", examples.answer(200, {})), Reply("a", examples.invalid("a"))
    broken, page = Reply("a", examples.error(500)), Reply("a", examples.html(404))
    survives = Proof(([fine, refused],), ([broken], [page], [Reply("a", examples.answer(400, {"error": "bad"}))]))
    source = "x-behaviours: no-server-error, error-shape"
    for operation in contract.operations.values():
        if operation.body is None:
            continue
        name, where, row = short(operation), f"{operation.method} {operation.path}", about_record(operation)
        for key, status, look in (("malformed-json", 400, _malformed), ("media-type", 415, _kinds)):
            promised = contract.behaviour(key)
            requires = f"{where}: {promised.requires if promised else ''}"
            judged = usual.refusals(None, status, record=row)
            id = f"robustness/{key}/{name}"
            yield from from_behaviour(contract, key, id, partial(look, operation), *judged, requires=requires)
        for key, words, send, cost in (("odd", "odd", _bodies, 1), ("extreme", "very large or deep", _extremes, 3)):
            requires = f"No {words} body sent to {where} is answered with a 5xx or HTML."
            id, observe = f"robustness/{key}-body/{name}", partial(send, operation)
            yield from never(
                id, observe, judge_survived, survives, requires=requires, source=source, cost=cost, long=True
            )
    for listing in listings(contract):
        requires = f"No query sent to {listing.path} is answered with a 5xx or an HTML page."
        id, observe = f"robustness/odd-query/{listing.name}", partial(_queries, listing)
        yield from never(id, observe, judge_survived, survives, requires=requires, source=source, writes=False)
    unknown = Proof(([Reply("a", examples.error(404))],), ([broken], [page], [fine]))
    for operation in item_operations(contract) if contract.role(Role.CREATE) else ():
        requires = f"{operation.method} {operation.path} with an id that is none is refused, without a 5xx or HTML."
        id, observe = f"robustness/odd-path/{short(operation)}", partial(_paths, operation)
        cost = 1 if operation.role is Role.RETRIEVE else 2
        yield from never(id, observe, judge_paths, unknown, requires=requires, source=source, cost=cost)
