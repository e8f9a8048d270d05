"""Who may import whom, read from the code itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAY_IMPORT = {
    "spec": set[str](),
    "traffic": {"spec"},
    "fixtures": {"spec"},
    "mockserver": {"spec", "traffic", "fixtures"},
    "contract_tests": {"spec", "traffic", "fixtures"},
    "cancelkit/diff": {"spec", "traffic"},
}


def _names(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "import_module":
            yield from (str(a.value) for a in node.args if isinstance(a, ast.Constant))


def _imported(path: Path) -> set[str]:
    """The rooms that a module imports, and what of ours it imports by another name than cancelkit.<room>."""
    found = set()
    for name in _names(path):
        first, _, rest = name.partition(".")
        if first == "cancelkit":
            found.add(rest.split(".")[0])
        elif first in MAY_IMPORT:
            found.add(name)
    return found


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_packages_import_only_what_they_may(package: str):
    """What judges shares no code with what is judged, and the contract knows nobody."""
    wrong = {
        str(path.relative_to(ROOT)): sorted(_imported(path) - MAY_IMPORT[package] - {Path(package).name})
        for path in (ROOT / package).rglob("*.py")
        if _imported(path) - MAY_IMPORT[package] - {Path(package).name}
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
