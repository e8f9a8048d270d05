"""What errors say: learned from mocks with words of their own, said by the mock, judged by the suite."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from cancelkit.contract_tests.learning.observing import Learned, learn
from cancelkit.contract_tests.learning.saying import NAME, template
from cancelkit.contract_tests.learning.writing import Earlier, earlier, written
from cancelkit.contract_tests.wording.judging import rules
from cancelkit.contract_tests.wording.probes import Said, probes
from cancelkit.mockserver.local import LocalMock
from cancelkit.mockserver.mutants.families.wording import family
from cancelkit.spec import PATH, Contract, Level, SpecError, read
from cancelkit.spec.reading import read_contract
from cancelkit.spec.wording import KINDS
from tests.choices.dialects import asking
from tests.choices.test_states_learned import overlaid, walked
from tests.support.verified import verified

CONTRACTS = {
    "cancellations": PATH,
    "reviews": Path("examples/contracts/reviews.yaml"),
    "tickets": Path("tests/contracts/tickets.yaml"),
}


def saying(contract: Contract, **more: Any) -> Contract:
    """The contract with words of its own for every kind: other texts, which show the same values, and other codes."""
    nodes = {
        id: {
            "text": f"No! {kind.text[::-1].translate(BRACES)}" if "{" not in kind.text else f"Oh, {kind.text}",
            "code": f"e-{id}",
        }
        for id, kind in KINDS.items()
    }
    stated = {id: {**node, "level": "observed", **more} for id, node in nodes.items()}
    return read_contract({**contract.document, "x-errors": stated})


CREATE, LIST, PATCH = "createCancellationRequest", "listCancellationRequests", "partialUpdateCancellationRequest"
BRACES = str.maketrans("", "", "{}")


def with_errors(contract: Contract, **nodes: Any) -> Contract:
    """The contract, which says something else of some kinds of errors."""
    stated = {**contract.document.get("x-errors", {}), **nodes}
    return read_contract({**contract.document, "x-errors": stated})


def of_errors(found: Learned) -> dict[str, str | None]:
    return {one.point: one.option for topic in found.topics if topic.name == NAME for one in topic.statements}


@pytest.mark.parametrize("name", CONTRACTS)
def test_each_kind_is_learned_said_and_judged(name: str, tmp_path: Path) -> None:
    """Mock, learn and suite agree on every kind that the contract can have, and a second learn changes nothing."""
    contract = read(CONTRACTS[name])
    server = saying(contract)
    found = walked(contract, server)
    text = written(found, Earlier())
    now = overlaid(contract, text, tmp_path)

    told = {point.removeprefix("error-"): option for point, option in of_errors(found).items() if option}
    assert told.keys() == now.wordings.keys()
    assert {id: (one.text, one.code) for id, one in now.wordings.items()} == {
        id: (server.wordings[id].text, server.wordings[id].code) for id in told
    }
    assert all(one.fact.level is Level.OBSERVED for one in now.wordings.values())
    assert written(walked(contract, server), earlier(tmp_path / "learned.yaml")) == text
    with LocalMock(contract=server) as mock:
        right = verified(now, mock, list(rules(now)), keep=False)
    with LocalMock(contract=contract) as mock:
        wrong = verified(now, mock, list(rules(now)), keep=False)
    mine = {f"choices/error-{id}" for id in told}
    assert mine
    assert [f.rule_id for f in right.findings if f.outcome.broken] == []
    assert {f.rule_id for f in wrong.findings if f.outcome.broken} >= mine


def test_what_one_place_says_otherwise_is_learned_said_and_judged(tmp_path: Path) -> None:
    """Of an update, a list and a parameter; where they say the same as a create nothing more is written."""
    contract, level = read(PATH), "observed"
    at = {LIST: {"text": "Filter?"}, f"{LIST}.limit": {"text": "Limit?", "code": "limit"}, PATCH: {"code": "patched"}}
    stated = {"integer": {"text": "Number?", "code": "n", "at": at, "level": level}}
    stated["minimum"] = {"text": "{limit}!", "at": {f"{LIST}.page": {"text": "From {limit} on."}}, "level": level}
    server = read_contract({**contract.document, "x-errors": stated})
    now = overlaid(contract, written(walked(contract, server), Earlier()), tmp_path)

    assert now.wordings["integer"] == server.wordings["integer"]
    assert now.wordings["minimum"].at.keys() == {f"{LIST}.page"}
    assert not any(one.at for kind, one in now.wordings.items() if kind not in stated)
    about = [rule for rule in rules(now) if rule.id in ("choices/error-integer", "choices/error-minimum")]
    elsewhere = {**stated["integer"], "at": {**at, f"{LIST}.limit": {"text": "Other?", "code": "limit"}}}
    for said, broken in ((server, []), (with_errors(server, integer=elsewhere), ["choices/error-integer"])):
        with LocalMock(contract=said) as mock:
            verdict = verified(now, mock, about, keep=False)
        assert [f.rule_id for f in verdict.findings if f.outcome.broken] == broken


def test_another_field_with_words_of_its_own_is_learned_said_and_judged(tmp_path: Path) -> None:
    """Each field of a create and each filter of a list is asked; of an update and of another list those that have such
    words there. All that costs less than a thousand requests."""
    contract, level = read(PATH), "observed"
    fields = {f"{CREATE}.holder_name": {"text": "Who?"}, f"{PATCH}.holder_name": {"text": "Whose?", "code": "h"}}
    filters = {f"{LIST}.order_id": {"text": "Which?"}, f"{LIST}Detailed.order_id": {"text": "Which one?"}}
    stated = {"string": {"text": "Text?", "code": "s", "at": fields, "level": level}}
    stated["integer"] = {"text": "Number?", "code": "n", "at": filters, "level": level}
    server = with_errors(contract, **stated)
    found = learned_of(server, contract)
    now = overlaid(contract, written(found, Earlier()), tmp_path)

    assert {kind: now.wordings[kind] for kind in stated} == {kind: server.wordings[kind] for kind in stated}
    assert not any(one.at for kind, one in now.wordings.items() if kind not in stated)
    assert found.requests < 1000
    about = [rule for rule in rules(now) if rule.id in ("choices/error-string", "choices/error-integer")]
    elsewhere = {**stated["string"], "at": {**fields, f"{PATCH}.holder_name": {"text": "Other?", "code": "h"}}}
    for said, broken in ((server, []), (with_errors(server, string=elsewhere), ["choices/error-string"])):
        with LocalMock(contract=said) as mock:
            verdict = verified(now, mock, about, keep=False)
        assert [f.rule_id for f in verdict.findings if f.outcome.broken] == broken


def learned_of(server: Contract, contract: Contract) -> Learned:
    """All that is learned of a mock."""
    with LocalMock(contract=server) as mock:
        return learn(asking(mock, contract), contract, transport=mock.transport)


def test_each_learned_text_and_code_has_a_rule_that_kills_another(tmp_path: Path) -> None:
    """A mutant that says something else of a kind than was learned breaks the rule of that kind."""
    stated = {"boolean": {"text": "Yes?", "code": "b", "at": {PATCH: {"text": "No?"}}, "level": "observed"}}
    server = with_errors(saying(read(PATH)), **stated)
    now = overlaid(read(PATH), written(walked(read(PATH), server), Earlier()), tmp_path)
    known = {rule.id: rule for rule in rules(now)}
    made = [mutant for mutant in family(now) if mutant.sample]

    assert {mutant.name for mutant in made} == {
        *(f"wording-{kind}-{what}" for kind in now.wordings for what in ("text", "code")),
        "wording-boolean-everywhere",
    }
    for what in ("text", "code", "everywhere"):  # all of a sort at once: each kind has its own rule
        wrong = [mutant for mutant in made if mutant.name.endswith(f"-{what}")]
        killing = {f"choices/error-{one.name.removeprefix('wording-').removesuffix(f'-{what}')}" for one in wrong}
        with LocalMock(contract=now, mutants=wrong) as mock:
            verdict = verified(now, mock, [known[id] for id in killing], keep=False)
        assert {f.rule_id for f in verdict.findings if f.outcome.broken} >= killing


def test_errors_of_the_contracts_own_shape_are_left_alone(tmp_path: Path) -> None:
    """Nothing is written of them; an overlay that says nothing can be read."""
    contract = read(Path("tests/contracts/shipments.yaml"))
    found = walked(contract, contract)
    whys = {one.why for topic in found.topics if topic.name == NAME for one in topic.statements}

    assert "its errors have a shape of their own" in whys
    assert overlaid(contract, written(found, Earlier()), tmp_path).wordings == {}


def test_every_kind_of_the_packaged_contract_is_told() -> None:
    found = of_errors(walked(read(PATH), read(PATH)))

    assert found.keys() == {f"error-{kind}" for kind in probes(read(PATH))}
    assert len(found) > 15
    assert [point for point, option in found.items() if option is None] == ["error-bare-key"]  # it is taken there


def test_the_usual_words_are_those_of_the_catalogue() -> None:
    """What the mock says where a contract says nothing is what KINDS has: else it would not be known again."""
    for name, path in CONTRACTS.items():
        for point, option in of_errors(walked(read(path), read(path))).items():
            kind = KINDS[point.removeprefix("error-")]
            assert option in (None, f'{kind.code} "{kind.text}"'), name


def test_the_mock_says_a_code_without_a_text_and_a_text_without_a_code() -> None:
    document = {**read(PATH).document, "x-errors": {"not-found": {"code": "gone", "level": "documented"}}}
    document["x-errors"]["no-key"] = {"text": "Who are you?", "level": "documented"}
    contract = read_contract(document)
    with LocalMock(contract=contract) as mock, httpx.Client(transport=mock.transport, base_url=mock.url) as client:
        path = "/api/v1/channel/5/cancellation_requests/"
        missing = client.get(f"{path}999999/", headers={"Authorization": "Token a"})
        keyless = client.get(path)

    assert missing.json() == {"detail": "Not found.", "code": "gone"}
    assert keyless.json() == {"detail": "Who are you?", "code": "not_authenticated"}


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        (("a 5 b", {"limit": "5"}), ("a 6 b", {"limit": "6"}), "a {limit} b"),
        (("same", {}), ("same", {"value": "x"}), "same"),
        (("JSON parse error - at 1", {}), ("JSON parse error - at 27", {}), "JSON parse error - at {detail}"),
        (("Trace 81ab is broken here", {}), ("Trace 9fff is broken here", {}), "Trace {detail} is broken here"),
        (("one thing", {}), ("another", {}), None),
    ],
)
def test_two_texts_make_a_template(one: tuple[str, Any], other: tuple[str, Any], wanted: str | None) -> None:
    assert template(*(Said(400, text, "c", values) for text, values in (one, other))) == wanted


@pytest.mark.parametrize(
    ("node", "said"),
    [
        ({"no-such": {"text": "a", "level": "observed"}}, "unknown kind of fault; known are required, null"),
        ({"null": {"level": "observed"}}, "needs `level`, and what is said: `text`, `code`"),
        ({"null": {"text": "a"}}, "needs `level`"),
        ({"null": {"text": 5, "level": "observed"}}, "must be text"),
        ({"null": {"text": "a", "level": "observed", "txt": "b"}}, "unknown key; known are at, code"),
        ({"null": {"text": "a", "level": "observed", "at": {"noSuch": {"text": "b"}}}}, "there is no such operation"),
        ({"null": {"text": "a", "level": "observed", "at": {CREATE: {"level": "observed"}}}}, "and nothing else"),
        ({"null": {"text": "a", "level": "observed", "at": {CREATE: {"text": 5}}}}, "must be text"),
        ({"null": {"text": "a", "level": "observed", "at": [CREATE]}}, "must be a mapping"),
        ([], "must be a mapping"),
    ],
)
def test_what_is_wrong_is_said(node: Any, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        read_contract({**read(PATH).document, "x-errors": node})


def test_no_key_and_no_record_stands_in_what_is_learned() -> None:
    text = written(walked(read(PATH), read(PATH)), Earlier())

    assert "in-process" not in text
    assert "no-such" not in text


def test_the_rules_prove_themselves() -> None:
    """Each accepts what the contract says, and rejects another text and another code."""
    stated = list(rules(saying(read(PATH))))

    assert stated
    for rule in stated:
        assert not any(list(rule.judge(evidence)) for evidence in rule.accepts), rule.id
        assert len(rule.rejects) == 2
        assert all(list(rule.judge(evidence)) for evidence in rule.rejects), rule.id


def test_the_table_in_the_documents_is_current() -> None:
    text = Path("docs/spec-extensions.md").read_text(encoding="utf-8")

    for kind in KINDS.values():
        said = kind.text.replace("|", "\\|")
        assert f"| `{kind.id}` | {kind.about} | `{kind.code}` | {said} |" in text


def test_the_fields_of_an_update_that_says_it_otherwise_are_each_asked(tmp_path: Path) -> None:
    """Django REST Framework says of a reference that its type is wrong, on create and update alike, and of any other
    integer that it is none."""
    contract, level = read(PATH), "observed"
    names = ("order_item", "reason")
    at = {f"{CREATE}.quantity": {"text": "Number?", "code": "n"}, PATCH: {"text": "Number?", "code": "n"}}
    at |= {f"{PATCH}.{name}": {"text": "Key?", "code": "k"} for name in names}
    server = with_errors(contract, integer={"text": "Key?", "code": "k", "at": at, "level": level})
    now = overlaid(contract, written(learned_of(server, contract), Earlier()), tmp_path)

    heard, said = now.wordings["integer"], server.wordings["integer"]
    for operation in (CREATE, PATCH):
        for name in (*names, "quantity"):
            assert heard.here(operation, name).said.startswith(said.here(operation, name).said.split(";")[0])


def test_where_a_text_stands_is_learned_said_and_judged(tmp_path: Path) -> None:
    """An action that is refused in `detail`, a key without its word, an empty parameter: as a server says them."""
    contract = read(PATH)
    said = {
        "action": {"text": "Nothing can be done when {old}.", "code": "no", "under": "detail"},
        "object": {"text": "Give an object, not {type}.", "code": "no", "under": "body"},
        "bare-key": {"text": "Put the word before it.", "code": "no"},
        "empty": {"text": "May not be empty.", "code": "blank"},
    }
    stated = {kind: {**node, "level": "observed"} for kind, node in said.items()}
    choices = {**contract.document["x-choices"], "bare-key": {"chosen": "refused", "level": "observed"}}
    choices["empty-filter"] = {"chosen": "refused", "level": "observed"}
    document = {**contract.document, "x-choices": choices}
    server = read_contract({**document, "x-errors": {**document.get("x-errors", {}), **stated}})
    usual = read_contract(document)
    now = overlaid(usual, written(walked(usual, server), Earlier()), tmp_path)

    assert {kind: now.wordings[kind] for kind in stated} == {kind: server.wordings[kind] for kind in stated}
    about = [rule for rule in rules(now) if rule.id.removeprefix("choices/error-") in stated]
    for mock_of, broken in ((server, set[str]()), (usual, {rule.id for rule in about})):
        with LocalMock(contract=mock_of) as mock:
            verdict = verified(now, mock, about, keep=False)
        assert {f.rule_id for f in verdict.findings if f.outcome.broken} == broken
    with LocalMock(contract=server) as mock, httpx.Client(transport=mock.transport, base_url=mock.url) as client:
        path = "/api/v1/channel/5/cancellation_requests/"
        refused = client.post(path, json=[], headers={"Authorization": "Token a"})
    assert refused.json() == {"body": ["Give an object, not list."], "code": "no"}


def test_a_member_that_is_not_the_learned_one_is_a_mutant(tmp_path: Path) -> None:
    contract = with_errors(read(PATH), action={"text": "No.", "under": "detail", "level": "observed"})
    (mutant,) = [one for one in family(contract) if one.name == "wording-action-member"]
    with LocalMock(contract=contract, mutants=[mutant]) as mock:
        verdict = verified(contract, mock, list(rules(contract)), keep=False)

    assert {f.rule_id for f in verdict.findings if f.outcome.broken} == {"choices/error-action"}
