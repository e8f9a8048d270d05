"""Random sequences of calls over one scope or two, compared with the model after each, and shrunk when they differ.

Owns: machine/one-channel, machine/two-channels. What they try of the table of histories is noted there.
Source: every operation of the contract but filters on data, which no client can make.
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

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.context.ground import Scope
from cancelkit.contract_tests.context.scopes import written_scope
from cancelkit.contract_tests.context.walking import page_query
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.machine.differences import Differences
from cancelkit.contract_tests.machine.histories import cover, kind_of
from cancelkit.contract_tests.machine.model import Model, Outcome
from cancelkit.contract_tests.machine.values import bodies
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Level, Operation, Role

MOST_FAILURES = 60
EXAMPLES = {1: 10, 2: 14, 3: 30}
_one_at_a_time = Lock()


class Differs(Exception):
    """The server answered other than the model: ends the example, and makes Hypothesis shrink it."""


@dataclass(slots=True)
class Search:
    """What the examples of one search share: the shortest sequence that differs, and whether it may go on."""

    context: Context
    scopes: tuple[Scope, ...]
    steps_left: int
    failures: int = 0
    unclear: str = ""
    shortest: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return self.steps_left <= 0 or self.context.over_time or bool(self.unclear) or self.failures >= MOST_FAILURES


class Machine(RuleBasedStateMachine):
    """One example: calls, each compared with the model at once. What the contract lacks is not called."""

    def __init__(self, search: Search) -> None:
        super().__init__()
        context = search.context
        self.search, self.context, self.contract = search, context, context.contract
        self.model = Model(self.contract, {scope: context.keys_in(scope) for scope in search.scopes})
        self.compare = Differences(self.contract)
        self.records: list[tuple[Scope, Any]] = []
        self.log: list[str] = []
        self.trails: dict[Any, tuple[str, ...]] = {}
        self.told: dict[Any, set[str]] = {}

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

    def made(self, make: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
        """A body; None where it can't be made, so that the search is over."""
        try:
            return make()
        except Inconclusive as error:
            self.search.unclear = str(error)
            return None

    def teardown(self) -> None:
        self.context.give_back()

    def known(self, id: Any, what: str) -> bool:
        """Whether this was asked about the record before, and nothing has changed it since; it is noted as asked."""
        told = self.told.setdefault(id, set())
        if what in told:
            return True
        told.add(what)
        return False

    def call(self, operation: Operation, scope: Scope, id: Any, body: Any, outcome: Outcome) -> None:
        """Call about one record, then read it again; what was refused is not sent twice while the record stands."""
        more = {} if body is None else {"body": body}
        what = (
            f"{operation.method} {self.context.url(operation, scope=scope, id=id)}{'' if body is None else f' {body}'}"
        )
        if not outcome.accepted and self.known(id, what):
            return
        before = self.model.state(scope, id)
        send = partial(self.context.call, operation, scope=scope, id=id, **more)
        answer = self.step(what, send, partial(self.compare.record, outcome, before))
        if answer is None:
            return
        self.model.settle(scope, id, outcome)
        if outcome.accepted:
            self.told.pop(id, None)
        retrieve = self.contract.role(Role.RETRIEVE)
        if retrieve is None:
            return
        home = next(home for home, known in self.records if known == id)
        then = self.model.retrieve(home, id)
        if then.state is None and self.known(id, "gone"):
            return
        again = partial(self.context.call, retrieve, scope=home, id=id)
        seen = self.step(f"then GET {id}", again, partial(self.compare.record, then, then.state))
        kind = kind_of(self.contract, operation, body, not outcome.accepted)
        if seen is not None and kind is not None and then.state is not None:
            self.trails[id] = (*self.trails.get(id, ()), kind)[-3:]
            cover(self.context, self.trails[id])

    @initialize(scope=st.integers(0, 1))
    def begin(self, scope: int) -> None:
        self._create(self.scope(scope), {})

    @rule(scope=st.integers(0, 1), data=st.data())
    def create(self, scope: int, data: st.DataObject) -> None:
        here = self.scope(scope)
        fields = data.draw(bodies(self.context, self.context.operation(Role.CREATE), here))
        self._create(here, fields)

    def _create(self, scope: Scope, fields: Mapping[str, Any]) -> None:
        if self.idle:
            return
        sent = {n: v for n, v in fields.items() if n != self.contract.resource.state}
        body = self.made(partial(self.context.body, scope, **sent))
        if body is None:
            return
        outcome = self.model.create(scope, body)
        send = partial(self.context.call, Role.CREATE, scope=scope, body=body)
        answer = self.step(f"POST in {self.words(scope)} {body}", send, partial(self.compare.record, outcome, None))
        if answer is None or not outcome.accepted:
            return
        id = self.context.id_of(answer.json) if isinstance(answer.json, dict) else None
        if not self.context.is_id(id):
            self.search.unclear = f"a create does not answer the record's id: {answer.brief()}"
            return
        known = any(id == other for _, other in self.records)
        self.step(f"the id {id}", lambda: answer, lambda _: iter(["was given before"] if known else []))
        self.model.made(scope, outcome, answer.json)
        self.records.append((scope, id))

    @precondition(lambda self: self.records)
    @rule(which=st.integers(0, 7), put=st.booleans(), away=st.integers(0, 5), data=st.data())
    def update(self, which: int, put: bool, away: int, data: st.DataObject) -> None:
        roles = (Role.UPDATE, Role.PARTIAL_UPDATE) if put else (Role.PARTIAL_UPDATE, Role.UPDATE)
        operation = next((found for role in roles if (found := self.contract.role(role)) is not None), None)
        if operation is None:
            return
        scope, id = self.pick(which, away)
        fields = data.draw(bodies(self.context, operation, scope))
        record = self.model.state(scope, id) or {}
        body = self.made(partial(self.context.update_body, operation, record, scope=scope, **fields))
        if body is not None:
            self.call(operation, scope, id, body, self.model.update(operation, scope, id, body))

    @precondition(lambda self: self.records)
    @rule(which=st.integers(0, 7), away=st.integers(0, 5))
    def act(self, which: int, away: int) -> None:
        for operation in self.contract.actions:
            scope, id = self.pick(which, away)
            self.call(operation, scope, id, None, self.model.act(operation, scope, id))

    @precondition(lambda self: self.records)
    @rule(which=st.integers(0, 7), away=st.integers(0, 5))
    def delete(self, which: int, away: int) -> None:
        operation = self.contract.role(Role.DESTROY)
        if operation is not None:
            scope, id = self.pick(which, away)
            self.call(operation, scope, id, None, self.model.delete(scope, id))

    @precondition(lambda self: self.records)
    @rule(which=st.integers(0, 7), away=st.integers(0, 5))
    def open(self, which: int, away: int) -> None:
        operation = self.contract.role(Role.RETRIEVE_DETAILED)
        if operation is not None:
            scope, id = self.pick(which, away)
            outcome, what = self.model.retrieve(scope, id), f"GET {id} detailed in {self.words(scope)}"
            if self.known(id, what):
                return
            send = partial(self.context.call, operation, scope=scope, id=id)
            judge = partial(self.compare.record, outcome, outcome.state)
            self.step(what, send, judge)

    @precondition(lambda self: self.records)
    @rule(scope=st.integers(0, 1), detailed=st.booleans(), by_state=st.booleans(), limit=st.integers(2, 5))
    def look(self, scope: int, detailed: bool, by_state: bool, limit: int) -> None:
        here, state = self.scope(scope), self.contract.resource.state
        operation = self.contract.role(Role.LIST_DETAILED if detailed else Role.LIST) or self.contract.role(Role.LIST)
        ids = _filter(operation, self.contract.resource.id_field, "in")
        if operation is None or ids is None:
            return
        known, wanted, query = [id for _, id in self.records], {}, {}
        by = _filter(operation, state, "exact")
        if by_state and state is not None and by is not None:
            value = next(iter(self.model.records.get(here, {}).values()), {}).get(state)
            if value is None:
                return
            wanted, query = {state: value}, {by: value}
        query = {ids: known, **query, **dict(page_query(operation, limit))}
        expected = self.model.ids(here, known, **wanted)
        shown = limit if "limit" in operation.paging else len(expected)
        send = partial(self.context.call, operation, scope=here, query=query)
        judge = partial(self.compare.page, expected, shown, self.model.records.get(here, {}))
        self.step(f"GET {operation.id} {query} in {self.words(here)}", send, judge)

    def scope(self, number: int) -> Scope:
        return self.search.scopes[number % len(self.search.scopes)]

    def words(self, scope: Scope) -> str:
        return written_scope(self.contract, scope) or "the only scope"

    def pick(self, which: int, away: int) -> tuple[Scope, Any]:
        """A record of the example, in its own scope mostly; deleted ones are picked, too."""
        scope, id = self.records[which % len(self.records)]
        others = [other for other in self.search.scopes if other != scope]
        return (others[0] if others and away == 5 else scope), id


def _filter(operation: Operation | None, name: str | None, lookup: str) -> str | None:
    """The filter of a list that looks up a field of the record in this way."""
    filters = operation.filters if operation is not None else {}
    return next((n for n, f in filters.items() if f.path == (name,) and f.lookup == lookup and not f.transform), None)


Evidence = Mapping[str, list[str]]


def observe(two: bool, context: Context) -> Evidence:
    """Search for a sequence that differs; the shortest one found, or nothing."""
    scopes: tuple[Scope, ...] = (context.scope,)
    context.body()  # Skip, where nothing can be created
    if two:
        if context.other_scope is None:
            raise Skip("no other scope is given")
        context.body(context.other_scope)
        scopes += (context.other_scope,)
    search = Search(context, scopes, steps_left=500 * context.scale)
    run_settings = settings(
        max_examples=EXAMPLES[context.scale],
        stateful_step_count=10 + 5 * context.scale,
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
        run_state_machine_as_test(seed(context.rng.randrange(2**32))(Searching), settings=run_settings)
    if not search.shortest and search.unclear:
        raise Inconclusive(search.unclear)
    return {"steps": search.shortest, "complaints": search.complaints}


def judge(evidence: Evidence) -> Iterator[str]:
    """The step that differed, and the steps that lead there."""
    for complaint in evidence["complaints"]:
        yield f"{complaint} (after {len(evidence['steps']) - 1} steps: {'; '.join(evidence['steps'][:-1])})"


def rules(contract: Contract) -> Iterator[Rule]:
    if contract.role(Role.CREATE) is None:
        return
    kinds = [("one-channel", "one scope", False)]
    if contract.resource.scope:
        kinds.append(("two-channels", "two scopes", True))
    for key, words, two in kinds:
        yield Rule(
            id=f"machine/{key}",
            area="machine",
            requires=f"Any sequence of writes and reads over {words} is answered as the model says.",
            source="every operation of the contract",
            level=Level.ASSUMED,
            observe=partial(observe, two),
            judge=judge,
            accepts=({"steps": [], "complaints": []},),
            rejects=({"steps": ["POST", "GET"], "complaints": ["GET: answered 404, not 200"]},),
            needs_other=two,
            long=True,
        )
