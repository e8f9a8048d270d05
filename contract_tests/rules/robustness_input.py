"""Strange input is refused in the API's own words, or taken; it never breaks the server.

Owns: robustness/malformed-json/<operation>, /media-type/<operation>, /odd-body/<operation>, /extreme-body/<operation>,
/odd-path/<operation>, /odd-query/<list>.
Knows nothing of: input that is refused for its meaning (see body_refusals.py, filters_refused.py).
Source: x-behaviours malformed-json, media-type, no-server-error, error-shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.oracles.refusals import survived
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules import examples
from cancelkit.contract_tests.rules.evidence import Refusal, Reply, examples_of_refusals, judge_refusals
from cancelkit.contract_tests.rules.writes import RETRIEVE, fields, item_operations, list_operations, seen, short
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Operation

MALFORMED = (b"{", b'{"description": "x"', b'{"description": "x",}', b"{'description': 'x'}", b"nonsense", b'{"a" 1}')
KINDS = {
    "text/plain": b'{"description": "x"}',
    "application/x-www-form-urlencoded": b"description=x&quantity=1",
    "application/xml": b"<description>x</description>",
}
RAW = {
    "NaN": b'{"quantity": NaN}',
    "Infinity": b'{"quantity": -Infinity}',
    "a huge exponent": b'{"quantity": 1e999}',
    "invalid UTF-8": b'{"description": "\xff\xfe"}',
    "a byte order mark": b'\xef\xbb\xbf{"quantity": 1}',
    "a key twice": b'{"quantity": 1, "quantity": 2}',
    "nothing": b"",
    "null": b"null",
    "an array": b"[1, 2]",
    "a text": b'"text"',
}
EXTREMES = {
    "a deep array": b"[" * 20_000 + b"]" * 20_000,
    "a deep object": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "a number of 5000 digits": b'{"quantity": ' + b"9" * 5000 + b"}",
    "a lone surrogate": b'{"description": "\\ud800"}',
    "a megabyte of text": b'{"description": "' + b"x" * 2**20 + b'"}',
}
ODD_NUMBERS = ("0", "-1", "1.5", "abc", "1e3", "9" * 30, "9" * 400, "2147483648", "9223372036854775808", "null")
SAFELY_ODD = ("abc", "9" * 30, "9" * 400, "null")
ODD_TEXTS = (
    "\u0000",
    "%",
    "'",
    '"',
    "\\",
    "😀",
    "İ" * 300,
    "a" * 2000,
    "../..",
    "{{7*7}}",
    "' OR 1=1 --",
    "\u202e",
    "\r\n",
)


def _raw(operation: Operation, bench: Bench, bodies: Iterable[tuple[bytes, str]], status: int) -> tuple[Refusal, ...]:
    row = bench.create(quantity=2) if operation.parameter("id") is not None else None
    found = []
    for content, kind in bodies:
        more = {"id": row["id"]} if row else {}
        answer = bench.call(operation.id, content=content, headers={"Content-Type": kind}, **more)
        after = seen(bench, row["id"]) if row else None
        what = f"{operation.method} of {kind} {content[:40]!r}"
        found.append(Refusal(what, answer, statuses=(status,), before=row, after=after))
    return tuple(found)


def _malformed(operation: Operation, bench: Bench) -> tuple[Refusal, ...]:
    return _raw(operation, bench, [(content, "application/json") for content in MALFORMED], 400)


def _kinds(operation: Operation, bench: Bench) -> tuple[Refusal, ...]:
    return _raw(operation, bench, [(content, kind) for kind, content in KINDS.items()], 415)


def _paths(operation: Operation, bench: Bench) -> list[Reply]:
    """Odd ids, and odd channels around an id of the run's own; writes keep to what no reading turns into a real id."""
    id = bench.create()["id"]
    found = []
    for name in ("id", "channel_id"):
        for text in ODD_NUMBERS if operation.method == "GET" else SAFELY_ODD:
            places = {"id": str(id), "channel_id": str(bench.channel), name: text}
            path = operation.path.replace("{id}", places["id"]).replace("{channel_id}", places["channel_id"])
            body = {} if operation.body is None else {"body": {"description": "x"}}
            answer = bench.send(operation.method, path, **body)  # type: ignore[arg-type]
            found.append(Reply(f"{operation.method} {path[:90]}", answer, (400, 404)))
    return found


def judge_paths(replies: Iterable[Reply]) -> Iterator[str]:
    """Refused as unknown or as no number, in the right shape."""
    for one in replies:
        yield from (f"{one.what}: {text}" for text in survived(one.answer))
        if one.answer.status < 400:
            yield f"{one.what}: answered {one.answer.status}"


def _queries(operation: Operation, bench: Bench) -> list[Reply]:
    found = []
    for parameter in operation.parameters:
        if parameter.location != "query":
            continue
        number = parameter.schema.get("type") == "integer" or parameter.many
        values = ODD_NUMBERS if number else bench.rng.sample(ODD_TEXTS, 2 + 2 * bench.scale)
        for value in (*values, *bench.rng.sample(ODD_TEXTS, 2 if number else 0)):
            answer = bench.call(operation.id, query={"limit": 1, parameter.name: value})
            found.append(Reply(f"{operation.id} with {parameter.name}={value[:40]!r}", answer))
        twice = [(parameter.name, "1"), (parameter.name, "2")]
        found.append(Reply(f"{operation.id} with {parameter.name} twice", bench.call(operation.id, query=twice)))
    found.append(Reply("a broken query", bench.call(operation.id, query="%ff=%&&==&page=%zz")))
    return found


def _bodies(operation: Operation, bench: Bench) -> list[Reply]:
    row = bench.create() if operation.parameter("id") is not None else None
    more = {"id": row["id"]} if row else {}
    base: dict[str, Any] = {} if row else bench.body()
    found = []

    def send(what: str, **how: Any) -> Answer:
        answer = bench.call(operation.id, **more, **how)
        found.append(Reply(f"{operation.method} with {what}", answer))
        return answer

    for name, field in fields(bench.spec, operation.id).items():
        odd: list[Any] = [
            10**30,
            -(10**30),
            2**63,
            1.5,
            True,
            [],
            {},
            [[]],
            {"id": None},
            "\u0000",
            "\ud800",
            "a" * 100_000,
        ]
        for value in odd if field.type == "integer" else (odd[0], odd[4], *odd[5:]):
            send(f"{name} {str(value)[:30]!r}", body={**base, name: value})
    for what, content in RAW.items():
        send(what, content=content)
    return found


def _extremes(operation: Operation, bench: Bench) -> list[Reply]:
    row = bench.create() if operation.parameter("id") is not None else None
    more = {"id": row["id"]} if row else {}
    found = [
        Reply(f"{operation.method} with {what}", bench.call(operation.id, content=content, **more))
        for what, content in EXTREMES.items()
    ]
    charset = {"Content-Type": "application/json; charset=no-such"}
    answer = bench.call(operation.id, content=b"{}", headers=charset, **more)
    return [*found, Reply(f"{operation.method} with an unknown charset", answer)]


def judge_survived(replies: Iterable[Reply]) -> Iterator[str]:
    """Whatever the answer: no server error, no HTML, and refusals in the right shape."""
    for one in replies:
        yield from (f"{one.what}: {text}" for text in survived(one.answer))


def rules(spec: Contract) -> Iterator[Rule]:
    never = spec.behaviours["no-server-error"]
    fine, refused = Reply("a", examples.answer(200, {})), Reply("a", examples.invalid("quantity"))
    broken, page = Reply("a", examples.error(500)), Reply("a", examples.html(404))
    shapeless = Reply("a", examples.answer(400, {"error": "bad"}))
    for operation in spec.operations.values():
        if operation.body is None:
            continue
        name, row = short(operation.id), operation.parameter("id") is not None
        for key, status, observe in (("malformed-json", 400, _malformed), ("media-type", 415, _kinds)):
            behaviour = spec.behaviours[key]
            yield Rule(
                id=f"robustness/{key}/{name}",
                area="robustness",
                requires=f"{operation.method} {operation.path}: {behaviour.requires}",
                source=f"x-behaviours: {key}",
                level=behaviour.fact.level,
                observe=partial(observe, operation),
                judge=judge_refusals,
                **examples_of_refusals(None, status, record=row),
            )
        for key, words, send, cost in (("odd", "odd", _bodies, 1), ("extreme", "very large or deep", _extremes, 3)):
            yield Rule(
                id=f"robustness/{key}-body/{name}",
                area="robustness",
                requires=f"No {words} body sent to {operation.method} {operation.path} is answered with a 5xx or HTML.",
                source="x-behaviours: no-server-error, error-shape",
                level=never.fact.level,
                observe=partial(send, operation),
                judge=judge_survived,
                accepts=([fine, refused],),
                rejects=([broken], [page], [shapeless]),
                cost=cost,
            )
    for operation_id in list_operations(spec):
        operation = spec.operations[operation_id]
        yield Rule(
            id=f"robustness/odd-query/{short(operation_id)}",
            area="robustness",
            requires=f"No query sent to {operation.path} is answered with a 5xx or an HTML page.",
            source="x-behaviours: no-server-error, error-shape",
            level=never.fact.level,
            observe=partial(_queries, operation),
            judge=judge_survived,
            accepts=([fine, refused],),
            rejects=([broken], [page], [shapeless]),
            writes=False,
        )
    for operation_id in item_operations(spec):
        operation = spec.operations[operation_id]
        yield Rule(
            id=f"robustness/odd-path/{short(operation_id)}",
            area="robustness",
            requires=f"{operation.method} {operation.path} with an id that is none is refused, without a 5xx or HTML.",
            source="x-behaviours: no-server-error, error-shape",
            level=never.fact.level,
            observe=partial(_paths, operation),
            judge=judge_paths,
            accepts=([Reply("a", examples.error(404))],),
            rejects=([broken], [page], [fine]),
            cost=1 if operation_id == RETRIEVE else 2,
        )
