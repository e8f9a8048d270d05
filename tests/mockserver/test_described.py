"""The contract as Connexion holds it: as its own `add_api` would have it, and refused where that refuses."""

from __future__ import annotations

import copy
from typing import Any

import jsonschema_rs
import pytest
from connexion.exceptions import InvalidSpecification
from edited import edited

from cancelkit.mockserver.api.described import describe
from cancelkit.mockserver.api.framework import ConnexionMiddleware
from cancelkit.mockserver.app import create_app
from cancelkit.spec import SpecError, load


def _connexion() -> ConnexionMiddleware:
    return ConnexionMiddleware(None, middlewares=[], pythonic_params=True)


def test_connexion_holds_what_its_own_way_would_give_it() -> None:
    """Of the components it has the security schemes only: no reference is left that needs the others."""
    ours, theirs = _connexion(), _connexion()
    document = copy.deepcopy(load().document)
    describe(ours, document)
    theirs.add_api({**copy.deepcopy(load().document), "servers": [{"url": "/"}]})
    mine, own = ours.apis[0], theirs.apis[0]
    whole = own.specification.spec
    assert mine.specification.spec == {
        **whole,
        "components": {"securitySchemes": whole["components"]["securitySchemes"]},
    }
    assert "$ref" not in str(mine.specification.raw)
    assert (mine.base_path, mine.kwargs) == (own.base_path, own.kwargs)


@pytest.mark.parametrize(
    "broken",
    [
        lambda document: document.pop("info"),
        lambda document: document["info"].update(version=1),
        lambda document: document["components"].update(securitySchemes={"key": {"type": "apikey"}}),
    ],
    ids=["no-info", "version-a-number", "unknown-scheme"],
)
def test_what_is_no_openapi_document_is_refused_as_by_connexion(broken: Any) -> None:
    document = copy.deepcopy(load().document)
    broken(document)
    with pytest.raises(InvalidSpecification):
        _connexion().add_api(copy.deepcopy(document))
    with pytest.raises(jsonschema_rs.ValidationError):
        describe(_connexion(), document)


def test_a_mock_says_in_one_line_what_connexion_refuses() -> None:
    contract = edited(lambda schemas, document: document["info"].update(contact="nobody"))
    with pytest.raises(SpecError, match=r"Connexion can't take the contract: .*nobody.* is not of type"):
        create_app(contract=contract)
