"""A typed TypeScript client, its types generated from a running mock.

Owns: building examples/frontend as its README tells, running it, and holding the wrong calls to their errors.
Knows nothing of: the calls that the client makes.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.clients import node

EXPECTED = re.compile(r"// @ts-expect-error (TS\d+) ")
REPORTED = re.compile(r"^src/refused\.ts\((\d+),\d+\): error (TS\d+):", re.MULTILINE)


@pytest.fixture(scope="module")
def project(url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the example project with the types that the running mock's /openapi.json gives."""
    folder = tmp_path_factory.mktemp("frontend")
    example = node.require(node.FRONTEND)
    for name in ("package.json", "package-lock.json", "tsconfig.json"):
        shutil.copy(example / name, folder)
    shutil.copytree(example / "src", folder / "src", ignore=shutil.ignore_patterns("api.ts"))
    (folder / "node_modules").symlink_to(example / "node_modules", target_is_directory=True)
    done = node.run(folder, "types", f"{url}/openapi.json", timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def built(project: Path) -> Path:
    """The project, compiled."""
    done = node.run(project, "build", timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return project


def test_the_client_walks_all_operations(built: Path, url: str, key: str) -> None:
    """The compiled client calls each of the nine operations and finds every answer right."""
    done = node.run(built, "walk", url, key, timeout=120)

    assert done.returncode == 0, done.stdout + done.stderr
    assert len(set(re.findall(r"^(\w+CancellationRequest\w*): ", done.stdout, re.MULTILINE))) == 9


def test_the_client_stops_at_an_answer_that_is_not_right(built: Path, url: str) -> None:
    """With a key that the mock does not know the walk fails at its first call, so that a pass means something."""
    done = node.run(built, "walk", url, "unknown", timeout=120)

    assert done.returncode == 1
    assert "401" in done.stderr


def test_each_wrong_call_is_refused_for_its_own_reason(built: Path) -> None:
    """Without its directive each wrong call gives the error named beside it, and nothing else in the project fails."""
    file = built / "src" / "refused.ts"
    text = file.read_text(encoding="utf-8")
    expected = [
        (number, found[1]) for number, line in enumerate(text.splitlines(), 1) if (found := EXPECTED.search(line))
    ]
    try:
        file.write_text(text.replace("// @ts-expect-error", "//"), encoding="utf-8")
        done = node.run(built, "build", "--noEmit", "--pretty", "false", timeout=120)
    finally:
        file.write_text(text, encoding="utf-8")

    assert len(expected) > 12
    assert [(int(line) - 1, code) for line, code in REPORTED.findall(done.stdout)] == expected
    assert done.stdout.count("error TS") == len(expected), done.stdout


@pytest.mark.parametrize(
    "declared",
    [
        'status: components["schemas"]["Status"];',
        "readonly id: number;",
        "description?: string | null;",
        "next: string | null;",
        "fully_refund_as_loyalty_money?: boolean;",
        'Status: "waiting" | "rejected" | "confirmed" | "waiting_approval" | "approved" | "completed";',
    ],
)
def test_the_generated_types_are_exact(project: Path, declared: str) -> None:
    """Required, nullable, optional, read-only and enum fields become the types that say so."""
    lines = [line.strip() for line in (project / "src" / "api.ts").read_text(encoding="utf-8").splitlines()]

    assert declared in lines
