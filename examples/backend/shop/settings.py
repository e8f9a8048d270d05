"""Settings of the example shop: one app, one SQLite file, no browser pages.

Read from the environment, nowhere else:
BACKEND_DATABASE (a file), BACKEND_TOKENS and BACKEND_HOSTS (comma-separated).
"""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = False
ALLOWED_HOSTS = os.environ.get("BACKEND_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
API_TOKENS = [token for token in os.environ.get("BACKEND_TOKENS", "backend-token").split(",") if token]

INSTALLED_APPS = ["rest_framework", "django_filters", "cancellations"]
MIDDLEWARE = ["shop.cors.CorsMiddleware", "django.middleware.common.CommonMiddleware"]
ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"
APPEND_SLASH = False  # shop.errors.not_found does this in both directions
MAX_BODY_BYTES = 5 * 1024 * 1024

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("BACKEND_DATABASE", BASE_DIR / "db.sqlite3"),
        "CONN_MAX_AGE": None,  # one connection for each server thread, closed with it
        "OPTIONS": {
            # A transaction takes SQLite's one write lock when it begins, so what it reads cannot change
            # before it writes (what SELECT FOR UPDATE gives elsewhere); others wait instead of failing.
            "transaction_mode": "IMMEDIATE",
            "timeout": 60,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "tr"
TIME_ZONE = "Europe/Istanbul"
USE_TZ = True

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["shop.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["shop.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "shop.pagination.LimitPagination",
    "EXCEPTION_HANDLER": "shop.errors.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
    "URL_FORMAT_OVERRIDE": None,  # `?format=` is an unknown parameter like any other
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler", "level": "ERROR"}},
    "root": {"handlers": ["console"]},
    "loggers": {"django.security": {"level": "CRITICAL"}},  # refused with a 400: not worth a traceback
}
