"""Mutants are computed from any contract, each is wrong in one way, and two apps share nothing."""

from __future__ import annotations

import asyncio
import copy
import warnings
from pathlib import Path
from typing import Any

import httpx
import pytest

from cancelkit.fixtures.world import generate_world
from cancelkit.mockserver.app import create_app
from cancelkit.mockserver.mutants import find, mutants
from cancelkit.mockserver.mutants.names import old_names
from cancelkit.mockserver.settings import Settings
from cancelkit.spec import Contract, load
from cancelkit.spec.reading import read_contract

REVIEWS = Path(__file__).parents[2] / "examples/contracts/reviews.yaml"

NOTES: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Notes", "version": "1"},
    "paths": {
        "/notes": {
            "post": {
                "operationId": "add",
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["title"],
                                "properties": {
                                    "title": {"type": "string", "maxLength": 40},
                                    "stars": {"type": "number", "minimum": 0, "nullable": True},
                                },
                            }
                        }
                    },
                },
                "responses": {
                    "201": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Note"}}}}
                },
            }
        },
        "/notes/{key}": {
            "parameters": [{"name": "key", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {
                "operationId": "show",
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Note"}}}}
                },
            },
        },
    },
    "components": {
        "schemas": {
            "Note": {
                "type": "object",
                "required": ["key", "title"],
                "properties": {
                    "key": {"type": "string", "format": "uuid"},
                    "title": {"type": "string"},
                    "stars": {"type": "number", "nullable": True},
                },
            }
        }
    },
}


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load()


def test_every_old_name_leads_to_a_mutant(contract: Contract) -> None:
    """With a warning that says the present name."""
    known = mutants(contract)

    assert {today for today in old_names().values() if today not in known} == set()
    with pytest.warns(DeprecationWarning, match="is called error-html now"):
        assert find("not-found-html", contract) is not None


def test_a_present_name_warns_of_nothing(contract: Contract) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert find("paging-overlap", contract) is not None
        assert find("no-such-mutant", contract) is None


def test_a_name_of_its_own_goes_before_an_old_one():
    """What the shipped contract's mutant was once called is the present name of the other contract's."""
    name, other = "update-created-moves", load(REVIEWS)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = find(name, other)
    assert name in old_names()
    assert found is not None
    assert found.name == name


def test_each_mutant_is_wrong_in_some_way(contract: Contract) -> None:
    """And says so in words; the default set is affordable."""
    known = mutants(contract)

    assert all(mutant.edit or mutant.settings or mutant.layer for mutant in known.values())
    assert all(mutant.summary and mutant.area for mutant in known.values())
    assert 100 <= sum(mutant.sample for mutant in known.values()) <= 200


def test_edits_can_be_made(contract: Contract) -> None:
    """Each gives another contract, and leaves the right one as it was."""
    before = contract.operations
    for mutant in mutants(contract).values():
        if mutant.edit:
            assert mutant.edit(contract) != contract, mutant.name

    assert contract.operations == before


def test_what_a_contract_lacks_has_no_mutants() -> None:
    """No lists, updates, state, scope, key, references: their families are empty."""
    known = mutants(read_contract(NOTES))

    assert {mutant.area for mutant in known.values()} <= {"create", "retrieve", "schema", "status", "robustness"}
    assert "create-title-no-maxlength" in known
    assert "create-rounds-stars" in known


def test_what_is_left_open_has_no_mutants(contract: Contract) -> None:
    """A filter that a server may ignore, a bound that it may choose."""
    known = mutants(contract)

    assert "filter-cancellation-type-ignored" not in known
    assert "create-quantity-no-maximum" not in known
    assert "create-quantity-no-minimum" in known


def test_two_mocks_share_nothing(contract: Contract) -> None:
    """What one has hidden, the other still shows."""
    mutant, world = mutants(contract)["delete-still-listed"], generate_world(size=20)
    headers = {"Authorization": "Token demo"}

    async def statuses() -> list[int]:
        found = []
        apps = [create_app(Settings(), world, mutants=[mutant]) for _ in range(2)]
        clients = [httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://mock") for app in apps]
        page = await clients[0].get("/api/channel/5/cancellation_requests/", headers=headers)
        path = f"/api/channel/5/cancellation_requests/{page.json()['results'][0]['id']}/"
        found.append((await clients[0].delete(path, headers=headers)).status_code)
        found += [(await client.get(path, headers=headers)).status_code for client in clients]
        return found

    assert asyncio.run(statuses()) == [204, 404, 200]


def test_a_mutant_breaks_something_that_the_contract_says():
    """What is shorter anyway is not cut; what is open or not promised of an action has no mutant."""
    document = copy.deepcopy(dict(load().document))
    added = {
        "short": {"type": "string", "maxLength": 6},
        "long": {"type": "string", "maxLength": 60},
        "loose": {"type": "string", "minLength": 3, "x-open": "Whether short texts are taken."},
        "tight": {"type": "string", "minLength": 3},
    }
    for name in ("CancellationRequestCreate", "RequestIdentity"):
        document["components"]["schemas"][name]["properties"] |= added
    del document["x-behaviours"]["reject-which-states"]
    names = set(mutants(read_contract(document)))

    assert names >= {"create-truncates-long", "create-tight-no-minlength", "reject-always"}
    assert names.isdisjoint({"create-truncates-short", "create-loose-no-minlength"})
    assert not [name for name in names if name.startswith("reject-refused-")]
    assert [name for name in mutants(load()) if name.startswith("reject-refused-")]


def test_no_mutant_hides_in_a_null():
    """A field that no body sets is null in what a suite makes: neither clearing it nor its type there tells."""
    document = copy.deepcopy(dict(load(REVIEWS).document))
    for name in ("ReviewDraft", "ReviewEdit"):
        del document["components"]["schemas"][name]["properties"]["price"]
    document["components"]["schemas"]["Text"]["readOnly"] = True
    tags = {"type": "string", "nullable": True, "maxLength": 9}
    for name in ("ReviewDraft", "ReviewEdit", "Review"):
        document["components"]["schemas"][name]["properties"]["note"] = tags
    known = mutants(read_contract(document))

    assert known["hide-clears"].summary == "hide clears note"
    for name in ("ReviewDraft", "ReviewEdit"):
        del document["components"]["schemas"][name]["properties"]["note"]
    assert "hide-clears" not in mutants(read_contract(document))
    assert {"schema-create-price-as-object", "schema-create-text-as-object"}.isdisjoint(known)

    shipped = copy.deepcopy(dict(load().document))
    for schema in shipped["components"]["schemas"].values():
        if "holder_name" in schema.get("properties", {}):
            schema["properties"]["holder_name"]["readOnly"] = True
    names = set(mutants(read_contract(shipped)))

    assert "schema-list-holder-name-as-object" in names
    assert "schema-retrieve-holder-name-as-object" not in names


CONTRACTS = Path(__file__).parents[1] / "contracts"


@pytest.mark.parametrize(
    ("name", "there", "left_out"),
    [
        ("tickets", {"paging-large-limit-hides", "put-late-state", "create-takes-opened-at"}, set()),
        ("loans", {"paging-large-limit-hides"}, {"create-takes-created", "create-takes-state"}),
        ("shipments", {"patch-late-state"}, {"paging-large-limit-hides", "detailed-hides-carrier"}),
    ],
)
def test_a_mutant_that_no_promise_forbids_is_not_made(name: str, there: set[str], left_out: set[str]):
    """No page is so large, nothing says what becomes of other fields, nothing tells when a field is not null."""
    known = mutants(load(CONTRACTS / f"{name}.yaml")).keys()

    assert there <= known
    assert known.isdisjoint(left_out)


def test_a_late_look_at_the_state_shows_where_states_exclude_each_other():
    """Where one state follows the other, both updates at once may be right."""
    document = copy.deepcopy(dict(load(CONTRACTS / "tickets.yaml").document))
    moves = document["components"]["schemas"]["Ticket"]["properties"]["status"]["x-transitions"]
    moves["allowed"] = {"open": ["pending", "solved"], "pending": ["solved"], "solved": ["closed"]}

    assert "put-late-state" not in mutants(read_contract(document))
