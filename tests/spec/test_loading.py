"""A broken contract file is refused with a message that names the place; a good one is read as it stands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from cancelkit import spec as contract
from cancelkit.spec import SpecError
from cancelkit.spec.reading import read_contract


def _changed(tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    document = yaml.safe_load(contract.PATH.read_text(encoding="utf-8"))
    change(document)
    path = tmp_path / "openapi.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return path


def _parameter(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["parameters"][name]
    return found


def _transitions(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"]["Status"]["x-transitions"]
    return found


BREAKS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "unknown extension": (lambda d: d["info"].update({"x-lvl": 1}), "info/x-lvl"),
    "filter path": (
        lambda d: _parameter(d, "Sku").update({"x-filter": {"path": "order_item.skuu", "lookup": "exact"}}),
        "order_item.skuu",
    ),
    "filter lookup": (
        lambda d: _parameter(d, "Sku").update({"x-filter": {"path": "order_item.sku", "lookup": "like"}}),
        "like",
    ),
    "filter keys": (lambda d: _parameter(d, "Sku").update({"x-filter": {"path": "id"}}), "x-filter"),
    "in needs a list": (
        lambda d: _parameter(d, "Sku").update({"x-filter": {"path": "order_item.sku", "lookup": "in"}}),
        "array",
    ),
    "iexact needs text": (
        lambda d: _parameter(d, "OrderId").update({"x-filter": {"path": "id", "lookup": "iexact"}}),
        "string",
    ),
    "paging role": (lambda d: _parameter(d, "Page").update({"x-paging": "offset"}), "offset"),
    "transition to an unknown status": (lambda d: _transitions(d)["allowed"]["waiting"].append("lost"), "lost"),
    "status named twice": (
        lambda d: d["components"]["schemas"]["Status"]["enum"].append("waiting"),
        "'waiting' stands twice",
    ),
    "final status that goes on": (
        lambda d: _transitions(d)["allowed"].update({"rejected": ["waiting"]}),
        "rejected",
    ),
    "action of no operation": (lambda d: _transitions(d)["actions"].update({"nope": "rejected"}), "nope"),
    "transition key": (lambda d: _transitions(d).update({"start": "waiting"}), "start"),
    "level": (lambda d: _parameter(d, "Sku").update({"x-level": "sure"}), "sure"),
    "assumed without why": (lambda d: _parameter(d, "Sku").update({"x-level": "assumed"}), "x-why"),
    "behaviour without a sentence": (lambda d: d["x-behaviours"]["transitions"].pop("requires"), "transitions"),
    "behaviour without a level": (lambda d: d["x-behaviours"]["transitions"].pop("level"), "transitions"),
    "reference to no table": (
        lambda d: d["components"]["schemas"]["CancellationRequestCreate"]["properties"]["reason"].update(
            {"x-reference": "excuses"}
        ),
        "excuses",
    ),
    "dangling $ref": (
        lambda d: d["components"]["parameters"]["Status"].update({"schema": {"$ref": "#/components/schemas/Sttus"}}),
        "Sttus",
    ),
    "required field that is none": (
        lambda d: d["components"]["schemas"]["CancellationRequestCreate"]["required"].append("colour"),
        "colour",
    ),
    "operationId twice": (
        lambda d: d["paths"]["/api/channel/{channel_id}/cancellation_requests/"]["post"].update(
            {"operationId": "listCancellationRequests"}
        ),
        "listCancellationRequests",
    ),
    "no success answer": (
        lambda d: d["paths"]["/api/channel/{channel_id}/cancellation_requests/"]["post"]["responses"].pop("201"),
        "success",
    ),
    "not OpenAPI 3.0": (lambda d: d.update({"openapi": "3.1.0"}), "3.0"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_contract_is_refused_by_place(name: str, tmp_path: Path):
    """Each fault is a SpecError whose text names the file and the thing that is wrong."""
    change, named = BREAKS[name]
    path = _changed(tmp_path, change)

    with pytest.raises(SpecError) as caught:
        contract.load(path)

    assert named in str(caught.value)
    assert path.name in str(caught.value)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("openapi: 3.0.3\nopenapi: 3.0.3\n", r"openapi\.yaml:2:1: "),
        ("openapi: [\n", "not valid YAML"),
        ("- a list\n", "not an OpenAPI"),
    ],
)
def test_a_file_that_is_no_contract_is_refused(text: str, named: str, tmp_path: Path):
    """A repeated key, broken YAML and another kind of document are told apart."""
    path = tmp_path / "openapi.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(SpecError, match=named):
        contract.load(path)


def test_a_missing_file_is_refused(tmp_path: Path):
    """A path that leads nowhere is a SpecError, not a traceback."""
    with pytest.raises(SpecError, match="can't be read"):
        contract.load(tmp_path / "openapi.yaml")


def test_a_new_filter_is_one_edit(tmp_path: Path):
    """A parameter added to the file shows as a filter with its path and lookup, without any other change."""

    def add(document: dict[str, Any]) -> None:
        listing = document["paths"]["/api/channel/{channel_id}/cancellation_requests/"]["get"]
        listing["parameters"].append(
            {
                "name": "reason_subject",
                "in": "query",
                "x-filter": {"path": "reason.subject", "lookup": "iexact"},
                "schema": {"type": "string"},
            }
        )

    found = contract.load(_changed(tmp_path, add)).operations["listCancellationRequests"].filters["reason_subject"]

    assert found.path == ("reason", "subject")
    assert found.lookup == "iexact"


def test_request_schemas_drop_read_only_fields_and_keep_null():
    """What a client may send leaves out read-only properties; nullable becomes a type that admits null."""
    schemas = contract.load().schemas

    sent = contract.json_schema(schemas["CancellationRequest"], "request")["properties"]
    got = contract.json_schema(schemas["CancellationRequest"], "response")["properties"]

    assert "id" not in sent
    assert "id" in got
    assert got["iban"]["type"] == ["string", "null"]


def test_every_level_is_explained():
    """What the contract assumes says why; behaviours and transitions as well."""
    loaded = contract.load()

    facts = [b.fact for b in loaded.behaviours.values()] + [loaded.transitions.fact]
    facts += [p.fact for o in loaded.operations.values() for p in o.parameters]
    facts += [r.fact for o in loaded.operations.values() for r in o.responses.values()]
    assert all(fact.why for fact in facts if fact.level is contract.Level.ASSUMED)
    assert {fact.level for fact in facts} == set(contract.Level) - {contract.Level.OBSERVED}


def test_the_fingerprint_of_plain_data_is_that_of_its_file():
    """What is cached by fingerprint must not take one edited contract for another."""
    shipped = contract.load()
    changed = {**shipped.document, "x-login": "/elsewhere/"}

    assert read_contract(shipped.document).fingerprint == shipped.fingerprint
    assert read_contract(changed).fingerprint != shipped.fingerprint
