"""Whether a filter checks the format of its values, learned where others refuse what does not parse."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from cancelkit.contract_tests.engine.registry import every_rule, matches
from cancelkit.contract_tests.learning import rounds
from cancelkit.contract_tests.learning.formats import ANY, NAME, Formats, formatted
from cancelkit.contract_tests.learning.observing import Learned, learn
from cancelkit.contract_tests.learning.recordings import learn_files, selected
from cancelkit.contract_tests.learning.topic import Statement
from cancelkit.contract_tests.learning.writing import Earlier, changes, earlier, written
from cancelkit.mockserver.local import LocalMock
from cancelkit.spec import PATH, Contract, read
from cancelkit.spec.reading import read_contract
from tests.choices.dialects import asking, speaking
from tests.choices.test_states_learned import overlaid, walked
from tests.support.recording import RecordingTransport
from tests.support.verified import verified

POINT = "format customer_email"
EMAIL = {"type": "string", "format": "email"}


@pytest.fixture(autouse=True)
def _nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the formats are looked at."""
    monkeypatch.setattr(rounds, "LOOKS", (Formats,))


def with_schema(schema: Any, **components: Any) -> Contract:
    """The contract with another schema of the filter on the e-mail address."""
    document: Any = copy.deepcopy(read(PATH).document)
    document["components"]["parameters"]["CustomerEmail"]["schema"] = schema
    document["components"]["schemas"] |= components
    return read_contract(document)


ANY_TEXT = with_schema({"type": "string"})


def told(found: Learned) -> Statement:
    return next(one for topic in found.topics if topic.name == NAME for one in topic.statements)


def test_a_format_that_is_not_checked_is_removed_and_mock_and_suite_follow(tmp_path: Path) -> None:
    """And a second look changes nothing, by the contract as it was and by the one that was learned."""
    contract, file = read(PATH), tmp_path / "learned.yaml"
    found = walked(contract, ANY_TEXT)
    text = written(found, Earlier())
    now = overlaid(contract, text, tmp_path)
    rules = [rule for rule in every_rule(now) if "customer_email" in rule.id]
    with LocalMock(contract=ANY_TEXT) as mock:
        verdict = verified(now, mock, rules, keep=False)

    assert (told(found).point, told(found).option, told(found).known) == (POINT, ANY, "email")
    assert now.document["components"]["parameters"]["CustomerEmail"]["schema"] == {"type": "string"}
    assert rules
    assert [one.rule_id for one in verdict.findings if one.outcome.broken] == []
    assert written(walked(contract, ANY_TEXT), earlier(file)) == text == written(walked(now, now), earlier(file))


def test_a_format_that_is_checked_is_not_written() -> None:
    found = walked(read(PATH), read(PATH))

    assert told(found).confirms
    assert "CustomerEmail" not in written(found, Earlier())


def test_a_server_that_begins_to_refuse_is_told(tmp_path: Path) -> None:
    file = tmp_path / "learned.yaml"
    file.write_text(written(walked(read(PATH), ANY_TEXT), Earlier()), encoding="utf-8")
    before, found = earlier(file), walked(read(PATH), read(PATH))

    assert [one.point for one in changes(found, before)] == [NAME]
    assert "CustomerEmail" not in written(found, before)
    assert changes(walked(read(PATH), ANY_TEXT), before) == []


@pytest.mark.parametrize(
    ("option", "why"),
    [
        ("matches-nothing", "malformed values of other filters find nothing either"),
        ("ignored", "a value that breaks it is ignored"),
    ],
)
def test_where_malformed_values_are_not_refused_it_is_not_told(option: str, why: str) -> None:
    found = walked(read(PATH), speaking(read(PATH), {"malformed-filter": option}))

    assert (told(found).option, told(found).why) == (None, why)
    assert f"#   {POINT}: {why}\n" in written(found, Earlier())


def test_what_is_documented_is_contradicted() -> None:
    """It is written only if that is accepted; and the rules that judge it are known."""
    contract = speaking(read(PATH), {"malformed-filter": "refused"}, level="documented")
    found = walked(contract, ANY_TEXT)
    judging = [rule.id for rule in every_rule(contract) for one in told(found).rules if matches(rule.id, one)]

    assert told(found).contradicts
    assert "CustomerEmail" not in written(found, Earlier())
    assert "CustomerEmail" in written(found, Earlier(), contradictions=True)
    assert judging == ["filters/list/customer_email/refuses", "filters/list-detailed/customer_email/refuses"]


def test_a_schema_that_others_share_keeps_its_format(tmp_path: Path) -> None:
    contract = with_schema({"$ref": "#/components/schemas/Mail"}, Mail={"allOf": [EMAIL], "description": "A mailbox."})
    now = overlaid(contract, written(walked(contract, ANY_TEXT), Earlier()), tmp_path)

    assert now.document["components"]["schemas"]["Mail"] == contract.document["components"]["schemas"]["Mail"]
    schema = now.document["components"]["parameters"]["CustomerEmail"]["schema"]
    assert schema == {"allOf": [{"type": "string"}], "description": "A mailbox."}


@pytest.mark.parametrize("name", ["uuid", "uri", "hostname", "ipv4"])
def test_any_format_that_a_server_need_not_check_is_tried(name: str) -> None:
    (one,) = formatted(with_schema({"type": "string", "format": name}))

    assert (one.name, one.format) == ("customer_email", name)


@pytest.mark.parametrize("name", ["date", "date-time", "password", "decimal"])
def test_a_format_that_says_how_values_compare_or_that_nothing_breaks_is_not(name: str) -> None:
    assert formatted(with_schema({"type": "string", "format": name})) == []


def test_what_becomes_of_malformed_values_is_told_by_what_every_server_checks(tmp_path: Path) -> None:
    """Of a server that is asked, and by the recording of that."""
    file, contract = tmp_path / "run.har", read(PATH)
    with LocalMock(contract=ANY_TEXT) as mock:
        passing = RecordingTransport(mock.transport)
        asked = learn(asking(mock, contract), contract, transport=passing, points={"malformed-filter"})
        passing.har(file)
    heard = learn_files(selected([file], contract), contract)

    assert [one.option for one in asked.lessons] == ["refused"]
    assert [one.option for one in heard.lessons if one.point == "malformed-filter"] == ["refused"]
