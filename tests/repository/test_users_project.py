"""A project of our users, with packages named as our rooms are, in a virtual environment of its own.

Owns: a venv that holds cancelkit (the wheel, or an editable install) and reaches the libraries of this one, so that
    nothing is downloaded; and beside it stand-ins for the PyPI packages `fixtures` and `spec`.
"""

from __future__ import annotations

import os
import subprocess
import sysconfig
import venv
import zipfile
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
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

async def order(request):
    return JSONResponse({"id": request.path_params["id"]})

app = Starlette(routes=[Route("/orders/{id:int}", order)])
""",
    "tests/__init__.py": "",
    "tests/test_shop.py": """
import asyncio, sys
import httpx
import contract_tests, fixtures.world, mockserver, spec
from starlette.convertors import CONVERTOR_TYPES
from shop import app

BEFORE = dict(CONVERTOR_TYPES)

async def _get(path):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop") as client:
        return await client.get(path)

def _routes_are_as_starlette_has_them():
    numbers = {text: asyncio.run(_get(f"/orders/{text}")) for text in ("7", "007", "99999999999999999999999", "x")}
    assert [answer.status_code for answer in numbers.values()] == [200, 200, 200, 404]
    assert numbers["007"].json() == {"id": 7}
    assert numbers["99999999999999999999999"].json() == {"id": 99999999999999999999999}
    assert CONVERTOR_TYPES == BEFORE

def test_before():
    _routes_are_as_starlette_has_them()

def test_the_mock(mock_api):
    page = mock_api.client.get("/api/channel/5/cancellation_requests/")
    assert page.status_code == 200 and page.json()["count"]
    _routes_are_as_starlette_has_them()

def test_the_mock_in_process(mock_api_asgi):
    assert mock_api_asgi.client.get("/api/channel/5/cancellation_requests/1/").status_code in (200, 404)
    _routes_are_as_starlette_has_them()

def test_the_packages_are_the_projects():
    assert {contract_tests.OWNER, fixtures.world.OWNER, mockserver.OWNER, spec.OWNER} == {"project"}
""",
}
STAND_INS = {"fixtures/__init__.py": "OWNER = 'installed'\n", "spec/__init__.py": "OWNER = 'installed'\n"}


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module", params=["wheel", "editable"])
def python(request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a venv in which cancelkit is installed."""
    folder = tmp_path_factory.mktemp(request.param)
    venv.create(folder, with_pip=False)
    paths = sysconfig.get_paths(vars={"base": str(folder), "platbase": str(folder)})
    site = Path(paths["purelib"])
    with zipfile.ZipFile(wheel) as packed:
        names = [n for n in packed.namelist() if request.param == "wheel" or ".dist-info/" in n]
        packed.extractall(site, names)
    _write(site, STAND_INS)
    if request.param == "editable":
        (site / "_cancelkit.pth").write_text(f"{ROOT / '.editable'}\n")
    (site / "libraries.pth").write_text(f"{sysconfig.get_paths()['purelib']}\n")
    return Path(paths["scripts"]) / ("python.exe" if os.name == "nt" else "python")


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
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHONPATH"))}
    done = subprocess.run(
        [python, *command, "-q", "-p", "no:cacheprovider"], cwd=project, env=environment, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout
