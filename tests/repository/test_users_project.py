"""A project of our users, with packages named as our rooms are, in a virtual environment of its own.

Owns: a venv into which pip has put FastAPI, the PyPI packages `fixtures` and `spec`, and cancelkit: first the wheel,
    then an editable install. All else that these need it finds in the environment that runs this test.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = {
    "pytest.ini": "[pytest]\nmock_size = 20\n",
    "fixtures/__init__.py": "",
    "fixtures/world.py": "OWNER = 'project'\n",
    "spec/__init__.py": "OWNER = 'project'\n",
    "mockserver/__init__.py": "OWNER = 'project'\n",
    "contract_tests/__init__.py": "OWNER = 'project'\n",
    "shop.py": """
from fastapi import FastAPI
from starlette.responses import JSONResponse
from starlette.routing import Route

async def item(request):
    return JSONResponse({"id": request.path_params["id"]})

def shop():
    app = FastAPI(routes=[Route("/items/{id:int}", item)])

    @app.get("/orders/{id:int}")
    async def order(id: int, limit: int = 10):
        return {"id": id}

    return app
""",
    "tests/__init__.py": "",
    "tests/test_shop.py": """
import asyncio, logging, sysconfig
from importlib.metadata import files
from pathlib import Path
import httpx
import contract_tests, fixtures.world, mockserver, spec
from starlette import convertors
from shop import shop

BEFORE = shop()
LOGGERS = [logging.getLogger(name) for name in (None, "uvicorn", "uvicorn.error", "uvicorn.access")]
LOGGING = [(logger.level, logger.propagate, logger.handlers[:]) for logger in LOGGERS]
PATH = "/api/channel/5/cancellation_requests/"

async def _get(app, path):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop") as client:
        return await client.get(path)

def _routes_are_as_without_us(app):
    many = 99999999999999999999999
    for folder in ("items", "orders"):
        numbers = [asyncio.run(_get(app, f"/{folder}/{text}")) for text in ("7", "007", many, "x", "-7", "7.5")]
        assert [answer.status_code for answer in numbers] == [200, 200, 200, 404, 404, 404]
        assert [answer.json()["id"] for answer in numbers[:3]] == [7, 7, many]
    refused = asyncio.run(_get(app, "/orders/7?limit=x"))
    assert refused.status_code == 422 and refused.json()["detail"][0]["type"] == "int_parsing"
    assert asyncio.run(_get(app, "/items/7/")).status_code == 307
    types = {name: type(one) for name, one in convertors.CONVERTOR_TYPES.items()}
    assert {one.__module__ for one in types.values()} == {"starlette.convertors"}
    assert set(types) == {"str", "path", "int", "float", "uuid"}
    root, *others = [(logger.level, logger.propagate, logger.handlers) for logger in LOGGERS]
    assert others == LOGGING[1:] and root[:2] == LOGGING[0][:2]

def test_the_mock(mock_api):
    page = mock_api.client.get(PATH)
    assert page.status_code == 200 and page.json()["count"]
    _routes_are_as_without_us(BEFORE)
    _routes_are_as_without_us(shop())

def test_the_mock_in_process(mock_api_asgi):
    assert mock_api_asgi.client.get(PATH).status_code == 200
    _routes_are_as_without_us(BEFORE)
    _routes_are_as_without_us(shop())

def test_the_packages_are_the_projects():
    assert {contract_tests.OWNER, fixtures.world.OWNER, mockserver.OWNER, spec.OWNER} == {"project"}

def test_those_of_pypi_are_installed_beside():
    for name in ("fixtures", "spec"):
        file = next(one for one in files(name) if str(one) == f"{name}/__init__.py").locate()
        assert Path(file).is_relative_to(sysconfig.get_paths()["purelib"])
        assert "OWNER" not in Path(file).read_text()
""",
}
INSTALLED = """
from importlib.util import find_spec
import fixtures
with fixtures.TempDir() as folder:
    print(*(find_spec(name).origin for name in ("fixtures", "spec", "cancelkit")), sep="\\n")
"""


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _run(python: Path, *arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHONPATH"))}
    return subprocess.run([python, *arguments], cwd=folder, env=environment, capture_output=True, text=True)


def _install(python: Path, *what: str) -> subprocess.CompletedProcess[str]:
    """Let the pip of this environment put something into that of `python`."""
    quiet = ["--quiet", "--disable-pip-version-check", "--constraint", str(ROOT / "constraints.txt")]
    return _run(Path(sys.executable), "-m", "pip", "--python", str(python), "install", *quiet, *what)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a venv with FastAPI and the packages of PyPI that are called as rooms of ours."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=False)
    paths = sysconfig.get_paths(vars={"base": str(folder), "platbase": str(folder)})
    (Path(paths["purelib"]) / "libraries.pth").write_text(f"{sysconfig.get_paths()['purelib']}\n")
    python = Path(paths["scripts"]) / ("python.exe" if os.name == "nt" else "python")
    done = _install(python, "fastapi", "fixtures", "spec")
    if done.returncode and not os.environ.get("CI"):
        pytest.skip(f"FastAPI, fixtures and spec can't be downloaded: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    return python


@pytest.fixture(scope="module", params=["wheel", "editable"])
def python(request: pytest.FixtureRequest, wheel: Path, shared: Path) -> Path:
    """The interpreter of the venv, with cancelkit installed in the one way or the other."""
    what = [str(wheel)] if request.param == "wheel" else ["--no-build-isolation", "--editable", str(ROOT)]
    done = _install(shared, "--no-deps", "--ignore-installed", *what)
    assert done.returncode == 0, done.stderr
    return shared


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project, in a folder of its own."""
    _write(tmp_path, PROJECT)
    return tmp_path


PLAIN = (
    "import sys; sys.path.remove('') if '' in sys.path else None; import pytest; sys.exit(pytest.main(sys.argv[1:]))"
)


@pytest.mark.parametrize(
    "command",
    [["-P", "-c", PLAIN], ["-m", "pytest"], ["-P", "-c", PLAIN, "-n", "2"]],
    ids=["pytest", "python -m pytest", "pytest -n 2"],
)
def test_the_projects_tests_pass(python: Path, project: Path, command: list[str]):
    """They use mock_api, import the project's own packages, and their routes behave as without us."""
    done = _run(python, *command, "-q", "-p", "no:cacheprovider", folder=project)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout


def test_the_names_stay_those_of_pypi(python: Path, tmp_path: Path):
    """Without packages of the project's own, `fixtures` and `spec` are the installed ones, not rooms of ours."""
    done = _run(python, "-c", INSTALLED, folder=tmp_path)

    assert done.returncode == 0, done.stderr
    *others, cancelkit = map(Path, done.stdout.split())
    assert [one.is_relative_to(python.parents[1]) for one in others] == [True, True]
    assert cancelkit.is_relative_to(python.parents[1]) or cancelkit.is_relative_to(ROOT)
