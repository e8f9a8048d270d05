"""The mock as one ASGI application.

Owns: putting the stages together: aliases, CORS, pages, Connexion's routing and security, the compiled last stage.
Knows nothing of: what any stage does inside.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.types import ASGIApp, Receive, Scope, Send

from cancelkit.fixtures.world import World, generate_world
from cancelkit.mockserver.api.cors import Cors
from cancelkit.mockserver.api.described import describe
from cancelkit.mockserver.api.dispatch import ORIGINAL_PATH, SESSION, compiled_operations, dispatcher
from cancelkit.mockserver.api.docs import Docs, DocsApp
from cancelkit.mockserver.api.express import FAILED, Express
from cancelkit.mockserver.api.fallback import Fallback
from cancelkit.mockserver.api.framework import (
    ConnexionMiddleware,
    ConnexionResponse,
    ExceptionMiddleware,
    Resolver,
    SecurityMiddleware,
)
from cancelkit.mockserver.api.links import PREFIX_KEY
from cancelkit.mockserver.api.login import Login
from cancelkit.mockserver.api.recognition import Recogniser, aliases
from cancelkit.mockserver.api.refusing import fitting
from cancelkit.mockserver.api.routing import strict_routing
from cancelkit.mockserver.api.security import refusing, security
from cancelkit.mockserver.api.wording import worded
from cancelkit.mockserver.journal.events import Events
from cancelkit.mockserver.parts import Mutation, Parts, parts
from cancelkit.mockserver.quotas.gate import Gate
from cancelkit.mockserver.replies import ApiError, Reply, documented
from cancelkit.mockserver.scenarios.scenario import Scenario
from cancelkit.mockserver.serving.behind import check_root
from cancelkit.mockserver.serving.lifetime import Lifetime
from cancelkit.mockserver.session import READING
from cancelkit.mockserver.sessions import Sessions
from cancelkit.mockserver.settings import Settings
from cancelkit.mockserver.starting import starting_sessions
from cancelkit.mockserver.state.durability import Durability
from cancelkit.mockserver.state.store import Store
from cancelkit.mockserver.workbench import Workbench
from cancelkit.spec import Contract, SpecError, load

if TYPE_CHECKING:
    import httpx

    from cancelkit.mockserver.proxy.settings import Forwarding
    from cancelkit.mockserver.serving.keepers import Keepers
    from cancelkit.mockserver.serving.keeping import Keeper

log = logging.getLogger("mockserver")
LONGEST_SAID = 160


def create_app(
    settings: Settings | None = None,
    world: World | None = None,
    contract: Contract | None = None,
    *,
    scenario: Scenario | None = None,
    state: Path | None = None,
    durability: Durability = Durability.PROCESS,
    mutants: Sequence[Mutation] = (),
    deviations: Sequence[Mutation] = (),
    forwarding: Forwarding | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Workbench:
    """Return a mock with sessions of its own.

    Args:
        world: the starting state, of the same contract; the default world where none is given.
        contract: what is served; the packaged one where none is given.
        scenario: played on the starting state.
        state: a file that keeps the default session over restarts, or a folder that keeps all.
        durability: what its writes survive.
        mutants: faults to build in. deviations: the same, by its former name.
        forwarding: the real server that answers a part of the calls. transport: to it, in place of the network.
    Raises:
        SpecError: something in the contract can't be served.
        ScenarioError: the scenario does not fit the world.
        StateError: the state file is damaged, another mock has it, or it can't be read or written.
    """
    settings, contract, events, started = settings or Settings(), contract or load(), Events(), datetime.now(UTC)
    check_root(settings.root_path, contract)
    world = world or generate_world(contract)
    made = parts(contract, settings, (*mutants, *deviations))
    settings = made.settings
    recognise = Recogniser(contract)
    sessions = starting_sessions(made.contract, settings, world, events, scenario, Store, recognise)
    gate = Gate(contract, settings, sessions, events) if settings.quota else None
    keeper: Keeper | Keepers | None = None
    if state is not None:
        from cancelkit.mockserver.serving.keeping import Keeper

        if state.is_dir():
            from cancelkit.mockserver.serving.keepers import Keepers

            keeper = Keepers(state, sessions, durability)
        else:
            keeper = Keeper(state, sessions.default, durability)

    api = Api(made, settings, sessions, without=forwarding.operations if forwarding else ())
    half = None
    if forwarding is not None:
        from cancelkit.mockserver.proxy.half_real import HalfReal

        own = partial(api.own, login=forwarding.key is not None)  # keys are otherwise the real server's to give
        half = HalfReal(api, own, contract, settings, forwarding, sessions, events, transport)

    def control() -> ASGIApp:
        from cancelkit.mockserver.control.app import ENDPOINTS, control_room

        return control_room(
            settings,
            contract,
            sessions,
            events,
            seed=world.seed,
            started=started,
            endpoints=half.endpoints() if half else ENDPOINTS,
            quotas=gate.quotas if gate else None,
        )

    return Workbench(
        half or api,
        sessions,
        contract,
        events,
        control=control,
        dressed=lambda app: Cors(app, enabled=settings.cors),
        lifetime=Lifetime(sessions, events, keeper, half),
        express=api.express,
        gate=gate,
    )


class Api:
    """The API and its pages. Calls find their session in the scope; the default one where nobody put one there."""

    def __init__(self, made: Parts, settings: Settings, sessions: Sessions, *, without: Collection[str] = ()) -> None:
        """without: operations that others answer."""
        self._sessions = sessions
        self._docs = Docs(made.contract, settings)
        self._login = Login.of(made.contract, settings)
        self._aliases = tuple(aliases(made.contract).items())
        self._recognise = Recogniser(made.contract)
        writes = made.contract.choices["wrong-slash-write"]
        self._served = {
            (reads, slash)
            for reads in (True, False)
            for slash in ("missing", "extra")
            if (made.contract.slash(extra=slash == "extra") if reads else writes).chosen == "served"
        }
        operations, express = _connexion(made, settings, self._recognise, self._closed, without)
        self.express = None if made.layers else express
        self._operations = made.layered(operations)
        self._dressed = Cors(self._answer, enabled=settings.cors)

    def own(self, path: str, *, login: bool) -> bool:
        """Whether a path that is no operation's is a page of ours, or the login."""
        return self._docs.find(path) is not None or (login and self._closed(path))

    def _closed(self, path: str) -> bool:
        """Whether something in front of the operations answers this path."""
        return self._login is not None and self._login.answers(path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._dressed(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if SESSION not in scope:
            scope[SESSION] = self._sessions.default
        page = self._docs.find(path)
        if page is not None and not self._recognise(scope["method"], path).methods:
            await DocsApp(page)(scope, receive, send)
            return
        if self._login is not None and self._closed(path):
            await self._login(scope, receive, send)
            return
        scope.setdefault(ORIGINAL_PATH, scope.get(PREFIX_KEY, "") + path)
        for alias, real in self._aliases:
            if path.startswith(alias):
                _move(scope, real + path[len(alias) :])
        reads = scope["method"] in READING
        if self._served and (reads, slash := self._recognise(scope["method"], scope["path"]).slash) in self._served:
            path = scope["path"]
            _move(scope, path[:-1] if slash == "extra" else f"{path}/")
        await self._operations(scope, receive, send)


def _move(scope: Scope, path: str) -> None:
    """Have a call answered as if it had been sent to this path."""
    scope["path"], scope["raw_path"] = path, path.encode("utf-8", "replace")


def _connexion(
    made: Parts, settings: Settings, recognise: Recogniser, closed: Callable[[str], bool], without: Collection[str]
) -> tuple[ASGIApp, Express]:
    """Connexion's stages with ours at the end, and the table made of them; put together now, so that what can't be
    served is said at the start.

    Raises:
        SpecError: Connexion can't take the contract, or one of its operations can't be compiled.
    """
    contract = made.contract
    check = None
    if settings.self_check:
        from cancelkit.mockserver.api.selfcheck import SelfCheck

        check = SelfCheck(contract)
    compiled = compiled_operations(contract, settings, check, made.handlers)
    app = ConnexionMiddleware(
        dispatcher(compiled, Fallback(recognise, contract, worded(contract, fitting(*contract.operations.values())))),
        middlewares=[ExceptionMiddleware, strict_routing(contract), SecurityMiddleware],
        security_map=security(contract, settings),
        resolver=Resolver(lambda operation_id: _unused),
    )
    try:
        describe(app, contract.document)
    except Exception as error:
        raise _untaken(error) from error
    fit = worded(contract, fitting(*(o for o in contract.operations.values() if o.secured)))

    async def refusal(request: Any, problem: Any) -> ConnexionResponse:
        """Sends a refusal of Connexion's stages: that of an unknown key."""
        called = recognise(request.method, request.scope["path"]).operation
        reply = fit(problem.reply)
        return _answered(documented(called, reply) if called else reply)

    app.add_error_handler(ApiError, refusal)
    app.add_error_handler(Exception, _failure)
    try:
        app.app, app.middleware_stack = app._build_middleware_stack()
    except Exception as error:
        raise _untaken(error) from error
    refuses = refusing(contract, settings) if contract.api_key else None
    own = {id: operation for id, operation in compiled.items() if id not in without}
    return app, Express(contract, own, app.middleware_stack, refuses, closed=closed)


def _untaken(error: Exception) -> SpecError:
    """Some of these errors fill a page with the contract."""
    said = (str(error).strip().splitlines() or [type(error).__name__])[0]
    said = said if len(said) <= LONGEST_SAID else f"{said[:LONGEST_SAID]}…"
    return SpecError("", f"Connexion can't take the contract: {said}; `cancelkit contract check` tells the place")


def _answered(reply: Reply) -> ConnexionResponse:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in reply.headers}
    return ConnexionResponse(reply.status, mimetype=headers.pop("content-type"), body=reply.body, headers=headers)


async def _failure(request: Any, problem: Exception) -> ConnexionResponse:
    """What can't happen did: say so in the API's shape, and in the log for whoever mends it."""
    log.error("a call could not be answered", exc_info=problem)
    return _answered(FAILED)


async def _unused() -> None:
    """Connexion wants a function for each operationId; ours are found in handlers.py."""
