"""The parts of Connexion that the mock stands on, imported in one place.

Owns: keeping Connexion's own deprecation warnings away from users, who can't do anything about them.
Knows nothing of: the mock.
"""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from connexion.lifecycle import ConnexionResponse
    from connexion.middleware import ConnexionMiddleware
    from connexion.middleware.abstract import RoutedAPI, RoutedMiddleware
    from connexion.middleware.exceptions import ExceptionMiddleware
    from connexion.middleware.routing import RoutingMiddleware, RoutingOperation
    from connexion.middleware.security import SecurityMiddleware
    from connexion.resolver import Resolver
    from connexion.security import AbstractSecurityHandler

__all__ = [
    "AbstractSecurityHandler",
    "ConnexionMiddleware",
    "ConnexionResponse",
    "ExceptionMiddleware",
    "Resolver",
    "RoutedAPI",
    "RoutedMiddleware",
    "RoutingMiddleware",
    "RoutingOperation",
    "SecurityMiddleware",
]
