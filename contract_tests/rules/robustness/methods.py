"""Methods and slashes: 405 with Allow, HEAD as GET, OPTIONS without an error, a wrong slash redirected or refused.

Owns: robustness/method/<path>, /head/<operation>, /options, /slash/<operation>, /unknown-parameter/<operation>.
Source: x-behaviours method-not-allowed, head-and-options, final-slash, unknown-parameter-ignored,
    list-parameters-ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.observing import examples
from cancelkit.contract_tests.observing.evidence import Refusal, Reply, Row, Usual, replies
from cancelkit.contract_tests.observing.examples import Examples
from cancelkit.contract_tests.observing.listing import Listing, Page, listings
from cancelkit.contract_tests.observing.names import about_record, item_operations, short
from cancelkit.contract_tests.observing.paging_chosen import chosen
from cancelkit.contract_tests.observing.sending import fields, good_body, kept, text_field, with_body
from cancelkit.contract_tests.observing.stating import Proof, from_behaviour
from cancelkit.contract_tests.observing.writes import seen
from cancelkit.contract_tests.oracles import refusals
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Operation, Role

KEYLESS = (401, 403)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
STRAY = "not to be stored"


def offered(contract: Contract, path: str) -> list[str]:
    """The methods that the contract offers on a path template."""
    return [operation.method for operation in contract.operations.values() if operation.path == path]


def _record(context: Context, operation: Operation) -> tuple[Row | None, Any]:
    """A record of the rule's own and its id, where the operation is about one."""
    row = context.create() if about_record(operation) else None
    return row, None if row is None else context.id_of(row)


def stray_body(contract: Contract) -> dict[str, Any]:
    """A body that would change a record if it were taken."""
    for role in (Role.PARTIAL_UPDATE, Role.UPDATE, Role.CREATE):
        operation = contract.role(role)
        if operation is not None and (name := text_field(contract, operation)):
            return {name: STRAY}
    return {"name": STRAY}


@dataclass(frozen=True, slots=True)
class Forbidden:
    """A method that a path does not offer, those it does, and the answer."""

    method: str
    offered: tuple[str, ...]
    answer: Answer
    before: Any = None
    after: Any = None


def _methods(operation: Operation, context: Context) -> list[Forbidden]:
    row, id = _record(context, operation)
    path, right = context.url(operation, id=id), tuple(offered(context.contract, operation.path))
    found = []
    for method in METHODS:
        if method not in right:
            body: dict[str, Any] = {} if method in ("GET", "DELETE") else {"body": stray_body(context.contract)}
            answer = context.send(method, path, **body)
            found.append(Forbidden(method, right, answer, row, seen(context, id) if row else None))
    return found


def judge_methods(records: Records, found: Iterable[Forbidden]) -> Iterator[str]:
    """405 with detail and code, and an Allow header that names an offered method and not this one."""
    for one in found:
        yield from (f"{one.method}: {text}" for text in refusals.refused(one.answer, 405))
        allow = {text.strip().upper() for text in one.answer.headers.get("allow", "").split(",")} - {""}
        if one.answer.status == 405 and (not allow & set(one.offered) or one.method in allow):
            yield f"{one.method}: Allow is {', '.join(sorted(allow))!r}, the path offers {', '.join(one.offered)}"
        if one.before is not None and any(records.stands(one.before, one.after)):
            yield f"{one.method}: changed the record"


def _head(operation: Operation, context: Context) -> list[tuple[Answer, Answer, Answer | None]]:
    """(HEAD, GET, HEAD without a key where one is needed)."""
    path = context.url(operation, id=_record(context, operation)[1])
    bare = context.send("HEAD", path, auth="none") if operation.secured and context.contract.api_key else None
    return [(context.send("HEAD", path), context.send("GET", path), bare)]


def judge_head(found: Iterable[tuple[Answer, Answer, Answer | None]]) -> Iterator[str]:
    """The same status and type as GET, no body; and as protected."""
    for head, get, bare in found:
        if head.status != get.status:
            yield f"HEAD answered {head.status}, GET {get.status}"
        if head.text:
            yield "HEAD has a body"
        if bare is not None and bare.status not in KEYLESS:
            yield f"HEAD without a key answered {bare.status}, not 401 or 403"


def _options(context: Context) -> list[Reply]:
    id: Any = None
    found = []
    for path, operation in {o.path: o for o in context.contract.operations.values()}.items():
        if about_record(operation) and id is None:
            id = context.id_of(context.create())
        found.append(Reply(f"OPTIONS {path}", context.send("OPTIONS", context.url(operation, id=id)), (200, 204)))
    return found


def judge_options(replies: Iterable[Reply]) -> Iterator[str]:
    """No error."""
    for one in replies:
        if not 200 <= one.answer.status < 300:
            yield f"{one.what}: answered {one.answer.status}"


def _other_slash(path: str) -> str:
    return path[:-1] if path.endswith("/") else path + "/"


def _slash(operation: Operation, context: Context) -> list[Reply]:
    right = context.url(operation, id=_record(context, operation)[1])
    wrong = _other_slash(right)
    return [Reply(right, context.send("GET", wrong), (301,)), Reply(right, context.send("HEAD", wrong), (301,))]


def judge_slash(replies: Iterable[Reply]) -> Iterator[str]:
    """301 to the documented path."""
    for one in replies:
        where = urlsplit(one.answer.headers.get("location", "")).path
        if one.answer.status != 301:
            yield f"{one.answer.method} {one.what} with the wrong slash: answered {one.answer.status}, not 301"
        elif not where.endswith(one.what):
            yield f"{one.answer.method} {one.what} with the wrong slash: leads to {where!r}"


def _slash_write(operation: Operation, context: Context) -> tuple[Refusal, ...]:
    row, id = _record(context, operation)
    body: dict[str, Any] = dict(with_body(context, operation))
    answer = context.send(operation.method, _other_slash(context.url(operation, id=id)), **body)
    after = seen(context, id) if row else None
    return (Refusal(f"{operation.method} with the wrong slash", answer, statuses=(404,), before=row, after=after),)


def _unknown(listing: Listing, context: Context) -> list[tuple[Page, Page]]:
    picked = chosen(context, listing)
    query = {**picked.query(), **listing.query(limit=50)}
    known = {parameter.name for parameter in listing.operation.parameters}
    strays: list[dict[str, Any]] = [{"no_such_parameter": "1"}, {"colour": "şey", "pk": 1}]
    strays += [{name: "x"} for name in fields(context.contract.role(Role.CREATE))][:3]
    strays = [more for more in strays if not known & set(more)]
    found = [(listing.ask(context, query), listing.ask(context, {**query, **more})) for more in strays]
    picked.check()
    return found


def _lists_own(operation: Operation, context: Context) -> list[Reply]:
    """An operation on one record, with the parameters of the lists: it must not look for the record among what they
    find."""
    names = {parameter.name for one in listings(context.contract) for parameter in one.operation.parameters}
    strange = sorted(names - {parameter.name for parameter in operation.parameters})
    row = context.ready(operation, context.create())
    body: dict[str, Any] = {}
    if operation.body is not None:
        body = {"body": {**kept(context, operation, row, whole=False), **good_body(context, operation)}}
    answer = context.call(operation, id=context.id_of(row), query=dict.fromkeys(strange, "no-such-value"), **body)
    what = f"{operation.method} {operation.path} with {', '.join(strange[:3])} and other parameters of the lists"
    return [Reply(what, answer, (operation.success.status,))]


def judge_unknown(found: Iterable[tuple[Page, Page]]) -> Iterator[str]:
    """The same rows as without it."""
    for without, with_it in found:
        if with_it.status != 200:
            yield f"answered {with_it.status} to {with_it.url}"
        elif list(without.ids) != list(with_it.ids) or without.count != with_it.count:
            yield f"an unknown parameter changes what is found: {with_it.url}"


def _method_rules(contract: Contract) -> Iterator[Rule]:
    some = Examples(contract)
    row = some.record()
    refused = examples.answer(405, {"detail": "no", "code": "no"}, headers={"allow": "GET, HEAD"})
    proof = Proof(
        ([Forbidden("PUT", ("GET",), refused, row, row)],),
        (
            [Forbidden("PUT", ("GET",), examples.error(405))],
            [Forbidden("PUT", ("GET",), examples.answer(200, {}))],
            [Forbidden("GET", ("PUT",), refused)],
            [Forbidden("PUT", ("GET",), examples.html(405))],
            [Forbidden("PUT", ("GET",), refused, row, some.altered())],
        ),
    )
    for path in dict.fromkeys(operation.path for operation in contract.operations.values()):
        owner = next(operation for operation in contract.operations.values() if operation.path == path)
        yield from from_behaviour(
            contract,
            "method-not-allowed",
            f"robustness/method/{short(owner)}",
            partial(_methods, owner),
            partial(judge_methods, some.records),
            proof,
            requires=f"A method that {path} does not offer is 405 with detail, code and Allow.",
        )


def rules(contract: Contract) -> Iterator[Rule]:
    yield from _method_rules(contract)
    usual, good, bare = Usual(contract), examples.answer(200, {}), examples.answer(200)
    moved = examples.answer(301, None, headers={"location": "http://target/a/"}, method="GET")
    unauthorized = examples.error(401)
    heads = Proof(
        ([(bare, good, unauthorized)],),
        ([(examples.answer(405), good, unauthorized)], [(good, good, unauthorized)], [(bare, good, bare)]),
    )
    slashes = Proof(([Reply("/a/", moved)],), ([Reply("/b/", moved)], [Reply("/a/", good)]))
    slash = partial(from_behaviour, contract, "final-slash")
    for operation in contract.operations.values():
        name, where, writes = short(operation), f"{operation.method} {operation.path}", about_record(operation)
        if operation.method == "GET":
            requires = f"HEAD {operation.path} answers as GET does, without a body."
            yield from from_behaviour(
                contract,
                "head-and-options",
                f"robustness/head/{name}",
                partial(_head, operation),
                judge_head,
                heads,
                requires=requires,
                writes=writes,
            )
            if contract.slash(extra=not operation.path.endswith("/")).point.id == "extra-slash":
                continue  # choices/extra-slash holds a target to it
            requires = f"{where} with the wrong final slash is redirected (301) to the documented path."
            look = partial(_slash, operation)
            yield from slash(f"robustness/slash/{name}", look, judge_slash, slashes, requires=requires, writes=writes)
        else:
            requires = f"{where} with the wrong final slash is 404 and does nothing."
            judged = usual.refusals(None, 404, record=writes)
            yield from slash(f"robustness/slash/{name}", partial(_slash_write, operation), *judged, requires=requires)
    yield from from_behaviour(
        contract,
        "head-and-options",
        "robustness/options",
        _options,
        judge_options,
        Proof(([Reply("a", good)],), ([Reply("a", examples.error(405))], [Reply("a", examples.error(500))])),
        requires="OPTIONS is answered without an error on every path.",
    )
    for operation in item_operations(contract) if contract.role(Role.CREATE) and listings(contract) else ():
        yield from from_behaviour(
            contract,
            "list-parameters-ignored",
            f"robustness/unknown-parameter/{short(operation)}",
            partial(_lists_own, operation),
            *replies(operation.success.status, 400, 404),
            requires=f"{operation.method} {operation.path} ignores the parameters of the lists.",
        )
    one, two = Page(200, [1], 1), Page(200, [2], 1)
    for listing in listings(contract):
        yield from from_behaviour(
            contract,
            "unknown-parameter-ignored",
            f"robustness/unknown-parameter/{listing.name}",
            partial(_unknown, listing),
            judge_unknown,
            Proof(([(one, one)],), ([(one, two)], [(one, Page(400))])),
            requires=f"{listing.path} ignores query parameters that it does not know.",
            writes=False,
            quiet=not listing.ids,
        )
