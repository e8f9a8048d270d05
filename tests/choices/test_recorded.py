"""What recordings alone prove: the same as the server itself would tell, or nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from cancelkit.contract_tests.engine.registry import every_rule
from cancelkit.contract_tests.engine.runner import Runner
from cancelkit.contract_tests.engine.session import open_session
from cancelkit.contract_tests.errors import CouldNotRun
from cancelkit.contract_tests.learning.command import learn as command
from cancelkit.contract_tests.learning.observing import Learned, Lesson
from cancelkit.contract_tests.learning.recordings import learn_files, selected
from cancelkit.mockserver.local import LocalMock
from cancelkit.spec import PATH, Contract, load, read
from cancelkit.traffic import Exchange
from cancelkit.traffic.har import har_entry, har_log
from tests.choices.dialects import Dialect, asking, dialects, learned, speaking
from tests.choices.test_learning import SAME
from tests.support.recording import RecordingTransport

CONTRACTS = {
    path.stem: path
    for path in (PATH, *sorted(Path("tests/contracts").glob("*.yaml")), Path("examples/contracts/reviews.yaml"))
}
HOST = "https://staging.example"
LIST = "/api/channel/5/cancellation_requests/"
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC).timestamp()
AREAS = ("paging", "filters", "create", "patch", "put", "delete", "reject", "auth", "robustness")


def told(found: Learned) -> dict[str, str]:
    return {one.point: one.option for one in found.lessons if one.option}


def from_files(contract: Contract, *files: Path, **how: Any) -> Learned:
    return learn_files(selected(files, contract, **how), contract)


def recorded(contract: Contract, dialect: Dialect, path: Path) -> tuple[Learned, Path]:
    """What a live run told, and the recording of it."""
    kept: list[RecordingTransport] = []

    def through(inner: httpx.BaseTransport) -> RecordingTransport:
        kept.append(RecordingTransport(inner))
        return kept[0]

    return learned(contract, dialect, through), kept[0].har(path)


@pytest.mark.parametrize(
    ("name", "turn", "most_untold"),
    [("openapi", 0, 6), ("openapi", 1, 5), ("openapi", 2, 6), ("openapi", 3, 5), ("tickets", 1, 6), ("loans", 2, 6)],
)
def test_what_the_recording_of_a_run_proves_is_what_the_run_told(
    name: str, turn: int, most_untold: int, tmp_path: Path
) -> None:
    """In dialects that differ at all points; nearly all of them are told."""
    contract = read(CONTRACTS[name])
    dialect = list(dialects(contract))[turn]
    live, file = recorded(contract, dialect, tmp_path / "run.har")

    found = told(from_files(contract, file))

    same = SAME.get(name, {})
    assert found == {point: same.get((point, dialect[point]), dialect[point]) for point in found}
    assert len(found) >= len(told(live)) - most_untold


def test_other_traffic_proves_nothing_wrong(tmp_path: Path) -> None:
    """Half of a quick run of the suite: many calls at once, and odd ones among them."""
    contract = load()
    dialect = list(dialects(contract))[1]
    with LocalMock(contract=speaking(contract, dialect)) as mock:
        passing = RecordingTransport(mock.transport)
        settings = asking(mock, contract)
        with open_session(settings, contract, transport=passing) as session:
            rules = [rule for rule in every_rule(contract) if rule.area in AREAS]
            Runner(session, lambda finding, rule: None).run(rules[::2])

    found = told(from_files(contract, passing.har(tmp_path / "verify.har")))

    assert found == {point: dialect[point] for point in found}
    assert len(found) >= 18


def test_a_journal_proves_what_needs_no_headers(tmp_path: Path) -> None:
    """The mock's own export, which keeps neither keys nor the headers of answers."""
    contract = load()
    served = speaking(contract, {"page-beyond-last": "empty", "link-to-page-1": "bare"})
    key = {"Authorization": "Token k"}
    with (
        LocalMock(contract=served) as mock,
        httpx.Client(transport=mock.transport, base_url=mock.url, headers=key) as client,
    ):
        for _ in range(2):
            client.get(LIST, params={"limit": 10, "page": 2})
            client.get(LIST, params={"limit": 10, "page": 9999})
        client.get(LIST, headers={"Authorization": ""})
        journal = client.get("/_mock/journal.har")
    file = tmp_path / "journal.har"
    file.write_bytes(journal.content)

    found = told(from_files(contract, file))

    assert (found["page-beyond-last"], found["link-to-page-1"]) == ("empty", "bare")
    assert "missing-key" not in found


def calls(*sent: tuple[Any, ...], host: str = HOST) -> Iterator[Exchange]:
    """(method, path and query, status, answer, more) one after the other."""
    for number, (method, path, status, answer, *more) in enumerate(sent):
        body = b"" if answer is None else json.dumps(answer).encode()
        yield replace(
            Exchange(
                method,
                f"{host}{path}",
                (("authorization", "Token secret-key"),),
                b"",
                status,
                (("content-type", "application/json"),),
                body,
                NOON + number,
                0.1,
            ),
            **(more[0] if more else {}),
        )


def kept(path: Path, *exchanges: Exchange) -> Path:
    path.write_text(json.dumps(har_log(map(har_entry, exchanges), "tests", "1")), encoding="utf-8")
    return path


def page(*ids: int, count: int, previous: str | None = None) -> dict[str, Any]:
    return {"count": count, "next": None, "previous": previous, "results": [{"id": id} for id in ids]}


def lesson(tmp_path: Path, point: str, *sent: tuple[Any, ...]) -> Lesson:
    found = from_files(load(), kept(tmp_path / "calls.har", *calls(*sent)))
    return next(one for one in found.lessons if one.point == point)


FIRST = ("GET", f"{LIST}?limit=2", 200, page(1, 2, count=3))
BEYOND = ("GET", f"{LIST}?limit=2&page=7", 404, {"detail": "Invalid page.", "code": "not_found"})
EMPTY = ("GET", f"{LIST}?limit=2&page=7", 200, page(count=3, previous=f"http://a{LIST}?limit=2&page=6"))


PATCHED, GONE = ("PATCH", f"{LIST}9/", 200, {"id": 9}), ("GET", f"{LIST}9/", 404, {"detail": "no"})


def test_calls_that_contradict_each_other_tell_nothing(tmp_path: Path) -> None:
    found = lesson(tmp_path, "page-beyond-last", FIRST, BEYOND, EMPTY, EMPTY)

    assert found.option is None
    assert found.why == "recorded calls contradict each other: not-found (1), empty (2)"


def test_what_the_contract_does_not_say_must_be_seen_twice(tmp_path: Path) -> None:
    once, twice = (lesson(tmp_path, "page-beyond-last", FIRST, *[EMPTY] * times) for times in (1, 2))

    assert (once.option, once.why) == (None, "empty is not what the contract has, and was seen once only")
    assert (twice.option, twice.exchanges) == ("empty", 2)


@pytest.mark.parametrize(
    ("point", "sent"),
    [
        ("page-beyond-last", [BEYOND]),  # the path may be unknown
        ("page-beyond-last", [FIRST, ("GET", f"{LIST}?limit=2&page=7&status=no", 404, {"detail": "no"})]),
        ("unknown-parameter", [("GET", f"{LIST}?colour=red", 200, page(1, 2, count=2))]),  # it may select
        ("limit-malformed", [FIRST, ("GET", f"{LIST}?limit=0", 400, {"limit": ["no"]})]),  # words may be taken
        ("list-order", [("GET", LIST, 200, page(1, 2, 3, count=3))]),  # by chance
        ("delete-again", [("DELETE", f"{LIST}9/", 404, {"detail": "no"})]),  # it may never have been there
        ("missing-key", [("GET", LIST, 401, {"detail": "no"}, {"request_headers": ()})]),  # keys were not kept
        ("limit-too-large", [("GET", f"{LIST}?limit=5000000", 503, {"detail": "later"})]),
        ("action-again", [("POST", f"{LIST}9/reject/", 400, {"detail": "no"})]),  # who knows its state
        ("wrong-slash-write", [("PATCH", f"{LIST}9", 404, {"detail": "no"})]),  # it may not be there, or not be taken
        ("wrong-slash-write", [("PATCH", f"{LIST}9", 307, None, {"response_headers": (("location", "/login/"),)})]),
    ],
)
def test_what_leaves_a_doubt_is_not_told(point: str, sent: list[tuple[Any, ...]], tmp_path: Path) -> None:
    assert lesson(tmp_path, point, *sent, *sent).option is None


def test_deleting_again_is_told_by_what_was_deleted_before(tmp_path: Path) -> None:
    gone, again = ("DELETE", f"{LIST}9/", 204, None), ("DELETE", f"{LIST}9/", 404, {"detail": "no", "code": "x"})

    assert lesson(tmp_path, "delete-again", gone, again).option == "not-found"


@pytest.mark.parametrize(
    ("sent", "option"),
    [
        (("PATCH", f"{LIST}9", 404, {"detail": "no"}), "not-found"),
        (("PATCH", f"{LIST}9", 405, {"detail": "no"}), "not-allowed"),
        (("PATCH", f"{LIST}9", 200, {"id": 9}), "served"),
        (("PATCH", f"{LIST}9", 308, None, {"response_headers": (("location", f"{LIST}9/"),)}), "redirect-308"),
        (("PATCH", f"{LIST}9", 302, None, {"response_headers": (("location", f"{LIST}9/"),)}), None),
    ],
)
def test_a_write_with_a_wrong_slash_is_told_where_the_record_surely_was(
    sent: tuple[Any, ...], option: str | None, tmp_path: Path
) -> None:
    """It is shown before and after; an option that there is not is none."""
    assert lesson(tmp_path, "wrong-slash-write", PATCHED, sent, sent, PATCHED).option == option
    if option == "not-found":  # who knows when it went
        assert lesson(tmp_path, "wrong-slash-write", PATCHED, sent, sent, GONE).option is None


def test_a_key_that_the_server_does_not_take_proves_nothing(tmp_path: Path) -> None:
    wrong = {"request_headers": (("authorization", "Token other"),)}
    found = lesson(tmp_path, "page-beyond-last", FIRST, (*BEYOND, wrong), (*BEYOND, wrong))

    assert (found.option, found.why) == (None, "no recorded call shows it")


def test_a_prefix_may_stand_in_place_of_the_root(tmp_path: Path) -> None:
    moved = [(method, path.replace("/api/", "/shop/"), *rest) for method, path, *rest in (FIRST, EMPTY, EMPTY)]
    file = kept(tmp_path / "a.har", *calls(*moved))

    assert run(file).exit_code == 2
    assert told(from_files(load(), file, prefix="/shop"))["page-beyond-last"] == "empty"


def test_answers_from_a_cache_prove_nothing(tmp_path: Path) -> None:
    entries = [har_entry(exchange) for exchange in calls(FIRST, EMPTY, EMPTY)]
    file = tmp_path / "cached.har"
    file.write_text(json.dumps(har_log([{**entry, "_fromCache": "disk"} for entry in entries], "tests", "1")))

    assert not told(from_files(load(), file))


def test_the_host_and_the_day_are_those_of_the_recording(tmp_path: Path) -> None:
    found = from_files(load(), kept(tmp_path / "a.har", *calls(FIRST, EMPTY)))

    assert (found.host, found.day.isoformat(), found.requests) == ("staging.example", "2026-03-04", 2)


def test_calls_to_two_servers_are_not_mixed(tmp_path: Path) -> None:
    one = kept(tmp_path / "one.har", *calls(FIRST, EMPTY, EMPTY))
    other = kept(tmp_path / "other.har", *calls(FIRST, BEYOND, host="https://live.example"))

    with pytest.raises(CouldNotRun, match=r"staging\.example, live\.example: say which with --base-url"):
        from_files(load(), one, other)
    assert told(from_files(load(), one, other, server=HOST))["page-beyond-last"] == "empty"


def run(*words: Any) -> Any:
    return CliRunner().invoke(command, [str(word) for word in words])


def test_the_command_writes_the_same_overlay_twice(tmp_path: Path) -> None:
    file, out = kept(tmp_path / "a.har", *calls(FIRST, EMPTY, EMPTY)), tmp_path / "staging.overlay.yaml"

    first = run(file, "--out", out)
    text = out.read_text(encoding="utf-8")
    second = run(file, "--out", out)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert out.read_text(encoding="utf-8") == text
    assert 'seen: {exchanges: 2, date: "2026-03-04", host: "staging.example"}' in text
    assert "#   foreign-record: no recorded call shows it" in text
    assert read(PATH, [out]).chosen("page-beyond-last") == "empty"
    assert "secret-key" not in text + first.output


def test_the_command_tells_what_has_changed(tmp_path: Path) -> None:
    out = tmp_path / "staging.overlay.yaml"
    run(kept(tmp_path / "a.har", *calls(FIRST, EMPTY, EMPTY)), "--out", out)

    later = run(kept(tmp_path / "b.har", *calls(FIRST, BEYOND, BEYOND)), "--out", out)

    assert "page-beyond-last: was empty, is not-found now" in later.output


def test_a_documented_fact_that_is_contradicted_fails(tmp_path: Path) -> None:
    refused = [("GET", f"{LIST}?page={page}", 404, {"detail": "Invalid page."}) for page in ("0", "abc", "0", "abc")]
    file = kept(tmp_path / "a.har", *calls(("GET", LIST, 200, page(1, 2, count=2)), *refused))

    assert run(file).exit_code == 1
    assert run(file, "--accept").exit_code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["no-such.har"], "no-such.har can't be read"),
        (["http://127.0.0.1:1", "a.har"], "give one URL, or one or several recordings"),
        (["http://127.0.0.1:1", "http://127.0.0.1:2"], "give one URL, or one or several recordings"),
        (["http://127.0.0.1:1", "--base-url", HOST], "--base-url goes with recordings"),
        (["http://127.0.0.1:1", "--data", "README.md"], "holds no data: name another file with --data"),
    ],
)
def test_what_is_wrong_is_one_line(words: list[str], said: str) -> None:
    found = run(*words)

    assert found.exit_code == 2
    assert said in found.output
    assert found.output.count("\n") == 1
