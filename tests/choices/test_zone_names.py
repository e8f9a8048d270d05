"""Zones whose offset changes over the year: learned from nothing, imitated, held to and compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cancelkit.contract_tests.choices.judging import rules
from cancelkit.contract_tests.choices.written import DATE_TIME
from cancelkit.contract_tests.engine.registry import every_rule
from cancelkit.contract_tests.learning.observing import Learned, learn
from cancelkit.contract_tests.learning.recordings import learn_files, selected
from cancelkit.contract_tests.learning.writing import Earlier, earlier, written
from cancelkit.fixtures.world import World, generate_world
from cancelkit.mockserver.local import LocalMock
from cancelkit.mockserver.mutants.families.selections import family
from cancelkit.mockserver.mutants.mutant import Mutant
from cancelkit.spec import PATH, Contract, SpecError, load, read
from cancelkit.spec.reading import read_contract
from tests.choices.dialects import asking
from tests.comparing.sides import compared
from tests.support.recording import RecordingTransport
from tests.support.verified import verified

POINTS = ("day-zone", "no-offset", "date-offset")
BERLIN = "Europe/Berlin"
UTC, LETTER, UNSAID = ("utc", None), ("letter", None), ("malformed", None)


def in_zone(contract: Contract, zone: str, *points: str) -> Contract:
    """The contract of a server that means a zone wherever it means one."""
    stated = contract.document["x-choices"]
    chosen = {point: {"chosen": "zone", "value": zone, "level": "observed"} for point in points or POINTS}
    return read_contract({**contract.document, "x-choices": {**stated, **chosen}})


def lessons(
    server: Contract, contract: Contract, world: World | None = None, recording: Path | None = None
) -> tuple[Learned, dict[str, tuple[str | None, str | None]]]:
    with LocalMock(contract=server, world=world) as mock:
        passing = RecordingTransport(mock.transport)
        found = learn(asking(mock, contract), contract, transport=passing, points=frozenset(POINTS))
        if recording is not None:
            passing.har(recording)
    return found, {one.point: (one.option, one.value) for one in found.lessons}


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        (BERLIN, BERLIN),
        ("Europe/Vienna", BERLIN),
        ("America/New_York", "America/New_York"),
        ("Australia/Sydney", "Australia/Sydney"),
        ("Europe/London", "Europe/London"),
        ("Europe/Istanbul", "+03:00"),
        ("-03:30", "-03:30"),
    ],
)
def test_a_zone_is_learned_from_nothing_and_then_kept(zone: str, told: str, tmp_path: Path) -> None:
    """A zone that shares its offsets with a larger one is told by the larger one's name; the overlay is then kept."""
    file = tmp_path / "server.overlay.yaml"
    server, contract = in_zone(load(), zone), load()
    found, said = lessons(server, contract)
    file.write_text(written(found, Earlier()), encoding="utf-8")
    known = read(PATH, [file])
    again, _ = lessons(server, contract)
    confirmed, kept = lessons(server, known)

    assert said == dict.fromkeys(POINTS, ("zone", told)) == kept
    assert written(again, earlier(file)) == file.read_text(encoding="utf-8")
    assert all(one.confirms for one in confirmed.lessons)


def test_utc_is_no_zone() -> None:
    assert lessons(load(), load())[1]["day-zone"] == ("utc", None)


def test_a_zone_that_the_contract_names_is_that_of_a_server_in_it() -> None:
    """Though by its offsets it might be another: of those that are learned from nothing it is none."""
    server = in_zone(load(), "Asia/Jerusalem")

    assert lessons(server, server)[1] == dict.fromkeys(POINTS, ("zone", "Asia/Jerusalem"))
    assert lessons(server, load())[1]["date-offset"] == (None, None)
    assert lessons(in_zone(load(), BERLIN), in_zone(load(), "+01:00"))[1] == dict.fromkeys(POINTS, ("zone", BERLIN))


def recorded(file: Path) -> dict[str, tuple[str | None, str | None]]:
    found = learn_files(selected([file], load()), load())
    return {one.point: (one.option, one.value) for one in found.lessons if one.point in POINTS}


def on_day(contract: Contract, day: date) -> World:
    """A world that shows no date-time of another day."""

    def moved(node: Any) -> Any:
        if isinstance(node, Mapping):
            return {key: moved(value) for key, value in node.items()}
        dated = isinstance(node, str) and DATE_TIME.fullmatch(node)
        return f"{day}{node[10:]}" if dated else node

    world = generate_world(contract)
    tables = {name: replace(table, rows=moved(table.rows)) for name, table in world.tables.items()}
    records = [replace(one, base=moved(one.base), extras=moved(one.extras)) for one in world.records]
    return replace(world, records=records, tables=tables)


def test_date_times_of_one_season_are_told_by_their_offset_and_the_overlay_says_so() -> None:
    server, now = in_zone(load(), BERLIN), datetime.now(ZoneInfo(BERLIN)).isoformat()[-6:]
    found, said = lessons(server, load(), on_day(server, date.today()))
    text = written(found, Earlier())

    assert said == dict.fromkeys(POINTS, ("zone", now))
    for point in POINTS:
        assert f"# {point}: {now} by records of one season: a zone with summer time" in text


def test_what_each_shows_of_one_season_is_put_together(tmp_path: Path) -> None:
    """Of the season in which records are made now, filters know nothing: orders were placed in the other one."""
    server, file = in_zone(load(), BERLIN), tmp_path / "run.har"
    found, said = lessons(server, load(), on_day(server, date.today() - timedelta(days=183)), file)

    assert said == recorded(file) == dict.fromkeys(POINTS, ("zone", BERLIN))
    assert "one season" not in written(found, Earlier())


def test_what_speaks_of_another_zone_is_told_for_itself() -> None:
    """Answers in UTC say nothing of the zone of days, and a zone of answers does not make days of UTC its own."""
    days, answers = in_zone(load(), BERLIN, "day-zone"), in_zone(load(), BERLIN, "date-offset")

    assert lessons(days, load())[1] == {"day-zone": ("zone", BERLIN), "no-offset": UNSAID, "date-offset": LETTER}
    assert lessons(answers, load())[1] == {"day-zone": UTC, "no-offset": UNSAID, "date-offset": ("zone", BERLIN)}


def test_recordings_tell_a_zone(tmp_path: Path) -> None:
    file = tmp_path / "run.har"
    lessons(in_zone(load(), BERLIN), load(), recording=file)

    assert recorded(file) == dict.fromkeys(POINTS, ("zone", BERLIN))


def test_a_zone_explains_what_differs_and_once_it_is_known_nothing_does() -> None:
    server, contract = in_zone(load(), BERLIN, "day-zone"), load()

    found = compared(contract, served=(server, contract), calls=1550)
    assert {group.point for group in found.groups} == {"day-zone"}
    known = in_zone(contract, BERLIN)
    assert not compared(known, served=(known, known), calls=1550).groups


@pytest.mark.parametrize("zone", [BERLIN, "Europe/Istanbul", "America/New_York"])
def test_the_suite_has_no_finding_in_a_zone(zone: str) -> None:
    contract = in_zone(load(), zone)
    chosen = [rule for rule in every_rule(contract) if "date" in rule.id or "zone" in rule.id or "no-offset" in rule.id]
    with LocalMock(contract=contract) as mock:
        verdict = verified(contract, mock, chosen, keep=False)

    assert len(chosen) > 20
    assert [(one.rule_id, one.why) for one in verdict.findings if one.outcome.broken] == []


def broken(server: Contract, contract: Contract, *mutants: Mutant) -> Iterator[str]:
    known = [rule for rule in rules(contract) if rule.id.removeprefix("choices/") in POINTS]
    with LocalMock(contract=server, mutants=mutants) as mock:
        verdict = verified(contract, mock, known, keep=False)
    yield from (one.rule_id.removeprefix("choices/") for one in verdict.findings if one.outcome.broken)


def test_winter_time_all_the_year_is_a_finding_where_the_zone_has_summer_time() -> None:
    contract = in_zone(load(), BERLIN)
    mutant = next(one for one in family(contract) if one.name == "filters-days-no-summer")

    assert set(broken(in_zone(load(), "+01:00"), contract)) == set(POINTS)
    assert set(broken(contract, contract, mutant)) == {"day-zone"}
    assert "filters-days-no-summer" not in {one.name for one in family(in_zone(load(), "+01:00"))}


@pytest.mark.parametrize("zone", ["Europe/Berln", "../Europe/Berlin", "Europe", "localtime", "+3:00", "+15:00", 3])
def test_a_zone_that_is_none_is_an_error_that_says_where(zone: Any) -> None:
    with pytest.raises(SpecError, match=r"x-choices/day-zone/value.* is no zone: .*\+03:00.*Europe/Berlin"):
        in_zone(load(), zone, "day-zone")
