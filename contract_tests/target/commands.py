"""Commands that a person can paste: curl for a sequence of requests, and the one that repeats a run.

Owns: $TOKEN, ids of created records as shell variables, the options that repeat a run; quoting is of traffic/curl.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote, urlsplit

from cancelkit.contract_tests.configuration.settings import Settings
from cancelkit.contract_tests.context.scopes import scope_options
from cancelkit.contract_tests.target.answer import TOKEN, UNSET, Answer
from cancelkit.contract_tests.target.encoding import json_bytes, raw_bytes
from cancelkit.spec import Contract
from cancelkit.spec.choosing import arguments
from cancelkit.traffic.curl import curl as command
from cancelkit.traffic.curl import word

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
            line = f"{names[str(id)]}=$({line} | jq -r {_jq(id_field)})"
        lines.append(line)
    return lines


def _jq(field: str) -> str:
    """The jq program that takes a field out of an object."""
    return f".{field}" if re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", field) else word(f".[{json.dumps(field)}]")


def curl(answer: Answer, names: Mapping[str, str] | None = None) -> str:
    """The exchange's request as a curl command; `names`: shell variables by id."""
    body: bytes | None = None
    if isinstance(answer.request_body, str):
        body = raw_bytes(answer.request_body)
    elif answer.request_body is not UNSET:
        body = json_bytes(answer.request_body)
    name = (names or {}).get(answer.record)
    url = answer.url
    if name is not None and f"${name}" not in url:
        url = _with_variable(url, name, answer.record)
    return command(
        answer.method,
        url,
        ((name, value) for name, value in answer.request_headers.items() if name.lower() not in HIDDEN),
        body,
        options=answer.way,
        variables={TOKEN[1:], *((name,) if url != answer.url and name else ())},
    )


def _with_variable(url: str, name: str, record: str) -> str:
    """The URL with the variable `name` in place of the record's id, which is the last segment that says it."""
    parts = urlsplit(url)
    segments = parts.path.split("/")
    own = [i for i, segment in enumerate(segments) if unquote(segment) == record]
    if not own:
        return url
    segments[own[-1]] = f"${name}"
    origin = f"{parts.scheme}://{parts.netloc}"
    return f"{origin}{'/'.join(segments)}{url[len(f'{origin}{parts.path}') :]}"


def variable(name: str) -> str:
    """The shell variable that stands for the value of a header: it may be a secret."""
    return "$" + re.sub(r"\W", "_", name.upper(), flags=re.ASCII)


def _proxy(proxy: str) -> str:
    """A proxy as the shell takes it; one with a password is not shown."""
    return '"$PROXY"' if urlsplit(proxy).username else word(proxy)


def way(settings: Settings) -> tuple[str, ...]:
    """How curl reaches the target as the run did: proxy, TLS and the user's headers."""
    words: list[str] = []
    if settings.proxy:
        words += ["-x", _proxy(settings.proxy)]
    if settings.verify_tls is not True:
        words += ["--cacert", word(settings.verify_tls)] if settings.verify_tls else ["-k"]
    return (*words, *(part for name in settings.headers for part in ("-H", f'"{name}: {variable(name)}"')))


def repeat_command(settings: Settings, contract: Contract, rule_id: str | None = None) -> str:
    """The command that repeats the run, or just one rule of it, with the same data."""
    parts = target_words("verify", settings, contract)
    parts += ["--profile", settings.profile.value]
    parts += ["--strict"] * settings.strict
    parts += ["--no-schemathesis"] * (not settings.schemathesis)
    chosen = [rule_id] if rule_id else [*settings.rules]
    parts += [text for rule in chosen for text in ("--rule", word(rule))]
    if not rule_id:
        budgets = settings.max_p95.items()
        parts += [text for id, budget in budgets for text in ("--max-p95", word(f"{id}={budget:g}"))]
        parts += ["--fail-fast"] * settings.fail_fast
        parts += [text for area in settings.areas for text in ("--area", area)]
    return " ".join(parts)


def target_words(verb: str, settings: Settings, contract: Contract) -> list[str]:
    """The beginning of a command: the verb, the target and how it is reached, the contract, the seed."""
    parts = [f"CANCELKIT_TOKEN={TOKEN}", "cancelkit", verb, word(settings.url)]
    if settings.prefix:
        parts += ["--prefix", word(settings.prefix)]
    parts += map(word, arguments(contract.files))
    for option, scope in (("--scope", settings.scope), ("--other-scope", settings.other_scope or ())):
        parts += [part for text in scope_options(contract, scope) for part in (option, word(text))]
    for option, known in (("--reference", settings.references), ("--other-reference", settings.other_references)):
        for name, keys in known.items():
            parts += [option, word(f"{name}={','.join(map(str, keys))}")]
    parts += ["--seed", str(settings.seed), *["--read-only"] * settings.read_only]
    parts += [text for host in settings.allow_hosts for text in ("--allow-host", word(host))]
    return [*parts, *_connection(settings)]


def _connection(settings: Settings) -> list[str]:
    """The options that say how to reach the target, where they are not the usual ones."""
    parts = [text for name in settings.headers for text in ("--header", f'"{name}: {variable(name)}"')]
    if settings.proxy:
        parts += ["--proxy", _proxy(settings.proxy)]
    if settings.verify_tls is not True:
        parts += ["--ca", word(settings.verify_tls)] if settings.verify_tls else ["--insecure"]
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
