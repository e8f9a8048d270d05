"""What a rule works with while it observes: calls by role, records of its own, the rows that are there.

Owns: Context.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Lock
from typing import Any, Protocol, TypeVar

from cancelkit.contract_tests.context.bodies import create_body, key_of, update_body
from cancelkit.contract_tests.context.cleanup import free
from cancelkit.contract_tests.context.ground import Ground, Keys, Scope
from cancelkit.contract_tests.context.limits import refused_above
from cancelkit.contract_tests.context.sample import Sample
from cancelkit.contract_tests.context.states import ready, step, way
from cancelkit.contract_tests.context.walking import Pairs, walk
from cancelkit.contract_tests.engine.cells import Cells
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.target.answer import UNSET, Answer, Auth
from cancelkit.contract_tests.target.client import Target
from cancelkit.contract_tests.target.encoding import Query
from cancelkit.contract_tests.target.ledger import Ledger
from cancelkit.contract_tests.target.near_keys import NearKey
from cancelkit.spec import Contract, Operation, Resource, Role
from cancelkit.spec.media import JSON

T = TypeVar("T")
What = Operation | Role | str
PATIENCE = {1: 15.0, 2: 40.0, 3: 600.0}
SHARED = 8
"""So many times as long may an observation take that many rules share."""


class Samples(Protocol):
    """Where samples of a scope come from (shelf.py)."""

    def sample(self, context: Context, scope: Scope) -> Sample: ...

    def shared(self, context: Context, key: str, make: Callable[[Context], T]) -> T: ...


class Context:
    """One rule's view of the run.

    scope, other_scope, references, other_references: as in Ground.
    rng: seeded from the run's `seed` and the rule. scale: 1 quick, 2 standard, 3 deep: multiply sample sizes by it.
    again: the rule was observed before, so that nothing that was asked then is taken for granted.
    modest: the fields of which only the least value is sent, since a larger one was refused, as the contract permits.
    above: those that were refused above the least in this observation, or in one that it shares.
    trace: every answer of this observation, in order. marker: stands in every record that this run creates.
    """

    def __init__(
        self,
        contract: Contract,
        ground: Ground,
        target: Target,
        samples: Samples,
        *,
        rule_id: str,
        seed: int = 1,
        scale: int = 2,
        marker: str = "cancelkit",
        cells: Cells | None = None,
        again: bool = False,
        modest: frozenset[str] = frozenset(),
    ) -> None:
        self.contract = contract
        self.ground = ground
        self.scope = ground.scope
        self.other_scope = ground.other_scope
        self.references = ground.references
        self.other_references = ground.other_references
        self.rule_id = rule_id
        self.again = again
        self.modest = modest
        self.above: set[str] = set()
        self.seed = seed
        self.rng = Random(f"{seed}/{rule_id}")
        self.scale = scale
        self.trace: list[Answer] = []
        self.marker = marker
        self._target = target
        self._samples = samples
        self._cells = cells
        self._lock = Lock()
        self._until = time.monotonic() + PATIENCE[scale]

    @property
    def resource(self) -> Resource:
        return self.contract.resource

    @property
    def over_time(self) -> bool:
        """Whether this observation takes so long that a search should be content with what it has tried."""
        return time.monotonic() > self._until

    @property
    def ledger(self) -> Ledger:
        return self._target.ledger

    @property
    def read_only(self) -> bool:
        return self._target.settings.read_only

    @property
    def near_keys(self) -> tuple[NearKey, ...]:
        """Keys that are nearly the right one (target/near_keys.py)."""
        return self._target.near_keys

    def cover(self, table: str, **cell: str) -> None:
        """Note a cell of one of the tables of what there is to try (engine/cells.py), by the names of its columns."""
        if self._cells is not None:
            self._cells.cover(table, cell)

    def operation(self, what: What) -> Operation:
        """An operation by itself, by role, or by operationId.

        Raises:
            Skip: the contract has none with this role or id.
        """
        found: Operation | None
        if isinstance(what, Operation):
            return what
        found = self.contract.role(what) if isinstance(what, Role) else self.contract.operations.get(what)
        if found is None:
            raise Skip(f"the contract has no operation {str(what).replace('_', ' ')}")
        return found

    def keys_in(self, scope: Scope | None = None) -> Keys:
        """Keys that a create accepts in the scope (the run's own, unless given), by body field."""
        other = scope is not None and scope == self.other_scope
        return self.other_references if other else self.references

    def usable(self, name: str) -> tuple[Any, ...]:
        """Keys of a reference that a write may name now: all that are known, or those that no open record names.

        Raises:
            Inconclusive: none is free.
        """
        if name == self.one_each:
            return tuple(self._target.holdings.free(self.scope, moving=True))
        return self.references.get(name, ())

    @property
    def room(self) -> int:
        """How many records can be made now, where each keeps a row to itself.

        Raises:
            Inconclusive: none.
        """
        return len(self._target.holdings.free(self.scope))

    @property
    def one_each(self) -> str | None:
        """The reference of which each row may have one open record only, as was seen; None for several."""
        return self._target.holdings.reference

    def documented(self, path: str) -> str:
        """A path of the target as the contract writes it."""
        return self._target.addresses.documented(path)

    def path_parameters(self, method: str, path: str) -> dict[str, str]:
        """The path parameters, as text, of a path as the contract writes it; none where it is no operation's."""
        found = self._target.addresses.match(method, path)
        return found[1] if found else {}

    def url(self, what: What, *, scope: Scope | None = None, id: Any = None) -> str:
        """The path of an operation in a scope (the run's own, unless given), as the contract writes it."""
        names = [parameter.name for parameter in self.resource.scope]
        values = dict(zip(names, self.scope if scope is None else scope, strict=True))
        return self.resource.url(self.operation(what).path, values, id)

    def call(
        self,
        what: What,
        *,
        scope: Scope | None = None,
        id: Any = None,
        query: Query = None,
        body: Any = UNSET,
        headers: Mapping[str, str | None] | None = None,
        auth: Auth = "good",
        content: bytes | None = None,
    ) -> Answer:
        """Call an operation of the contract in `scope` (the run's own, unless given).

        what: the operation, its role, or its operationId.
        body: any JSON value; content: raw bytes instead, sent as JSON unless `headers` say otherwise.
        Raises:
            Inconclusive: no answer came.
            Skip: the contract has no such operation.
        """
        operation = self.operation(what)
        path = self.url(operation, scope=scope, id=id)
        if content is not None:
            kind = operation.body.media_types[0] if operation.body else JSON
            headers = {"Content-Type": kind, **(headers or {})}
        return self.send(operation.method, path, query=query, body=body, content=content, headers=headers, auth=auth)

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Query = None,
        body: Any = UNSET,
        content: bytes | None = None,
        headers: Mapping[str, str | None] | None = None,
        auth: Auth = "good",
    ) -> Answer:
        """Send any request; a `path` that starts with http (a next link) goes to the target's own host."""
        answer = self._target.exchange(
            method, path, query=query, body=body, content=content, headers=headers, auth=auth, owner=self.rule_id
        )
        with self._lock:
            self.trace.append(answer)
            self.above.update(refused_above(self.contract, answer))
        return answer

    def body(self, scope: Scope | None = None, **fields: Any) -> dict[str, Any]:
        """A create body that the target should accept in the scope: required fields, a marker, and `fields` over them.

        Raises:
            Inconclusive: as `fitting`.
            Skip: the contract has no create, or a required reference has no known key.
        """
        keys = {**self.keys_in(scope), **{name: (value,) for name, value in fields.items()}}
        made = {**create_body(self.contract, keys, f"{self.marker} {self.rule_id}", self.rng), **fields}
        return self.fitting(made, scope, wanted=fields)

    def fitting(
        self, body: Mapping[str, Any], scope: Scope | None = None, *, wanted: Container[str] = ()
    ) -> dict[str, Any]:
        """A body; where each row may have one open record only, it names one that has none in place of one that has.

        wanted: the fields for which a row that an earlier body of the rule names will do.
        Raises:
            Inconclusive: no such row is known.
        """
        if (name := self.one_each) is None or name not in body:
            return dict(body)
        where = self.scope if scope is None else scope
        key = self._target.holdings.lend(where, self.rule_id, self.rng, body[name], again=name in wanted)
        return {**body, name: key}

    def update_body(
        self, what: What, record: Mapping[str, Any], *, scope: Scope | None = None, **fields: Any
    ) -> dict[str, Any]:
        """A body for an update: the fields that it requires, as `record` has them, and `fields` over them."""
        required = update_body(self.contract, self.operation(what), record, self.keys_in(scope), self.rng)
        made = {**required, **fields}
        if (name := self.one_each) is not None and name in made and made[name] not in (self.key_of(record, name), None):
            where = self.scope if scope is None else scope
            made[name] = self._target.holdings.instead(where, self.rng, made[name], moving=True)
        return made

    def give_back(self) -> None:
        """Remove the rule's records so far, where each keeps a row to itself."""
        if self.one_each is not None:
            free(self._target, self.ledger.open(self.rule_id))
            self._target.holdings.release(self.rule_id)

    def keep(self, record: Mapping[str, Any]) -> None:
        """Have nobody else name the record's row until `give_back`, where each open record keeps a row to itself."""
        if self.one_each is not None:
            self._target.holdings.keep(self.key_of(record, self.one_each), self.rule_id)

    def create(self, scope: Scope | None = None, **fields: Any) -> dict[str, Any]:
        """Create a record and return it as answered; it is removed when the rule is done.

        Raises:
            Inconclusive: the target refused it.
            Skip: as `body`.
        """
        answer = self.call(Role.CREATE, scope=scope, body=self.body(scope, **fields))
        if (
            not answer.ok
            or not isinstance(answer.json, dict)
            or not self.is_id(answer.json.get(self.resource.id_field))
        ):
            raise Inconclusive(f"a valid create was not accepted: {answer.brief()}")
        return dict(answer.json)

    def is_id(self, value: Any) -> bool:
        """Whether a value can be a record's id."""
        return type(value) is int if self.resource.numbered else isinstance(value, str) and bool(value)

    def id_of(self, record: Mapping[str, Any]) -> Any:
        """The record's id; None where it shows none."""
        return record.get(self.resource.id_field)

    def key_of(self, record: Mapping[str, Any], field: str) -> Any:
        """The record's value of a body field; of a reference the key, whether answered as key or as opened object."""
        return key_of(self.resource, record, field)

    def state_of(self, record: Mapping[str, Any]) -> Any:
        """The record's state; None where the contract has no state field."""
        return record.get(self.resource.state) if self.resource.state else None

    def fresh(self, state: str | None = None, *, scope: Scope | None = None, **fields: Any) -> dict[str, Any]:
        """Create a record and bring it to `state` by the shortest permitted way; return it as answered last.

        state: None for the one that a new record has.
        Raises:
            Inconclusive: the target refused the create or a permitted step.
            Skip: the contract has no create, no states, or no way there.
        """
        steps = () if state is None else self.way(state)
        record = self.create(scope, **fields)
        for new in steps:
            record = step(self, record, scope, new)
        return record

    def step(self, record: Mapping[str, Any], state: str, *, scope: Scope | None = None) -> dict[str, Any]:
        """Bring a record to a state that may follow its own; return it as answered.

        Raises:
            Inconclusive: the target refused.
        """
        return step(self, record, scope, state)

    def ready(self, operation: Operation, record: Mapping[str, Any], *, scope: Scope | None = None) -> dict[str, Any]:
        """Bring a new record to a state in which `operation` is accepted; return it as answered last.

        Raises:
            Inconclusive: the target refused a permitted step.
            Skip: there is no way to such a state.
        """
        for new in ready(self.contract, operation):
            record = step(self, record, scope, new)
        return dict(record)

    def way(self, state: str) -> tuple[str, ...]:
        """The states that lead from the initial one to `state`, by the fewest updates and actions.

        Raises:
            Skip: the contract has no states, or none lead there.
        """
        return way(self.contract, state)

    def rows(
        self,
        what: What = Role.LIST,
        *,
        scope: Scope | None = None,
        query: Pairs = None,
        limit: int | None = None,
        max_rows: int | None = None,
    ) -> list[dict[str, Any]]:
        """All rows of a list (or the first `max_rows`), walked page by page.

        Raises:
            Inconclusive: the list changed under the walk three times, or a page was refused.
            Skip: the contract has no such list.
        """
        return walk(self, self.operation(what), scope, query, limit, max_rows)

    def sample(self, *, scope: Scope | None = None) -> Sample:
        """Rows known to exist, in their most detailed form; read once in a run, own ones of every kind among them."""
        return self._samples.sample(self, self.scope if scope is None else scope)

    def shared(self, key: str, make: Callable[[Context], T]) -> T:
        """What several rules judge, observed once in a run by the first that asks; its calls are in no trace."""

        def patiently(context: Context) -> T:
            context._until = time.monotonic() + SHARED * PATIENCE[context.scale]
            return make(context)

        found = self._samples.shared(self, key, patiently)
        self._until = time.monotonic() + PATIENCE[self.scale]
        return found

    def once(self, key: str, make: Callable[[Context], T]) -> T:
        """As `shared`; a rule that is observed again observes it for itself."""
        return make(self) if self.again else self.shared(key, make)

    def parallel(self, thunks: Iterable[Callable[[], T]]) -> list[T]:
        """Run all at once, as far as the run's concurrency allows; results in the order given."""
        waiting = list(thunks)
        if len(waiting) < 2:
            return [thunk() for thunk in waiting]
        with ThreadPoolExecutor(min(len(waiting), 16)) as pool:
            return list(pool.map(lambda thunk: thunk(), waiting))
