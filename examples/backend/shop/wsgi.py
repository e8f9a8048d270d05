"""The WSGI application, for `run.py`, `manage.py runserver` or any production server."""

import os

import django
from django.core.handlers.wsgi import WSGIHandler
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")


class Application(WSGIHandler):
    """Django raises outside its own error handling for a Content-Type that it can't take apart."""

    def __call__(self, environ, start_response):
        try:
            parse_header_parameters(environ.get("CONTENT_TYPE", ""))
        except ValueError:
            environ["CONTENT_TYPE"] = "unreadable"
        return super().__call__(environ, start_response)


django.setup(set_prefix=False)
application = Application()
