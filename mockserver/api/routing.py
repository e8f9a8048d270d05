"""Connexion's routing, with the faults of its router taken out.

Owns: how path values look, and that an unknown path or method reaches our own answers.
Knows nothing of: operations' meaning. Starlette's table of convertors, which the whole process shares, stays as it is:
    each route gets a pattern and convertors of its own.
Source: connexion.middleware.routing; Starlette's Router.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import starlette.routing
from starlette.convertors import Convertor
from starlette.types import ASGIApp

from cancelkit.mockserver.api.framework import RoutingMiddleware, RoutingOperation
from cancelkit.mockserver.api.recognition import PathValue, path_values, strict
from cancelkit.spec import Contract, Operation
from cancelkit.spec.templates import PARAMETER, Template

_CONVERTOR = re.compile(r":\w+\}")


class _Reading(Convertor[Any]):
    """Reads one path value; that it looks right has been seen by the route's pattern."""

    regex = "[^/]+"

    def __init__(self, value: PathValue) -> None:
        self._read = value.read

    def convert(self, value: str) -> Any:
        return self._read(value)

    def to_string(self, value: Any) -> str:
        return str(value)


def strict_routing(contract: Contract) -> type[RoutingMiddleware]:
    """The routing stage for `ConnexionMiddleware`; a wrong method or slash goes on without an operation."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in contract.operations.values():
        by_path.setdefault(operation.path, {})[operation.method] = operation
    by_route = {PARAMETER.sub(lambda found: found[0].replace("-", "_"), path): path for path in by_path}

    class StrictRouting(RoutingMiddleware):
        def __init__(self, app: ASGIApp) -> None:
            self.app = app
            self.router = starlette.routing.Router(default=RoutingOperation(None, app))

        def add_api(self, *args: Any, **kwargs: Any) -> None:
            super().add_api(*args, **kwargs)
            for mount in self.router.routes:
                router = mount.app if isinstance(mount, starlette.routing.Mount) else None
                if isinstance(router, starlette.routing.Router):
                    router.redirect_slashes = False
                    for path in dict.fromkeys(route.path for route in router.routes):  # type: ignore[attr-defined]
                        router.add_route(path, RoutingOperation(None, self.app), methods=None)
                    for route in router.routes:
                        if isinstance(route, starlette.routing.Route):
                            path = by_route[_CONVERTOR.sub("}", route.path)]
                            _make_strict(route, path, path_values(contract, by_path[path]))
                    router.routes.sort(key=lambda route: getattr(route, "path", "").count("{"))
            self.router.redirect_slashes = False

    return StrictRouting


class _Names:
    """What Starlette asks of a route's pattern; the names may be such that Python's groups can't have them."""

    def __init__(self, template: Template) -> None:
        self._template = template

    def match(self, path: str) -> SimpleNamespace | None:
        found = self._template.values(path)
        return None if found is None else SimpleNamespace(groupdict=lambda: found)


def _make_strict(route: starlette.routing.Route, path: str, values: Mapping[str, PathValue]) -> None:
    route.path_regex = _Names(strict(path, values))  # type: ignore[assignment]
    route.param_convertors = {name: _Reading(value) for name, value in values.items()}
