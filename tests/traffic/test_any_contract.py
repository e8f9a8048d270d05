"""The judge follows the contract that it is given: other names, ids and paths, and parts that are not there."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cancelkit.contract_tests.check.judging import judge_files
from cancelkit.contract_tests.check.selecting import Wanted
from cancelkit.mockserver.journal.calls import CallReader
from cancelkit.mockserver.journal.ring import Entry
from cancelkit.spec import Contract, load
from cancelkit.spec.points import POINTS
from cancelkit.spec.reading import read_contract
from cancelkit.traffic import CODES, Exchange, Judge, codes
from cancelkit.traffic.har import har_entry, har_log
from cancelkit.traffic.paths import Paths, prefixes
from tests.traffic.contracts import contract

HOST = "https://shop.example"
REVIEWS = f"{HOST}/api/v2/countries/tr/shops/green-tea/reviews"
ID = "0B5E7A4E-0000-4000-8000-000000000001"
OTHER = "0b5e7a4e-0000-4000-8000-000000000002"
ONE: dict[str, Any] = {
    "id": ID.lower(),
    "serial": "0b5e7a4e-0000-4000-8000-00000000000a",
    "created": "2025-03-01T10:00:00Z",
    "state": "pending",
    "rating": 4,
    "price": "12.50",
    "product": {"id": 3, "sku": "T-1"},
}
JSON = (("content-type", "application/json"),)
KEYED = (*JSON, ("X-Shop", "secret-key-1"))


def call(
    method: str = "GET",
    url: str = f"{REVIEWS}/{ID}",
    status: int = 200,
    answer: Any = ONE,
    body: Any = None,
    at: float = 1.0,
    sent: tuple[tuple[str, str], ...] = KEYED,
) -> Exchange:
    got = b"" if answer is None else json.dumps(answer).encode()
    data = b"" if body is None else json.dumps(body).encode()
    return Exchange(method, url, sent, data, status, JSON if got else (), got, started=at, seconds=0.1)


def page(*rows: Any, **more: Any) -> dict[str, Any]:
    return {"count": len(rows), "next": None, "previous": None, "results": [*rows], **more}


def found(which: Contract, *exchanges: Exchange) -> list[tuple[str, str]]:
    judge, all_ = Judge(which), []
    for exchange in exchanges:
        judgement = judge(exchange)
        assert judgement is not None
        all_ += [(finding.code, finding.place) for finding in judgement.findings]
    return all_


DRAFT = {"product": 3, "rating": 4, "price": "12.5"}


@pytest.mark.parametrize(
    "exchange",
    [
        call(),
        call(url=f"{REVIEWS}?rating__gte=3&product_sku=t-1", answer=page(ONE)),
        call(url=f"{REVIEWS}?ordering=-rating", answer=page({**ONE, "id": OTHER, "serial": OTHER}, ONE)),
        call("POST", REVIEWS, 201, body=DRAFT),
        call("POST", f"{REVIEWS}/{ID}/hide", answer={**ONE, "state": "hidden"}),
        call("DELETE", status=204, answer=None),
        call(status=404, answer={"reason": "no"}),
        call(status=418, answer={"reason": "teapot"}),
        call(status=405, answer={"reason": "no"}),
        call(url=REVIEWS.replace("/api/v2", "/backend/api/v2"), answer=page(ONE)),
        call(status=502, answer=None),
    ],
)
def test_good_traffic_of_another_api_is_left_alone(exchange: Exchange) -> None:
    """Uuids in any case, two scopes, ranges of statuses, opened references, decimals; what no behaviour promises."""
    assert found(contract("reviews"), exchange) == []


@pytest.mark.parametrize(
    ("exchange", "code", "place"),
    [
        (call(answer={**ONE, "id": OTHER}), "wrong-record", "response.id"),
        (call(url=f"{REVIEWS}/7", status=404, answer={"reason": "x"}), "invalid-parameter", "path.review_id"),
        (call(url=REVIEWS.replace("/tr/", "/TUR/"), answer=page()), "invalid-parameter", "path.country"),
        (call("POST", REVIEWS, 201, body={**DRAFT, "product": 4}), "not-applied", "response.product.id"),
        (call("POST", REVIEWS, 201, body={**DRAFT, "price": "12.51"}), "not-applied", "response.price"),
        (call("POST", REVIEWS, 201, {**ONE, "state": "hidden"}, DRAFT), "wrong-status-after", "response.state"),
        (call("POST", f"{REVIEWS}/{ID}/hide"), "wrong-status-after", "response.state"),
        (call("POST", REVIEWS, 400, {"reason": "x"}, body={**DRAFT, "rating": 6}), "invalid-field", "body.rating"),
        (call("POST", REVIEWS, 400, {"reason": "x"}, body={**DRAFT, "serial": "x"}), "read-only-field", "body.serial"),
        (call(url=f"{REVIEWS}?rating__gte=5", answer=page(ONE)), "filter-mismatch", "response.results.0.rating"),
        (call(url=f"{REVIEWS}?product_sku=x", answer=page(ONE)), "filter-mismatch", "response.results.0.product.sku"),
        (call(url=f"{REVIEWS}?page_size=1", answer=page(ONE, {**ONE, "id": OTHER, "serial": OTHER})), "page-size",
         "response.results"),
        (call(status=404, answer={"detail": "x"}), "error-shape", "response.reason"),
        (call(status=200, sent=JSON), "unauthenticated", "response.status"),
        (call(status=302, answer=None), "undocumented-status", "response.status"),
        (call(url=f"{REVIEWS}/"), "extra-slash", "path"),
    ],
)  # fmt: skip
def test_violations_are_found_by_the_contracts_own_names(exchange: Exchange, code: str, place: str) -> None:
    """Each at its place."""
    assert (code, place) in found(contract("reviews"), exchange)


@pytest.mark.parametrize(
    ("later", "code"),
    [
        ((call("DELETE", status=204, answer=None, at=2), call(at=3)), "came-back"),
        ((call("POST", REVIEWS, 201, body=DRAFT, at=2),), "id-reused"),
        ((call(at=2, answer={**ONE, "serial": OTHER}),), "identity-changed"),
        ((call(at=2, url=f"{REVIEWS}/{OTHER}", answer={**ONE, "id": OTHER}),), "uuid-shared"),
        ((call(at=2, url=f"{REVIEWS}/{ID}".replace("green-tea", "old-books")),), "wrong-channel"),
        ((call("POST", f"{REVIEWS}/{ID}/hide", at=2, answer={**ONE, "state": "hidden"}), call(at=3)), "left-final"),
        ((call(at=2, url=f"{REVIEWS}/{OTHER}", answer={**ONE, "id": OTHER, "serial": OTHER}),), None),
    ],
)
def test_the_past_counts_with_uuids_for_ids(later: tuple[Exchange, ...], code: str | None) -> None:
    """Deleted, given twice, changed, shared, in two scopes, out of a final state."""
    assert [c for c, _ in found(contract("reviews"), call(), *later)] == ([code] if code else [])


NOTE = {"slug": "a b", "weight": 1.0, "tags": ["x"]}


@pytest.mark.parametrize(
    ("exchange", "codes_"),
    [
        (call(url=f"{HOST}/notes/a%20b", answer=NOTE, sent=JSON), []),
        (call("POST", f"{HOST}/notes", 201, NOTE, {"slug": "a b", "weight": 1, "secret": "s", "tags": ["x"]}), []),
        (call("POST", f"{HOST}/notes", 201, NOTE, {"slug": "a b", "weight": 2}), ["not-applied"]),
        (call("POST", f"{HOST}/notes", 400, None, {"slug": "a" * 11}), ["invalid-field"]),
        (call("POST", f"{HOST}/notes", 400, None, {"slug": "a", "weight": 0.7}), ["invalid-field"]),
        (call("POST", f"{HOST}/notes", 400, None, {"slug": "a", "tags": ["x", "x"]}), ["invalid-field"]),
        (call("DELETE", f"{HOST}/notes/x", 200, {}), ["method-not-allowed"]),
        (call(url=f"{HOST}/notes/x", answer=NOTE), ["wrong-record"]),
        (call(url=f"{HOST}/notes", answer=page({**NOTE, "slug": "b"}, {**NOTE, "slug": "a"})), []),
        (call(url=f"{HOST}/notes/x", status=500, answer=None), []),
        (call(url=f"{HOST}/notes/x", status=404, answer=None), []),
    ],
)
def test_a_contract_with_next_to_nothing(exchange: Exchange, codes_: list[str]) -> None:
    """No scope, key, state, behaviours, filters or paging: what is not said is not judged."""
    assert [code for code, _ in found(contract("notes"), exchange)] == codes_


def test_codes_without_a_behaviour_are_not_there() -> None:
    """What a contract does not promise is no rule of a check, rather than one that is always kept."""
    applying = {code.id for code in codes(contract("notes"))}

    assert {"server-error", "came-back", "bare-key", "list-order"}.isdisjoint(applying)
    assert {"malformed-body", "schema", "wrong-record"} <= applying
    assert {code.id for code in codes(load())} == set(CODES)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("notes", ("",)), ("reviews", ("/backend/api/v2", "/api/v2"))],
)
def test_what_stands_in_front_of_paths(name: str, expected: tuple[str, ...]) -> None:
    """The contract's own root, and its servers' paths before it."""
    assert prefixes(contract(name)) == expected
    assert prefixes(load()) == ("/api/v1", "/api")


@pytest.mark.parametrize(
    ("named", "expected"),
    [({"/v7/": "/"}, ("/v7/api", "/api")), ({"/old/": "/api/"}, ("/old", "/api")), ({"/x/": "/y/"}, ("/api",))],
)
def test_aliases_stand_in_front_as_well(named: dict[str, str], expected: tuple[str, ...]) -> None:
    """Those of x-aliases, in place of a guess."""
    document = {**load().document, "x-aliases": named}

    assert prefixes(replace(load(), document=document)) == expected


BEHAVIOURS = tuple(load().behaviours)
URL = f"{HOST}/api/channel/5/cancellation_requests/"
ROW = {
    "id": 7,
    "uuid": ID,
    "created_date": "2025-03-01T10:00:00Z",
    "modified_date": "2025-03-01T10:00:00Z",
    "order_item": 1,
    "reason": 1,
    "cancellation_type": "cancel",
    "status": "waiting",
}
WRONG = [
    Exchange(method, url, (("Authorization", "bare"),), body, status, JSON, answer, started=at, seconds=0.1)
    for at, (method, url, body, status, answer) in enumerate(
        [
            (
                "GET",
                f"{URL}?status=rejected&limit=0&page=x&a=1&sku=",
                b"",
                200,
                json.dumps(page(ROW, ROW, ROW)).encode(),
            ),
            ("POST", URL, b'{"quantity": 0', 201, json.dumps({**ROW, "status": "rejected"}).encode()),
            ("POST", URL, b'{"quantity": 0}', 500, b"<html>"),
            ("PATCH", f"{URL}7", b'{"quantity": -1, "uuid": 3}', 200, json.dumps({**ROW, "uuid": OTHER}).encode()),
            ("POST", f"{URL}7/reject/", b"[]", 200, json.dumps(ROW).encode()),
            ("DELETE", f"{URL}7/", b"", 204, b"x"),
            ("GET", f"{URL}7/", b"", 200, json.dumps(ROW).encode()),
            ("TRACE", f"{URL}7/", b"", 405, b"{}"),
        ],
        1,
    )
]


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_a_behaviour_that_is_taken_out_is_not_judged(behaviour: str) -> None:
    """And nothing else changes: no traceback, no other finding."""
    document = deepcopy(dict(load().document))
    said = [document["x-behaviours"].pop(behaviour, None)]
    said += [document["x-choices"].pop(point.id) for point in POINTS.values() if behaviour in point.keeps]
    less = read_contract(document, fingerprint="")
    whole = {(f.code, f.place, f.message) for e in _judged(load()) for f in e}
    rest = {(f.code, f.place, f.message) for e in _judged(less) for f in e}

    assert any(said)
    assert behaviour not in less.behaviours
    assert rest <= whole
    assert all(code.applies(less) for code in (CODES[name] for name, _, _ in rest))


def _judged(which: Contract) -> list[Any]:
    judge = Judge(which)
    return [judgement.findings for exchange in WRONG if (judgement := judge(exchange))]


def test_check_judges_by_the_contract_it_is_given(tmp_path: Path) -> None:
    """With its own names in the complaints; a key under any name is in no report."""
    path = tmp_path / "a.har"
    har = har_log([har_entry(call(url=f"{REVIEWS}?colour=secret-key-1", answer=page(ONE)))], "test", "1")
    path.write_text(json.dumps(har), encoding="utf-8")
    verdict = judge_files(Wanted([path]), contract("reviews"))
    (finding,) = verdict.broken

    assert finding.rule_id == "client/undocumented-parameter"
    assert finding.complaints == ("findReviews, query.colour: findReviews has no parameter 'colour'",)
    assert "secret-key-1" not in repr(verdict)


def test_the_journal_reads_calls_of_another_api() -> None:
    """Operation and violations; also of calls that are none of the contract's."""
    reader = CallReader(contract("notes"))

    def entry(method: str, path: str, body: bytes = b"") -> Entry:
        kind = b"application/json" if body else None
        return Entry(1, 0.0, method, path, b"", 200, 0.0, None, False, kind, body, len(body), b"", 0, None)

    assert reader.operation(entry("POST", "/notes")) == "writeNote"
    assert reader.violations(entry("POST", "/notes", b'{"slug": "a"}')) == []
    assert [v.code for v in reader.violations(entry("POST", "/notes", b'{"slug": 1}'))] == ["invalid-field"]
    assert [v.code for v in reader.violations(entry("GET", "/elsewhere"))] == ["unknown-path"]


@pytest.mark.parametrize("name", ["review-id", "review.id", "1st"])
def test_a_path_parameter_may_have_any_name(name: str) -> None:
    """A call's path gives the value under the name that the contract writes."""
    document = json.loads(json.dumps(contract("reviews").document).replace("review_id", name))
    found = Paths(read_contract(document)).find("GET", "/api/v2/countries/tr/shops/green-tea/reviews/a%2Fb")

    assert found is not None
    assert found.operation is not None
    assert found.values == {"country": "tr", "shop": "green-tea", name: "a/b"}
