"""TLS for a server: a certificate that was given, or one of a local CA.

Owns: reading certificate and key, the local CA and where it is kept.
Knows nothing of: sockets, options' names other than those that its errors name.
Source: RFC 9325; trustme.

The CA is made once for each user and kept with its key, readable by that user alone: what trusts it today trusts
it tomorrow. A certificate is issued at each start and kept nowhere.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import NoReturn

import click

DAYS = 397
"""Browsers take no certificate that is good for longer."""
CA, KEY = "ca.pem", "ca.key"


class TlsError(Exception):
    """There can be no TLS; the message says why and what to do."""


def given(cert: Path, key: Path | None) -> ssl.SSLContext:
    """The context of a certificate with its chain, and its key, which may be in the same file.

    Raises:
        TlsError: a file can't be read or holds something else, or the key is another's or encrypted.
    """
    keyed, option = key or cert, "--tls-key" if key else "--tls-cert"
    _demand(cert, "--tls-cert", b"-----BEGIN CERTIFICATE-----", "certificate")
    _demand(keyed, option, b"PRIVATE KEY-----", "private key" if key else "private key (--tls-key names another file)")

    def encrypted() -> NoReturn:
        raise TlsError(f"{option} {keyed}: the key is encrypted; decrypt it with `openssl pkey -in {keyed} -out FILE`")

    context = _context()
    try:
        context.load_cert_chain(cert, keyed, password=encrypted)
    except ssl.SSLError as problem:
        if problem.reason == "KEY_VALUES_MISMATCH":
            raise TlsError(f"{option} {keyed}: is not the key of the certificate in {cert}") from None
        raise TlsError(f"--tls-cert {cert}, key in {keyed}: {problem.reason or problem}") from None
    return context


def local(names: Iterable[str], folder: Path | None = None) -> tuple[ssl.SSLContext, Path]:
    """The context of a certificate for these names and addresses, and the file of the CA that has issued it.

    Args:
        folder: of the CA, made where there is none; the user's own when None.
    Raises:
        TlsError: trustme is not installed, or the CA can't be read or written.
    """
    try:
        import trustme
    except ImportError:
        raise TlsError("--tls needs trustme: pip install 'cancelkit[tls]'") from None
    folder = folder or Path(click.get_app_dir("cancelkit")) / "tls"
    try:
        if not folder.exists():
            _make_ca(trustme.CA(organization_name="cancelkit local CA"), folder)
        ca = trustme.CA.from_pem((folder / CA).read_bytes(), (folder / KEY).read_bytes())
    except OSError as problem:
        raise TlsError(f"--tls: can't keep a CA in {folder}: {problem.strerror or problem}") from None
    except ValueError as problem:
        raise TlsError(f"--tls: {folder} holds no CA ({problem}); remove it, and a new one is made") from None
    context = _context()
    until = datetime.now(UTC) + timedelta(days=DAYS)
    ca.issue_cert(*dict.fromkeys(names), not_after=until).configure_cert(context)
    return context, folder / CA


def trusting(ca: Path) -> tuple[str, ...]:
    """What the banner says of how to trust a CA."""
    return (
        f"trust     {ca}",
        f"          curl --cacert {ca}",
        f"          SSL_CERT_FILE={ca}        Python (httpx), Go, OpenSSL",
        f"          NODE_EXTRA_CA_CERTS={ca}  Node",
    )


def _make_ca(ca: object, folder: Path) -> None:
    """Write a CA beside and rename it, so that two mocks that start at once agree on one."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(mkdtemp(dir=folder.parent))  # for this user alone
    try:
        ca.cert_pem.write_to_path(beside / CA)  # type: ignore[attr-defined]
        (beside / KEY).touch(mode=0o600)
        ca.private_key_pem.write_to_path(beside / KEY, append=True)  # type: ignore[attr-defined]
        beside.rename(folder)
    except OSError:
        rmtree(beside, ignore_errors=True)
        if not (folder / KEY).exists():
            raise


def _demand(file: Path, option: str, mark: bytes, what: str) -> None:
    try:
        content = file.read_bytes()
    except OSError as problem:
        raise TlsError(f"{option} {file}: can't be read: {problem.strerror or problem}") from None
    if mark not in content:
        raise TlsError(f"{option} {file}: holds no {what} in PEM")


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    return context
