"""Bugs that show only under a condition: with one value, beside one other field, in one operation, in one state."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from tiny_target import TYPES, TinyTarget, error, shown

from cancelkit.contract_tests.configuration.settings import Profile, Settings
from cancelkit.contract_tests.engine.run import execute
from cancelkit.contract_tests.engine.verdict import Outcome, Verdict
from cancelkit.spec import Contract

Body = dict[str, Any]
Bend = Callable[[str, Body, Body], Body | httpx.Response | None]
OWN = ("values", "standing", "moves", "refusals", "fields")
"""The tables that these rules fill."""
DEFAULT = {"fully_refund_as_loyalty_money": False}
MOVES = {
    "waiting": ("confirmed", "waiting_approval", "approved", "rejected"),
    "waiting_approval": ("approved", "rejected"),
    "confirmed": ("approved", "rejected", "completed"),
    "approved": ("completed", "rejected"),
}


@dataclass
class Backend(TinyTarget):
    """A right server, but for `bend`, which may change a body (of a method, about a row) or answer in its place."""

    bend: Bend = lambda method, body, row: body
    show: Callable[[str, str], str] = lambda path, text: text
    stamps: Callable[[str, Body], bool] = lambda method, body: True

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.method not in ("POST", "PUT", "PATCH") or not request.content:
            answer = super().answer(request)
            text = self.show(request.url.path, answer.text)
            return answer if text == answer.text else httpx.Response(answer.status_code, text=text, headers=JSON)
        body = json.loads(request.content)
        if not isinstance(body, dict):
            return super().answer(request)
        ids = [part for part in request.url.path.split("/") if part.isdigit()][1:]
        row = self.rows.get(int(ids[0]), {}) if ids else {}
        return self.written(request, body, row)

    def written(self, request: httpx.Request, body: Body, row: Body) -> httpx.Response:
        new, old = body.get("status"), row.get("status")
        if row and new in ALL and new != old and new not in MOVES.get(str(old), ()):
            return error(400, "status", "Not allowed.")
        for name, kind in (("quantity", int), (*DEFAULT, bool)):
            value = body.get(name)
            wrong = value is not None and (type(value) is not kind or (kind is int and not 0 < value < 2**31))
            if row and name in DEFAULT and name in body and type(value) is not bool:
                wrong = True
            if wrong and not (name in DEFAULT and not row):
                bent = self.bend(request.method, dict(body), row)
                if isinstance(bent, dict) and bent.get(name) == value:
                    return error(400, name, "Not valid.")
        bent = self.bend(request.method, dict(body), row)
        if isinstance(bent, httpx.Response):
            return bent
        sent = {**(DEFAULT if request.method == "PUT" else {}), **(body if bent is None else bent)}
        answer = super().answer(httpx.Request(request.method, request.url, headers=dict(request.headers), json=sent))
        if row and answer.status_code == 200 and self.stamps(request.method, body):
            row["modified_date"] = datetime.now(UTC).isoformat()
            return httpx.Response(200, json=shown(row))
        return answer


JSON = {"content-type": "application/json"}
ALL = ("waiting", "rejected", "confirmed", "waiting_approval", "approved", "completed")


def judged(spec: Contract, settings: Settings, backend: Backend, *rules: str, **changes: Any) -> Verdict:
    known = {"order_item": (1, 2, 3), "reason": (1, 2)}
    settings = replace(settings, references=known, rules=rules, profile=Profile.STANDARD, strict=True, **changes)
    return execute(settings, spec, transport=backend.transport)


def broken(verdict: Verdict) -> list[str]:
    return [finding.rule_id for finding in verdict.findings if finding.outcome.broken]


def on(method: str, name: str, change: Callable[[Any], Any]) -> Bend:
    def bend(called: str, body: Body, row: Body) -> Body:
        return {**body, name: change(body[name])} if called == method and isinstance(body.get(name), str) else body

    return bend


def _quantity(method: str, wrong: int) -> Bend:
    return lambda called, body, row: (
        {**body, "quantity": 1} if called == method and body.get("quantity") == wrong else body
    )


def _kept(method: str, old: str, new: str) -> Bend:
    """A change of the type from `old` to `new` that does not happen."""

    def bend(called: str, body: Body, row: Body) -> Body:
        ignored = called == method and row.get("cancellation_type") == old and body.get("cancellation_type") == new
        return {**body, "cancellation_type": old} if ignored else body

    return bend


WRONG: dict[str, Bend] = {
    "create/keeps-iban": on("POST", "iban", lambda text: text.replace("  ", " ")),
    "create/keeps-holder_name": on("POST", "holder_name", lambda text: text[:255]),
    "create/keeps-quantity": _quantity("POST", 1000),
    "patch/sets-description": on("PATCH", "description", lambda text: text.replace("\r\n", "\n")),
    "patch/sets-iban": on("PATCH", "iban", lambda text: text.lstrip("0") or text),
    "patch/sets-holder_name": on("PATCH", "holder_name", lambda text: None if text == "null" else text),
    "patch/sets-quantity": _quantity("PATCH", 65536),
    "put/sets-description": on("PUT", "description", lambda text: text.replace("&lt;", "<")),
    "put/sets-holder_name": on("PUT", "holder_name", lambda text: "".join(c for c in text if ord(c) < 0x10000)),
    "put/sets-quantity": _quantity("PUT", 2**31 - 1),
    "put/sets-cancellation_type": _kept("PUT", "refund", "cancel"),
}
"""Faults of one value in one operation, by the rule that must tell."""


def test_values_that_one_operation_gets_wrong(spec: Contract, settings: Settings):
    """Of many such faults each is told by the rule of its field and operation, and by no other."""

    def bend(called: str, body: Body, row: Body) -> Body:
        for wrong in WRONG.values():
            body = dict(wrong(called, body, row))  # type: ignore[arg-type]
        return body

    found = judged(spec, settings, Backend(bend=bend), "create/keeps-*", "patch/sets-*", "put/sets-*")

    assert sorted(broken(found)) == sorted(WRONG)
    assert all(finding.exchanges for finding in found.broken)
    assert all(len(finding.exchanges) <= 12 for finding in found.broken)


def test_a_right_server_keeps_every_rule(spec: Contract, settings: Settings):
    """The server that the tests bend is right before, alone and together."""
    kinds = ("sets-*", "clears-*", "keeps-omitted", "combines", "refuses-*", "changes-*")
    updates = [f"{area}/{kind}" for area in ("patch", "put") for kind in kinds]
    created = ("create/keeps-*", "create/null-*", "create/refuses-*", "create/combines")
    rules = (*created, "robustness/alike", *updates)
    verdict = judged(spec, settings, Backend(), *rules)
    others = [(f.rule_id, f.why, f.complaints) for f in verdict.findings if f.outcome is not Outcome.PASSED]

    assert others == []
    tried = {visited.table.name: visited for visited in verdict.coverage.cells}
    assert {name: tried[name].missing for name in OWN if tried[name].missing} == {}


def _length(row: Body, most: int) -> bool:
    return any(isinstance(value, str) and len(value) > most for value in row.values())


def _refusing(*methods: str, most: int, field: str = "holder_name") -> Bend:
    def bend(called: str, body: Body, row: Body) -> Body | httpx.Response:
        text = body.get(field)
        too_long = called in methods and isinstance(text, str) and len(text) > most
        return error(400, field, "Too long.") if too_long else body

    return bend


def _trimming(*methods: str) -> Bend:
    def bend(called: str, body: Body, row: Body) -> Body:
        trimmed = {name: value.strip() if isinstance(value, str) else value for name, value in body.items()}
        return trimmed if called in methods else body

    return bend


EVERY = ("POST", "PUT", "PATCH")


@pytest.mark.parametrize(
    "bend",
    [
        _trimming(*EVERY),
        _refusing(*EVERY, most=120),
        _refusing(*EVERY, most=120, field="iban"),
        lambda called, body, row: {name: None if value == "" else value for name, value in body.items()},
    ],
    ids=["trims blanks", "refuses long texts", "refuses long accounts", "stores null for an empty text"],
)
def test_what_is_left_open_may_be_done_either_way(spec: Contract, settings: Settings, bend: Bend):
    """A server that decides once how it takes a value breaks no rule."""
    rules = ("create/keeps-*", "*/sets-*", "*/keeps-omitted", "*/combines", "robustness/alike")

    assert broken(judged(spec, settings, Backend(bend=bend), *rules)) == []


@pytest.mark.parametrize("bend", [_trimming("PATCH"), _refusing("PUT", most=120)], ids=["trims", "refuses"])
def test_what_is_left_open_is_done_one_way(spec: Contract, settings: Settings, bend: Bend):
    """One operation that takes a value otherwise than the others is a bug."""
    assert broken(judged(spec, settings, Backend(bend=bend), "robustness/alike")) == ["robustness/alike"]


def test_a_value_that_another_change_loses(spec: Contract, settings: Settings):
    """A PATCH of other fields that writes a text back, having read it wrong."""

    def bend(called: str, body: Body, row: Body) -> Body:
        text = row.get("iban")
        return {"iban": text.rstrip("\n"), **body} if called == "PATCH" and isinstance(text, str) else body

    assert broken(judged(spec, settings, Backend(bend=bend), "patch/keeps-omitted")) == ["patch/keeps-omitted"]


def test_a_representation_that_shows_a_value_wrong(spec: Contract, settings: Settings):
    """The detailed list escapes what the others show as it is."""
    backend = Backend(show=lambda path, text: text.replace("&lt;", "<") if path.endswith("detailed") else text)

    assert "patch/sets-description" in broken(judged(spec, settings, backend, "patch/sets-description"))


def _stored(backend: Backend) -> Bend:
    def bend(called: str, body: Body, row: Body) -> Body:
        if called == "PUT" and body.get("quantity") == 0 and isinstance(body.get("iban"), str):
            row["iban"] = body["iban"]
        return body

    return bend


def test_a_refused_update_that_stores_what_stood_beside(spec: Contract, settings: Settings):
    """Alone the broken value changes nothing; beside a valid one it does."""
    backend = Backend()
    backend.bend = _stored(backend)

    assert broken(judged(spec, settings, backend, "put/refuses-*")) == ["put/refuses-minimum-quantity"]


def test_a_check_that_another_field_turns_off(spec: Contract, settings: Settings):
    """A broken quantity is accepted where a description stands beside it."""

    def bend(called: str, body: Body, row: Body) -> Body:
        off = called == "PATCH" and body.get("quantity") == 0 and "description" in body
        return {**body, "quantity": 1} if off else body

    assert broken(judged(spec, settings, Backend(bend=bend), "patch/refuses-*")) == ["patch/refuses-minimum-quantity"]


@pytest.mark.parametrize(
    ("when", "then"),
    [
        (lambda body, row: body.get("iban", 1) is None and "holder_name" in body, {"holder_name": None}),
        (lambda body, row: row.get("status") == "confirmed" and "quantity" in body, {"quantity": 7}),
        (lambda body, row: body.get("description") == "" and body.get("quantity", 1) is None, {"quantity": 5}),
    ],
    ids=["null beside", "in one state", "empty beside null"],
)
def test_fields_that_disturb_each_other(spec: Contract, settings: Settings, when: Callable[..., bool], then: Body):
    """Two fields sent together, or one in a state of the record, with the fewest fields that show it."""

    def bend(called: str, body: Body, row: Body) -> Body:
        return {**body, **then} if called == "PATCH" and when(body, row) else body

    verdict = judged(spec, settings, Backend(bend=bend), "patch/combines", "put/combines")

    assert broken(verdict) == ["patch/combines"]
    sent = [answer.request_body for answer in verdict.broken[0].exchanges if answer.method == "PATCH"]
    assert 1 <= len(sent[-1]) <= 2


def test_creates_that_fields_together_disturb(spec: Contract, settings: Settings):
    """A create with an empty text beside null stores a quantity of its own."""

    def bend(called: str, body: Body, row: Body) -> Body:
        wrong = called == "POST" and body.get("iban") == "" and body.get("holder_name", 1) is None
        return {**body, "quantity": 9} if wrong else body

    assert broken(judged(spec, settings, Backend(bend=bend), "create/combines")) == ["create/combines"]


def test_a_first_value_that_depends_on_what_is_sent(spec: Contract, settings: Settings):
    """A refund of many begins with the flag set."""

    def bend(called: str, body: Body, row: Body) -> Body:
        large = isinstance(body.get("quantity"), int) and body["quantity"] > 500 and called == "POST"
        return {**body, "holder_name": body.get("holder_name"), "large": True} if large else body

    backend = Backend(bend=bend)
    add = backend.add

    def flagged(channel: int, body: Body) -> Body:
        row = add(channel, body)
        row["fully_refund_as_loyalty_money"] = "large" in body
        return row

    backend.add = flagged  # type: ignore[method-assign]

    assert broken(judged(spec, settings, backend, "create/initial-state")) == ["create/initial-state"]


def test_a_change_whose_time_is_not_noted(spec: Contract, settings: Settings):
    """A PATCH with one quantity leaves the time of the change as it was."""
    backend = Backend(stamps=lambda method, body: method != "PATCH" or body.get("quantity") != 65536)

    assert broken(judged(spec, settings, backend, "patch/advances-*", "put/advances-*")) == ["patch/advances-modified"]


def test_a_check_that_one_state_turns_off(spec: Contract, settings: Settings):
    """A record that is no longer new takes a type that there is not."""

    def bend(called: str, body: Body, row: Body) -> Body:
        off = called == "PATCH" and row.get("status") != "waiting" and body.get("cancellation_type") not in TYPES
        return {name: value for name, value in body.items() if name != "cancellation_type" or not off}

    found = broken(judged(spec, settings, Backend(bend=bend), "patch/refuses-*"))

    assert "patch/refuses-enum-cancellation_type" in found
