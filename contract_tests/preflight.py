"""Before a single rule runs: is the target there, does it know us, and what can be created in it?

Owns: telling apart and explaining why a target can't be used; discovering order items and reasons.
Knows nothing of: rules.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from cancelkit.contract_tests.bench import CREATE, LIST, Ground
from cancelkit.contract_tests.errors import Cause, CouldNotRun, Inconclusive
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.contract_tests.target.client import Query, Target
from cancelkit.contract_tests.target.obstacles import strange, unreachable

DETAILED = "listCancellationRequestsDetailed"
OWNER = "preflight"
ITEMS, REASONS = 12, 8


def probe(target: Target, marker: str) -> Ground:
    """Find out what the rules can stand on; whatever is created meanwhile is in the target's ledger.

    Raises:
        CouldNotRun: unreachable, a bad token, a wrong channel, or nothing that a create accepts.
    """
    settings = target.settings
    _reach(target, settings.channel, "--channel")
    items, reasons = _discover(target, settings.channel, settings.order_items, settings.reasons)
    if not settings.read_only:
        items, reasons = _usable(target, settings.channel, items, reasons, marker)
    other_items: tuple[int, ...] = ()
    other_reasons: tuple[int, ...] = ()
    other = settings.other_channel
    if other is not None:
        _reach(target, other, "--other-channel")
        other_items, other_reasons = _discover(target, other, settings.other_order_items, settings.other_reasons)
        if not settings.read_only and other_items and other_reasons:
            try:
                other_items, other_reasons = _usable(target, other, other_items, other_reasons, marker)
            except CouldNotRun as problem:
                # Ids that were found, not given: a list that shows another channel's rows is for the rules to tell.
                if problem.cause is not Cause.REFERENCES or settings.other_order_items or settings.other_reasons:
                    raise
                other_items, other_reasons = (), ()
    return Ground(settings.channel, other, items, reasons, other_items, other_reasons)


def _call(target: Target, operation_id: str, channel: int, query: Query = None, **sent: Any) -> Answer:
    operation = target.spec.operations[operation_id]
    path = operation.path.replace("{channel_id}", str(channel))
    return target.exchange(operation.method, path, query=query, owner=OWNER, **sent)


def _reach(target: Target, channel: int, option: str) -> None:
    try:
        answer = _call(target, LIST, channel)
    except Inconclusive as error:
        raise unreachable(target.settings, error) from error
    if answer.status in (401, 403):
        raise _refused(target, channel, option, answer)
    if answer.status in (301, 302, 307, 308):
        place = answer.headers.get("location", "elsewhere")
        raise CouldNotRun(
            Cause.NOT_THIS_API,
            f"{answer.url} redirects to {place}: give the URL that it leads to. If that is a page to log in, something "
            "before the API keeps its clients out.",
        )
    if answer.status == 404:
        raise _not_found(target, channel, option, answer)
    if not _page(answer) and (wrong := strange(answer)):
        raise wrong


def _refused(target: Target, channel: int, option: str, answer: Answer) -> CouldNotRun:
    url, status = target.settings.url, answer.status
    if not target.settings.token:
        said = "no token was given"
    elif status == 403 and _call(target, LIST, channel, auth="wrong").status == 401:
        return CouldNotRun(
            Cause.CHANNEL, f"the token is known, but may not list channel {channel} (403): is it the right {option}?"
        )
    else:
        said = "the token is not accepted"
    return CouldNotRun(
        Cause.TOKEN,
        f"{said}: {url} answers {status} for channel {channel}. "
        "Give the API key in CANCELKIT_TOKEN, --token-file or --token.",
    )


def _not_found(target: Target, channel: int, option: str, answer: Answer) -> CouldNotRun:
    unknown = _call(target, LIST, channel, auth="wrong")
    if (
        answer.is_json
        and unknown.status in (401, 403, 404)
        and isinstance(answer.json, dict)
        and "detail" in answer.json
    ):
        if unknown.status != 404:
            return CouldNotRun(Cause.CHANNEL, f"channel {channel} is not known to the target ({option}).")
        return CouldNotRun(
            Cause.CHANNEL,
            f"{answer.url} is 404: channel {channel} is not known to the target ({option}), or the path is "
            "not the API's (URL and --prefix).",
        )
    return CouldNotRun(Cause.NOT_THIS_API, f"{answer.url} is 404: the API is not there. See the URL and --prefix.")


def _discover(
    target: Target, channel: int, items: tuple[int, ...], reasons: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Ids given by the user stand; the rest is read from the rows that the channel holds."""
    if items and reasons:
        return items, reasons
    rows = _rows(target, DETAILED, channel) or _rows(target, LIST, channel)
    rows.sort(key=lambda row: _channel_shown(row) not in (None, channel))
    items = items or tuple(_varied(rows))[:ITEMS]
    reasons = reasons or tuple(dict.fromkeys(_ids(rows, "reason")))[:REASONS]
    return items, reasons


def _channel_shown(row: dict[str, Any]) -> Any:
    """The channel of the order that a detailed row opens; None where it shows none."""
    node: Any = row
    for key in ("order_item", "order", "channel"):
        node = node.get(key) if isinstance(node, dict) else None
    return node


def _rows(target: Target, operation_id: str, channel: int) -> list[dict[str, Any]]:
    """The first rows and the last: old and new order items."""
    rows: list[dict[str, Any]] = []
    number = 1
    for _ in range(2):
        try:
            answer = _call(target, operation_id, channel, {"limit": 100, "page": number})
        except Inconclusive:
            break
        page = _page(answer) if answer.status == 200 else {}
        found = [row for row in page.get("results") or () if isinstance(row, dict)]
        rows += found
        count = page.get("count")
        if not found or not isinstance(count, int) or count <= len(found) * number:
            break
        number = -(-count // len(found))
    return rows


def _page(answer: Answer) -> dict[str, Any]:
    """The page that was answered, whatever the content type says: that it is wrong is for the rules to tell."""
    value = answer.json
    if not answer.is_json:
        with suppress(ValueError, RecursionError):
            value = json.loads(answer.text)
    return value if isinstance(value, dict) and "results" in value else {}


def _varied(rows: Sequence[dict[str, Any]]) -> list[int]:
    """Order items, those of different orders first, and rare kinds (a tracking number, or none) early."""
    first: dict[Any, int] = {}
    later: list[int] = []
    for row in rows:
        item = row.get("order_item")
        id = item.get("id") if isinstance(item, dict) else item
        if not isinstance(id, int):
            continue
        order = item.get("order") if isinstance(item, dict) else None
        kind = (
            order.get("id") if isinstance(order, dict) else id,
            item.get("tracking_number") is None if isinstance(item, dict) else None,
        )
        if first.setdefault(kind, id) != id:
            later.append(id)
    return list(dict.fromkeys([*first.values(), *later]))


def _ids(rows: Iterable[dict[str, Any]], name: str) -> Iterable[int]:
    for row in rows:
        value = row.get(name)
        id = value.get("id") if isinstance(value, dict) else value
        if isinstance(id, int):
            yield id


def _usable(
    target: Target, channel: int, items: tuple[int, ...], reasons: tuple[int, ...], marker: str
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Those that a create accepts; all of them where creating fails for another reason, which the rules will tell:

    a 400 that blames another field does not speak of them.
    """
    if not items or not reasons:
        what = "order items" if not items else "reasons"
        raise CouldNotRun(
            Cause.REFERENCES,
            f"channel {channel} shows no {what} to create requests with: give --order-items and --reasons "
            "(ids that exist in the channel), or --read-only.",
        )
    body = target.spec.operations[CREATE].body
    types = body.fields["cancellation_type"].enum if body else ()

    def attempt(item: int, reason: int) -> Answer:
        sent = {"order_item": item, "reason": reason, "cancellation_type": types[0], "description": f"{marker} {OWNER}"}
        return _call(target, CREATE, channel, body=sent)

    try:
        with ThreadPoolExecutor(8) as pool:
            pairs = [(item, reasons[0]) for item in items] + [(items[0], reason) for reason in reasons[1:]]
            answers = dict(zip(pairs, pool.map(lambda pair: attempt(*pair), pairs), strict=True))
    except Inconclusive as error:
        raise unreachable(target.settings, error) from error
    if not any(answer.ok for answer in answers.values()):
        answers |= {pair: attempt(*pair) for pair in zip(items[1:], reasons[1:], strict=False)}
    accepted = [pair for pair, answer in answers.items() if answer.ok]
    if accepted:
        return tuple(dict.fromkeys(i for i, _ in accepted)), tuple(dict.fromkeys(r for _, r in accepted))
    first = next(iter(answers.values()))
    if first.status == 403:
        raise CouldNotRun(
            Cause.TOKEN, f"the token may not create requests in channel {channel} (403): try --read-only."
        )
    others = {name for name, known in body.fields.items() if not known.reference} if body else set()
    if first.status == 400 and not (isinstance(first.json, dict) and others & first.json.keys()):
        raise CouldNotRun(
            Cause.REFERENCES,
            f"no create is accepted in channel {channel} with order items {_listed(items)} and reasons "
            f"{_listed(reasons)}: {first.brief()}. Give --order-items and --reasons that exist there.",
        )
    return items, reasons


def _listed(ids: Iterable[int]) -> str:
    return ",".join(map(str, ids))
