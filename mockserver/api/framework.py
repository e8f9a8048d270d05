"""The parts of Connexion that the mock stands on, imported in one place.

Owns: keeping Connexion's own deprecation warnings away from users, who can't do anything about them.
Knows nothing of: the mock.
"""

from __future__ import annotations

import warnings

from starlette.convertors import CONVERTOR_TYPES

_CONVERTORS = dict(CONVERTOR_TYPES)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from connexion.lifecycle import ConnexionResponse
    from connexion.middleware import ConnexionMiddleware
    from connexion.middleware.abstract import RoutedAPI, RoutedMiddleware
    from connexion.middleware.exceptions import ExceptionMiddleware
    from connexion.middleware.main import API
    from connexion.middleware.routing import RoutingMiddleware, RoutingOperation
    from connexion.middleware.security import SecurityMiddleware
    from connexion.resolver import Resolver
    from connexion.security import AbstractSecurityHandler
    from connexion.spec import OpenAPISpecification

# Connexion replaces convertors in a table that the whole process shares; a user's own routes must not notice.
CONVERTOR_TYPES.clear()
CONVERTOR_TYPES.update(_CONVERTORS)

__all__ = [
    "API",
    "AbstractSecurityHandler",
    "ConnexionMiddleware",
    "ConnexionResponse",
    "ExceptionMiddleware",
    "OpenAPISpecification",
    "Resolver",
    "RoutedAPI",
    "RoutedMiddleware",
    "RoutingMiddleware",
    "RoutingOperation",
    "SecurityMiddleware",
]
