"""Which references of another scope can be asked for, where scopes share some of their tables' rows."""

from __future__ import annotations

from dataclasses import replace

import pytest
import tiny_target
from tiny_target import TinyTarget

from cancelkit.contract_tests.configuration.settings import Settings
from cancelkit.contract_tests.engine.session import open_session
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.rules.access.isolation_references import foreign_keys
from cancelkit.spec import Contract


def test_keys_are_discovered_where_none_are_given(settings: Settings, spec: Contract):
    """From the rows that the other scope shows; nothing is shared here."""
    with open_session(settings, spec, transport=TinyTarget().transport) as session:
        assert set(foreign_keys(session.context("a rule"), "order_item")) == {11, 12}


def test_others_are_looked_for_where_some_are_shared(
    settings: Settings, spec: Contract, monkeypatch: pytest.MonkeyPatch
):
    """A key counts whose opened row says that it is the other scope's; one that is shared or says nothing does not."""
    monkeypatch.setitem(tiny_target.ITEMS, 6, (3, 12))
    monkeypatch.setitem(tiny_target.REASONS, 6, (1, 2))

    known = replace(settings, references={"order_item": (1, 2, 3)})
    with open_session(known, spec, transport=TinyTarget().transport) as session:
        context = session.context("a rule")

        assert foreign_keys(context, "order_item") == [12]
        with pytest.raises(Skip, match="may share"):
            foreign_keys(context, "reason")
