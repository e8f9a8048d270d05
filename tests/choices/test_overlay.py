"""The overlay that `learn` writes: what stands in it, what learning again does, and what mock and suite make of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from cancelkit.contract_tests.choices.judging import rules
from cancelkit.contract_tests.errors import CouldNotRun
from cancelkit.contract_tests.learning.observing import Learned, Lesson
from cancelkit.contract_tests.learning.writing import Earlier, changes, earlier, written
from cancelkit.mockserver.local import LocalMock
from cancelkit.mockserver.mutants.families.choices import family
from cancelkit.spec import PATH, Contract, load, read
from tests.choices.dialects import learned, speaking
from tests.support.verified import verified

OTHERWISE = {
    "page-beyond-last": "empty",
    "text-as-number": "converted",
    "link-to-page-1": "bare",
    "head": "not-allowed",
    "empty-limit": "default",
    "empty-page": "not-found",
    "day-zone": "zone",
    "day-bounds": "first-instant",
}
DOCUMENTED = {"unknown-field": "refused"}
DAY = date(2026, 1, 2)


def lesson(contract: Contract, point: str, option: str | None, why: str = "") -> Lesson:
    return Lesson(contract.choices[point], option, why, 3)


def seen(contract: Contract, options: dict[str, str | None], day: date = DAY) -> Learned:
    lessons = tuple(
        lesson(contract, point, option, "" if option else "nobody there") for point, option in options.items()
    )
    return Learned(lessons, "staging.example:8000", day, 10, 1.0)


def kept(text: str, folder: Path) -> Path:
    file = folder / "staging.overlay.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_mock_and_suite_follow_what_was_learned(tmp_path: Path) -> None:
    """The learned contract has no finding on the server, and the one before has; each observed choice has a rule."""
    contract = load()
    found = learned(contract, OTHERWISE)
    file = kept(written(found, Earlier()), tmp_path)
    now = read(PATH, [file])

    assert {point: now.chosen(point) for point in OTHERWISE} == OTHERWISE
    with LocalMock(contract=speaking(contract, OTHERWISE)) as mock:
        assert not [f for f in verified(now, mock, list(rules(now)), keep=False).findings if f.outcome.broken]
        before = verified(speaking(contract, {}), mock, _about(contract), keep=False)
    assert {f.rule_id for f in before.findings if f.outcome.broken} == {
        "paging/list/beyond-last",
        "robustness/head/list",
    }


def _about(contract: Contract) -> list:
    from cancelkit.contract_tests.engine.registry import every_rule

    wanted = ("paging/list/beyond-last", "robustness/head/list", "paging/list/order")
    return [rule for rule in every_rule(contract) if rule.id in wanted]


def test_each_observed_choice_has_a_rule_that_kills_the_others(tmp_path: Path) -> None:
    contract = speaking(load(), OTHERWISE)
    known = {rule.id: rule for rule in rules(contract)}
    mutants = [mutant for mutant in family(contract) if mutant.sample]

    assert {mutant.name.removeprefix("choice-").rpartition("-")[0] for mutant in mutants} >= {"text-as-number"}
    for mutant in mutants:
        rule = next(
            rule for id, rule in known.items() if mutant.name.startswith(f"choice-{id.removeprefix('choices/')}-")
        )
        with LocalMock(contract=contract, mutants=[mutant]) as mock:
            verdict = verified(contract, mock, [rule], keep=False)
        assert [finding.outcome.broken for finding in verdict.findings if finding.rule_id == rule.id] == [True], (
            mutant.name
        )


def test_what_is_documented_and_confirmed_is_not_repeated() -> None:
    contract = load()

    text = written(
        seen(contract, {"limit-malformed": "refused", "page-beyond-last": "not-found", "date-digits": "seconds"}),
        Earlier(),
    )

    assert "limit-malformed" not in text
    assert all(point in text for point in ("page-beyond-last", "date-digits"))


def test_contradictions_are_left_out_unless_accepted() -> None:
    contract = load()
    found = seen(contract, DOCUMENTED)

    assert [one.contradicts for one in found.lessons] == [True]
    assert "unknown-field" not in written(found, Earlier())
    assert "chosen: refused" in written(found, Earlier(), contradictions=True)


def test_learning_again_changes_nothing(tmp_path: Path) -> None:
    """Not even dates; not what could not be told this time."""
    contract = load()
    first = written(seen(contract, {"page-beyond-last": "empty", "head": "answered"}), Earlier())
    before = earlier(kept(first, tmp_path))
    later = seen(contract, {"page-beyond-last": "empty", "head": None}, date(2026, 5, 6))

    assert written(later, before) == first
    assert changes(later, before) == []


def test_a_change_is_told_and_dated(tmp_path: Path) -> None:
    contract = load()
    before = earlier(
        kept(written(seen(contract, {"page-beyond-last": "empty", "head": "answered"}), Earlier()), tmp_path)
    )
    later = seen(contract, {"page-beyond-last": "last-page", "head": "answered"}, date(2026, 5, 6))

    text = written(later, before)

    assert [str(change) for change in changes(later, before)] == ["page-beyond-last: was empty, is last-page now"]
    assert text.count("2026-05-06") == 2  # the point's, and the overlay's
    assert text.count("2026-01-02") == 1


def test_what_could_not_be_told_stands_with_the_reason() -> None:
    text = written(seen(load(), {"foreign-record": None}), Earlier())

    assert "#   foreign-record: nobody there\n" in text


def test_another_file_is_not_overwritten(tmp_path: Path) -> None:
    file = kept("openapi: 3.0.3\n", tmp_path)

    with pytest.raises(CouldNotRun, match="name another file"):
        earlier(file)


def test_nothing_of_the_key_or_the_records_is_written() -> None:
    text = written(replace(learned(load(), OTHERWISE)), Earlier())

    assert "in-process" not in text
    assert "order_item" not in text


def test_reading_alone_learns_what_reading_shows() -> None:
    found = {one.point: one for one in learned(load(), OTHERWISE, read_only=True).lessons}

    assert found["page-beyond-last"].option == "empty"
    assert found["text-as-number"].option is None
    assert "--read-only" in found["text-as-number"].why
