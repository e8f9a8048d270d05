"""Refusals in another shape, with another status, or as a web page.

Owns: shapes and statuses of errors, server errors, pages of HTML.
Source: x-behaviours error-shape, no-server-error, malformed-json, media-type, unknown-fields-ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from cancelkit.mockserver.mutants.exchange import HTML, Change, Exchange, json_of, refused, restated, with_json
from cancelkit.mockserver.mutants.maker import ITEM, LISTS, UPDATES, WRITES, Maker, Record
from cancelkit.mockserver.mutants.mutant import Mutant
from cancelkit.mockserver.replies import Reply, error
from cancelkit.spec import Contract, Role
from cancelkit.spec.refusing import own_shape, statuses

AREA = "robustness"
SHAPES: tuple[tuple[str, str, Callable[[Record], Record]], ...] = (
    ("no-code", "errors have no code", lambda body: {k: v for k, v in body.items() if k != "code"}),
    (
        "texts-bare",
        "a field's error is a text, not a list",
        lambda body: {k: v[0] if isinstance(v, list) and v else v for k, v in body.items()},
    ),
    ("wrapped", "errors stand in an object of their own", lambda body: {"error": body}),
)
STATUSES: tuple[tuple[str, str, tuple[Role, ...] | frozenset[Role], int, int, str], ...] = (
    ("body-422", "a refused body is 422", WRITES, 400, 422, "create"),
    ("body-500", "a refused update is a 500", UPDATES, 400, 500, "patch"),
    ("query-500", "a refused query is a 500", LISTS, 400, 500, AREA),
    ("unknown-400", "an id that is not there is 400", ITEM, 404, 400, "retrieve"),
    ("unknown-200", "an id that is not there is 200", (Role.RETRIEVE,), 404, 200, "retrieve"),
    ("media-type-400", "another content type is 400", WRITES, 415, 400, AREA),
)


def family(contract: Contract) -> Iterator[Mutant]:
    """Mutants of every refusal that the contract describes."""
    maker = Maker(contract, AREA)
    writes = any(contract.role(role) for role in WRITES)
    if contract.behaviour("error-shape"):
        own = any(own_shape(operation, 400) for operation in contract.operations.values())
        for name, says, shape in SHAPES[:1] if own else SHAPES:
            yield Maker(contract, "schema").replies(f"error-{name}", says, {*ITEM, *LISTS, *WRITES}, _of_errors(shape))
    for name, says, roles, old, new, about in STATUSES:
        called = [operation for role in roles if (operation := contract.role(role)) is not None]
        if old == 400:
            called = [operation for operation in called if new not in statuses(operation)]
        if called and (old != 415 or contract.behaviour("media-type")):
            yield Maker(contract, about).replies(f"error-{name}", says, roles, _status(old, new))
    for role, about in ((Role.CREATE, "create"), (Role.UPDATE, "put"), (Role.PARTIAL_UPDATE, "patch")):
        if contract.role(role) and contract.behaviour("error-shape"):
            says = "the first object of a list is taken for the body"
            yield Maker(contract, about).always(f"{about}-takes-list", says, (role,), _first_of_list)
    if contract.behaviour("no-server-error"):
        yield Maker(contract, "retrieve").replies("error-html", "404 is an HTML page", ITEM, _page)
    if contract.behaviour("malformed-json") and writes:
        yield maker.replies("error-malformed-500", "a body that is not JSON is a 500", WRITES, _malformed)
    if contract.behaviour("unknown-fields-ignored") and writes:
        says = "an unknown field is refused"
        yield Maker(contract, "create").settings("error-unknown-field", says, lambda s: replace(s, strict_bodies=True))
    if contract.behaviour("unknown-parameter-ignored"):
        says = "an unknown query parameter is refused"
        yield maker.replies("error-unknown-parameter", says, LISTS, _unknown_parameter)


def _status(old: int, new: int) -> Change:
    if old != 400:
        return restated(old, new)
    return lambda reply, exchange: replace(reply, status=new) if refused(reply) else reply


def _of_errors(change: Callable[[Record], Record]) -> Change:
    def changed(reply: Reply, exchange: Exchange) -> Reply:
        value = json_of(reply) if reply.status >= 400 else None
        return with_json(reply, change(value)) if isinstance(value, dict) else reply

    return changed


async def _first_of_list(exchange: Exchange) -> Reply:
    value = json_of(exchange.body)
    fields = value[0] if isinstance(value, list) and value else None
    return await (exchange.with_fields(fields) if isinstance(fields, dict) else exchange).reply()


def _page(reply: Reply, exchange: Exchange) -> Reply:
    return Reply(404, b"<h1>Not Found</h1>", (HTML,)) if reply.status == 404 else reply


def _malformed(reply: Reply, exchange: Exchange) -> Reply:
    bad = refused(reply) and json_of(exchange.body) is None and exchange.body != b"null"
    return replace(reply, status=500) if bad else reply


def _unknown_parameter(reply: Reply, exchange: Exchange) -> Reply:
    for name in exchange.sent:
        if name and exchange.called.parameter(name) is None and reply.status == 200:
            return error(400, f"{name} is not known.", "invalid").reply
    return reply
