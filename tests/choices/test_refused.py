"""What recorded refusals prove of what errors say: the same as the server itself would tell, or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cancelkit.contract_tests.engine.registry import every_rule
from cancelkit.contract_tests.engine.runner import Runner
from cancelkit.contract_tests.engine.session import open_session
from cancelkit.contract_tests.learning.observing import Learned, learn
from cancelkit.contract_tests.learning.saying import NAME
from cancelkit.contract_tests.learning.writing import Earlier, earlier, written
from cancelkit.mockserver.local import LocalMock
from cancelkit.spec import PATH, Contract, read
from cancelkit.spec.reading import read_contract
from cancelkit.spec.wording import Wording
from tests.choices.dialects import asking
from tests.choices.test_errors_learned import CONTRACTS, LIST, PATCH, of_errors, saying, with_errors
from tests.choices.test_recorded import LIST as PATH_OF_LIST
from tests.choices.test_recorded import calls, from_files, kept, page, run
from tests.choices.test_states_learned import overlaid
from tests.support.recording import RecordingTransport

HEARD = frozenset({"create", "patch", "put", "filters", "paging", "reject", "auth", "robustness", "get", "transitions"})


def wordings(contract: Contract, found: Learned, folder: Path) -> dict[str, Wording]:
    """What the overlay says of errors."""
    return overlaid(contract, written(found, Earlier()), folder).wordings


def recorded(contract: Contract, server: Contract, path: Path) -> tuple[Learned, Path]:
    """What is learned of a mock, and the recording of that."""
    with LocalMock(contract=server) as mock:
        passing = RecordingTransport(mock.transport)
        live = learn(asking(mock, contract), contract, transport=passing, points=())
        return live, passing.har(path)


@pytest.mark.parametrize("name", CONTRACTS)
def test_the_recording_of_a_run_tells_what_the_run_told(name: str, tmp_path: Path) -> None:
    """Nearly every kind, in the same words; and nothing else of any."""
    contract = read(CONTRACTS[name])
    live, file = recorded(contract, saying(contract), tmp_path / "run.har")

    found, asked = (wordings(contract, one, tmp_path) for one in (from_files(contract, file), live))

    assert found.items() <= asked.items()
    assert len(found) >= len(asked) - 2, asked.keys() - found.keys()


def test_what_one_place_says_otherwise_is_told_of_that_place(tmp_path: Path) -> None:
    """As a run tells it: of an update, a list and a parameter."""
    at = {LIST: {"text": "Filter?"}, f"{LIST}.limit": {"text": "Limit?", "code": "limit"}, PATCH: {"code": "patched"}}
    stated = {"integer": {"text": "Number?", "code": "n", "at": at, "level": "observed"}}
    server = with_errors(read(PATH), **stated)
    _, file = recorded(read(PATH), server, tmp_path / "run.har")

    found = wordings(read(PATH), from_files(read(PATH), file), tmp_path)

    assert found["integer"] == server.wordings["integer"]
    assert not any(one.at for kind, one in found.items() if kind != "integer")


def test_other_traffic_tells_nothing_wrong(tmp_path: Path) -> None:
    """Half of a quick run of the suite, of a server with words of its own: odd calls, and many at once."""
    contract = read(PATH)
    server = saying(contract)
    with LocalMock(contract=server) as mock:
        passing = RecordingTransport(mock.transport)
        with open_session(asking(mock, contract), contract, transport=passing) as session:
            rules = [rule for rule in every_rule(contract) if rule.area in HEARD]
            Runner(session, lambda finding, rule: None).run(rules[::2])

    found = wordings(contract, from_files(contract, passing.har(tmp_path / "verify.har")), tmp_path)

    assert found.items() <= server.wordings.items()
    assert len(found) >= 15, found.keys()


GOOD = {"order_item": 1, "reason": 1, "cancellation_type": "cancel"}
ROW = ("GET", PATH_OF_LIST, 200, page(1, 2, count=2))
Sent = tuple[Any, ...]


def sent(method: str, path: str, answer: Any, body: Any = None, status: int = 400) -> Sent:
    more: dict[str, Any] = {"request_headers": (("authorization", "Token secret-key"),)}
    if body is not None:
        import json

        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = (*more["request_headers"], ("content-type", "application/json"))
        more = {"request_headers": headers, "request_body": raw}
    return (method, path, status, answer, more)


def create(answer: Any, **body: Any) -> Sent:
    return sent("POST", PATH_OF_LIST, answer, {**GOOD, **body})


def told(folder: Path, *exchanges: Sent) -> dict[str, str]:
    found = of_errors(from_files(read(PATH), kept(folder / "calls.har", *calls(ROW, *exchanges))))
    return {point.removeprefix("error-"): option for point, option in found.items() if option}


def no(field: str, text: str, code: str = "c") -> dict[str, Any]:
    return {field: [text], "code": code}


@pytest.mark.parametrize(
    ("kind", "exchanges", "option"),
    [
        (
            "required",
            [sent("POST", PATH_OF_LIST, no("reason", "Needed!"), {"order_item": 1, "cancellation_type": "cancel"})] * 2,
            'c "Needed!"',
        ),
        ("null", [create(no("reason", "Null!"), reason=None)] * 2, 'c "Null!"'),
        ("integer", [create(no("quantity", "How many?"), quantity=value) for value in ([], "many")], 'c "How many?"'),
        ("minimum", [create(no("quantity", "From 1."), quantity=value) for value in (0, -5)], 'c "From {limit}."'),
        (
            "choice",
            [create(no("cancellation_type", f"No {value}!"), cancellation_type=value) for value in ("loan", "gift")],
            'c "No {value}!"',
        ),
        (
            "reference",
            [create(no("reason", f"No row {key}."), reason=key) for key in (900_000_001, 900_000_002)],
            'c "No row {value}."',
        ),
        ("no-body", [sent("POST", PATH_OF_LIST, {"detail": "Nothing?"}, b"")] * 2, '"Nothing?"'),
        ("parse", [sent("POST", PATH_OF_LIST, {"detail": "No JSON."}, body) for body in (b"{", b"[1,]")], '"No JSON."'),
        (
            "date-time",
            [sent("GET", f"{PATH_OF_LIST}?date_placed={text}", no("date_placed", "When?")) for text in ("abc", "xyz")],
            'c "When?"',
        ),
        (
            "page",
            [sent("GET", f"{PATH_OF_LIST}?page={page}", {"detail": "Gone."}, status=404) for page in (7, 8)],
            '"Gone."',
        ),
        (
            "not-found",
            [
                sent("GET", f"{PATH_OF_LIST}1/", {"id": 1}, status=200),
                *(sent("GET", f"{PATH_OF_LIST}{id}/", {"detail": "Who?"}, status=404) for id in (77, 78)),
            ],
            '"Who?"',
        ),
        ("method", [sent("PATCH", PATH_OF_LIST, {"detail": "No PATCH."}, status=405)] * 2, '"No {method}."'),
        (
            "no-key",
            [("GET", PATH_OF_LIST, 401, {"detail": "Key?"}, {"request_headers": (("accept", "*/*"),)})] * 2,
            '"Key?"',
        ),
    ],
)
def test_a_refusal_for_one_certain_fault_tells_its_kind(
    kind: str, exchanges: list[Sent], option: str, tmp_path: Path
) -> None:
    """And no other kind; once is not enough."""
    assert told(tmp_path, *exchanges) == {kind: option}
    assert told(tmp_path, exchanges[-1]) == {}


@pytest.mark.parametrize(
    "exchanges",
    [
        [create({**no("reason", "Null!"), "quantity": ["From 1."]}, reason=None, quantity=0)] * 2,  # two faults
        [create(no("quantity", "Null!"), reason=None)] * 2,  # it names another field
        [create({"detail": "No."}, reason=None)] * 2,  # it names none
        [create(no("reason", "Not yours."), reason=4)] * 2,  # there may be such a row, and another reason
        [create(no("description", "Too few letters."), description=5.5)] * 2,  # it may have been converted
        [create(no("colour", "Unknown."), colour="red")] * 2,  # of no kind
        [sent("POST", PATH_OF_LIST, {"detail": "No JSON."}, b"[NaN]")] * 2,  # some take it
        [sent("GET", f"{PATH_OF_LIST}1/", {"detail": "Who?"}, status=404)] * 2,  # an answer shows it
        [sent("GET", PATH_OF_LIST.replace("5", "9") + "77/", {"detail": "Who?"}, status=404)] * 2,  # no such scope
        [create(no("reason", text), reason=None) for text in ("Null!", "Something else")],
        [create(no("reason", "Null!", code), reason=None) for code in ("null", "invalid")],
        [sent("PATCH", f"{PATH_OF_LIST}1/", no("status", "Not now."), {"status": "refund_pending"})] * 2,  # a move
        [sent("GET", f"{PATH_OF_LIST}{'9' * 24}{end}/", {"detail": "Who?"}, status=404) for end in (1, 2)],
        [sent("POST", PATH_OF_LIST, no("reason", "Needed!"), b"")] * 2,  # an object without fields
        [create(no(name, text), **{name: None}) for name, text in (("reason", "Null!"), ("order_item", "Never."))],
    ],
    ids=range(15),
)
def test_what_leaves_a_doubt_or_contradicts_itself_tells_nothing(exchanges: list[Sent], tmp_path: Path) -> None:
    assert told(tmp_path, *exchanges) == {}


def test_the_command_writes_them_once_and_tells_why_not(tmp_path: Path) -> None:
    """With the calls that prove them; the reason of each other kind stands as a comment. No value stands in it."""
    file, out = tmp_path / "a.har", tmp_path / "staging.overlay.yaml"
    kept(
        file,
        *calls(
            ROW,
            *[create(no("reason", "Null!"), reason=None, iban="TR-secret")] * 2,
            create(no("quantity", "From 1."), quantity=0),
        ),
    )

    first, text = run(file, "--out", out), out.read_text(encoding="utf-8")

    assert first.exit_code == 0
    assert NAME in earlier(out).topics
    assert read(PATH, [out]).wordings["null"].text == "Null!"
    assert "x-seen: {exchanges: 2, date: '2026-03-04', host: staging.example}" in text
    assert "#   error-minimum: it was seen once only" in text
    assert "secret" not in text
    assert (run(file, "--out", out).exit_code, out.read_text(encoding="utf-8")) == (0, text)


def test_words_that_are_documented_are_contradicted_by_others(tmp_path: Path) -> None:
    """As of a server that is asked: shown, and not written."""
    stated = {"null": {"text": "Null?", "level": "documented"}}
    contract = read_contract({**read(PATH).document, "x-errors": stated})
    found = from_files(
        contract, kept(tmp_path / "a.har", *calls(ROW, *[create(no("reason", "Null!"), reason=None)] * 2))
    )

    assert [one.point for one in found.statements if one.contradicts] == ["error-null"]
    assert "x-errors" not in written(found, Earlier())
