"""What an answer says once everything that is one side's own is taken out of it.

Owns: Form, and reading an answer so.
Knows nothing of: the other side.
Source: the schemas of the answers; x-reference, x-set-on; docs/compare.md, "What is compared".
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cancelkit.contract_tests.comparing.calls import Call
from cancelkit.contract_tests.comparing.refusals import Words, named, words
from cancelkit.contract_tests.comparing.sides import Names, Side
from cancelkit.contract_tests.comparing.signs import ANY, OTHER, Sign
from cancelkit.contract_tests.context.bodies import settable
from cancelkit.contract_tests.oracles.instants import fraction_digits, instant, same_instant
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Field, Reference, Role, Schema

MARKER = "cancelkit-…"
FRAMEWORKS = frozenset({"", "OPTIONS"})
"""What of an Allow is no operation's: a framework answers OPTIONS, and names it or not."""
MANY = "the list shows everybody's records, more than are read"
FEW = "the list shows everybody's records, and they end on the page"


@dataclass(frozen=True, slots=True)
class Form:
    """status, headers and body, aligned. beyond: names of fields that the contract does not have. words: the texts of a
    refusal, and its code, by their place. why: the body could not be aligned.
    """

    status: int
    headers: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    beyond: frozenset[str] = frozenset()
    words: Words = field(default_factory=dict)
    why: str = ""


class Reader:
    """Reads answers of one side.

    shared: both sides hold the same records, so that what rows show can be compared. apart: the references of which
    each side names the keys that are free there.
    """

    def __init__(self, side: Side, contract: Contract, *, shared: bool, apart: Container[str | None] = ()) -> None:
        self.side, self.contract, self.shared, self.apart = side, contract, shared, apart
        resource = contract.resource
        bodies = [settable(operation) for operation in contract.operations.values()]
        self._own: frozenset[str] = frozenset(name for known in bodies for name in known) | {str(resource.state)}
        self._stamps = frozenset({*resource.set_on("create"), *resource.set_on("change")})
        self._opened: dict[str, Reference] = {}
        for reference in resource.references.values():
            for place in (reference.field, reference.opened, reference.opened_detailed):
                if place:
                    self._opened[place] = reference

    def form(self, call: Call, answer: Answer, names: Names, among: tuple[str, ...], *, ordered: bool) -> Form:
        """The answer to a call, aligned.

        among: the records to which the list was restricted; ordered: whether their order can be compared.
        """
        headers = self._headers(answer)
        if 300 <= answer.status < 400:
            return Form(answer.status, headers)
        if answer.status >= 400:
            return Form(answer.status, headers, named(answer.json), words=words(answer.json))
        beyond: set[str] = set()
        body, why = answer.json, ""
        if isinstance(body, Mapping) and isinstance(body.get("results"), list):
            body, why = self._page(call, answer, body, names, among, beyond, ordered)
        elif isinstance(body, list):
            body = [self.row(row, names, beyond) for row in body if isinstance(row, Mapping)]
        elif isinstance(body, Mapping):
            body = self.row(body, names, beyond)
        return Form(answer.status, headers, body, frozenset(beyond), why=why)

    def _headers(self, answer: Answer) -> dict[str, Any]:
        if 300 <= answer.status < 400:  # what leads there is for no one to read
            return {"Location": urlsplit(answer.headers.get("location", "")).path.endswith("/")}
        found: dict[str, Any] = {"JSON": answer.is_json, "a body": bool(answer.text)}
        if answer.status == 405:
            found["Allow"] = sorted({part.strip() for part in answer.headers.get("allow", "").split(",")} - FRAMEWORKS)
        if answer.status in (401, 403):
            found["WWW-Authenticate"] = bool(answer.headers.get("www-authenticate"))
        return found

    def _page(
        self,
        call: Call,
        answer: Answer,
        body: Mapping[str, Any],
        names: Names,
        among: tuple[str, ...],
        beyond: set[str],
        ordered: bool,
    ) -> tuple[dict[str, Any], str]:
        """A page: rows of others, counts and links of a list that is not restricted are left out of it."""
        whole = bool(among) and self.side.restricts(call)
        shown, count = len(body["results"]), body.get("count")
        rows = [self.row(row, names, beyond) for row in body["results"] if isinstance(row, Mapping)]
        id_field, why = self.contract.resource.id_field, ""
        if not whole and call.paged:
            rows = [{id_field: ANY} for _ in rows]
            why = "" if isinstance(count, int) and (count > shown or not shown) else FEW
        elif not whole:
            rows = [row for row in rows if row.get(id_field) != OTHER]
            why = "" if isinstance(count, int) and count <= shown else MANY
        elif not ordered and call.paged and shown != count:
            rows = [{id_field: ANY} for _ in rows]
        if not ordered:
            rows.sort(key=lambda row: str(row.get(id_field)))
        found: dict[str, Any] = {"results": rows}
        for name, value in body.items():
            if name == "count":
                found[name] = value if whole else ANY
            elif name in ("next", "previous"):
                found[name] = self._link(call, value, names) if whole or (call.paged and shown) else ANY
            elif name != "results":
                found[name] = _kind(value)
        return found, why

    def _link(self, call: Call, value: Any, names: Names) -> Any:
        if not isinstance(value, str):
            return value
        parts = urlsplit(value)
        asked: dict[str, Any] = {}
        for name, text in parse_qsl(parts.query, keep_blank_values=True):
            own = name in call.operation.paging.values()
            asked[name] = text if own else ANY
        path = self.side.context.documented(parts.path)
        return {"absolute": bool(parts.netloc), "path": path, "query": asked}

    def row(self, row: Mapping[str, Any], names: Names, beyond: set[str]) -> dict[str, Any]:
        """A record, aligned."""
        resource = self.contract.resource
        label = names.label(row.get(resource.id_field))
        mine = label is not None and self.side.context.ledger.created(
            self.side.session.ground.scope, row.get(resource.id_field)
        )
        known, found = {**resource.fields, **resource.detailed_fields}, dict[str, Any]()
        for name, value in row.items():
            if name == resource.id_field:
                found[name] = OTHER if label is None else Sign(f"record {label}")
            elif name in self._opened:
                reference = self._opened[name]
                # Which row somebody else's record refers to is each side's own.
                sent = names.sent.get(label or "", {}).get(reference.field)
                found[name] = self._reference(reference, value, sent) if mine or self.shared else _inner(value, {})
            elif name not in known:
                beyond.add(name)
            elif mine and label and self._as_sent(names, label, name, value):
                found[name] = Sign("as sent, although it is read-only")
            elif name in self._stamps:
                found[name] = self._moment(label or "", name, value, names)
            elif self._comparable(names, label or "", name, known[name], mine=mine):
                found[name] = self._plain(value)
            else:
                found[name] = _shape(value, known[name], fresh=mine)
        return found

    def _as_sent(self, names: Names, label: str, name: str, value: Any) -> bool:
        sent = names.sent.get(label, {})
        return (
            name not in self._own
            and name in sent
            and bool(value)
            and type(value) is not bool  # every second one is as sent
            and (sent[name] == value or same_instant(sent[name], value) is True)
        )

    def _comparable(self, names: Names, label: str, name: str, field: Field, *, mine: bool) -> bool:
        """Whether the contract, the client or shared records say what the field holds; else the server chooses."""
        if not mine or name not in self._own:
            return self.shared and not mine
        state = self.contract.resource.state
        return name in names.sent.get(label, {}) or field.nullable or name == state or self._has_default(name)

    def _has_default(self, name: str) -> bool:
        create = self.contract.role(Role.CREATE)
        field = settable(create).get(name) if create else None
        return field is None or field.has_default

    def _plain(self, value: Any) -> Any:
        if isinstance(value, str):
            marker = self.side.session.marker
            moment = instant(value)
            return Sign(moment.isoformat()) if moment is not None else value.replace(marker, MARKER)
        if isinstance(value, Mapping):
            return {name: self._plain(inner) for name, inner in value.items()}
        return [self._plain(inner) for inner in value] if isinstance(value, list) else value

    def _reference(self, reference: Reference, value: Any, sent: Any) -> Any:
        if not isinstance(value, Mapping):
            return self._key(reference, value, sent)
        if self.shared:
            return self._plain(value)
        inner = reference.schema.get("properties", {})
        return {
            name: self._key(reference, one, sent) if name == reference.key else _inner(one, inner.get(name, {}))
            for name, one in value.items()
        }

    def _key(self, reference: Reference, value: Any, sent: Any) -> Any:
        if reference.field in self.apart and value is not None:
            return Sign(f"{reference.field} as sent" if value == sent else f"another {reference.field}")
        known = self.side.keys.get(reference.field, ())
        if value in known:
            return Sign(f"{reference.field} {known.index(value) + 1}")
        return value if value is None else Sign(f"another {reference.field}")

    def _moment(self, label: str, name: str, value: Any, names: Names) -> Any:
        """How a moment stands to the one that the record showed before, and how it is written."""
        now = instant(value)
        if now is None:
            return _kind(value)
        digits, before = fraction_digits(value), names.moments.get((label, name))
        names.moments[label, name] = value
        old = instant(before)
        stood = ANY if old is None else Sign("as before" if now == old else "later" if now > old else "earlier")
        end = value[19 + (digits + 1 if digits else 0) :]
        return {"moment": stood if digits >= 6 else ANY, "digits": digits, "offset": end}


def _shape(value: Any, field: Field, *, fresh: bool) -> Any:
    """The kind of a value that the server chose; of somebody else's record it may be null or not."""
    return ANY if field.nullable and not fresh else _kind(value)


def _inner(value: Any, schema: Schema) -> Any:
    """The shape of what an opened reference shows: its values are each side's own."""
    if value is None or schema.get("nullable"):
        return ANY
    if isinstance(value, Mapping):
        known = schema.get("properties", {})
        return {name: _inner(inner, known.get(name, {})) for name, inner in value.items()}
    return _kind(value)


def _kind(value: Any) -> Any:
    kinds = {bool: "a boolean", str: "a text", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return value if value is None else Sign(kinds.get(type(value), "a value"))
