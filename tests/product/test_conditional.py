"""Faults that show only under a condition (a combination, a history, who asks), planted before the mock."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from cancelkit.contract_tests.configuration.settings import Profile, Settings
from cancelkit.contract_tests.engine.registry import every_rule
from cancelkit.contract_tests.engine.run import execute
from cancelkit.contract_tests.engine.verdict import Outcome, Verdict
from cancelkit.contract_tests.reports.json_report import as_data
from cancelkit.mockserver.local import LocalMock
from cancelkit.mockserver.settings import Settings as MockSettings
from cancelkit.spec import load

TOKEN = "aB3-long-key-of-a-test"
Next = Callable[[httpx.Request], httpx.Response]
Fault = Callable[[httpx.Request, Next, dict[Any, Any]], httpx.Response]
SPEC = load()
RULES = every_rule(SPEC)


class Planted(httpx.BaseTransport):
    """The mock behind a fault, which may remember."""

    def __init__(self, inner: httpx.BaseTransport, fault: Fault) -> None:
        self.inner, self.fault, self.memory = inner, fault, dict[Any, Any]()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.fault(request, self.inner.handle_request, self.memory)


def verdict_on(fault: Fault, rule: str, profile: Profile) -> Verdict:
    settings = Settings(
        LocalMock.url, scope=(5,), other_scope=(6,), token=TOKEN, profile=profile, strict=True, schemathesis=False
    )
    with LocalMock(MockSettings(port=0, tokens=(TOKEN,)), contract=SPEC) as mock:
        chosen = [one for one in RULES if one.id == rule]
        return execute(settings, SPEC, rules=chosen, transport=Planted(mock.transport, fault))


def right(request: httpx.Request, call: Next, _: dict[Any, Any]) -> httpx.Response:
    return call(request)


def remade(request: httpx.Request, **changes: Any) -> httpx.Request:
    sent = {"headers": request.headers, "content": request.read(), "method": request.method, "url": request.url}
    return httpx.Request(**{**sent, **changes})


def record(request: httpx.Request) -> str:
    found = re.search(r"cancellation_requests/(\d+)", request.url.path)
    return found[1] if found else ""


def copied(answer: httpx.Response) -> httpx.Response:
    kept = {name: value for name, value in answer.headers.items() if name != "content-length"}
    return httpx.Response(answer.status_code, headers=kept, content=answer.read())


def put_leaves_cache(request: httpx.Request, call: Next, cache: dict[Any, Any]) -> httpx.Response:
    """The detailed view is kept until a PATCH or an action; a PUT does not make it anew."""
    if request.method == "GET" and request.url.path.endswith("/detailed/"):
        if record(request) not in cache:
            cache[record(request)] = copied(call(request))
        return copied(cache[record(request)])
    if request.method in ("PATCH", "POST", "DELETE"):
        cache.pop(record(request), None)
    return call(request)


def second_change_is_lost(request: httpx.Request, call: Next, seen: dict[Any, Any]) -> httpx.Response:
    """Of two PATCHes of one record in a row the second is answered as if it had changed nothing."""
    if request.method in ("PUT", "POST", "DELETE"):
        seen.pop(record(request), None)
    if request.method != "PATCH":
        return call(request)
    if seen.pop(record(request), False):
        return call(
            remade(request, content=b"{}", headers={n: v for n, v in request.headers.items() if n != "content-length"})
        )
    seen[record(request)] = True
    return call(request)


def old_state_stays_filtered(request: httpx.Request, call: Next, gone: dict[Any, Any]) -> httpx.Response:
    """A record that was rejected after a PUT is not found by its new state."""
    if request.method == "PUT":
        gone[record(request)] = "put"
    elif request.method == "POST" and request.url.path.endswith("/reject/") and gone.get(record(request)) == "put":
        gone[record(request)] = "lost"
    answer, asked = call(request), request.url.params.get("status")
    if request.method != "GET" or asked != "rejected" or answer.status_code != 200:
        return answer
    page = json.loads(answer.read())
    rows = [row for row in page["results"] if gone.get(str(row["id"])) != "lost"]
    return httpx.Response(
        200, json={**page, "results": rows, "count": page["count"] - len(page["results"]) + len(rows)}
    )


def filter_lost_on_long_pages(request: httpx.Request, call: Next, _: dict[Any, Any]) -> httpx.Response:
    """A limit above 50 makes the list forget the state that was asked for."""
    if int(request.url.params.get("limit", "0") if request.url.params.get("limit", "0").isdigit() else 0) > 50:
        return call(remade(request, url=request.url.copy_remove_param("status")))
    return call(request)


def second_filter_lost(request: httpx.Request, call: Next, _: dict[Any, Any]) -> httpx.Response:
    """The state of the plan is not looked at when the first name of a customer is."""
    asked = request.url.params
    if "customer_first_name" in asked and "cancellation_plan_status" in asked:
        return call(remade(request, url=request.url.copy_remove_param("cancellation_plan_status")))
    return call(request)


def third_page_is_the_second(request: httpx.Request, call: Next, _: dict[Any, Any]) -> httpx.Response:
    """Pages are cut wrongly from the third on, where there is a filter."""
    if request.url.params.get("page") == "3" and "date_placed__gte" in request.url.params:
        return call(remade(request, url=request.url.copy_set_param("page", "2")))
    return call(request)


def cut_key_deletes(request: httpx.Request, call: Next, _: dict[Any, Any]) -> httpx.Response:
    """DELETE compares only the beginning of the key."""
    if request.method == "DELETE" and request.headers.get("authorization") == f"Token {TOKEN[:-1]}":
        return call(remade(request, headers={**request.headers, "authorization": f"Token {TOKEN}"}))
    return call(request)


def key_in_the_query_reads(request: httpx.Request, call: Next, _: dict[Any, Any]) -> httpx.Response:
    """The list takes a key from the query."""
    if request.method == "GET" and request.url.params.get("api_key") == TOKEN:
        return call(remade(request, headers={**request.headers, "authorization": f"Token {TOKEN}"}))
    return call(request)


def deleted_is_told(request: httpx.Request, call: Next, gone: dict[Any, Any]) -> httpx.Response:
    """PATCH of a deleted record says that there was one."""
    answer = call(request)
    if request.method == "DELETE" and answer.status_code == 204:
        gone[record(request)] = True
    if request.method == "PATCH" and answer.status_code == 404 and record(request) in gone:
        return httpx.Response(404, json={"detail": "This request was deleted.", "code": "not_found"})
    return answer


def wrong_body_tells(request: httpx.Request, call: Next, made: dict[Any, Any]) -> httpx.Response:
    """The body of a PUT is looked at before the record, where there is one in any channel."""
    answer = call(request)
    if request.method == "POST" and answer.status_code == 201:
        made[str(json.loads(answer.read())["id"])] = True
    if request.method == "PUT" and answer.status_code == 404 and record(request) in made and request.read() == b"{":
        return httpx.Response(400, json={"detail": "No JSON.", "code": "parse_error"})
    return answer


def put_state_can_be_left(request: httpx.Request, call: Next, put: dict[Any, Any]) -> httpx.Response:
    """What was completed by PUT is not rejected as final: reject answers 200."""
    answer = call(request)
    if request.method == "PUT" and answer.status_code == 200 and b'"completed"' in request.read():
        put[record(request)] = answer.read()
    if request.url.path.endswith("/reject/") and answer.status_code == 400 and record(request) in put:
        return httpx.Response(200, json=json.loads(put[record(request)]))
    return answer


def together_refused(request: httpx.Request, call: Next, under: dict[Any, Any]) -> httpx.Response:
    """A PUT that comes soon after a reject of another record is a 409."""
    if request.url.path.endswith("/reject/"):
        under["reject"] = record(request)
    elif request.method == "PUT" and under.pop("reject", record(request)) != record(request):
        return httpx.Response(409, json={"detail": "Locked.", "code": "locked"})
    return call(request)


def coarse(request: httpx.Request, call: Next, _: dict[Any, Any]) -> httpx.Response:
    """Times are shown, and kept, in whole seconds."""
    answer = copied(call(request))
    text = re.sub(r"(:\d\d)\.\d+Z", r"\1Z", answer.text)
    return httpx.Response(answer.status_code, headers=answer.headers, text=text) if answer.text else answer


def approved_keeps_its_time(request: httpx.Request, call: Next, kept: dict[Any, Any]) -> httpx.Response:
    """A reject of what is approved does not move modified_date, which is in whole seconds."""
    if request.url.path.endswith("/reject/"):
        before = coarse(remade(request, method="GET", url=str(request.url).removesuffix("reject/")), call, {}).json()
        if before.get("status") == "approved":
            kept[record(request)] = before["modified_date"]
    answer = coarse(request, call, {})
    if record(request) not in kept or answer.status_code != 200:
        return answer
    return httpx.Response(200, json={**answer.json(), "modified_date": kept[record(request)]})


def foreign_beside_foreign(request: httpx.Request, call: Next, _: dict[Any, Any]) -> httpx.Response:
    """Of two foreign keys in one PUT only the first is looked at, and that only alone."""
    answer = call(request)
    if request.method == "PUT" and answer.status_code == 400 and {"order_item", "reason"} <= answer.json().keys():
        return call(remade(request, method="GET"))
    return answer


def rejected_stays_refused(request: httpx.Request, call: Next, by: dict[Any, Any]) -> httpx.Response:
    """PATCH may not name the state rejected of what the action rejected."""
    if request.url.path.endswith("/reject/"):
        by[record(request)] = True
    if request.method == "PATCH" and record(request) in by and b'"rejected"' in request.read():
        return httpx.Response(400, json={"status": ["Final."], "code": "invalid"})
    return call(request)


def deleted_is_given_again(request: httpx.Request, call: Next, seen: dict[Any, Any]) -> httpx.Response:
    """A create with the body of what was deleted just before gives that one."""
    gone = seen.pop("gone", None)
    if request.method == "DELETE":
        seen["gone"] = record(request)
    if request.method != "POST" or record(request):
        return call(request)
    if gone in seen and seen[gone][0] == request.read():
        return httpx.Response(201, json=seen[gone][1])
    answer = call(request)
    if answer.status_code == 201:
        seen[str(answer.json()["id"])] = request.read(), answer.json()
    return answer


def rejected_counts_on(request: httpx.Request, call: Next, seen: dict[Any, Any]) -> httpx.Response:
    """What was rejected and then deleted is taken off the count twice."""
    answer = call(request)
    if request.url.path.endswith("/reject/") and answer.status_code == 200:
        seen[record(request)] = True
    if request.method == "DELETE" and answer.status_code == 204 and seen.pop(record(request), False):
        seen["less"] = seen.get("less", 0) + 1
    if request.method == "GET" and not record(request) and answer.status_code == 200 and "count" in answer.json():
        return httpx.Response(200, json={**answer.json(), "count": answer.json()["count"] - seen.get("less", 0)})
    return answer


def later_page_is_old(request: httpx.Request, call: Next, seen: dict[Any, Any]) -> httpx.Response:
    """Page 2 counts what page 1 did."""
    answer, asked = call(request), request.url.params
    if request.method != "GET" or answer.status_code != 200 or asked.get("page") not in ("1", "2"):
        return answer
    known = str(request.url.copy_remove_param("page"))
    if asked["page"] == "1":
        seen[known] = answer.json()["count"]
    return httpx.Response(200, json={**answer.json(), "count": seen.get(known, answer.json()["count"])})


def pages_outlive_creates(request: httpx.Request, call: Next, kept: dict[Any, Any]) -> httpx.Response:
    """Pages of a limit are kept from the second look on until the next write, but for a create."""
    asked = str(request.url)
    if request.method != "GET" or "limit" not in request.url.params:
        if request.method in ("PUT", "PATCH", "DELETE") or request.url.path.endswith("/reject/"):
            kept.clear()
        return call(request)
    if kept.get(asked) is not None:
        return httpx.Response(200, content=kept[asked], headers={"content-type": "application/json"})
    answer = call(request)
    kept[asked] = answer.read() if asked in kept and answer.status_code == 200 else None
    return answer


def counted_before(request: httpx.Request, call: Next, _: dict[Any, Any]) -> httpx.Response:
    """The count of a list is of a moment before its rows."""
    answer = call(request)
    if request.method != "GET" or answer.status_code != 200 or "count" not in answer.json():
        return answer
    time.sleep(0.05)
    then = call(request)
    return httpx.Response(200, json={**then.json(), "count": answer.json()["count"]}) if then.is_success else then


def faults_of_another(request: httpx.Request, call: Next, last: dict[Any, Any]) -> httpx.Response:
    """A refused create is told the faults of the one that was refused last."""
    answer = call(request)
    if request.method != "POST" or answer.status_code != 400 or record(request):
        return answer
    last["faults"] = answer.json()
    time.sleep(0.05)
    return httpx.Response(400, json=last["faults"])


def refused_record_stays_locked(request: httpx.Request, call: Next, locked: dict[Any, Any]) -> httpx.Response:
    """A record whose update was refused while another one was under way takes no further one."""
    if request.method not in ("PUT", "PATCH"):
        return call(request)
    locked["running"] = locked.get("running", 0) + 1
    time.sleep(0.05)
    answer, beside = call(request), locked["running"] > 1
    locked["running"] -= 1
    locked[record(request)] = locked.get(record(request), False) or (beside and answer.status_code == 400)
    if locked[record(request)] and answer.status_code == 200:
        return httpx.Response(409, json={"detail": "Locked.", "code": "locked"})
    return answer


def flag_makes_refund(request: httpx.Request, call: Next, _: dict[Any, Any]) -> httpx.Response:
    """PATCH of the flag alone, true, makes a cancel a refund."""
    if request.method == "PATCH" and json.loads(request.read() or b"0") == {"fully_refund_as_loyalty_money": True}:
        body = b'{"fully_refund_as_loyalty_money": true, "cancellation_type": "refund"}'
        kept = {n: v for n, v in request.headers.items() if n != "content-length"}
        return call(remade(request, content=body, headers=kept))
    return call(request)


def prefix_beside_email(request: httpx.Request, call: Next, _: dict[Any, Any]) -> httpx.Response:
    """Beside an e-mail a first name is not compared to its end."""
    asked = request.url.params
    if "customer_first_name" in asked and "customer_email" in asked:
        whole = call(remade(request, url=request.url.copy_remove_param("customer_first_name")))
        if whole.status_code == 200 and call(request).json().get("count") == 0:
            shown = [row for row in whole.json()["results"] if asked["customer_first_name"] in str(row)]
            return httpx.Response(200, json={**whole.json(), "results": shown, "count": len(shown)})
    return call(request)


def state_orders_by_change(request: httpx.Request, call: Next, _: dict[Any, Any]) -> httpx.Response:
    """Beside a state the rows of a page are ordered by when they were changed."""
    answer = call(request)
    if request.method != "GET" or "status" not in request.url.params or answer.status_code != 200:
        return answer
    rows = sorted(answer.json()["results"], key=lambda row: row["modified_date"])
    return httpx.Response(200, json={**answer.json(), "results": rows})


@pytest.mark.parametrize(
    ("fault", "rule", "profile"),
    [
        (foreign_beside_foreign, "isolation/put-reason", Profile.QUICK),
        (rejected_stays_refused, "transitions/ways-to-rejected", Profile.STANDARD),
        (deleted_is_given_again, "delete/id-not-reused", Profile.QUICK),
        (rejected_counts_on, "delete/not-counted", Profile.QUICK),
        (later_page_is_old, "paging/list/page-of-now", Profile.QUICK),
        (pages_outlive_creates, "paging/list/page-of-now", Profile.STANDARD),
        (counted_before, "concurrency/reads-beside-delete", Profile.STANDARD),
        (faults_of_another, "concurrency/refused-together", Profile.QUICK),
        (refused_record_stays_locked, "concurrency/refused-together", Profile.STANDARD),
        (flag_makes_refund, "patch/changes-fully_refund_as_loyalty_money", Profile.QUICK),
        (prefix_beside_email, "filters/list-detailed/all-of-one-record", Profile.STANDARD),
        (state_orders_by_change, "paging/list/order-after-write", Profile.STANDARD),
        (put_leaves_cache, "history/every-view", Profile.QUICK),
        (second_change_is_lost, "history/every-view", Profile.STANDARD),
        (old_state_stays_filtered, "history/every-view", Profile.STANDARD),
        (filter_lost_on_long_pages, "filters/list/combinations", Profile.STANDARD),
        (second_filter_lost, "filters/list/combinations", Profile.STANDARD),
        (third_page_is_the_second, "filters/list-detailed/combinations", Profile.STANDARD),
        (cut_key_deletes, "security/delete/near-key", Profile.STANDARD),
        (key_in_the_query_reads, "security/list/near-key", Profile.STANDARD),
        (deleted_is_told, "delete/as-unknown-for-patch", Profile.QUICK),
        (wrong_body_tells, "isolation/update/as-unknown", Profile.STANDARD),
        (put_state_can_be_left, "transitions/ways-to-completed", Profile.QUICK),
        (together_refused, "concurrency/at-once/put-and-reject", Profile.STANDARD),
    ],
)
def test_a_conditional_fault_is_found(fault: Fault, rule: str, profile: Profile):
    """By the rule that is about it; which finds nothing where there is no fault."""
    verdicts = [verdict_on(planted, rule, profile) for planted in (right, fault)]
    found = [finding.outcome for verdict in verdicts for finding in verdict.findings if finding.rule_id == rule]

    assert found == [Outcome.PASSED, Outcome.FAILED]


def test_times_in_whole_seconds_are_waited_for():
    """In each state that allows an action; a server whose clock is so coarse is not blamed."""
    rule, found = "reject/advances-modified", []
    for planted in (coarse, approved_keeps_its_time):
        verdict = verdict_on(planted, rule, Profile.QUICK)
        found += [finding.outcome for finding in verdict.findings if finding.rule_id == rule]

    assert found == [Outcome.PASSED, Outcome.FAILED]


def test_what_was_tried_of_the_key_stands_in_no_report():
    """Neither the key nor its parts, its other case or its base64."""
    report = json.dumps(as_data(verdict_on(cut_key_deletes, "security/delete/near-key", Profile.STANDARD)))

    assert "$TOKEN-without-its-last-letter" in report
    assert [
        part for part in (TOKEN[:-1], TOKEN[1:], TOKEN.swapcase(), TOKEN[: len(TOKEN) // 2]) if part in report
    ] == []


def test_a_target_that_knows_every_key_is_not_blamed():
    """The mock without keys of its own accepts any but one."""
    settings = Settings(LocalMock.url, scope=(5,), token=TOKEN, profile=Profile.QUICK, schemathesis=False)
    with LocalMock(MockSettings(port=0), contract=SPEC) as mock:
        chosen = [one for one in RULES if one.id == "security/list/near-key"]
        verdict = execute(settings, SPEC, rules=chosen, transport=mock.transport)

    assert [f.outcome for f in verdict.findings if f.rule_id == chosen[0].id] == [Outcome.SKIPPED]
