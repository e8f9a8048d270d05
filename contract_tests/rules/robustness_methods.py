"""Methods and slashes: 405 with Allow, HEAD as GET, OPTIONS without an error, a wrong slash redirected or refused.

Owns: robustness/method/<path>, /head/<operation>, /options, /slash/<operation>, /unknown-parameter/<list>.
Knows nothing of: what the right methods do.
Source: x-behaviours method-not-allowed, head-and-options, final-slash, unknown-parameter-ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.oracles import refusals
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules import examples
from cancelkit.contract_tests.rules.calls import good_body, needs_record
from cancelkit.contract_tests.rules.evidence import Refusal, Reply, examples_of_refusals, judge_refusals
from cancelkit.contract_tests.rules.paging_walks import check_steady, ground, page_ids, page_value
from cancelkit.contract_tests.rules.writes import list_operations, seen, short
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Operation

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def offered(spec: Contract, path: str) -> list[str]:
    """The methods that the spec offers on a path template."""
    return [o.method for o in spec.operations.values() if o.path == path]


def _place(bench: Bench, path: str, id: Any = None) -> str:
    return path.replace("{channel_id}", str(bench.channel)).replace("{id}", str(id))


@dataclass(frozen=True, slots=True)
class Forbidden:
    """A method that a path does not offer, those it does, and the answer."""

    method: str
    offered: tuple[str, ...]
    answer: Answer
    before: Any = None
    after: Any = None


def _methods(path: str, bench: Bench) -> list[Forbidden]:
    row = bench.create(quantity=2) if "{id}" in path else None
    right = tuple(offered(bench.spec, path))
    found = []
    for method in METHODS:
        if method not in right:
            body: dict[str, Any] = {} if method in ("GET", "DELETE") else {"body": {"description": "not to be stored"}}
            answer = bench.send(method, _place(bench, path, row["id"] if row else None), **body)
            found.append(Forbidden(method, right, answer, row, seen(bench, row["id"]) if row else None))
    return found


def judge_methods(found: Iterable[Forbidden]) -> Iterator[str]:
    """405 with detail and code, and an Allow header that names an offered method and not this one."""
    for one in found:
        yield from (f"{one.method}: {text}" for text in refusals.refused(one.answer, 405))
        allow = {text.strip().upper() for text in one.answer.headers.get("allow", "").split(",")} - {""}
        if one.answer.status == 405 and (not allow & set(one.offered) or one.method in allow):
            yield f"{one.method}: Allow is {', '.join(sorted(allow))!r}, the path offers {', '.join(one.offered)}"
        if one.before and (
            not isinstance(one.after, dict) or one.after.get("description") != one.before["description"]
        ):
            yield f"{one.method}: changed the record"


def _head(operation: Operation, bench: Bench) -> list[tuple[Answer, Answer, Answer]]:
    """(HEAD, GET, HEAD without a key)."""
    path = _place(bench, operation.path, bench.create()["id"] if needs_record(operation) else None)
    return [(bench.send("HEAD", path), bench.send("GET", path), bench.send("HEAD", path, auth="none"))]


def judge_head(found: Iterable[tuple[Answer, Answer, Answer]]) -> Iterator[str]:
    """The same status and type as GET, no body; and as protected."""
    for head, get, bare in found:
        if head.status != get.status:
            yield f"HEAD answered {head.status}, GET {get.status}"
        if head.text:
            yield "HEAD has a body"
        if bare.status != 401:
            yield f"HEAD without a key answered {bare.status}, not 401"


def _options(bench: Bench) -> list[Reply]:
    id = bench.create()["id"]
    paths = dict.fromkeys(operation.path for operation in bench.spec.operations.values())
    return [Reply(f"OPTIONS {path}", bench.send("OPTIONS", _place(bench, path, id)), (200, 204)) for path in paths]


def judge_options(replies: Iterable[Reply]) -> Iterator[str]:
    """No error."""
    for one in replies:
        if not 200 <= one.answer.status < 300:
            yield f"{one.what}: answered {one.answer.status}"


def _slash(operation: Operation, bench: Bench) -> list[Reply]:
    right = _place(bench, operation.path, bench.create()["id"] if needs_record(operation) else None)
    wrong = right[:-1] if right.endswith("/") else right + "/"
    return [Reply(right, bench.send("GET", wrong), (301,)), Reply(right, bench.send("HEAD", wrong), (301,))]


def judge_slash(replies: Iterable[Reply]) -> Iterator[str]:
    """301 to the documented path."""
    for one in replies:
        where = urlsplit(one.answer.headers.get("location", "")).path
        if one.answer.status != 301:
            yield f"{one.answer.method} {one.what} with the wrong slash: answered {one.answer.status}, not 301"
        elif not where.endswith(one.what):
            yield f"{one.answer.method} {one.what} with the wrong slash: leads to {where!r}"


def _slash_write(operation: Operation, bench: Bench) -> tuple[Refusal, ...]:
    row = bench.create(quantity=2) if needs_record(operation) else None
    right = _place(bench, operation.path, row["id"] if row else None)
    body = {} if operation.body is None else {"body": good_body(bench, operation)}
    wrong = right[:-1] if right.endswith("/") else right + "/"
    answer = bench.send(operation.method, wrong, **body)
    after = seen(bench, row["id"]) if row else None
    return (Refusal(f"{operation.method} with the wrong slash", answer, statuses=(404,), before=row, after=after),)


def _unknown(operation_id: str, bench: Bench) -> list[tuple[Answer, Answer]]:
    ids = ground(bench)
    found = []
    for more in ({"no_such_parameter": "1"}, {"colour": "şey", "pk": ids[0]}, {"description": "x"}):
        query = {"pk__in": ids, "limit": 50}
        found.append((bench.call(operation_id, query=query), bench.call(operation_id, query={**query, **more})))
    check_steady(bench, ids)
    return found


def judge_unknown(found: Iterable[tuple[Answer, Answer]]) -> Iterator[str]:
    """The same rows as without it."""
    for without, with_it in found:
        if with_it.status != 200:
            yield f"answered {with_it.status} to {with_it.url}"
        elif page_ids(without) != page_ids(with_it) or page_value(without, "count") != page_value(with_it, "count"):
            yield f"an unknown parameter changes what is found: {with_it.url}"


def rules(spec: Contract) -> Iterator[Rule]:
    allowed, head, slash = (spec.behaviours[k] for k in ("method-not-allowed", "head-and-options", "final-slash"))
    row = examples.record(description="a")
    refused = examples.answer(405, {"detail": "no", "code": "no"}, headers={"allow": "GET, HEAD"})
    no_allow = examples.error(405)
    for path in dict.fromkeys(operation.path for operation in spec.operations.values()):
        owner = next(o for o in spec.operations.values() if o.path == path)
        yield Rule(
            id=f"robustness/method/{short(owner.id)}",
            area="robustness",
            requires=f"A method that {path} does not offer is 405 with detail, code and Allow.",
            source="x-behaviours: method-not-allowed",
            level=allowed.fact.level,
            observe=partial(_methods, path),
            judge=judge_methods,
            accepts=([Forbidden("PUT", ("GET",), refused, row, row)],),
            rejects=(
                [Forbidden("PUT", ("GET",), no_allow)],
                [Forbidden("PUT", ("GET",), examples.answer(200, {}))],
                [Forbidden("GET", ("PUT",), refused)],
                [Forbidden("PUT", ("GET",), examples.html(405))],
                [Forbidden("PUT", ("GET",), refused, row, examples.record(description="b"))],
            ),
        )
    good, bare = examples.answer(200, {}), examples.answer(200)
    moved = examples.answer(301, None, headers={"location": "http://target/a/"}, method="GET")
    for operation in spec.operations.values():
        name, where = short(operation.id), f"{operation.method} {operation.path}"
        if operation.method == "GET":
            yield Rule(
                id=f"robustness/head/{name}",
                area="robustness",
                requires=f"HEAD {operation.path} answers as GET does, without a body.",
                source="x-behaviours: head-and-options",
                level=head.fact.level,
                observe=partial(_head, operation),
                judge=judge_head,
                accepts=([(bare, good, examples.error(401))],),
                rejects=(
                    [(examples.answer(405), good, examples.error(401))],
                    [(good, good, examples.error(401))],
                    [(bare, good, bare)],
                ),
                writes=needs_record(operation),
            )
            yield Rule(
                id=f"robustness/slash/{name}",
                area="robustness",
                requires=f"{where} with the wrong final slash is redirected (301) to the documented path.",
                source="x-behaviours: final-slash",
                level=slash.fact.level,
                observe=partial(_slash, operation),
                judge=judge_slash,
                accepts=([Reply("/a/", moved)],),
                rejects=([Reply("/b/", moved)], [Reply("/a/", good)]),
                writes=needs_record(operation),
            )
        else:
            yield Rule(
                id=f"robustness/slash/{name}",
                area="robustness",
                requires=f"{where} with the wrong final slash is 404 and does nothing.",
                source="x-behaviours: final-slash",
                level=slash.fact.level,
                observe=partial(_slash_write, operation),
                judge=judge_refusals,
                **examples_of_refusals(None, 404, record=needs_record(operation)),
            )
    yield Rule(
        id="robustness/options",
        area="robustness",
        requires="OPTIONS is answered without an error on every path.",
        source="x-behaviours: head-and-options",
        level=head.fact.level,
        observe=_options,
        judge=judge_options,
        accepts=([Reply("a", good)],),
        rejects=([Reply("a", examples.error(405))], [Reply("a", examples.error(500))]),
    )
    unknown = spec.behaviours["unknown-parameter-ignored"]
    one, two = examples.page([{"id": 1}]), examples.page([{"id": 2}])
    for operation_id in list_operations(spec):
        yield Rule(
            id=f"robustness/unknown-parameter/{short(operation_id)}",
            area="robustness",
            requires=f"{spec.operations[operation_id].path} ignores query parameters that it does not know.",
            source="x-behaviours: unknown-parameter-ignored",
            level=unknown.fact.level,
            observe=partial(_unknown, operation_id),
            judge=judge_unknown,
            accepts=([(one, one)],),
            rejects=([(one, two)], [(one, examples.invalid("colour"))]),
            writes=False,
        )
