"""A server that shares no code with the mock: after `learn`, the mock answers as it does, in the same words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from cancelkit.command import main
from cancelkit.spec import PATH, read
from tests.clients import running

pytest.importorskip("django_filters", reason="the example backend needs the extra `examples`")

REACHED = ("--token", "backend-token", "--other-scope", "6")


@pytest.fixture(scope="module")
def backend() -> Iterator[str]:
    with running.backend(60) as url:
        yield url


def test_after_learn_every_call_is_answered_alike(backend: str, tmp_path: Path) -> None:
    """The default run, texts and codes of refusals among what is compared."""
    overlay, report = tmp_path / "backend.overlay.yaml", tmp_path / "compare.json"
    learned = CliRunner().invoke(main, ["learn", backend, *REACHED, "--out", str(overlay)])
    asked = ["--overlay", str(overlay), "--fail-under", "100", "--report-json", str(report)]
    compared = CliRunner().invoke(main, ["compare", backend, *REACHED, *asked])

    assert learned.exit_code == 0, learned.output
    assert compared.exit_code == 0, compared.output
    assert len(read(PATH, [overlay]).wordings) > 20
    total = json.loads(report.read_text(encoding="utf-8"))["total"]
    assert (total["different"], total["alike"] > 1490) == (0, True)
