"""compose, Kubernetes: valid by the schemas of those who made them, and at one with HAProxy's file and the command.

Source: the Compose specification, as check-jsonschema brings it along; Kubernetes' own schemas, as kubernetes-validate
does. Neither Docker nor a cluster is here to start them: what they start, HAProxy's file and the image, has tests of
its own.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest
import yaml

from cancelkit.mockserver.cli import mock
from tests.clients.running import ROOT
from tests.deploy.fleet import EXAMPLES

MANIFESTS = list(yaml.safe_load_all((EXAMPLES / "kubernetes.yaml").read_text(encoding="utf-8")))
COMPOSE = yaml.safe_load((EXAMPLES / "compose.yaml").read_text(encoding="utf-8"))
HAPROXY = (EXAMPLES / "haproxy.cfg").read_text(encoding="utf-8")
SERVERS = re.findall(r"^ *server (mock-\d) (\S+) id (\d)$", HAPROXY, re.MULTILINE)


def _found(kind: str, name: str) -> Any:
    found = [m for m in MANIFESTS if (m["kind"], m["metadata"]["name"]) == (kind, name)]
    assert len(found) == 1, (kind, name)
    return found[0]


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda m: f"{m['kind']} {m['metadata']['name']}")
def test_each_manifest_is_valid(manifest: dict[str, Any]) -> None:
    """Strictly: a key that Kubernetes does not know is wrong."""
    kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)


def test_a_wrong_manifest_is_noticed() -> None:
    wrong = {**_found("StatefulSet", "mock"), "specs": {}}

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, kubernetes_validate.latest_version(), strict=True)


def test_the_compose_file_is_valid() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    run = subprocess.run([*command, EXAMPLES / "compose.yaml"], capture_output=True, text=True)

    assert run.returncode == 0, run.stdout + run.stderr


def test_every_replica_has_a_server_a_service_and_an_address_that_stay() -> None:
    """What HAProxy hashes to, by the same names, in compose and Kubernetes."""
    names = [name for name, _, _ in SERVERS]
    front, replicas = COMPOSE["services"]["front"], _found("StatefulSet", "mock")["spec"]["replicas"]
    addresses = {name: COMPOSE["services"][name]["networks"]["mocks"]["ipv4_address"] for name in names}

    assert names == [f"mock-{number}" for number in range(replicas)]
    assert [address for _, address, _ in SERVERS] == [f"{name}:8080" for name in names]
    assert len({id for _, _, id in SERVERS}) == replicas
    assert front["extra_hosts"] == addresses
    for name in names:
        assert _found("Service", name)["spec"]["selector"] == {"statefulset.kubernetes.io/pod-name": name}
    assert len({COMPOSE["services"][name]["volumes"][0] for name in names}) == replicas


def test_every_reference_between_manifests_leads_somewhere() -> None:
    spec, front = _found("StatefulSet", "mock")["spec"], _found("Deployment", "mock-front")["spec"]["template"]
    backend = _found("Ingress", "mock")["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    kustomization = yaml.safe_load((EXAMPLES / "kustomization.yaml").read_text(encoding="utf-8"))
    generated = kustomization["configMapGenerator"][0]

    assert _found("Service", spec["serviceName"])["spec"]["clusterIP"] == "None"
    assert _found("Service", backend["name"])["spec"]["selector"].items() <= front["metadata"]["labels"].items()
    assert front["spec"]["volumes"][0]["configMap"]["name"] == generated["name"]
    assert all((EXAMPLES / file).is_file() for file in (*kustomization["resources"], *generated["files"]))


def _commands() -> Iterator[list[str]]:
    yield _found("StatefulSet", "mock")["spec"]["template"]["spec"]["containers"][0]["args"]
    yield COMPOSE["services"]["mock-0"]["command"]


@pytest.mark.parametrize("command", list(_commands()), ids=["kubernetes", "compose"])
def test_the_command_knows_its_options_and_keeps_its_state(command: list[str]) -> None:
    verb, *options = command
    parsed = mock.make_context("mock", list(options)).params

    assert verb == "mock"
    assert str(parsed["state"]) == "/state"
    assert parsed["trusted_proxy"]


def test_containers_run_without_rights_and_without_a_place_to_write() -> None:
    pods = [_found("StatefulSet", "mock"), _found("Deployment", "mock-front")]
    for pod in (each["spec"]["template"]["spec"] for each in pods):
        limits = pod["containers"][0]["securityContext"]
        assert pod["securityContext"]["runAsNonRoot"]
        assert (limits["readOnlyRootFilesystem"], limits["allowPrivilegeEscalation"]) == (True, False)
        assert limits["capabilities"] == {"drop": ["ALL"]}
    for service in COMPOSE["services"].values():
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])


def test_what_compose_builds_from_is_there() -> None:
    build = COMPOSE["services"]["mock-0"]["build"]

    assert (EXAMPLES / build["context"] / build["dockerfile"]).resolve() == ROOT / "Containerfile"
    assert (ROOT / "Containerfile").is_file()
