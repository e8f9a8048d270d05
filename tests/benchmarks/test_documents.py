"""No figure in README and docs is typed: each is that of the last results."""

from __future__ import annotations

import json

import pytest

from benchmarks import documents


@pytest.mark.parametrize("name", documents.DOCUMENTS)
def test_a_document_has_the_figures_of_the_results(name: str) -> None:
    text = (documents.ROOT / name).read_text(encoding="utf-8")
    assert "<!-- figures: " in text
    assert documents.written(text) == text


def test_other_results_are_other_figures(tmp_path, monkeypatch) -> None:
    told = json.loads((documents.RESULTS / "mock.json").read_text(encoding="utf-8"))
    told["servers"][documents.OURS]["get"]["per_second"] = 98_765.4
    (tmp_path / "mock.json").write_text(json.dumps(told), encoding="utf-8")
    text = (documents.ROOT / "README.md").read_text(encoding="utf-8")
    monkeypatch.setattr(documents, "RESULTS", tmp_path)
    assert "| GET by id | 98,765 |" in documents.written(text)
