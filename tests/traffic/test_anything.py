"""Whatever a file or the wire holds: the judge, the reader of recordings and the reports end with a verdict."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cancelkit.contract_tests.check.judging import judge_files
from cancelkit.contract_tests.check.selecting import Wanted
from cancelkit.contract_tests.errors import CouldNotRun
from cancelkit.contract_tests.reports import html, json_report, junit, markdown
from cancelkit.spec import Contract, load
from cancelkit.spec.showing import showable, visible
from cancelkit.traffic import Exchange, Judge
from cancelkit.traffic.har import har_entry, har_log, read_har
from tests.traffic.contracts import contract

QUIET = settings(
    max_examples=int(os.environ.get("TRAFFIC_EXAMPLES", "50")), deadline=None, suppress_health_check=list(HealthCheck)
)
TEXT = st.text(
    st.one_of(st.characters(codec=None), st.sampled_from("\ud83d\udc00\x1b\x00\u202e\r\n,&=?/%+")), max_size=12
)
SCALAR = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    TEXT,
    st.sampled_from(["7", "waiting", "2025-01-01T00:00:00Z", "x/y"]),
)
VALUE: st.SearchStrategy[Any] = st.recursive(
    SCALAR, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)), max_leaves=8
)
NAMES = {
    "packaged": ["id", "uuid", "status", "reason", "order_item", "quantity", "results", "count", "next", "limit"],
    "reviews": ["id", "serial", "state", "rating", "price", "product", "results", "rating__gte", "ordering", "sku"],
    "notes": ["slug", "weight", "tags", "results", "count"],
}  # fmt: skip
PATHS = {
    "packaged": "/api/channel/5/cancellation_requests/",
    "reviews": "/api/v2/countries/tr/shops/green-tea/reviews",
    "notes": "/notes",
}
URL = f"http://h{PATHS['packaged']}"


def _contract(name: str) -> Contract:
    return load() if name == "packaged" else contract(name)


def _objects(name: str) -> st.SearchStrategy[Any]:
    state = _contract(name).resource.state
    fields = st.one_of(st.sampled_from([*NAMES[name], *([state] * 4 if state else [])]), TEXT)
    flat = st.dictionaries(fields, VALUE, max_size=6)
    return st.one_of(
        flat, st.dictionaries(fields, st.one_of(VALUE, flat, st.lists(flat, max_size=3)), max_size=6), VALUE
    )


@pytest.mark.parametrize("name", PATHS)
@given(data=st.data())
@QUIET
def test_the_judge_takes_anything(name: str, data: st.DataObject) -> None:
    """Any value of any field, any query, path, status, time and header."""
    body = st.one_of(
        st.none(),
        st.binary(max_size=20),
        _objects(name).map(lambda value: json.dumps(value).encode("utf-8", "replace")),
    )
    judge = Judge(_contract(name))
    for _ in range(3):
        query = data.draw(st.lists(st.tuples(st.one_of(st.sampled_from(NAMES[name]), TEXT), TEXT), max_size=3))
        rest = data.draw(
            st.sampled_from(["", "7", "7/", "/7", "/7/hide", "7/reject/", "detailed", "/%ff", "%zz/", "x" * 300])
        )
        exchange = Exchange(
            data.draw(st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "BREW"])),
            f"http://h{PATHS[name]}{rest}?{'&'.join(f'{n}={v}' for n, v in query)}",
            data.draw(
                st.lists(st.tuples(st.sampled_from(["content-type", "authorization", "X-Shop"]), TEXT)).map(tuple)
            ),
            data.draw(body),
            data.draw(st.sampled_from([0, 101, 200, 201, 204, 302, 304, 400, 404, 405, 418, 500, 999])),
            data.draw(st.lists(st.tuples(st.sampled_from(["content-type", "location", "allow"]), TEXT)).map(tuple)),
            data.draw(body),
            started=data.draw(st.sampled_from([0.0, 1.0, 2.0])),
        )
        judgement = judge(exchange)

        assert judgement is None or all(f.message.encode("utf-8") for f in judgement.findings)
        assert judge.client(exchange) is not None


@given(data=st.data())
@QUIET
def test_any_recording_ends_in_a_verdict_or_one_line(tmp_path: Path, data: st.DataObject) -> None:
    """Entries with anything in any place, in all reports, which are UTF-8 and steer no terminal."""
    keys = [
        "startedDateTime", "time", "request", "response", "cache", "timings", "method", "url", "headers", "postData",
        "text", "params", "encoding", "mimeType", "bodySize", "status", "content", "size", "name", "value",
    ]  # fmt: skip
    loose = st.dictionaries(st.sampled_from(keys), VALUE, max_size=5)
    odd = st.one_of(VALUE, loose, st.lists(loose, max_size=2))
    more = st.dictionaries(st.sampled_from(keys[8:]), odd, max_size=3)
    entry = st.fixed_dictionaries(
        {
            "startedDateTime": st.one_of(VALUE, st.just("2025-03-01T10:00:00Z")),
            "request": st.builds(
                lambda changes, text: {
                    "method": "POST", "url": f"{URL}?{text}", "postData": {"text": text}, **changes
                },
                more,
                TEXT,
            ),
            "response": st.builds(
                lambda changes, text: {"status": 200, "content": {"text": text}, **changes},
                more,
                TEXT,
            ),
        },
        optional={"time": VALUE, "cache": loose, "timings": VALUE, "_fetchType": VALUE},
    )  # fmt: skip
    entries = data.draw(st.lists(st.one_of(entry, loose), max_size=3))
    path = tmp_path / "a.har"
    path.write_text(json.dumps({"log": {"entries": entries}}), encoding="utf-8")
    try:
        verdict = judge_files(Wanted([path]), load())
    except CouldNotRun:
        return
    for report in (html, json_report, junit, markdown):
        assert report.render(verdict).encode("utf-8")


@given(body=st.one_of(st.none(), st.binary(max_size=30)), answer=st.one_of(st.none(), st.binary(max_size=30)))
@QUIET
def test_what_is_written_as_har_is_read_again(tmp_path: Path, body: bytes | None, answer: bytes | None) -> None:
    """Byte for byte; what was not known stays unknown."""
    kind = (("content-type", "application/json"),)
    exchange = Exchange("POST", "http://h/a", kind, body, 200, kind, answer, started=1740823200.5, seconds=0.25)
    path = tmp_path / "a.har"
    path.write_text(json.dumps(har_log([har_entry(exchange)], "t", "1")), encoding="utf-8")
    (again,) = read_har(path).exchanges

    assert (again.request_body, again.response_body) == (body, answer)
    assert (again.started, again.status, again.request_headers) == (exchange.started, 200, kind)


@given(TEXT)
@QUIET
def test_what_is_shown_steers_nothing(text: str) -> None:
    """No control character but line feed and tab, nothing that a file or a console can't hold."""
    shown = visible(text)

    assert not set(shown) & {chr(code) for code in (*range(9), *range(11, 32), *range(127, 160), 0x202E)}
    assert shown.encode("utf-8").decode("utf-8") == shown
    assert visible(shown) == shown
    for encoding in ("ascii", "cp1252", "utf-8"):
        assert len(showable(shown, encoding)) == len(shown)
