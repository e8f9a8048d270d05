"""Schemathesis, driven through its public API, fed with ids that exist, its traffic going through the context.

Owns: its configuration, which of its checks count, and how its cases become ours.

Left out, each for a reason: ignored_auth, unsupported_method and missing_required_header (the areas security and status
send these for every operation), status_code_conformance (judged for all traffic in passive.py), its own coverage phase
(it sends what the contract leaves open), and shrinking (the shortest of all failing cases is shown).
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import timedelta
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

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.fuzz.memory import spare_memory
from cancelkit.contract_tests.fuzz.tame import never_valid_body, never_valid_query, tame_body, tame_query
from cancelkit.contract_tests.observing.sending import text_field
from cancelkit.contract_tests.target.answer import Answer, shown
from cancelkit.contract_tests.target.client import SAFE
from cancelkit.spec import Contract, Operation, Role

ORIGIN: Final = "http://target.invalid"
SHAPE: Final = [
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES: Final = {1: 4, 2: 16, 3: 150}
CHAINS: Final = {1: 5, 2: 20, 3: 150}
ALIKE: Final = 2
"""So many cases of an operation that has neither body nor query: they differ in nothing but the record."""
STEPS: Final = 12

spare_memory()


def generated(context: Context, operation_id: str, mode: str) -> tuple[str, ...]:
    """Send generated cases to one operation; return what Schemathesis complains of."""
    operation = context.contract.operations[operation_id]
    positive = mode == "positive"
    varied = operation.body is not None or any(p.location != "path" for p in operation.parameters)
    strategy = _schema(context.contract)[operation.path][operation.method].as_strategy(
        GenerationMode.POSITIVE if positive else GenerationMode.NEGATIVE,
        path_parameters=_scope(context),
    )
    sender = Sender(context)

    @seed(context.rng.getrandbits(32))
    @settings(_settings(EXAMPLES[context.scale] if varied else ALIKE))
    @given(case=strategy)
    def run(case: Case[Any]) -> None:
        if context.over_time:
            return
        sender.place(case, operation)
        if positive:
            sender.tame(case, operation)
            sender.judge(case, [*SHAPE, positive_data_acceptance])
        else:
            wrong = _never_valid(case, operation, context.contract)
            sender.judge(case, [*SHAPE, negative_data_rejection] if wrong else SHAPE)

    run()
    return sender.complaints()


def links(context: Context) -> tuple[str, ...]:
    """Follow the spec's links in chains; return what Schemathesis complains of."""
    senders: list[Sender] = []
    checks = [*SHAPE, use_after_free, ensure_resource_availability]

    class Chain(_schema(context.contract).as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            self.sender = Sender(context, chain=True)
            senders.append(self.sender)

        def before_call(self, case: Case[Any]) -> None:
            assume(not context.over_time)
            operation = _ours(context.contract, case)
            self.sender.place(case, operation)
            self.sender.tame(case, operation)

        def call(self, case: Case[Any], **kwargs: Any) -> Response:
            return self.sender.send(case)

        def validate_response(self, response: Response, case: Case[Any], *args: Any, **kwargs: Any) -> None:
            self.sender.check(response, case, checks, getattr(self, "recorder", None))

    seeded = seed(context.rng.getrandbits(32))(Chain)
    seeded.run(settings=settings(_settings(CHAINS[context.scale]), stateful_step_count=STEPS))
    failing = sorted((s for s in senders if s.failures), key=lambda s: len(s.failures[0][1]))
    return failing[0].complaints() if failing else ()


class Sender:
    """Sends cases through the context and keeps what is complained of; in a chain, with all that led to it."""

    def __init__(self, context: Context, *, chain: bool = False) -> None:
        self.context = context
        self.failures: list[tuple[str, tuple[Answer, ...]]] = []
        self._chain = chain
        self._sent: list[Answer] = []
        self._own: Any = None

    def place(self, case: Case[Any], operation: Operation) -> None:
        """Point the case at this run's scope, and at a record of its own if it would write or is to succeed."""
        path, identity = {**case.path_parameters, **_scope(self.context)}, self.context.resource.identity
        if identity is not None and f"{{{identity.name}}}" in operation.path:
            kept = self._chain and (operation.method in SAFE or self._made(str(path.get(identity.name))))
            if not kept:
                path[identity.name] = self._record(operation)
        case.path_parameters = path

    def _made(self, id: str) -> bool:
        """Whether this chain created the record: another rule's may be used up, or be needed as it is."""
        made = (answer.json for answer in self._sent if answer.status == 201 and isinstance(answer.json, dict))
        return id == str(self._own) or any(id == str(self.context.id_of(record)) for record in made)

    def tame(self, case: Case[Any], operation: Operation) -> None:
        """Take out of a valid case what a right server may refuse."""
        contract = self.context.contract
        case.query = tame_query(case.query or {}, operation)
        if operation.body is not None and isinstance(case.body, dict):
            found = {name: self.context.usable(name) for name, keys in self.context.references.items() if keys}
            known = {name: self.context.rng.choice(keys) for name, keys in found.items()}
            if missing := [
                n for n, f in operation.body.fields.items() if f.required and f.reference and n not in known
            ]:
                raise Inconclusive(f"no value of {missing[0]} is known that a create accepts")
            case.body = tame_body(case.body, operation.body, known, self.context.resource.state)
            if not case.body and contract.chosen("empty-patch") == "refused":
                case.body = {name: "text"} if (name := text_field(contract, operation)) else {}

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
        key = self.context.contract.api_key
        hidden = {"content-length", "user-agent", "host", "connection", *([key.header.lower()] if key else ())}
        headers = {n: str(v) for n, v in prepared.headers.items() if n.lower() not in hidden and str(v).isascii()}
        answer = self.context.send(str(prepared.method), url, content=body, headers=headers)
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
        """The shortest failing case of each kind; the context's trace is cut to them."""
        kinds: dict[str, tuple[str, tuple[Answer, ...]]] = {}
        for text, answers in sorted(self.failures, key=lambda f: len(f[1][-1].brief(10_000))):
            kinds.setdefault(text.partition(":")[0], (text, answers))
        if kinds:
            self.context.trace = [answer for _, answers in kinds.values() for answer in answers]
        return tuple(text for text, _ in kinds.values())

    def _keep(self, failure: BaseException, answer: Answer) -> None:
        title = str(getattr(failure, "title", type(failure).__name__))
        message = " ".join(str(getattr(failure, "message", failure)).split())
        answers = tuple(self._sent) if self._chain else (answer,)
        self.failures.append((f"{title}: {shown(message, 300)} ({answer.brief(200)})", answers))

    def _record(self, operation: Operation) -> Any:
        """A record that may be used up by this operation."""
        if self.context.read_only or (operation.method in SAFE and not self._chain):
            rows = self.context.sample().rows
            if not rows:
                raise Skip("there is no record")
            return self.context.id_of(rows[0])
        if self._own is None or operation.method in ("DELETE", "POST"):
            self._own = self.context.id_of(self.context.ready(operation, self.context.create()))
        return self._own


def _never_valid(case: Case[Any], operation: Operation, contract: Contract) -> bool:
    if operation.body is not None:
        return never_valid_body(case.body, operation.body)
    return isinstance(case.query, Mapping) and never_valid_query(case.query, operation, contract)


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


_SCHEMAS: Final[dict[str, Any]] = {}
_MOST_SCHEMAS: Final = 8


def _schema(contract: Contract) -> Any:
    """The contract for Schemathesis, made once: e-mail addresses in answers are data, and lists lead to no writes."""
    if contract.fingerprint not in _SCHEMAS:
        while len(_SCHEMAS) >= _MOST_SCHEMAS:
            _SCHEMAS.pop(next(iter(_SCHEMAS)))
        config = schemathesis.Config.from_dict({"phases": {"stateful": {"inference": {"algorithms": []}}}})
        _SCHEMAS[contract.fingerprint] = schemathesis.openapi.from_dict(_document(contract), config=config)
    return _SCHEMAS[contract.fingerprint]


def _document(contract: Contract) -> dict[str, Any]:
    document = deepcopy(dict(contract.document))
    for operation in contract.operations.values():
        if operation.role in (Role.LIST, Role.LIST_DETAILED):
            for answer in document["paths"][operation.path][operation.method.lower()].get("responses", {}).values():
                for name, link in list(answer.get("links", {}).items()):
                    target = contract.operations.get(str(link.get("operationId")))
                    if target is None or target.method not in SAFE:
                        del answer["links"][name]
    for schema in document.get("components", {}).get("schemas", {}).values():
        for field in schema.get("properties", {}).values():
            if field.get("format") == "email":
                del field["format"]
    return document


def _scope(context: Context) -> dict[str, Any]:
    """The scope's path parameters."""
    return {parameter.name: value for parameter, value in zip(context.resource.scope, context.scope, strict=True)}
