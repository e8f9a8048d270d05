"""A quick start leaves nothing odd behind."""

from __future__ import annotations

import subprocess
import sys

LEAN = (
    "from cancelkit.mockserver.serving.lean import lean, OPTIONAL, UNUSED\nimport sys\n"
    "with lean():\n    import cancelkit.mockserver.app\n"
)


def _python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_app_is_imported_without_what_it_does_not_use() -> None:
    """Neither a test client nor an HTTP client is loaded by the mock, nor what serves pages."""
    others = ("rich", "openapi_core", "hypothesis", "jinja2.environment", "werkzeug.serving", "referencing")
    asked = f"(*UNUSED, *OPTIONAL, *{others})"
    loaded = _python(LEAN + f"print([m for m in {asked} if m in sys.modules])")

    assert loaded == "[]"


def test_whoever_imports_them_later_gets_the_real_ones() -> None:
    """The stand-ins are gone, also as attributes of their packages and as what Connexion took a part of."""
    found = _python(
        LEAN + "import requests, starlette.testclient as t, werkzeug.local as w, jinja2\n"
        "import werkzeug\nfrom werkzeug.wrappers import Request\n"
        "import jsonschema.validators\n"
        "print(requests.__version__ > '', werkzeug.Request is Request, werkzeug.local is w,"
        " jsonschema.Draft4Validator({'type': 'integer'}).is_valid(1),"
        " jinja2.Template('{{ 1 }}').render(), t.TestClient.get)"
    )

    assert found.startswith("True True True True 1 <function")


def test_a_module_that_is_there_already_stays() -> None:
    """Whatever else the process has imported is not taken away."""
    found = _python(
        "import jinja2, werkzeug, httpx\nkept = jinja2, werkzeug, httpx\n"
        + LEAN
        + "print(all(sys.modules[m.__name__] is m for m in kept))"
    )

    assert found == "True"
