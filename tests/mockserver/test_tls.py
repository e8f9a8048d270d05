"""https: certificates that are given, a local CA that clients can trust, and what is said where it can't be."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import trustme
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from cancelkit.mockserver.cli import mock as command
from cancelkit.mockserver.serving import tls
from tests.clients.node import NODE
from tests.clients.running import mock, running
from tests.mockserver.bench import LIST

KEY = {"authorization": "Token demo"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's own files, which no test may touch."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_local_ca_is_made_once_and_can_be_trusted(home: Path) -> None:
    """By what the banner says: curl, Python and Node; nobody trusts it unasked. The next start keeps the CA."""
    with running("mock", "--tls", "--port", "0") as server:
        url, ca = server.url, Path(server.find(r"(?<=curl --cacert )\S+"))
        trusted = httpx.get(f"{url}{LIST}?limit=1", headers=KEY, verify=ssl.create_default_context(cafile=str(ca)))
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(url)
        pasted = server.find(r"(?<=  )curl --cacert .* \"http.*").replace("$TOKEN", "demo")
        curl = subprocess.run(["sh", "-c", pasted], capture_output=True, text=True)
        script = f"import urllib.request as r; print(r.urlopen('{url}/readyz').read().decode())"
        python = subprocess.run(
            [sys.executable, "-c", script], env={"SSL_CERT_FILE": str(ca)}, capture_output=True, text=True
        )
        script = f"fetch('{url.replace('127.0.0.1', 'localhost')}/readyz').then(a => a.text()).then(console.log)"
        found = subprocess.run(
            [NODE, "--dns-result-order=ipv4first", "-e", script],
            env={"NODE_EXTRA_CA_CERTS": str(ca)},
            capture_output=True,
            text=True,
        )
        waited = CliRunner().invoke(command, ["--wait-for", url, "--wait-timeout", "5"])
    first = ca.read_bytes()
    with running("mock", "--tls", "--port", "0") as server:
        again = httpx.get(f"{server.url}/readyz", verify=ssl.create_default_context(cafile=str(ca)))

    assert trusted.json()["next"].startswith(f"{url}/api/")
    assert json.loads(curl.stdout)["count"] > 0
    assert json.loads(python.stdout) == {"ready": True}, python.stderr
    assert json.loads(found.stdout) == {"ready": True}, found.stderr
    assert waited.exit_code == 0, waited.output
    assert again.status_code == 200
    assert (ca, ca.read_bytes()) == (home / "cancelkit/tls/ca.pem", first)
    assert ca.with_name("ca.key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("together", [True, False], ids=["one file", "two files"])
def test_a_certificate_that_is_given_is_served(tmp_path: Path, together: bool) -> None:
    """With its chain, links are https, and a fault can break the connection."""
    ca = trustme.CA()
    leaf = ca.create_child_ca().issue_cert("127.0.0.1")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    cert.write_bytes(b"".join(pem.bytes() for pem in leaf.cert_chain_pems))
    key.write_bytes(leaf.private_key_pem.bytes())
    if together:
        cert.write_bytes(cert.read_bytes() + key.read_bytes())
    options = ["--tls-cert", str(cert), *([] if together else ["--tls-key", str(key)])]
    trusting = ssl.create_default_context()
    ca.configure_trust(trusting)

    with mock(*options) as url, httpx.Client(base_url=url, verify=trusting, headers=KEY) as client:
        answer = client.get(LIST, params={"limit": 1})
        client.post("/_mock/faults", json={"kind": "reset", "count": 1}).raise_for_status()
        with pytest.raises(httpx.TransportError):
            client.get(LIST)
        after = client.get(LIST)

    assert answer.json()["next"].startswith(f"https://127.0.0.1:{url.rpartition(':')[2]}{LIST}")
    assert after.status_code == 200


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Certificates and keys, right and wrong."""
    ours, others = (trustme.CA().issue_cert("localhost") for _ in range(2))
    ours.cert_chain_pems[0].write_to_path(tmp_path / "cert")
    ours.private_key_pem.write_to_path(tmp_path / "key")
    others.private_key_pem.write_to_path(tmp_path / "other")
    key = load_pem_private_key(ours.private_key_pem.bytes(), None)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    (tmp_path / "locked").write_bytes(locked)
    (tmp_path / "text").write_text("hello")
    (tmp_path / "broken").write_text("-----BEGIN CERTIFICATE-----\nhello\n-----END CERTIFICATE-----\n")
    return tmp_path


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--tls-cert none --tls-key key", "--tls-cert none: can't be read: No such file or directory"),
        ("--tls-cert cert --tls-key none", "--tls-key none: can't be read: No such file or directory"),
        ("--tls-cert text --tls-key key", "--tls-cert text: holds no certificate in PEM"),
        ("--tls-cert cert --tls-key cert", "--tls-key cert: holds no private key in PEM"),
        ("--tls-cert cert", "--tls-cert cert: holds no private key (--tls-key names another file) in PEM"),
        ("--tls-cert cert --tls-key other", "--tls-key other: is not the key of the certificate in cert"),
        ("--tls-cert cert --tls-key locked", "--tls-key locked: the key is encrypted; decrypt it with"),
        ("--tls-cert broken --tls-key key", "--tls-cert broken, key in key: "),
    ],
)
def test_wrong_files_are_one_line(files: Path, options: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(files)
    run = CliRunner().invoke(command, [*options.split(), "--port", "0"])

    assert run.exit_code == 2
    assert run.output.startswith(f"cancelkit mock: {said}")
    assert run.output.count("\n") == 1


@pytest.mark.parametrize("options", ["--tls-key key", "--tls --tls-cert cert"])
def test_options_that_do_not_fit_are_refused(options: str) -> None:
    assert CliRunner().invoke(command, options.split()).exit_code == 2


def test_without_the_extra_one_line_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trustme", None)
    run = CliRunner().invoke(command, ["--tls", "--port", "0"])

    assert (run.exit_code, run.output) == (2, "cancelkit mock: --tls needs trustme: pip install 'cancelkit[tls]'\n")


def test_mocks_that_start_at_once_agree_on_one_ca(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "tls"
    with ThreadPoolExecutor(8) as pool:
        files = {path.read_bytes() for _, path in pool.map(lambda _: tls.local(["localhost"], folder), range(8))}

    assert len(files) == 1
    assert [path.name for path in folder.parent.iterdir()] == ["tls"]


@pytest.mark.parametrize("broken", ["ca.pem", "ca.key", "folder"])
def test_a_ca_that_can_not_be_read_is_one_line(tmp_path: Path, broken: str) -> None:
    folder = tmp_path / "tls"
    tls.local(["localhost"], folder)
    if broken == "folder":
        folder = tmp_path / "file" / "tls"
        folder.parent.write_text("")
    else:
        (folder / broken).write_text("nothing")

    with pytest.raises(tls.TlsError, match=r"--tls: (can't keep a CA in|.* holds no CA)"):
        tls.local(["localhost"], folder)
