"""Requests are the budget: one record carries many values, one answer feeds many rules, nothing is asked in vain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import pairwise

import pytest
from tiny_target import TinyTarget

from cancelkit.contract_tests.configuration.settings import Profile, Settings
from cancelkit.contract_tests.engine.session import Session, open_session
from cancelkit.contract_tests.machine import machine
from cancelkit.contract_tests.observing.filters_found import answered
from cancelkit.contract_tests.observing.history_views import TURNS, Observer
from cancelkit.contract_tests.observing.listing import listings
from cancelkit.contract_tests.observing.refusals_walk import walk
from cancelkit.contract_tests.observing.writes import left_alone
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.rules.filters.combinations_plan import NO, array
from cancelkit.contract_tests.rules.records.actions import acted_from
from cancelkit.contract_tests.rules.records.arrivals import came, ways
from cancelkit.mockserver.local import LocalMock
from cancelkit.spec import Contract, Role


@pytest.fixture
def session(target: TinyTarget, settings: Settings, spec: Contract) -> Iterator[Session]:
    """A run of the profile standard; what its beginning sent is not counted."""
    with open_session(replace(settings, profile=Profile.STANDARD), spec, transport=target.transport) as opened:
        opened.context("a").sample()
        target.seen.clear()
        yield opened


def sent(target: TinyTarget) -> list[tuple[str, str, bytes]]:
    return [(request.method, request.url.raw_path.decode(), request.content) for request in target.seen]


def test_an_answer_serves_each_rule_about_a_filter(session: Session, target: TinyTarget):
    """The second rule asks nothing; a rule that is observed again asks anew."""
    one = listings(session.contract)[0]
    first = answered(session.context("filters/a"), one, {"status": "waiting"})
    other = answered(session.context("filters/b"), one, {"status": "waiting"})

    assert first == other
    assert len(sent(target)) == 1

    answered(session.context("filters/b", again=True), one, {"status": "waiting"})

    assert len(sent(target)) == 2


@pytest.mark.parametrize(("again", "reads"), [(False, 1), (True, 3)])
def test_a_record_that_must_stand_is_read_once(session: Session, target: TinyTarget, again: bool, reads: int):
    """After the last of the calls; after each where it is to be told which one changed it."""
    context = session.context("a", again=again)
    row = context.create()
    target.seen.clear()
    wrong = [partial(context.call, Role.PARTIAL_UPDATE, id=row["id"], body={"status": name}) for name in "abc"]
    found = left_alone(context, row, wrong)

    assert [answer.status for answer, _ in found] == [400] * 3
    assert all(after == row for _, after in found)
    assert Counter(method for method, _, _ in sent(target)) == {"PATCH": 3, "GET": reads}


def test_the_state_machine_repeats_no_call_that_was_refused(spec: Contract):
    """While its record stands; after a write that was accepted the same call is another one."""
    with LocalMock() as mock:
        settings = Settings(mock.url, token="any", other_scope=(6,), profile=Profile.STANDARD)
        with open_session(settings, spec, transport=mock.transport) as opened:
            context = opened.context("machine/two-channels")
            found = machine.observe(True, context)
    told: dict[str, set[tuple[str, str, str]]] = {}
    writes, twice = 0, []
    for answer in context.trace:
        record = told.setdefault(answer.record, set())
        if answer.method == "GET" or not answer.record:
            continue
        call, writes = (answer.method, answer.url, str(answer.request_body)), writes + 1
        if answer.ok:
            record.clear()
        elif call in record:
            twice.append(call)
        else:
            record.add(call)

    assert found["complaints"] == []
    assert writes > 50
    assert twice == []


def test_keys_of_several_references_are_tried_together(target: TinyTarget, settings: Settings, spec: Contract):
    """As many creates as the longer list has keys; those refused together are tried apart, and one is sent twice."""
    keys = {"order_item": (1, 2, 3, 99), "reason": (1, 2)}
    with open_session(replace(settings, references=keys), spec, transport=target.transport) as opened:
        creates = [path for method, path, _ in sent(target) if method == "POST" and "/channel/5/" in path]
        found = opened.ground.references

    assert found == {"order_item": (1, 2, 3), "reason": (1, 2)}
    assert len(creates) == 4 + 1 + 1


def test_each_two_filters_stand_in_one_query_and_few_others_do(spec: Contract):
    """Every filter stands first as often as second, so that its values, limits and pages need no more queries."""
    for one in listings(spec):
        rows = array(one, 2)
        names = {row.one for row in rows} - {NO}
        pairs = Counter(frozenset((row.one, row.other)) for row in rows)

        assert all(pairs[frozenset((name, other))] for name in names for other in names - {name})
        assert len(rows) < 1.1 * len(pairs)


def test_refusals_take_one_record_along_the_states(session: Session, target: TinyTarget):
    """Six states are three ways from a new record on: to rejected, to confirmed, and over approved to completed."""
    operation = session.context("a").operation(Role.PARTIAL_UPDATE)
    found = walk(session.context("patch/refuses"), operation)

    assert Counter(method for method, _, _ in sent(target))["POST"] == 3
    assert {one.state for one in found.tries} - {None} == set(session.contract.resource.transitions.statuses)


def test_a_way_to_a_state_is_gone_once_for_all_rules(session: Session, target: TinyTarget):
    """And once more by a rule that is observed again."""
    moves = session.contract.resource.transitions
    way = ways(session.contract, 2)[0]
    first, other = (came(session.context(id), moves, way) for id in ("transitions/a", "transitions/b"))
    before = len(target.seen)

    assert first is other
    assert came(session.context("transitions/b", again=True), moves, way) is not first
    assert len(target.seen) > before


def test_an_action_in_a_state_is_judged_twice_and_asked_once(session: Session, target: TinyTarget):
    """Whether it happens, and whether it moves the time of the change."""
    (operation,) = session.contract.actions
    one, other = (acted_from(operation, operation.action, "waiting", session.context(id)) for id in ("a", "b"))

    assert one is other
    assert [method for method, path, _ in sent(target) if "/reject/" in path] == ["POST"]


def test_each_kind_of_write_is_seen_in_each_view_by_turns(session: Session, spec: Contract):
    """Two looks show all four views, and each look one that shows every detail."""
    context = session.context("history/every-view")
    row = context.create()
    observer = Observer(context, Records(spec), (row,))
    looks = [observer.look(row["id"], "patch") for _ in range(4)]
    shown = [tuple(view.where for view in look.views) for look in looks]

    assert all(set(one) != set(other) for one, other in pairwise(shown))
    assert {name for one in shown for name in one} == {spec.role(role).id for turn in TURNS for role in turn}
