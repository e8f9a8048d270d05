"""Mutants of the example backend: how they are made, kept and judged, and a handful of them on trial."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("cosmic_ray", reason="mutants need the extra `mutate`")
pytest.importorskip("django_filters", reason="the example backend needs the extra `examples`")

from benchmarks.mutate import FILES, RESULTS
from benchmarks.mutating.making import Mutant, mutants
from benchmarks.mutating.record import Equivalent, Record, equivalents
from benchmarks.mutating.report import page, score
from benchmarks.mutating.trial import BACKEND, Outcome, Trial, judged

SOURCE = '''"""A docstring."""

SIZES = {1, 2}


def small(size):
    """Another."""
    check(size, strict=True)
    return size < 10
'''


def _made(source: str = SOURCE) -> dict[str, Mutant]:
    return {one.key: one for one in mutants("sizes.py", source)}


def test_code_that_computes_and_code_that_says_are_changed():
    """By Cosmic Ray's operators, and by leaving out arguments, elements and statements; docstrings stay."""
    found = {(one.operator, one.before, one.after) for one in _made().values()}

    assert ("ReplaceComparisonOperator", "return size < 10", "return size >= 10") in found
    assert ("ReplaceTrueWithFalse", "check(size, strict=True)", "check(size, strict=False)") in found
    assert ("RemoveArgument", "check(size, strict=True)", "check(size)") in found
    assert ("RemoveElement", "SIZES = {1, 2}", "SIZES = {1}") in found
    assert ("RemoveStatement", "check(size, strict=True)", "pass") in found
    assert ("RemoveStatement", "return size < 10", "return None") in found
    assert not any('"""' in before for _, before, _ in found)


def test_a_mutant_keeps_its_key_while_other_lines_change():
    """So what is known of it stands when the backend is changed elsewhere."""
    later = _made(SOURCE.replace("{1, 2}", "{1, 2, 3}"))
    same = {key for key, one in _made().items() if "size" in one.before}

    assert same
    assert same <= later.keys()


def test_a_run_is_taken_up_where_it_stopped(tmp_path: Path):
    """What is known of a mutant that is no longer made is left out."""
    made, file = _made(), tmp_path / "results.json"
    first, second, *_ = made
    record = Record(file, made)
    record.note(first, Trial(Outcome.KILLED, "a/rule", "quick", 1.5))
    record.note(second, Trial(Outcome.SURVIVED, "", "standard", 2.0))
    again = Record(file, {key: one for key, one in made.items() if key != second})
    again.read()

    assert again.trials == {first: Trial(Outcome.KILLED, "a/rule", "quick", 1.5)}


def test_an_equivalent_mutant_is_no_survivor_and_a_stale_entry_is_told():
    """Stale: nothing is like it, or what is was noticed."""
    made = _made()
    one, other = (key for key, m in made.items() if m.after in ("check(size)", "SIZES = {1}"))
    entries = [Equivalent(m.file, m.operator, m.before, m.after, "No one asks.") for m in (made[one], made[other])]
    record = Record(Path("unused"), made, {one: Trial(Outcome.SURVIVED), other: Trial(Outcome.KILLED, "a/rule")})
    gone = replace(entries[0], before="no such line")

    assert (score(record, [one], entries).survived, score(record, [one], entries).equivalent) == (0, 1)
    assert len(record.stale(entries[:1])) == 0
    assert "a/rule" in record.stale(entries[1:])[0]
    assert "no such line" in record.stale([gone])[0]
    assert "No one asks." in page(record, entries)


def test_the_judged_equivalents_are_of_todays_backend_and_its_page_of_todays_results():
    """By the files that they name, since making every mutant takes half a minute."""
    known = equivalents()
    sources = {file: (BACKEND / file).read_text(encoding="utf-8") for file in FILES}
    results = json.loads(RESULTS.read_text(encoding="utf-8"))["mutants"]
    survived = [one for one in results if one["outcome"] == "survived"]

    assert all(line in sources[entry.file] for entry in known for line in entry.before.splitlines())
    assert all(len(entry.reason) > 20 for entry in known)
    text = (BACKEND.parents[1] / "docs/mutation-score.md").read_text(encoding="utf-8")
    assert all(" ".join(one["after"].split()) in text for one in survived)


@pytest.mark.parametrize(
    ("file", "before", "after", "outcome", "by"),
    [
        ("shop/pagination.py", "page_size = 10", "page_size = 11", Outcome.KILLED, "paging/list/default-limit"),
        ("cancellations/models.py", "return not NEXT", "return NEXT", Outcome.KILLED, "reject/"),
        ("cancellations/models.py", "(db_index=True)", "(db_index=False)", Outcome.SURVIVED, ""),
        ("cancellations/models.py", "TextField(null=True)", "TextField(nil=True)", Outcome.NOT_STARTED, "TypeError"),
        ("shop/authentication.py", "not any(known)", "any(known)", Outcome.REFUSED, "key"),
    ],
)
def test_a_handful_of_mutants_on_trial(file: str, before: str, after: str, outcome: Outcome, by: str):
    """One of each outcome, judged by a few rules."""
    source = (BACKEND / file).read_text(encoding="utf-8")
    rules = ("--rule", "paging/list/default-limit", "--rule", "reject/*", "--no-schemathesis")
    trial = judged(file, source.replace(before, after, 1), ["quick"], options=rules, requests=40)

    assert before in source
    assert trial.outcome is outcome, trial
    assert by in trial.by
