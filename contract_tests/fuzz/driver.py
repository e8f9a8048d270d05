"""Schemathesis, driven through its public API, fed with ids that exist, its traffic going through the bench.

Owns: its configuration, which of its checks count, and how its cases become ours.
Knows nothing of: verdicts.

Left out, each for a reason: ignored_auth, unsupported_method and missing_required_header (the areas security and status
send these for every operation), status_code_conformance (judged for all traffic in passive.py), its own coverage phase
(it sends what the contract leaves open), and shrinking (the shortest of all failing cases is shown).
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import timedelta
from functools import cache
from typing import Any, Final

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from schemathesis import Case, GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ensure_resource_availability,
    negative_data_rejection,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    use_after_free,
)

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.fuzz.tame import never_valid_body, never_valid_query, tame_body, tame_query
from cancelkit.contract_tests.target.answer import Answer, shown
from cancelkit.contract_tests.target.client import SAFE
from cancelkit.spec import Contract, Operation, load

ORIGIN: Final = "http://target.invalid"
SHAPE: Final = [
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES: Final = {1: 4, 2: 25, 3: 150}
CHAINS: Final = {1: 5, 2: 20, 3: 150}
STEPS: Final = 12
PLACED: Final = frozenset({"updateFirst", "patchFirst", "rejectFirst", "deleteFirst"})


def generated(bench: Bench, operation_id: str, mode: str) -> tuple[str, ...]:
    """Send generated cases to one operation; return what Schemathesis complains of."""
    operation = bench.spec.operations[operation_id]
    positive = mode == "positive"
    strategy = _operation(operation).as_strategy(
        GenerationMode.POSITIVE if positive else GenerationMode.NEGATIVE,
        path_parameters={"channel_id": bench.channel},
    )
    sender = Sender(bench)

    @seed(bench.rng.getrandbits(32))
    @settings(_settings(EXAMPLES[bench.scale]))
    @given(case=strategy)
    def run(case: Case[Any]) -> None:
        if bench.over_time:
            return
        sender.place(case, operation)
        if positive:
            sender.tame(case, operation)
            sender.judge(case, [*SHAPE, positive_data_acceptance])
        else:
            wrong = _never_valid(case, operation)
            sender.judge(case, [*SHAPE, negative_data_rejection] if wrong else SHAPE)

    run()
    return sender.complaints()


def links(bench: Bench) -> tuple[str, ...]:
    """Follow the spec's links in chains; return what Schemathesis complains of."""
    senders: list[Sender] = []
    checks = [*SHAPE, use_after_free, ensure_resource_availability]

    class Chain(_schema().as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            self.sender = Sender(bench, chain=True)
            senders.append(self.sender)

        def before_call(self, case: Case[Any]) -> None:
            assume(not bench.over_time)
            operation = _ours(bench.spec, case)
            self.sender.place(case, operation)
            self.sender.tame(case, operation)

        def call(self, case: Case[Any], **kwargs: Any) -> Response:
            return self.sender.send(case)

        def validate_response(self, response: Response, case: Case[Any], *args: Any, **kwargs: Any) -> None:
            self.sender.check(response, case, checks, getattr(self, "recorder", None))

    seeded = seed(bench.rng.getrandbits(32))(Chain)
    seeded.run(settings=settings(_settings(CHAINS[bench.scale]), stateful_step_count=STEPS))
    failing = sorted((s for s in senders if s.failures), key=lambda s: len(s.failures[0][1]))
    return failing[0].complaints() if failing else ()


class Sender:
    """Sends cases through the bench and keeps what is complained of; in a chain, with all that led to it."""

    def __init__(self, bench: Bench, *, chain: bool = False) -> None:
        self.bench = bench
        self.failures: list[tuple[str, tuple[Answer, ...]]] = []
        self._chain = chain
        self._sent: list[Answer] = []
        self._own: int | None = None

    def place(self, case: Case[Any], operation: Operation) -> None:
        """Point the case at this run's channel, and at a record of its own if it would write or is to succeed."""
        path = dict(case.path_parameters)
        path["channel_id"] = self.bench.channel
        kept = self._chain and (operation.method in SAFE or self._made(str(path.get("id"))))
        if "{id}" in operation.path and not kept:
            path["id"] = self._record(operation)
        case.path_parameters = path

    def _made(self, id: str) -> bool:
        """Whether this chain created the record: another rule's may be used up, or be needed as it is."""
        made = (answer.json for answer in self._sent if answer.status == 201 and isinstance(answer.json, dict))
        return id == str(self._own) or any(id == str(record.get("id")) for record in made)

    def tame(self, case: Case[Any], operation: Operation) -> None:
        """Take out of a valid case what a right server may refuse."""
        case.query = tame_query(case.query or {}, operation)
        if operation.body is not None and isinstance(case.body, dict):
            references = {"order_items": self._some(self.bench.order_items), "reasons": self._some(self.bench.reasons)}
            case.body = tame_body(case.body, operation.body, references)

    def judge(self, case: Case[Any], checks: list[Any]) -> None:
        self.check(self.send(case), case, checks, None)

    def send(self, case: Case[Any]) -> Response:
        kwargs = case.as_transport_kwargs(base_url=ORIGIN)
        names = ("method", "url", "headers", "params", "data", "json", "files", "cookies")
        prepared = requests.Request(**{name: kwargs[name] for name in names if name in kwargs}).prepare()
        url = str(prepared.url).removeprefix(ORIGIN)
        body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
        if body is not None and not isinstance(body, bytes):
            raise Inconclusive("a generated body can't be sent")
        hidden = {"content-length", self.bench.spec.api_key.header.lower(), "user-agent", "host", "connection"}
        headers = {n: str(v) for n, v in prepared.headers.items() if n.lower() not in hidden and str(v).isascii()}
        answer = self.bench.send(str(prepared.method), url, content=body, headers=headers)
        self._sent.append(answer)
        return _response(answer, body)

    def check(self, response: Response, case: Case[Any], checks: list[Any], recorder: Any) -> None:
        answer = self._sent[-1]
        if answer.status in (413, 414, 431):
            return
        try:
            case.validate_response(response, checks=checks, recorder=recorder)
        except FailureGroup as group:
            for failure in group.exceptions:
                self._keep(failure, answer)
        except Failure as failure:
            self._keep(failure, answer)

    def complaints(self) -> tuple[str, ...]:
        """The shortest failing case of each kind; the bench's trace is cut to them."""
        kinds: dict[str, tuple[str, tuple[Answer, ...]]] = {}
        for text, answers in sorted(self.failures, key=lambda f: len(f[1][-1].brief(10_000))):
            kinds.setdefault(text.partition(":")[0], (text, answers))
        if kinds:
            self.bench.trace = [answer for _, answers in kinds.values() for answer in answers]
        return tuple(text for text, _ in kinds.values())

    def _keep(self, failure: BaseException, answer: Answer) -> None:
        title = str(getattr(failure, "title", type(failure).__name__))
        message = " ".join(str(getattr(failure, "message", failure)).split())
        answers = tuple(self._sent) if self._chain else (answer,)
        self.failures.append((f"{title}: {shown(message, 300)} ({answer.brief(200)})", answers))

    def _record(self, operation: Operation) -> int:
        """A record that may be used up by this operation."""
        if self.bench.read_only:
            rows = self.bench.sample().rows
            if not rows:
                raise Skip("the channel holds no request")
            return int(rows[0]["id"])
        if self._own is None or operation.method in ("DELETE", "POST"):
            self._own = int(self.bench.create()["id"])
        return self._own

    def _some(self, ids: tuple[int, ...]) -> int:
        if not ids:
            raise Inconclusive("no order item or reason is known")
        return self.bench.rng.choice(ids)


def _never_valid(case: Case[Any], operation: Operation) -> bool:
    if operation.body is not None:
        return never_valid_body(case.body, operation.body)
    return isinstance(case.query, Mapping) and never_valid_query(case.query, operation)


def _response(answer: Answer, body: bytes | None) -> Response:
    skipped = ("content-encoding", "content-length", "transfer-encoding")
    response = httpx.Response(
        answer.status,
        headers={name: value for name, value in answer.headers.items() if name not in skipped},
        content=answer.text.encode("utf-8", "replace"),
        request=httpx.Request(answer.method, answer.url, content=body),
    )
    response.elapsed = timedelta(seconds=answer.elapsed)
    return Response.from_any(response)


def _settings(examples: int) -> settings:
    return settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


def _ours(spec: Contract, case: Case[Any]) -> Operation:
    found = spec.operation(case.operation.method.upper(), case.operation.path)
    if found is None:
        raise Inconclusive(f"{case.operation.label} is not an operation of the spec")
    return found


@cache
def _schema() -> Any:
    """The spec for Schemathesis: e-mail addresses in answers are data, and lists lead to no writes."""
    document = deepcopy(dict(load().document))
    for operation in document["paths"].values():
        for node in operation.values():
            for answer in node.get("responses", {}).values() if isinstance(node, dict) else ():
                for name in PLACED & set(answer.get("links", {})):
                    del answer["links"][name]
    document["components"]["schemas"]["Customer"]["properties"]["email"].pop("format", None)
    config = schemathesis.Config.from_dict({"phases": {"stateful": {"inference": {"algorithms": []}}}})
    return schemathesis.openapi.from_dict(document, config=config)


def _operation(operation: Operation) -> Any:
    return _schema()[operation.path][operation.method]
