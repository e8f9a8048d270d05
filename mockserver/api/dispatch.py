"""The last stage behind Connexion's routing and security: each operation compiled once, run for each call.

Owns: parsing and checking a call by its operation, calling the handler, sending the reply.
Knows nothing of: which session is meant (app.py puts it into the scope), what handlers do.
Source: connexion.middleware.abstract: RoutedMiddleware finds the operation that RoutingMiddleware named.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

from cancelkit.mockserver.api import bodies, words
from cancelkit.mockserver.api.bodies import header
from cancelkit.mockserver.api.chosen import absent
from cancelkit.mockserver.api.framework import RoutedAPI, RoutedMiddleware
from cancelkit.mockserver.api.handlers import Call, Handler, outcome
from cancelkit.mockserver.api.query import Query
from cancelkit.mockserver.api.recognition import TOO_LARGE
from cancelkit.mockserver.api.refusing import first_fault, fitting
from cancelkit.mockserver.api.wording import worded
from cancelkit.mockserver.problem import Problem
from cancelkit.mockserver.replies import ApiError, Reply, documented, error, invalid
from cancelkit.mockserver.session import READING, Session, SessionRefused
from cancelkit.mockserver.settings import Settings
from cancelkit.mockserver.state.store import Store
from cancelkit.spec import Contract, Operation, Role, SpecError
from cancelkit.spec.values import NoValue

SESSION = "cancelkit.session"
"""The key of the scope under which app.py leaves the session of a call."""
ORIGINAL_PATH = "cancelkit.path"
"""The key under which it leaves the path as the client wrote it."""
LISTS = frozenset({Role.LIST, Role.LIST_DETAILED})
KEPT, KEPT_BYTES = 256, 16_384
"""How many pages of a list are kept until the next write of their session, and how large one may be."""


class Check(Protocol):
    """Judges an answer against the contract; returns what to send instead where it breaks it."""

    def __call__(self, operation: Operation, path: Mapping[str, Any], reply: Reply) -> Reply | None: ...


class CompiledOperation:
    """One operation of the contract as an ASGI app."""

    def __init__(
        self, contract: Contract, operation: Operation, handler: Handler, settings: Settings, check: Check | None
    ) -> None:
        """
        Raises:
            SpecError: a schema of the operation can't be compiled.
        """
        self.operation = operation
        self._scope = tuple(parameter.name for parameter in contract.resource.scope)
        self._id = contract.resource.identity.name if contract.resource.identity else ""
        offered = [o.method for o in contract.operations.values() if o.path == operation.path]
        self._allow = ", ".join([*offered, "OPTIONS"])
        self._handler = handler
        self._settings = settings
        self._check = check
        self._fit = worded(contract, fitting(operation), operation)
        self._absent = absent(contract)
        self._first_fault = contract.chosen("faults-named") == "first"
        self._refuses_large = contract.chosen("large-id") == "refused"
        self._no_head = contract.chosen("head") == "not-allowed"
        self._repeats = operation.role in LISTS
        try:
            self._query = (
                Query(operation, contract) if any(p.location == "query" for p in operation.parameters) else None
            )
            body = operation.body
            self._body = bodies.JsonBody(contract, operation, body, strict=settings.strict_bodies) if body else None
        except NoValue as error:
            raise SpecError(operation.id, str(error)) from error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (reply := await self.reply(scope, receive)) is not None:
            await reply.send(send)

    async def reply(self, scope: Scope, receive: Receive) -> Reply | None:
        """The answer to a call; None where the client left before its body was read."""
        try:
            reply = await self._reply(scope, receive)
        except bodies.ClientGone:
            return None
        except ApiError as refusal:
            reply = self._fit(first_fault(refusal.reply) if self._first_fault else refusal.reply)
        except SessionRefused as refused:
            reply = error(refused.status, str(refused), refused.code).reply
        reply = documented(self.operation, reply)
        if self._check is not None:
            reply = self._check(self.operation, scope["path_params"], reply) or reply
        return reply

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        if self._no_head and scope["method"] == "HEAD":
            raise error(405, 'Method "HEAD" not allowed.', "method_not_allowed", {"Allow": self._allow})
        session: Session = scope[SESSION]
        store = session.reading()
        if not self._repeats or type(store) is not Store:
            return await self._made(session, scope, receive)
        key = (scope[ORIGINAL_PATH], scope["query_string"], header(scope, b"host"), scope.get("scheme"))
        known: Reply | None = store.answers.get(key)
        if known is None:
            known = await self._made(session, scope, receive)
            if len(known.body) <= KEPT_BYTES:
                if len(store.answers) >= KEPT:
                    store.answers.clear()
                store.answers[key] = known
        return known

    async def _made(self, session: Session, scope: Scope, receive: Receive) -> Reply:
        path = scope["path_params"]
        scope_of = tuple([path[name] for name in self._scope])
        id = path.get(self._id)
        if self._refuses_large and TOO_LARGE in path.values():
            raise invalid([Problem(name, *words.INTEGER) for name, value in path.items() if value == TOO_LARGE])
        if self._body and id is not None and not session.reading().has(scope_of, id):
            raise self._absent(session.reading(), scope_of, id)
        call = Call(
            operation=self.operation,
            settings=self._settings,
            scope=scope_of,
            id=id,
            query=self._query.read(scope["query_string"]) if self._query else {},
            body=self._body.parse(scope, await bodies.read(scope, receive, self._settings.max_body))
            if self._body
            else {},
            references=self._body.references if self._body else {},
            http=scope,
            path=scope.get(ORIGINAL_PATH, scope["path"]),
            # Last: a call whose body is refused does not make the session's own copy.
            store=session.reading() if self.operation.method in READING else session.writing(),
        )
        return await outcome(self._handler, call, self._absent)


def compiled_operations(
    contract: Contract, settings: Settings, check: Check | None, handlers: Mapping[str, Handler]
) -> dict[str, CompiledOperation]:
    """Every operation, compiled, by operationId.

    Raises:
        SpecError: one can't be served.
    """
    return {
        operation.id: CompiledOperation(contract, operation, handlers[operation.id], settings, check)
        for operation in contract.operations.values()
    }


def dispatcher(compiled: Mapping[str, CompiledOperation], fallback: ASGIApp) -> RoutedMiddleware[Any]:
    """The stage for `ConnexionMiddleware`; calls that are no operation go to `fallback`."""

    class CompiledAPI(RoutedAPI[CompiledOperation]):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.add_paths()

        def make_operation(self, operation: Any) -> CompiledOperation:
            return compiled[operation.operation_id]

    class Dispatcher(RoutedMiddleware[CompiledAPI]):
        api_cls = CompiledAPI

    return Dispatcher(fallback)
