"""Where settings come from: cancelkit.toml, then options, and the token from the environment or a file.

Owns: the file's layout, how file and options combine, and the only look into the environment.
"""

from __future__ import annotations

import os
import tomllib
import warnings
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from cancelkit.contract_tests.configuration.option_values import check_values, read_budgets
from cancelkit.contract_tests.configuration.option_values import wrong as _wrong
from cancelkit.contract_tests.configuration.settings import Profile, Settings, Waiver
from cancelkit.contract_tests.context.scopes import (
    EARLIER_SCOPES,
    EARLIER_TABLES,
    default_scope,
    modern,
    read_references,
    read_scope,
    written_scope,
)
from cancelkit.contract_tests.errors import Cause, CouldNotRun
from cancelkit.spec import Contract
from cancelkit.spec.hosts import is_loopback

FILE: Final = "cancelkit.toml"
TARGET: Final = frozenset(
    {"url", "prefix", "scope", "other_scope", "references", "other_references"}
    | {"headers", "proxy", "ca", "insecure", "timeout", "rps", "concurrency", "allow_hosts", "token_file"}
)
VERIFY: Final = frozenset(
    {"profile", "seed", "strict", "fail_fast", "read_only", "workers", "max_seconds", "max_p95"}
    | {"rules", "areas", "schemathesis"}
)
EARLIER: Final = frozenset({*EARLIER_SCOPES, *EARLIER_TABLES})
TOKEN_VARIABLE: Final = "CANCELKIT_TOKEN"  # noqa: S105  (a name, not a secret)


def read_settings(given: Mapping[str, Any], path: Path | None = None, *, contract: Contract) -> Settings:
    """Combine the file with what was given; what was given wins.

    Args:
        given: values by the names of TARGET and VERIFY, None or () where an option was not used; and `token`.
        path: the file; by default cancelkit.toml in the working directory, if there is one.
    Raises:
        CouldNotRun: something is missing, misspelt or contradictory; the message says what to mend.
    """
    found, waivers = _file(path)
    found, given = modern(contract, found), modern(contract, given)
    values = {**found, **{name: value for name, value in given.items() if value not in (None, (), {})}}
    url = str(values.get("url") or "").rstrip("/")
    parts = urlsplit(url)
    if not url:
        raise _wrong("no URL is given: `cancelkit verify http://127.0.0.1:8080`, or url in [target] of cancelkit.toml.")
    if parts.username or parts.password:
        raise _wrong("the URL holds a user name or password, which reports would show: take it out.")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise _wrong(f"{url!r} is not a URL such as http://127.0.0.1:8080.")
    check_values(values, contract)
    hosts = tuple(values.get("allow_hosts") or ())
    if not is_loopback(parts.hostname) and parts.hostname not in hosts:
        raise CouldNotRun(
            Cause.HOST,
            f"{parts.hostname} is not this machine: if its data may be written to, say --allow-host {parts.hostname} "
            "(and think of --read-only).",
        )
    known = {field.name for field in fields(Settings)}
    chosen = {name: value for name, value in values.items() if name in known}
    settings: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in chosen.items()}
    settings.update(
        {
            "url": url,
            "token": _token(values),
            "headers": dict(values.get("headers") or {}),
            "profile": _profile(values.get("profile")),
            "verify_tls": str(values["ca"]) if values.get("ca") else not values.get("insecure", False),
            "proxy": values.get("proxy") or _proxy(parts.scheme, parts.hostname),
            "allow_hosts": hosts,
            "waivers": waivers,
            "max_p95": read_budgets(values.get("max_p95"), contract),
            **_places(values, contract),
        }
    )
    return Settings(**settings)


def _places(values: Mapping[str, Any], contract: Contract) -> dict[str, Any]:
    """The scopes, and the keys that bodies may name in them."""
    scope = read_scope(contract, values.get("scope"), "--scope") or default_scope(contract)
    other = read_scope(contract, values.get("other_scope"), "--other-scope")
    if other is not None and other == scope:
        raise _wrong(f"the other scope is {written_scope(contract, other)} itself: isolation needs two.")
    return {
        "scope": scope,
        "other_scope": other,
        "references": read_references(contract, values.get("references"), "--reference"),
        "other_references": read_references(contract, values.get("other_references"), "--other-reference"),
    }


def _file(path: Path | None) -> tuple[dict[str, Any], tuple[Waiver, ...]]:
    chosen = path or Path(FILE)
    if path is None and not chosen.exists():
        return {}, ()
    try:
        data = tomllib.loads(chosen.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _wrong(f"{chosen} can't be read: {error}") from error
    values: dict[str, Any] = {}
    for table, names in (("target", TARGET), ("verify", VERIFY)):
        for name, value in data.get(table, {}).items():
            if name == "token":
                raise _wrong(f"{chosen}: a token does not belong in a file that is shared; use {TOKEN_VARIABLE}.")
            if name not in names and not (table == "target" and name in EARLIER):
                raise _wrong(f"{chosen}, [{table}]: {name!r} is not known; known are {', '.join(sorted(names))}.")
            values[name] = value
    if "deviations" in data:
        warnings.warn(f"{chosen}: [deviations] is now called [waivers]", DeprecationWarning, stacklevel=3)
        data["waivers"] = {**data.pop("deviations"), **data.get("waivers", {})}
    if unknown := set(data) - {"target", "verify", "waivers", "contract", "diff"}:
        raise _wrong(
            f"{chosen}: [{sorted(unknown)[0]}] is not known; known are contract, diff, target, verify and waivers."
        )
    return values, tuple(_waiver(chosen, rule, node) for rule, node in data.get("waivers", {}).items())


def _waiver(path: Path, rule: str, node: Any) -> Waiver:
    reason = node.get("reason") if isinstance(node, dict) else None
    expires = node.get("expires") if isinstance(node, dict) else None
    if isinstance(expires, datetime):
        expires = expires.date()
    if not reason or not isinstance(expires, date):
        raise _wrong(f'{path}, [waivers]: "{rule}" needs {{ reason = "…", expires = 2027-01-31 }}.')
    return Waiver(rule, str(reason), expires)


def _token(values: Mapping[str, Any]) -> str:
    token = values.get("token") or os.environ.get(TOKEN_VARIABLE) or ""
    if not token and values.get("token_file"):
        try:
            token = Path(values["token_file"]).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise _wrong(f"the token file can't be read: {error}") from error
    token = str(token).strip().removeprefix("Token ")
    if not token.isprintable():
        raise _wrong("the token holds a line break or another character that no header can carry.")
    return token


def _profile(value: Any) -> Profile:
    try:
        return Profile(value or Profile.STANDARD)
    except ValueError:
        raise _wrong(f"there is no profile {value!r}; there are {', '.join(Profile)}.") from None


def _proxy(scheme: str, host: str) -> str | None:
    """The proxy that the environment names for the host, as other tools take it."""
    return None if is_loopback(host) or proxy_bypass(host) else getproxies().get(scheme)
