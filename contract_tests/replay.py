"""Send a request again, as it was or on a fresh record, to see whether its answer was no accident.

Owns: `again`.
Knows nothing of: rules.
"""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlsplit

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.target.answer import TOKEN, UNSET, Answer, Auth


def again(bench: Bench, answer: Answer) -> Answer | None:
    """The answer to the same request, or None where it can't be sent again without harm.

    What was sent to a record that the run created goes to a fresh one of the initial status.
    """
    parts = urlsplit(answer.url)
    path, query = bench.documented(parts.path), parts.query
    auth = _auth(answer, bench)
    content = None
    if isinstance(answer.request_body, str):
        content = answer.request_body.encode("utf-8", "surrogatepass")
    body = UNSET if content is not None else answer.request_body
    headers: dict[str, str | None] = {
        name: value
        for name, value in answer.request_headers.items()
        if name.lower() != bench.spec.api_key.header.lower()
    }
    found = bench.spec.operations.get(answer.operation_id or "")
    with suppress(Inconclusive, Skip):
        if found is not None and "{id}" in found.path:
            ids = bench.path_parameters(answer.method, path)
            if ids.get("id", "").isdigit() and ids.get("channel_id", "").isdigit():
                channel = int(ids["channel_id"])
                if bench.ledger.created(channel, int(ids["id"])):
                    fresh = bench.create(channel=channel)["id"]
                    path = found.path.replace("{channel_id}", ids["channel_id"]).replace("{id}", str(fresh))
        return bench.send(answer.method, path, query=query, body=body, content=content, headers=headers, auth=auth)
    return None


def _auth(answer: Answer, bench: Bench) -> Auth:
    name = bench.spec.api_key.header.lower()
    sent = next((value for key, value in answer.request_headers.items() if key.lower() == name), None)
    if sent is None:
        return "none"
    if bench.spec.api_key.unknown in sent:
        return "wrong"
    if not sent:
        return "empty"
    return "bare" if sent == TOKEN else "good"
