"""The mock serves whatever contract it is given: other ids, scopes, states, answers, and parts that are missing."""

from __future__ import annotations

import copy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from in_process import Answer, Client

from cancelkit.fixtures.world import Record, Table
from cancelkit.mockserver import create_app
from cancelkit.mockserver.settings import Settings
from cancelkit.spec import Contract, SpecError, load

REVIEWS = Path(__file__).parents[2] / "examples/contracts/reviews.yaml"
TIME = "2026-01-01T00:00:00.000000Z"
BARE: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Notes", "version": "1"},
    "paths": {
        "/notes": {
            "get": {
                "operationId": "all",
                "responses": {
                    "200": {
                        "description": "",
                        "content": {
                            "application/json": {
                                "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Note"}}
                            }
                        },
                    }
                },
            },
            "post": {
                "operationId": "add",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/New"}}},
                },
                "responses": {
                    "201": {
                        "description": "",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Note"}}},
                    }
                },
            },
        },
        "/notes/{slug}": {
            "get": {
                "operationId": "one",
                "parameters": [{"name": "slug", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {
                    "200": {
                        "description": "",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Note"}}},
                    },
                    "404": {"description": ""},
                },
            }
        },
    },
    "components": {
        "schemas": {
            "New": {
                "type": "object",
                "required": ["text"],
                "properties": {
                    "text": {"type": "string", "maxLength": 5, "minLength": 2},
                    "secret": {"type": "string", "writeOnly": True},
                    "size": {"type": "object", "required": ["w"], "properties": {"w": {"type": "integer"}}},
                    "rate": {"type": "number", "exclusiveMaximum": True, "maximum": 2, "multipleOf": 0.5},
                    "day": {"type": "string", "format": "date"},
                    "list": {"type": "array", "items": {"type": "integer"}, "maxItems": 2, "uniqueItems": True},
                },
            },
            "Note": {
                "type": "object",
                "required": ["slug", "text", "colour"],
                "properties": {
                    "slug": {"type": "string", "pattern": "^[a-z]{8}$"},
                    "text": {"type": "string"},
                    "colour": {"type": "string", "enum": ["red", "blue"]},
                    "votes": {"type": "integer", "default": 0},
                },
            },
        }
    },
}


class Shop(Client):
    """Sends its key as the contract of the reviews wants it."""

    def call(self, method: str, target: Any, body: Any = None, headers: Any = None) -> Answer:
        return super().call(method, target, body, {"X-Api-Key": "demo", "Host": "localhost", **(headers or {})})


def contract_of(tmp_path: Path, document: dict[str, Any], name: str = "contract") -> Contract:
    file = tmp_path / f"{name}.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return load(file)


def world(scopes: Any = ((),), tables: Any = None, records: Any = ()) -> Any:
    return SimpleNamespace(scopes=scopes, tables=tables or {}, records=list(records), seed=1)


def mock_of(contract: Contract, given: Any = None, **settings: Any) -> Client:
    return Client(create_app(Settings(**{"self_check": True} | settings), given or world(), contract))


@pytest.fixture
def notes(tmp_path: Path) -> Client:
    return mock_of(contract_of(tmp_path, BARE))


@pytest.fixture
def reviews() -> Client:
    products = {n: {"id": n, "sku": f"SKU{n}", "name": f"P{n}", "price": "1.00"} for n in (1, 2)}
    customers = {1: {"id": 1, "first_name": "A", "last_name": "B", "email": "a@b.co"}}
    rows = [
        Record(
            ("green-tea",),
            {
                "id": f"00000000-0000-4000-8000-{n:012d}",
                "created": TIME,
                "updated": TIME,
                "status": "pending",
                "rating": n % 5 + 1,
                "title": f"t{n}",
                "votes": 0,
                "price": f"{n}.50",
                "product": products[n % 2 + 1],
                "customer": customers[1],
            },
            {},
        )
        for n in range(1, 12)
    ]
    tables = {"products": Table(products, {1: ("green-tea",), 2: ("green-tea",)}), "customers": Table(customers, {})}
    made = create_app(Settings(self_check=True), world((("green-tea",), ("old-books",)), tables, rows), load(REVIEWS))
    return Shop(made)


def test_a_contract_without_security_scope_paging_state_and_updates_is_served(notes: Client):
    """What a contract lacks is simply not there; ids may be any texts."""
    made = notes.call("POST", "/notes", {"text": "abc", "secret": "hidden"})
    slug = made.json["slug"]
    listed = notes.call("GET", "/notes").json
    found = notes.call("GET", f"/notes/{slug}")
    refused = notes.call("DELETE", f"/notes/{slug}")

    assert made.status == 201
    assert made.json | {"slug": "", "colour": ""} == {"slug": "", "text": "abc", "colour": "", "votes": 0}
    assert made.json["colour"] in ("red", "blue")
    assert listed == [made.json] == [found.json]
    assert notes.call("GET", "/notes/nothere").status == 404
    assert refused.status == 405


@pytest.mark.parametrize("name", ["note-slug", "note.slug", "1st", "class", "İd"])
def test_a_path_parameter_may_have_any_name(name: str, tmp_path: Path):
    """Names that a pattern's groups can't have, too: calls find their record in one step and through all stages."""
    document = copy.deepcopy(BARE)
    one = document["paths"].pop("/notes/{slug}")
    one["get"]["parameters"][0] |= {"name": name, "x-identity": "slug"}
    document["paths"][f"/notes/{{{name}}}"] = one
    notes = mock_of(contract_of(tmp_path, document))
    slug = notes.call("POST", "/notes", {"text": "abc"}).json["slug"]

    assert notes.call("GET", f"/notes/{slug}").json["slug"] == slug
    assert notes.call("GET", f"/notes/{slug}", None, {"Origin": "http://a.example"}).json["slug"] == slug
    assert notes.call("PUT", f"/notes/{slug}").status == 405
    assert notes.call("GET", "/notes/nothere").status == 404


def test_an_answer_only_field_is_given_null_only_where_null_fits(tmp_path: Path):
    """A schema without a type may refuse null, by its anyOf or its enum; the mock's own check would say so."""
    document = copy.deepcopy(BARE)
    note = document["components"]["schemas"]["Note"]["properties"]
    note |= {
        "mood": {"anyOf": [{"type": "string", "enum": ["x"]}, {"type": "boolean"}]},
        "rank": {"enum": [3]},
        "best": {"oneOf": [{"type": "integer", "nullable": True}, {"type": "string", "enum": ["most"]}]},
    }
    made = mock_of(contract_of(tmp_path, document)).call("POST", "/notes", {"text": "abc"})

    assert made.status == 201, made.json
    assert made.json["mood"] in ("x", True, False)
    assert (made.json["rank"], made.json["best"]) == (3, None)


@pytest.mark.parametrize(
    ("field", "value", "message", "code"),
    [
        ("text", "abcdef", "Ensure this field has no more than 5 characters.", "max_length"),
        ("text", "a", "Ensure this field has at least 2 characters.", "min_length"),
        ("text", "", "This field may not be blank.", "blank"),
        ("text", None, "This field may not be null.", "null"),
        ("text", 5, "Not a valid string.", "invalid"),
        ("size", {}, "w: This field is required.", "required"),
        ("size", {"w": 1.0}, "w: A valid integer is required.", "invalid"),
        ("size", [], "Invalid data. Expected a dictionary, but got list.", "invalid"),
        ("rate", 2, "Ensure this value is less than 2.", "max_value"),
        ("rate", 0.7, "Ensure this value is a multiple of 0.5.", "step_size"),
        ("rate", "1", "A valid number is required.", "invalid"),
        ("day", "x", "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.", "invalid"),
        ("list", 3, 'Expected a list of items but got type "int".', "not_a_list"),
        ("list", [1, 2, 3], "Ensure this field has no more than 2 elements.", "max_length"),
        ("list", [1, 1], "Ensure this field has no duplicates.", "unique"),
        ("list", ["x"], "0: A valid integer is required.", "invalid"),
    ],
)
def test_each_keyword_is_refused_in_the_words_of_django_rest_framework(
    notes: Client, field: str, value: Any, message: str, code: str
):
    """Text and code say what is wrong; below a field the path stands before the sentence."""
    refused = notes.call("POST", "/notes", {"text": "abc", field: value})

    assert (refused.status, refused.json) == (400, {field: [message], "code": code})


def test_references_are_opened_in_the_plain_answer_and_sent_as_keys(reviews: Client):
    """What is created is answered with its rows; a row of no scope or of another one is refused."""
    url = "/shops/green-tea/reviews"
    sent = {"product": 2, "customer": 1, "rating": 3, "title": "Fine"}
    made = reviews.call("POST", url, sent).json
    elsewhere = reviews.call("POST", "/shops/old-books/reviews", sent)

    assert made["product"]["sku"] == "SKU2"
    assert reviews.call("GET", f"{url}/{made['id']}").json == made
    assert elsewhere.json == {"product": ['Invalid pk "2" - object does not exist.'], "code": "does_not_exist"}
    assert reviews.call("GET", f"/shops/old-books/reviews/{made['id']}").status == 404
    assert reviews.call("GET", "/shops/nowhere/reviews").status == 404


def test_a_list_is_ordered_and_filtered_as_the_contract_says(reviews: Client):
    """Ordering names a field; equal ones keep the order in which they were made."""
    found = reviews.call("GET", "/shops/green-tea/reviews?ordering=-rating&rating__gte=3&page_size=50").json["results"]
    by_sku = reviews.call("GET", "/shops/green-tea/reviews?product_sku=sku2&page_size=1").json

    assert [row["rating"] for row in found] == sorted((row["rating"] for row in found), reverse=True)
    assert min(row["rating"] for row in found) == 3
    assert by_sku["count"] == 6


@pytest.mark.parametrize("lookup", ["exact", "iexact", "in"])
def test_the_id_is_a_field_to_filter_by(tmp_path: Path, lookup: str):
    """As any other, in each way of comparing."""
    document = copy.deepcopy(BARE)
    schema: dict[str, Any] = {"type": "string"}
    document["paths"]["/notes"]["get"]["parameters"] = [
        {
            "name": "which",
            "in": "query",
            "x-filter": {"path": "slug", "lookup": lookup},
            "schema": {"type": "array", "items": schema} if lookup == "in" else schema,
        }
    ]
    client = mock_of(contract_of(tmp_path, document))
    made = [client.call("POST", "/notes", {"text": 2 * text}).json["slug"] for text in "abc"]
    asked = made[1].upper() if lookup == "iexact" else made[1]

    assert [row["slug"] for row in client.call("GET", f"/notes?which={asked}").json] == [made[1]]


def test_actions_move_the_state_and_are_refused_where_the_contract_says(reviews: Client):
    """An action sets its field; where it is refused nothing changes."""
    one = "/shops/green-tea/reviews/00000000-0000-4000-8000-000000000001"
    first, second = reviews.call("POST", f"{one}/approve"), reviews.call("POST", f"{one}/approve")

    assert first.json["status"] == "published"
    assert (second.status, second.json["code"]) == (400, "not_allowed")
    assert reviews.call("PATCH", one, {"status": "pending"}).json["code"] == "invalid_transition"


def test_the_control_room_knows_records_by_any_id_and_scopes_of_any_type(reviews: Client):
    """Records are found, edited and made whatever their ids and scopes are."""
    id = "00000000-0000-4000-8000-000000000003"
    edited = reviews.call("PATCH", f"/_mock/records/{id}", {"status": "hidden", "product": 1}).json
    made = reviews.call("POST", "/_mock/records", {"scope": "green-tea", "rating": 5})
    found = reviews.call("GET", f"/_mock/records?q={id}&scope=green-tea").json
    status = reviews.call("GET", "/_mock/status").json

    assert (edited["base"]["status"], edited["base"]["product"]["id"]) == ("hidden", 1)
    assert made.status == 201
    assert (found["count"], found["results"][0]["id"]) == (1, id)
    assert status["resource"]["columns"][:2] == ["id", "status"]
    assert status["contract"]["fingerprint"] == load(REVIEWS).fingerprint


def test_two_apps_with_two_contracts_do_not_notice_each_other(notes: Client, reviews: Client, tmp_path: Path):
    """Journals, coverage and paths are those of each app's own contract."""
    reviews.call("GET", "/shops/green-tea/reviews")
    notes.call("GET", "/notes")
    own = reviews.call("GET", "/_mock/journal").json["calls"]
    other = notes.call("GET", "/_mock/journal", headers={"Host": "localhost"}).json["calls"]

    assert [call["operation"] for call in own] == ["findReviews"]
    assert [call["operation"] for call in other] == ["all"]
    assert notes.call("GET", "/shops/green-tea/reviews").status == 404


def test_the_routes_of_a_users_own_application_stay_as_they_are(notes: Client):
    """Making and calling a mock leaves Starlette's table of convertors alone."""
    from starlette.convertors import CONVERTOR_TYPES, FloatConvertor, IntegerConvertor

    notes.call("GET", "/notes")

    assert type(CONVERTOR_TYPES["int"]) is IntegerConvertor
    assert type(CONVERTOR_TYPES["float"]) is FloatConvertor


def test_what_cannot_be_served_is_said_at_the_start(tmp_path: Path):
    """A pattern that is no regular expression is an error of the contract, before any call."""
    broken = yaml.safe_load(yaml.safe_dump(BARE))
    broken["components"]["schemas"]["New"]["properties"]["text"]["pattern"] = "("

    with pytest.raises(SpecError, match="add"):
        mock_of(contract_of(tmp_path, broken, "broken"), self_check=False)


def test_the_self_check_takes_null_decimal_steps_and_times_as_the_contract_means_them(tmp_path: Path):
    """Null that a nullable enum does not list, multiples that floating point can't divide, times of RFC 3339."""
    document = copy.deepcopy(BARE)
    fields = {
        "grade": {"type": "integer", "enum": [1, 2], "nullable": True},
        "mark": {"allOf": [{"type": "string", "enum": ["a"]}], "nullable": True},
        "price": {"type": "number", "multipleOf": 0.01},
        "from": {"type": "string", "format": "time"},
    }
    for name in ("New", "Note"):
        document["components"]["schemas"][name]["properties"] |= fields
    notes, sent = (
        mock_of(contract_of(tmp_path, document)),
        {"grade": None, "mark": None, "price": 0.57, "from": "14:01:34Z"},
    )
    made = notes.call("POST", "/notes", {"text": "abc", **sent})

    assert made.status == 201, made.json
    assert made.json.items() >= sent.items()
