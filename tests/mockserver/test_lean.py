"""A quick start leaves nothing odd behind."""

from __future__ import annotations

import subprocess
import sys

LEAN = (
    "from cancelkit.mockserver.serving.lean import lean, UNUSED\nimport sys\n"
    "with lean():\n    import cancelkit.mockserver.app\n"
)


def _python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_app_is_imported_without_what_it_does_not_use() -> None:
    """Neither a test client nor an HTTP client is loaded by the mock."""
    loaded = _python(LEAN + "print([m for m in (*UNUSED, 'rich', 'openapi_core', 'hypothesis') if m in sys.modules])")

    assert loaded == "[]"


def test_whoever_imports_them_later_gets_the_real_ones() -> None:
    """The stand-ins are gone, also as attributes of their packages."""
    found = _python(
        LEAN + "import requests, starlette.testclient as t\nprint(requests.__version__ > '', t.TestClient.get)"
    )

    assert found.startswith("True <function")
