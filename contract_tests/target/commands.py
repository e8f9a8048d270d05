"""Commands that a person can paste: curl for a sequence of requests, and the one that repeats a run.

Owns: shell quoting, $TOKEN, ids of created records as shell variables.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from urllib.parse import unquote, urlsplit

from cancelkit.contract_tests.configuration.settings import Settings
from cancelkit.contract_tests.context.scopes import scope_options
from cancelkit.contract_tests.target.answer import TOKEN, UNSET, Answer
from cancelkit.spec import PATH, Contract

HIDDEN = frozenset({"user-agent", "accept", "accept-encoding", "connection", "host", "content-length"})


def curl_commands(exchanges: Sequence[Answer], id_field: str = "id") -> list[str]:
    """One curl command for each exchange; the id of a record created on the way stands as $ID1, $ID2, …"""
    names: dict[str, str] = {}
    lines = []
    for answer in exchanges:
        line = curl(answer, names)
        id = answer.json.get(id_field) if isinstance(answer.json, dict) and answer.ok else None
        if answer.method == "POST" and answer.status == 201 and id is not None and str(id) not in names:
            names[str(id)] = f"ID{len(names) + 1}"
            line = f"{names[str(id)]}=$({line} | jq -r .{id_field})"
        lines.append(line)
    return lines


def curl(answer: Answer, names: dict[str, str] | None = None) -> str:
    """The exchange's request as a curl command; `names`: shell variables by id."""
    parts = ["curl", "-sS", *answer.way]
    if answer.method == "HEAD":
        parts.append("-I")
    elif answer.method != ("GET" if answer.request_body is UNSET else "POST"):
        parts += ["-X", quote(answer.method)]
    for name, value in answer.request_headers.items():
        if name.lower() not in HIDDEN:
            parts += ["-H", _quoted(f"{name}: {value}" if value else f"{name};")]
    if answer.request_body is not UNSET:
        body = answer.request_body
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        parts += ["--data-binary", quote(text)]
    parts.append(_url(answer.url, (names or {}).get(answer.record), answer.record))
    return " ".join(parts)


def _quoted(text: str) -> str:
    if TOKEN not in text:
        return quote(text)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("`", "\\`") + '"'


def _url(url: str, name: str | None, record: str) -> str:
    """The URL, quoted, with the variable `name` in place of the record's id, which is the last segment that says it."""
    parts = urlsplit(url)
    segments = parts.path.split("/")
    own = [i for i, segment in enumerate(segments) if unquote(segment) == record]
    if name is None or not own:
        return quote(url)
    segments[own[-1]] = f"${name}"
    path = "/".join(segments)
    rest = url[len(f"{parts.scheme}://{parts.netloc}{parts.path}") :]
    safe = re.sub(r'([$`"])', r"\\\1", rest)
    return f'"{parts.scheme}://{parts.netloc}{path}{safe}"'


def variable(name: str) -> str:
    """The shell variable that stands for the value of a header: it may be a secret."""
    return "$" + re.sub(r"\W", "_", name.upper(), flags=re.ASCII)


def _proxy(proxy: str) -> str:
    """A proxy as the shell takes it; one with a password is not shown."""
    return '"$PROXY"' if urlsplit(proxy).username else quote(proxy)


def way(settings: Settings) -> tuple[str, ...]:
    """How curl reaches the target as the run did: proxy, TLS and the user's headers."""
    words: list[str] = []
    if settings.proxy:
        words += ["-x", _proxy(settings.proxy)]
    if settings.verify_tls is not True:
        words += ["--cacert", quote(settings.verify_tls)] if settings.verify_tls else ["-k"]
    return (*words, *(word for name in settings.headers for word in ("-H", f'"{name}: {variable(name)}"')))


def repeat_command(settings: Settings, contract: Contract, rule_id: str | None = None) -> str:
    """The command that repeats the run, or just one rule of it, with the same data."""
    parts = [f"CANCELKIT_TOKEN={TOKEN}", "cancelkit", "verify", quote(settings.url)]
    if settings.prefix:
        parts += ["--prefix", quote(settings.prefix)]
    parts += _contract_options(contract)
    for option, scope in (("--scope", settings.scope), ("--other-scope", settings.other_scope or ())):
        parts += [word for text in scope_options(contract, scope) for word in (option, quote(text))]
    for option, known in (("--reference", settings.references), ("--other-reference", settings.other_references)):
        for name, keys in known.items():
            parts += [option, quote(f"{name}={','.join(map(str, keys))}")]
    parts += ["--profile", settings.profile.value, "--seed", str(settings.seed)]
    parts += ["--strict"] * settings.strict + ["--read-only"] * settings.read_only
    parts += ["--no-schemathesis"] * (not settings.schemathesis)
    parts += [text for host in settings.allow_hosts for text in ("--allow-host", quote(host))]
    parts += _connection(settings)
    chosen = [rule_id] if rule_id else [*settings.rules]
    parts += [text for rule in chosen for text in ("--rule", quote(rule))]
    if not rule_id:
        parts += [text for area in settings.areas for text in ("--area", area)]
    return " ".join(parts)


def _contract_options(contract: Contract) -> list[str]:
    """The options that name the contract, where it is not the packaged one."""
    first, *overlays = contract.source.split(" + ")
    parts = ["--contract", quote(first)] if Path(first) != PATH else []
    return parts + [word for file in overlays for word in ("--overlay", quote(file))]


def _connection(settings: Settings) -> list[str]:
    """The options that say how to reach the target, where they are not the usual ones."""
    parts = [text for name in settings.headers for text in ("--header", f'"{name}: {variable(name)}"')]
    if settings.proxy:
        parts += ["--proxy", _proxy(settings.proxy)]
    if settings.verify_tls is not True:
        parts += ["--ca", quote(settings.verify_tls)] if settings.verify_tls else ["--insecure"]
    usual = Settings("")
    for option, value, default in (
        ("--timeout", settings.timeout, usual.timeout),
        ("--rps", settings.rps, usual.rps),
        ("--concurrency", settings.concurrency, usual.concurrency),
        ("--workers", settings.workers, usual.workers),
    ):
        if value != default:
            parts += [option, f"{value:g}"]
    return parts
