"""The detailed view agrees with the plain one: same rows, same order, same values, the right references opened.

Owns: detailed/same-rows, detailed/same-values, detailed/after-<write>, detailed/same-reference,
detailed/new-reference.
Knows nothing of: filters' meaning (see filters_match.py).
Source: x-behaviours detailed-agrees; schema DetailedCancellationRequest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.oracles.records import NAMES, changed, plain, same
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules import examples
from cancelkit.contract_tests.rules.filters_combined import matching_value
from cancelkit.contract_tests.rules.filters_match import judged
from cancelkit.contract_tests.rules.filters_plan import subject
from cancelkit.contract_tests.rules.paging_walks import page_ids, page_value
from cancelkit.contract_tests.rules.retrieve import Pair, judge_pairs
from cancelkit.contract_tests.rules.writes import (
    LIST,
    LIST_DETAILED,
    PATCH,
    PUT,
    REJECT,
    fields,
    filled,
    other_value,
    read,
    seen,
)
from cancelkit.spec import Contract


@dataclass(frozen=True, slots=True)
class Twins:
    """What the plain and the detailed list answered to the same query: (status, ids, count) of each."""

    what: str
    plain: tuple[int, list[Any], Any]
    detailed: tuple[int, list[Any], Any]


def _twins(bench: Bench) -> list[Twins]:
    known = subject(bench)
    ids = known.ids
    shuffled = bench.rng.sample(ids, len(ids))
    queries: list[dict[str, Any]] = [
        {"pk__in": shuffled, "limit": 50},
        {"pk__in": ids, "limit": 3},
        {"pk__in": ids, "limit": 4, "page": 2},
        {"pk__in": ids},
        {"pk__in": ids[::-1], "limit": 2, "page": 2},
    ]
    queries += [{"pk__in": ids, "status": status, "limit": 50} for status in bench.spec.transitions.statuses]
    plain_filters = {name for name, _, _ in judged(bench.spec, LIST)}
    for name, parameter, rule in judged(bench.spec, LIST_DETAILED):
        value = matching_value(parameter, rule, bench.rng.choice(known.rows))
        if name in plain_filters and value is not None and rule.lookup != "in":
            queries.append({"pk__in": ids, name: value, "limit": 50})

    def seen(operation_id: str, query: dict[str, Any]) -> tuple[int, list[Any], Any]:
        answer = bench.call(operation_id, query=query)
        return answer.status, page_ids(answer), page_value(answer, "count")

    def twins(query: dict[str, Any]) -> Twins | None:
        for _ in range(3):
            first, other = seen(LIST, query), seen(LIST_DETAILED, query)
            if first == other or seen(LIST, query) == first:
                return Twins(f"{query}", first, other)
        return None

    found = [pair for pair in bench.parallel([partial(twins, query) for query in queries]) if pair]
    if not found:
        raise Inconclusive("another client changed the list three times")
    return found


def judge_twins(found: Iterable[Twins]) -> Iterator[str]:
    """Both must show the same ids in the same order, and count the same."""
    for one in found:
        for name, left, right in zip(("status", "ids", "count"), one.plain, one.detailed, strict=True):
            if left != right:
                yield f"{one.what}: {name} of the plain list {left}, of the detailed list {right}"


def _views(bench: Bench, ids: list[int]) -> list[Pair]:
    """Each record in its four views, the three others beside the plain one."""
    pairs: list[Pair] = []
    query = {"pk__in": ids}
    listed = {row["id"]: row for row in bench.rows(LIST, query=query, limit=50)}
    opened = {row["id"]: row for row in bench.rows(LIST_DETAILED, query=query, limit=50)}
    for id in ids:
        try:
            one, detailed = read(bench, id), read(bench, id, detailed=True)
        except Inconclusive:
            if bench.ledger.created(bench.channel, id):
                raise
            continue  # its owner removed it
        pairs.append((f"record {id}: plain and detailed", one, plain(detailed)))
        if id in listed:
            pairs.append((f"record {id}: plain and in the list", one, listed[id]))
        if id in opened:
            pairs.append((f"record {id}: plain and in the detailed list", one, plain(opened[id])))
            pairs.append((f"record {id}: detailed and in the detailed list", detailed, opened[id]))
    return pairs


def _values(bench: Bench) -> list[Pair]:
    known = subject(bench)
    ids = sorted(bench.rng.sample(known.ids, min(len(known.ids), 6 + 4 * bench.scale)))
    before = {id: row for id in ids if (row := seen(bench, id))}
    pairs = _views(bench, list(before))
    after = {id: row for id in before if (row := seen(bench, id))}
    steady = {id for id in after if not changed(before[id], after[id], list(before[id]))}
    if not steady:
        raise Inconclusive("none of the records could be read twice without a change")
    return [pair for pair in pairs if pair[1].get("id") in steady]


def _after(operation_id: str, bench: Bench) -> list[Pair]:
    """All views of a record after it was written; the views were read before, so that a stale one shows."""
    row = filled(bench)
    _views(bench, [row["id"]])
    known = fields(bench.spec, operation_id)
    bodies: list[Any] = [None]
    if known:
        single = {"order_items": len(bench.order_items) < 2, "reasons": len(bench.reasons) < 2}
        body = {
            name: other_value(bench, name, field, row)
            for name, field in known.items()
            if not (field.reference and single[field.reference])
        }
        bodies = [{name: body[name]} for name in ("order_item", "reason") if name in body]
        bodies.append({name: body[name] for name in body if name not in ("order_item", "reason")})
    pairs: list[Pair] = []
    for body in bodies:
        answer = bench.call(operation_id, id=row["id"], **({} if body is None else {"body": body}))
        pairs += _views(bench, [row["id"]])
        if answer.ok and isinstance(answer.json, Mapping):
            now = read(bench, row["id"], detailed=True)
            pairs.append((f"record {row['id']}: as answered to {body} and detailed", answer.json, plain(now)))
    return pairs


ENTITIES = (
    ("order_item",),
    ("order_item", "order"),
    ("order_item", "order", "customer"),
    ("reason",),
    ("cancellation_plan",),
    ("easy_return",),
)
VOLATILE = ("status", "modified_date")


def _same_reference(bench: Bench) -> list[Mapping[str, Any]]:
    rows = bench.sample().rows
    some = [row["id"] for row in rows[:: max(1, len(rows) // 8)]]
    opened = []
    for id in some:
        with suppress(Inconclusive):  # another client may have removed it
            opened.append(read(bench, id, detailed=True))
    return [*rows, *opened]


def judge_references(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Opened under the same id there must stand the same thing, wherever it is opened."""
    seen: dict[tuple[str, Any], tuple[Any, Mapping[str, Any]]] = {}
    for row in rows:
        for path in ENTITIES:
            node: Any = row
            for key in path:
                node = node.get(key) if isinstance(node, Mapping) else None
            if not isinstance(node, Mapping) or "id" not in node:
                continue
            first_row, first = seen.setdefault((path[-1], node["id"]), (row.get("id"), node))
            names = [n for n in node if n in NAMES & first.keys() - {*VOLATILE} and not isinstance(node[n], Mapping)]
            for name in (n for n in names if not same(first[n], node[n])):
                yield (
                    f"{path[-1]} {node['id']} has {name} {first[name]!r} in record {first_row}, "
                    f"{node[name]!r} in record {row.get('id')}"
                )


def _new_reference(bench: Bench) -> list[Pair]:
    """Records of given items and reasons, opened: each must show the id that it was created with."""
    pairs: list[Pair] = []
    items = bench.rng.sample(bench.order_items, min(len(bench.order_items), 3 * bench.scale))
    for number, item in enumerate(items):
        reason = bench.reasons[number % len(bench.reasons)]
        row = bench.create(order_item=item, reason=reason)
        sent = {"id": row["id"], "order_item": item, "reason": reason}
        pairs.append((f"created on order item {item}", sent, plain(read(bench, row["id"], detailed=True))))
        other = bench.rng.choice(bench.order_items)
        bench.call(PATCH, id=row["id"], body={"order_item": other})
        sent = {"id": row["id"], "order_item": other, "reason": reason}
        pairs.append((f"moved to order item {other}", sent, plain(read(bench, row["id"], detailed=True))))
    return pairs


def rules(spec: Contract) -> Iterator[Rule]:
    behaviour = spec.behaviours["detailed-agrees"]
    one, other, third = examples.record(), examples.record(quantity=4), examples.record(order_item=2)
    pairs: tuple[Any, tuple[Any, ...]] = ([("a", one, one)], ([("a", one, other)], [("a", one, third)]))
    item = examples.detailed()
    moved = examples.detailed(id=8, customer={"last_name": "Else"})
    made: list[tuple[str, str, Callable[[Bench], Any], Callable[[Any], Iterator[str]], Any, tuple[Any, ...], bool]] = [
        (
            "same-rows",
            "The detailed list shows and counts the same rows in the same order as the plain list with the same query.",
            _twins,
            judge_twins,
            [Twins("a", (200, [1, 2], 2), (200, [1, 2], 2))],
            (
                [Twins("a", (200, [1, 2], 2), (200, [2, 1], 2))],
                [Twins("a", (200, [1, 2], 2), (200, [1], 2))],
                [Twins("a", (200, [1], 2), (200, [1], 1))],
                [Twins("a", (200, [], 0), (404, [], None))],
            ),
            False,
        ),
        (
            "same-values",
            "Every field shows the same in all four views: alone and listed, plain and detailed.",
            _values,
            judge_pairs,
            *pairs,
            False,
        ),
        (
            "same-reference",
            "An order item, order, customer, reason, plan or easy return shows the same in every record that opens it.",
            _same_reference,
            judge_references,
            [item, examples.detailed(id=8)],
            ([item, moved], [item, examples.detailed(id=8, item={"sku": "ELSE"})]),
            False,
        ),
        (
            "new-reference",
            "The detailed view opens the order item and the reason that the record was given.",
            _new_reference,
            judge_pairs,
            *pairs,
            True,
        ),
    ]
    for name, operation_id in (("patch", PATCH), ("put", PUT), ("reject", REJECT)):
        observe = partial(_after, operation_id)
        requires = f"After {name.upper() if name != 'reject' else 'a reject'} all four views show the new values."
        made.append((f"after-{name}", requires, observe, judge_pairs, *pairs, True))
    for key, requires, look, judge, accepts, rejects, writes in made:
        yield Rule(
            id=f"detailed/{key}",
            area="detailed",
            requires=requires,
            source="x-behaviours: detailed-agrees",
            level=behaviour.fact.level,
            observe=look,
            judge=judge,
            accepts=(accepts,),
            rejects=rejects,
            writes=writes,
        )
