"""docs/deploy.md says what is so."""

from __future__ import annotations

import re
import shlex

from cancelkit.mockserver.cli import mock
from cancelkit.mockserver.settings import Quota
from tests.clients.running import ROOT
from tests.deploy.fleet import EXAMPLES
from tests.deploy.test_manifests import MANIFESTS

TEXT = (ROOT / "docs/deploy.md").read_text(encoding="utf-8")


def test_every_file_that_it_names_is_there_and_every_file_is_named() -> None:
    named = set(re.findall(r"`([\w.]+\.(?:conf|cfg|yaml))`", TEXT))

    assert named == {path.name for path in EXAMPLES.iterdir()}


def test_its_commands_of_the_mock_are_understood() -> None:
    """Quotas are by key there, in MB as the table says."""
    told = re.findall(r"^ {4}.*cancelkit mock (.*)$", TEXT.replace("\\\n", " "), re.MULTILINE)
    commands = [shlex.split(options) for options in told]
    parsed = [mock.make_context("mock", command).params for command in commands]

    assert len(parsed) == 2
    assert (parsed[0]["quota_by"], parsed[0]["quota_memory"]) == ("key", 100)
    assert all(f"`--quota-{name}" in TEXT for name in Quota.__slots__)
    assert str(parsed[1]["state"]) == "/state"


def test_what_it_tells_to_restart_is_there() -> None:
    kind, name = re.findall(r"kubectl rollout restart (\w+) (\w+)", TEXT)[0]

    assert [m["metadata"]["name"] for m in MANIFESTS if m["kind"].lower() == kind] == [name]
