"""Who may import whom, read from the code itself."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = {"spec", "fixtures", "mockserver", "contract_tests", "cancelkit"}
MAY_IMPORT = {
    "spec": set[str](),
    "fixtures": {"spec"},
    "mockserver": {"spec", "fixtures"},
    "contract_tests": {"spec", "fixtures"},
}


def _imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
        elif isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "import_module":
            found |= {str(a.value).split(".")[0] for a in node.args if isinstance(a, ast.Constant)}
    return found & OURS


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_packages_import_only_what_they_may(package: str):
    """What judges shares no code with what is judged, and the contract knows nobody."""
    wrong = {
        str(path.relative_to(ROOT)): sorted(_imported(path) - MAY_IMPORT[package] - {package})
        for path in (ROOT / package).rglob("*.py")
        if _imported(path) - MAY_IMPORT[package] - {package}
    }

    assert wrong == {}


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_modules_open_by_saying_what_they_own(package: str):
    """Every module that holds code has a docstring."""
    silent = [
        str(path.relative_to(ROOT))
        for path in (ROOT / package).rglob("*.py")
        if path.read_text(encoding="utf-8").strip()
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]

    assert silent == []
