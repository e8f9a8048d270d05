"""Refusals in another shape, with another status, or as a web page.

Owns: shapes and statuses of errors, server errors, pages of HTML.
Source: x-behaviours error-shape, no-server-error, malformed-json, media-type, unknown-fields-ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from cancelkit.mockserver.mutants import layers
from cancelkit.mockserver.mutants.exchange import HTML, Exchange, json_of, with_json
from cancelkit.mockserver.mutants.layers import ITEM, LISTS, WRITES
from cancelkit.mockserver.mutants.mutant import Mutant
from cancelkit.mockserver.replies import Reply, error
from cancelkit.spec import Contract, Role

AREA = "robustness"
Change = Callable[[Reply, Exchange], Reply]


def family(contract: Contract) -> Iterator[Mutant]:
    """Mutants of every refusal that the contract describes."""
    roles = ITEM | LISTS | WRITES
    if contract.behaviour("error-shape"):
        for name, says, change in SHAPES:
            yield Mutant(f"error-{name}", says, "schema", layer=layers.replies(contract, roles, _of_errors(change)))
    statuses = (
        ("body-422", "a refused body is 422", WRITES, 400, 422, "create"),
        ("body-500", "a refused update is a 500", frozenset({Role.UPDATE, Role.PARTIAL_UPDATE}), 400, 500, "patch"),
        ("query-500", "a refused query is a 500", LISTS, 400, 500, AREA),
        ("unknown-400", "an id that is not there is 400", ITEM, 404, 400, "retrieve"),
        ("unknown-200", "an id that is not there is 200", frozenset({Role.RETRIEVE}), 404, 200, "retrieve"),
        ("media-type-400", "another content type is 400", WRITES, 415, 400, AREA),
    )
    here = [
        row for row in statuses if any(contract.role(role) for role in row[2]) or (contract.actions and row[2] is ITEM)
    ]
    if not contract.behaviour("media-type"):
        here = [row for row in here if row[3] != 415]
    yield from (
        Mutant(f"error-{name}", says, about, layer=layers.replies(contract, among, _status(old, new)))
        for name, says, among, old, new, about in here
    )
    if contract.behaviour("no-server-error"):
        html = layers.replies(
            contract,
            ITEM,
            lambda reply, exchange: Reply(404, b"<h1>Not Found</h1>", (HTML,)) if reply.status == 404 else reply,
        )
        yield Mutant("error-html", "404 is an HTML page", "retrieve", layer=html)
    if contract.behaviour("malformed-json") and any(contract.role(role) for role in WRITES):
        yield Mutant(
            "error-malformed-500",
            "a body that is no JSON is a 500",
            AREA,
            layer=layers.replies(contract, WRITES, _malformed),
        )
    if contract.behaviour("unknown-fields-ignored") and any(contract.role(role) for role in WRITES):
        yield Mutant(
            "error-unknown-field",
            "an unknown field is refused",
            "create",
            settings=lambda s: replace(s, strict_bodies=True),
        )
    if contract.behaviour("unknown-parameter-ignored"):
        yield Mutant(
            "error-unknown-parameter",
            "an unknown query parameter is refused",
            AREA,
            layer=layers.replies(contract, LISTS, _unknown_parameter),
        )


def _status(old: int, new: int) -> Change:
    return lambda reply, exchange: replace(reply, status=new) if reply.status == old else reply


def _of_errors(change: Callable[[dict[str, Any]], Any]) -> Change:
    def changed(reply: Reply, exchange: Exchange) -> Reply:
        value = json_of(reply) if reply.status >= 400 else None
        return with_json(reply, change(value)) if isinstance(value, dict) else reply

    return changed


def _malformed(reply: Reply, exchange: Exchange) -> Reply:
    bad = reply.status == 400 and json_of(Reply(400, exchange.body)) is None and exchange.body != b"null"
    return replace(reply, status=500) if bad else reply


def _unknown_parameter(reply: Reply, exchange: Exchange) -> Reply:
    for pair in exchange.query:
        name = pair.partition(b"=")[0].decode("latin-1")
        if name and exchange.called.parameter(name) is None and reply.status == 200:
            return error(400, f"{name} is not known.", "invalid").reply
    return reply


SHAPES: tuple[tuple[str, str, Callable[[dict[str, Any]], Any]], ...] = (
    ("no-code", "errors have no code", lambda body: {k: v for k, v in body.items() if k != "code"}),
    (
        "texts-bare",
        "a field's error is a text, not a list",
        lambda body: {k: v[0] if isinstance(v, list) and v else v for k, v in body.items()},
    ),
    ("wrapped", "errors stand in an object of their own", lambda body: {"error": body}),
)
