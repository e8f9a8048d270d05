"""Random sequences of calls over two channels, compared with the model after every step, and shrunk when they differ.

Owns: machine/one-channel, machine/two-channels.
Knows nothing of: how the model decides (see model.py).
Source: every operation of the spec but filters on data, which no client can make.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.machine.model import CREATE, PUT, Model, Outcome
from cancelkit.contract_tests.oracles import refusals
from cancelkit.contract_tests.oracles.instants import instant
from cancelkit.contract_tests.oracles.records import changed, lacks, plain
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules.writes import IBANS
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Level

PATCH, DELETE = "partialUpdateCancellationRequest", "deleteCancellationRequest"
RETRIEVE, RETRIEVE_DETAILED = "retrieveCancellationRequest", "retrieveCancellationRequestDetailed"
LIST, LIST_DETAILED = "listCancellationRequests", "listCancellationRequestsDetailed"
NOWHERE = 987_654_321
MOST_FAILURES = 60
TEXTS = ("a", "İğne ŞÇ", None)
_one_at_a_time = Lock()


class Differs(Exception):
    """The server answered other than the model: ends the example, and makes Hypothesis shrink it."""


@dataclass(slots=True)
class Search:
    """What the examples of one search share: the shortest sequence that differs, and whether it may go on."""

    bench: Bench
    channels: tuple[int, ...]
    steps_left: int
    failures: int = 0
    unclear: str = ""
    shortest: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return self.steps_left <= 0 or self.bench.over_time or bool(self.unclear) or self.failures >= MOST_FAILURES


class Machine(RuleBasedStateMachine):
    """One example: calls, each compared with the model at once."""

    def __init__(self, search: Search) -> None:
        super().__init__()
        bench = search.bench
        self.search, self.bench = search, bench
        tables = {bench.channel: {"order_items": bench.order_items, "reasons": bench.reasons}}
        if bench.other_channel is not None:
            tables[bench.other_channel] = {"order_items": bench.other_order_items, "reasons": bench.other_reasons}
        self.model = Model(bench.spec, tables)
        self.records: list[tuple[int, int]] = []
        self.log: list[str] = []

    @property
    def idle(self) -> bool:
        return self.search.over

    def step(self, what: str, call: Callable[[], Answer], judge: Callable[[Answer], Iterator[str]]) -> Answer | None:
        """Send a call, compare its answer; None where it was not sent because the search is over."""
        if self.idle:
            return None
        self.search.steps_left -= 1
        self.log.append(what)
        try:
            answer = call()
            complaints = list(judge(answer))
        except Inconclusive as error:
            self.search.unclear = str(error)
            return None
        if complaints:
            self.search.failures += 1
            if not self.search.shortest or len(self.log) < len(self.search.shortest):
                self.search.shortest, self.search.complaints = list(self.log), [f"{what}: {c}" for c in complaints]
            raise Differs(what)
        return answer

    def call(self, operation_id: str, channel: int, id: int, body: Any, outcome: Outcome) -> None:
        """Call about one record, then read it again."""
        more = {} if body is None else {"body": body}
        operation = self.bench.spec.operations[operation_id]
        what = (
            f"{operation.method} {operation.path.format(channel_id=channel, id=id)}{'' if body is None else f' {body}'}"
        )
        before = self.model.state(channel, id)
        send = partial(self.bench.call, operation_id, channel=channel, id=id, **more)
        answer = self.step(what, send, partial(differences, outcome, before))
        if answer is None:
            return
        self.model.settle(channel, id, outcome)
        home = next(channel for channel, known in self.records if known == id)
        then = self.model.retrieve(home, id)
        again = partial(self.bench.call, RETRIEVE, channel=home, id=id)
        self.step(f"then GET {id}", again, partial(differences, then, then.state))

    @initialize(channel=st.integers(0, 1))
    def begin(self, channel: int) -> None:
        self._create(channel, {})

    @rule(channel=st.integers(0, 1), data=st.data())
    def create(self, channel: int, data: st.DataObject) -> None:
        self._create(channel, data.draw(bodies(self, CREATE, channel)))

    def _create(self, number: int, fields: Mapping[str, Any]) -> None:
        if self.idle:
            return
        channel = self.search.channels[number % len(self.search.channels)]
        body = {**self.bench.body(channel=channel, cancellation_type="cancel"), **fields}
        outcome = self.model.create(channel, body)
        send = partial(self.bench.call, CREATE, channel=channel, body=body)
        answer = self.step(f"POST in channel {channel} {body}", send, partial(differences, outcome, None))
        if answer is None or outcome.status != 201:
            return
        id = answer.json["id"]
        known = any(id == other for _, other in self.records)
        self.step(f"the id {id}", lambda: answer, lambda _: iter(["was given before"] if known else []))
        self.model.made(channel, outcome, answer.json)
        self.records.append((channel, id))

    @precondition(lambda self: self.records)
    @rule(which=st.integers(0, 7), put=st.booleans(), away=st.integers(0, 5), data=st.data())
    def update(self, which: int, put: bool, away: int, data: st.DataObject) -> None:
        operation_id = PUT if put else PATCH
        channel, id = self.pick(which, away)
        body = data.draw(bodies(self, operation_id, self.search.channels.index(channel)))
        self.call(operation_id, channel, id, body, self.model.update(operation_id, channel, id, body))

    @precondition(lambda self: self.records)
    @rule(which=st.integers(0, 7), away=st.integers(0, 5))
    def act(self, which: int, away: int) -> None:
        for operation_id in self.bench.spec.transitions.actions:
            channel, id = self.pick(which, away)
            self.call(operation_id, channel, id, None, self.model.act(operation_id, channel, id))

    @precondition(lambda self: self.records)
    @rule(which=st.integers(0, 7), away=st.integers(0, 5))
    def delete(self, which: int, away: int) -> None:
        channel, id = self.pick(which, away)
        self.call(DELETE, channel, id, None, self.model.delete(channel, id))

    @precondition(lambda self: self.records)
    @rule(which=st.integers(0, 7), away=st.integers(0, 5))
    def open(self, which: int, away: int) -> None:
        channel, id = self.pick(which, away)
        outcome = self.model.retrieve(channel, id)
        send = partial(self.bench.call, RETRIEVE_DETAILED, channel=channel, id=id)
        self.step(f"GET {id} detailed in channel {channel}", send, partial(differences, outcome, outcome.state))

    @precondition(lambda self: self.records)
    @rule(channel=st.integers(0, 1), detailed=st.booleans(), by_status=st.booleans(), limit=st.integers(2, 5))
    def look(self, channel: int, detailed: bool, by_status: bool, limit: int) -> None:
        home = self.search.channels[channel % len(self.search.channels)]
        all_ids = [id for _, id in self.records]
        status = (
            {"status": next(iter(self.model.requests.get(home, {}).values()), {}).get("status")} if by_status else {}
        )
        if status and status["status"] is None:
            return
        expected = self.model.ids(home, all_ids, **status)
        query = {"pk__in": all_ids, "limit": limit, **status}
        operation_id = LIST_DETAILED if detailed else LIST
        send = partial(self.bench.call, operation_id, channel=home, query=query)
        rows = self.model.requests.get(home, {})
        self.step(
            f"GET list {operation_id} {query} in channel {home}", send, partial(page_differences, expected, limit, rows)
        )

    def pick(self, which: int, away: int) -> tuple[int, int]:
        """A record of the example, in its own channel mostly; deleted ones are picked, too."""
        channel, id = self.records[which % len(self.records)]
        others = [other for other in self.search.channels if other != channel]
        return (others[0] if others and away == 5 else channel), id


def bodies(machine: Machine, operation_id: str, number: int) -> st.SearchStrategy[dict[str, Any]]:
    """Bodies for an update, or fields over a valid create; mostly right, some wrong, shrinking to nothing."""
    bench, channels = machine.bench, machine.search.channels
    channel = channels[number % len(channels)]
    values: dict[str, st.SearchStrategy[Any]] = {}
    body = bench.spec.operations[operation_id].body
    for name, known in (body.fields if body else {}).items():
        if known.reference:
            ids = machine.model.references[channel][known.reference]
            values[name] = st.sampled_from([*list(ids)[:4], NOWHERE])
        elif known.enum:
            values[name] = st.sampled_from([*known.enum, *known.enum, "no-such-value"])
        elif known.type == "boolean":
            values[name] = st.sampled_from([True, False, True, None])
        elif known.type == "integer":
            values[name] = st.sampled_from([1, 2, 3, None, 0])
        else:
            values[name] = st.sampled_from((*IBANS, None) if name == "iban" else TEXTS)
    some = st.sets(st.sampled_from(sorted(values)), max_size=3)
    return some.flatmap(lambda names: st.fixed_dictionaries({name: values[name] for name in sorted(names)}))


def differences(outcome: Outcome, before: Mapping[str, Any] | None, answer: Answer) -> Iterator[str]:
    """Yield where an answer about one record differs from the outcome."""
    if answer.status != outcome.status:
        yield f"answered {answer.status}, not {outcome.status}"
        return
    if outcome.status >= 400:
        yield from refusals.refused(answer, outcome.status)
        if outcome.names and isinstance(answer.json, dict) and not outcome.names & answer.json.keys():
            yield f"the 400 names none of {', '.join(sorted(outcome.names))}"
    elif outcome.state is not None:
        row = plain(answer.json) if isinstance(answer.json, dict) else answer.json
        wanted = {name: value for name, value in outcome.state.items() if name != "modified_date"}
        yield from lacks(row, wanted)
        yield from _stepped_back(before, row)


def _stepped_back(before: Mapping[str, Any] | None, row: Any) -> Iterator[str]:
    if before is None or not isinstance(row, Mapping):
        return
    old, new = instant(before.get("modified_date")), instant(row.get("modified_date"))
    if old and new and new.replace(microsecond=0) < old.replace(microsecond=0):
        yield f"modified_date went back from {before['modified_date']} to {row['modified_date']}"


def page_differences(
    expected: list[int], limit: int, states: Mapping[int, Mapping[str, Any]], answer: Answer
) -> Iterator[str]:
    """Yield where the first page of a list differs from the expected ids and states."""
    body = answer.json if isinstance(answer.json, dict) else {}
    rows = [row for row in body.get("results") or [] if isinstance(row, dict)]
    if answer.status != 200:
        yield f"answered {answer.status}, not 200"
        return
    ids = [row.get("id") for row in rows]
    if ids != expected[:limit]:
        yield f"shows {ids}, not {expected[:limit]}"
    if body.get("count") != len(expected):
        yield f"counts {body.get('count')}, not {len(expected)}"
    for row in rows:
        state = states.get(row.get("id", 0), {})
        shown = plain(row)
        for name in changed(state, shown, [name for name in state if name != "modified_date"]):
            yield f"shows {name} of {row.get('id')} as {shown[name]!r}, not {state[name]!r}"


Evidence = Mapping[str, list[str]]


def observe(two: bool, bench: Bench) -> Evidence:
    """Search for a sequence that differs; the shortest one found, or nothing."""
    channels: tuple[int, ...] = (bench.channel,)
    if not bench.order_items or not bench.reasons:
        raise Skip("no order item or reason is known that a create accepts")
    if two:
        if bench.other_channel is None or not bench.other_order_items or not bench.other_reasons:
            raise Skip("no other channel is given in which records can be created")
        channels += (bench.other_channel,)
    search = Search(bench, channels, steps_left=500 * bench.scale)
    run_settings = settings(
        max_examples=10 * bench.scale,
        stateful_step_count=10 + 5 * bench.scale,
        deadline=None,
        database=None,
        verbosity=Verbosity.quiet,
        report_multiple_bugs=False,
        print_blob=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )

    class Searching(Machine):
        def __init__(self) -> None:
            super().__init__(search)

    with _one_at_a_time, suppress(Differs, HypothesisException, ExceptionGroup):
        run_state_machine_as_test(seed(bench.rng.randrange(2**32))(Searching), settings=run_settings)
    if not search.shortest and search.unclear:
        raise Inconclusive(search.unclear)
    return {"steps": search.shortest, "complaints": search.complaints}


def judge(evidence: Evidence) -> Iterator[str]:
    """The step that differed, and the steps that lead there."""
    for complaint in evidence["complaints"]:
        yield f"{complaint} (after {len(evidence['steps']) - 1} steps: {'; '.join(evidence['steps'][:-1])})"


def rules(spec: Contract) -> Iterator[Rule]:
    for key, words, two in (("one-channel", "one channel", False), ("two-channels", "two channels", True)):
        yield Rule(
            id=f"machine/{key}",
            area="machine",
            requires=f"Any sequence of writes and reads over {words} is answered as the model says.",
            source="every operation of the spec",
            level=Level.ASSUMED,
            observe=partial(observe, two),
            judge=judge,
            accepts=({"steps": [], "complaints": []},),
            rejects=({"steps": ["POST", "GET"], "complaints": ["GET: answered 404, not 200"]},),
            needs_other=two,
            long=True,
        )
