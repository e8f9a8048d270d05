"""No test waits without limit for a program: after the limit of a test has cut it short, such a wait begins anew."""

from __future__ import annotations

import ast
import signal
import subprocess
import sys

import pytest

from tests.clients.running import ROOT, ending

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(99)"
)


def _endless(code: str) -> list[int]:
    """The lines of `with Popen(...)` and `communicate()`, which wait until the program ends by itself."""
    found = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.With):
            calls = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
            found += [call.lineno for call in calls if _name(call) == "Popen"]
        elif isinstance(node, ast.Call) and _name(node) == "communicate" and not (node.args or node.keywords):
            found.append(node.lineno)
    return found


def _name(call: ast.Call) -> str:
    return str(getattr(call.func, "attr", getattr(call.func, "id", "")))


def test_every_test_ends_the_programs_that_it_starts() -> None:
    """By `ending`, which gives up on them."""
    files = sorted(path for room in ("tests", "benchmarks") for path in (ROOT / room).rglob("*.py"))
    wrong = {str(path.relative_to(ROOT)): _endless(path.read_text(encoding="utf-8")) for path in files}

    assert {path: lines for path, lines in wrong.items() if lines} == {}
    assert _endless("with Popen(x) as p:\n    p.communicate()\n    p.communicate(timeout=3)") == [1, 2]


def test_a_program_that_hears_no_end_is_killed_and_told() -> None:
    process = subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "deaf\n"
    with pytest.raises(subprocess.TimeoutExpired), ending(process, 0.2):
        pass

    assert process.returncode == -signal.SIGKILL
