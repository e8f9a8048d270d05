"""Bodies and values that writing rules send, derived from the spec; and writes observed with their record around them.

Owns: a valid other value for each field, values that each field must refuse, observed changes and refusals.
Knows nothing of: which rules use them.
Source: schemas CancellationRequestCreate and CancellationRequestUpdate.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.rules.evidence import Change, Refusal, Row
from cancelkit.spec import Contract, Field, Level

CREATE, RETRIEVE = "createCancellationRequest", "retrieveCancellationRequest"
PATCH, PUT = "partialUpdateCancellationRequest", "updateCancellationRequest"
DELETE, REJECT = "deleteCancellationRequest", "rejectCancellationRequest"
LIST, LIST_DETAILED = "listCancellationRequests", "listCancellationRequestsDetailed"
RETRIEVE_DETAILED = "retrieveCancellationRequestDetailed"
UPDATES = {"patch": PATCH, "put": PUT}
IBANS = ("TR330006100519786457841326", "DE89370400440532013000", "GB29NWBK60161331926819")


def fields(spec: Contract, operation_id: str) -> dict[str, Field]:
    """The body's fields by name, without the read-only ones."""
    body = spec.operations[operation_id].body
    return {name: f for name, f in body.fields.items() if not f.read_only} if body else {}


def item_operations(spec: Contract) -> list[str]:
    """The operations on one record, in the spec's order."""
    return [o.id for o in spec.operations.values() if o.parameter("id") is not None]


def list_operations(spec: Contract) -> list[str]:
    """The operations that answer pages."""
    return [o.id for o in spec.operations.values() if any(p.paging for p in o.parameters)]


def short(operation_id: str) -> str:
    """The operation's name as it stands in rule ids: retrieveCancellationRequestDetailed -> retrieve-detailed."""
    text = operation_id.replace("CancellationRequests", "").replace("CancellationRequest", "")
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in text).replace("partial-update", "patch")


def filled(bench: Bench, **more: Any) -> dict[str, Any]:
    """A record of the rule's own with every nullable field filled, each field with a default off it if it can."""
    texts = {"description": f"filled {bench.rng.randrange(10**6)}", "iban": IBANS[0], "holder_name": "Şükrü Işık"}
    channel = more.pop("channel", None)
    row = bench.create(channel=channel, **{**texts, "quantity": 2, **more})
    flags = {name: not f.default for name, f in fields(bench.spec, PATCH).items() if f.type == "boolean"}
    bench.call(PATCH, channel=channel, id=row["id"], body=flags)
    return read(bench, row["id"], channel=channel)


def read(bench: Bench, id: int, *, channel: int | None = None, detailed: bool = False) -> dict[str, Any]:
    """The record as it is now.

    Raises:
        Inconclusive: it can't be read.
    """
    answer = bench.call(RETRIEVE_DETAILED if detailed else RETRIEVE, channel=channel, id=id)
    if answer.status != 200 or not isinstance(answer.json, dict):
        raise Inconclusive(f"a record of this run can't be read: {answer.brief()}")
    return dict(answer.json)


def seen(bench: Bench, id: int, *, channel: int | None = None) -> Any:
    """What retrieving the record answers: the record, or None where it is not to be had."""
    answer = bench.call(RETRIEVE, channel=channel, id=id)
    return answer.json if answer.status == 200 else None


def other_value(bench: Bench, name: str, field: Field, row: Row) -> Any:
    """A valid value for the field that `row` does not have.

    Raises:
        Skip: there is only one (a single order item or reason is known).
    """
    if field.reference:
        known = bench.order_items if field.reference == "order_items" else bench.reasons
        choices: list[Any] = [id for id in known if id != row[name]]
        if not choices:
            raise Skip(
                f"a second valid value for {name} is needed; give more with --{field.reference.replace('_', '-')}"
            )
        return bench.rng.choice(choices)
    if name == "status":
        allowed = bench.spec.transitions.allowed.get(row[name], frozenset())
        return bench.rng.choice(sorted(allowed - bench.spec.transitions.final) or sorted(allowed))
    if field.enum:
        return bench.rng.choice([value for value in field.enum if value != row.get(name)])
    if field.type == "boolean":
        return not row.get(name)
    if field.type == "integer":
        return (row.get(name) or field.schema.get("minimum", 1)) + 1
    if name == "iban":
        return bench.rng.choice([iban for iban in IBANS if iban != row.get(name)])
    return f"Değişti, ÇĞİÖŞÜ çğıöşü “{bench.rng.randrange(10**6)}” ok"


def bad_values(bench: Bench, field: Field) -> Iterator[tuple[str, Any]]:
    """Yield (kind, value) that the field must refuse, whatever a server may convert."""
    if not field.nullable:
        yield "null", None
    if "minimum" in field.schema:
        yield "minimum", field.schema["minimum"] - 1
        yield "minimum", -5
    if field.enum:
        yield "enum", "no-such-value"
        yield "enum", "".join(reversed(field.enum[0]))
        yield "enum", field.enum[0].upper()
        yield "type", {"value": field.enum[0]}
    if field.reference:
        yield "reference", 900_000_000 + bench.rng.randrange(10**8)
        yield "reference", 0
        yield "reference", -1
    if field.type == "integer":
        yield "type", "abc"
        yield "type", {"id": 1}
        yield "type", [1, 2]
    if field.type == "boolean":
        yield "type", "neither"
        yield "type", {"value": True}
    if field.type == "string" and not field.enum:
        yield "type", {"text": "x"}
        yield "type", ["x", "y"]


def kinds(field: Field) -> list[str]:
    """The kinds of bad values that the field has."""
    found = [("null", not field.nullable), ("minimum", "minimum" in field.schema), ("enum", bool(field.enum))]
    return [kind for kind, has in [*found, ("reference", bool(field.reference)), ("type", True)] if has]


def change(
    bench: Bench,
    operation_id: str,
    body: Any,
    before: Row,
    expected: Row,
    *,
    others: tuple[Row, ...] = (),
    what: str | None = None,
) -> Change:
    """Send a write about `before` and look at what it did; `others` are records that it must leave alone."""
    operation = bench.spec.operations[operation_id]
    answer = bench.call(operation_id, id=before["id"], **({} if operation.body is None else {"body": body}))
    after = seen(bench, before["id"])
    pairs = tuple((other, seen(bench, other["id"])) for other in others)
    sent = "" if operation.body is None else f" {body}"
    success = operation.success
    status = None if success.fact.level is Level.ASSUMED else success.status  # which status/<operation> judges
    return Change(what or f"{operation.method}{sent}", answer, before, after, expected, status, others=pairs)


def refused(
    bench: Bench, operation_id: str, body: Any, before: Row, field: str | None, *, what: str | None = None
) -> Refusal:
    """Send a write about `before` that must be refused, and read the record again."""
    operation = bench.spec.operations[operation_id]
    answer = bench.call(operation_id, id=before["id"], **({} if operation.body is None else {"body": body}))
    sent = "" if operation.body is None else f" {body}"
    return Refusal(what or f"{operation.method}{sent}", answer, field, before=before, after=seen(bench, before["id"]))
