"""Connexion's routing, with the faults of its router taken out.

Owns: how path integers look, and that an unknown path or method reaches our own answers.
Knows nothing of: operations' meaning.
Source: connexion.middleware.routing; Starlette's Router.
"""

from __future__ import annotations

from typing import Any

import starlette.routing
from starlette.convertors import Convertor, register_url_convertor
from starlette.types import ASGIApp

from cancelkit.mockserver.api.framework import RoutingMiddleware, RoutingOperation
from cancelkit.mockserver.api.recognition import PATH_INTEGER


class PathInteger(Convertor[int]):
    """A text of any other form is a path that does not exist."""

    regex = PATH_INTEGER

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


class StrictRouting(RoutingMiddleware):
    """Routes by the spec; a wrong method or slash goes on to the next stage without an operation."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app)
        register_url_convertor("int", PathInteger())

    def add_api(self, *args: Any, **kwargs: Any) -> None:
        super().add_api(*args, **kwargs)
        for mount in self.router.routes:
            router = mount.app if isinstance(mount, starlette.routing.Mount) else None
            if isinstance(router, starlette.routing.Router):
                router.redirect_slashes = False
                for path in dict.fromkeys(route.path for route in router.routes):  # type: ignore[attr-defined]
                    router.add_route(path, RoutingOperation(None, self.app), methods=None)
        self.router.redirect_slashes = False
