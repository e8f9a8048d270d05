"""What the mock says when it is ready: where it is and how to try it at once.

Owns: the text.
Knows nothing of: sockets, apps.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from cancelkit.fixtures.queries import written
from cancelkit.fixtures.world import Scope, World
from cancelkit.mockserver.settings import Settings
from cancelkit.mockserver.state.catalogue import Catalogue
from cancelkit.spec import Contract, Role, Schema
from cancelkit.spec.values import NoValue, Values

SCOPES, KEYS = 5, 3
"""How many scopes are listed, and how many keys of each table."""


def banner(
    url: str, settings: Settings, world: World, contract: Contract, notes: tuple[str, ...] = (), curl: str = ""
) -> str:
    """Return the banner: base URL, contract, scopes, valid references, curls that work when pasted.

    curl: options that it needs to get in, with a space behind.
    """
    catalogue = Catalogue(world.scopes, world.tables)
    listed = ", ".join(map(_words, catalogue.ordered[:SCOPES]))
    lines = [
        f"cancelkit mock at {url}",
        f"  docs      {url}/docs/     dashboard {url}/_mock/",
        f"  contract  {contract.source} ({contract.fingerprint})",
        f"  records   {len(world.records)} {contract.resource.name}" + (f" in {listed}" if listed else ""),
    ]
    for scope in catalogue.ordered[:SCOPES]:
        known = [
            f"{table} such as {', '.join(map(str, keys))}"
            for table in dict.fromkeys(reference.table for reference in contract.resource.references.values())
            if (keys := catalogue.keys(table, scope)[:KEYS])
        ]
        if known:
            lines.append(f"  {_words(scope) or 'references'}: {'; '.join(known)}")
    header = curl + _header(settings, contract)
    if contract.api_key is not None:
        told = "one of those given" if settings.tokens else f"any but {contract.api_key.unknown}"
        lines.append(f"  key       {told} ({contract.api_key.header}: {_key(contract, '<key>')})")
    lines += [f"  {note}" for note in notes]
    tries = _tries(url, header, contract, catalogue)
    return "\n".join([*lines, *(["Try:", *tries] if tries else [])])


def _tries(url: str, header: str, contract: Contract, catalogue: Catalogue) -> list[str]:
    resource, scope = contract.resource, catalogue.ordered[0]
    names = {parameter.name: value for parameter, value in zip(resource.scope, scope, strict=False)}
    found = []
    if (listing := contract.role(Role.LIST)) is not None:
        needed = [p for p in listing.parameters if p.location == "query" and p.required]
        query = {p.name: p.example if p.example is not None else _typical(p.schema, p.name) for p in needed}
        if (limit := listing.paging.get("limit")) is not None:
            query[limit] = 2
        asked = f"?{urlencode(query, safe=',')}" if query else ""
        found.append(f'  curl {header}"{url}{resource.url(listing.path, names)}{asked}"')
    if (create := contract.role(Role.CREATE)) is not None and create.body is not None:
        body = _body(contract, catalogue, scope)
        if body is not None:
            sent = json.dumps(body, ensure_ascii=False).replace("'", "'\\''")
            target = f"{url}{resource.url(create.path, names)}"
            found.append(f"  curl {header}-H \"Content-Type: {create.body.media_types[0]}\" -d '{sent}' {target}")
    return found


def _body(contract: Contract, catalogue: Catalogue, scope: Scope) -> dict[str, Any] | None:
    """What a create body needs at least; None where no row can be named."""
    create = contract.role(Role.CREATE)
    body: dict[str, Any] = {}
    for name, field in (create.body.fields if create and create.body else {}).items():
        if field.read_only or not field.required:
            continue
        if field.reference is not None:
            keys = catalogue.keys(field.reference, scope)
            if not keys:
                return None
            body[name] = keys[-1]
            continue
        try:
            body[name] = Values(field.schema, place=name).typical()
        except NoValue:
            return None
    return body


def _typical(schema: Schema, name: str) -> str:
    """A value of a query, as text; empty where none is found."""
    try:
        return written(Values(schema, place=name).typical())
    except NoValue:
        return ""


def _header(settings: Settings, contract: Contract) -> str:
    if contract.api_key is None:
        return ""
    token = "$TOKEN" if settings.tokens else settings.example_token
    return f'-H "{contract.api_key.header}: {_key(contract, token)}" '


def _key(contract: Contract, token: str) -> str:
    prefix = contract.api_key.prefix if contract.api_key else None
    return f"{prefix} {token}" if prefix else token


def _words(scope: Scope) -> str:
    return "/".join(map(str, scope))
