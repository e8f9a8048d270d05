"""What passed, as data that `--data` reads: the records that clients saw, as they last were.

Owns: learning records, order items and reasons from answers.
Knows nothing of: files, the wire, how tables are put together (harvest_tables.py).
Source: spec/openapi.yaml, CancellationRequest and DetailedCancellationRequest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cancelkit.spec import Contract
from cancelkit.traffic import Exchange, Judgement
from cancelkit.traffic.paths import Paths
from cancelkit.traffic.reading import json_value

Row = dict[str, Any]
NUMBER = re.compile("[0-9]{1,18}", re.ASCII)


@dataclass(slots=True)
class Seen:
    """One record as it last was, at the time `at`. plan: None where it has none, or no answer showed one."""

    channel: int
    at: float
    base: Row
    plan: Row | None = None


class Harvest:
    """Learns from exchanges. items, reasons: as detailed answers opened them, by id; reasons by channel, too."""

    def __init__(self, spec: Contract, prefixes: Sequence[str]) -> None:
        self.spec = spec
        self.records: dict[int, Seen] = {}
        self.items: dict[int, Row] = {}
        self.reasons: dict[tuple[int, int], Row] = {}
        self._gone: set[int] = set()
        self._paths = Paths(spec, prefixes)
        self._fields = frozenset(spec.fields("CancellationRequest"))

    def __call__(self, exchange: Exchange, judgement: Judgement) -> None:
        """Learn what the answer shows."""
        meaning = self._paths.find(exchange.method, urlsplit(exchange.url).path)
        if meaning is None or meaning.operation is None or not exchange.ok or exchange.method == "HEAD":
            return
        channel, id = meaning.values.get("channel_id", ""), meaning.values.get("id", "")
        if meaning.operation.method == "DELETE" and NUMBER.fullmatch(id):
            self.records.pop(int(id), None)
            self._gone.add(int(id))
        elif NUMBER.fullmatch(channel):
            for row in _rows(json_value(exchange.response_body)):
                if exchange.status == 201:
                    self._gone.discard(row["id"])
                if row["id"] not in self._gone:
                    self._learn(int(channel), row, exchange.ended)

    def _learn(self, channel: int, row: Row, at: float) -> None:
        known = self.records.get(row["id"])
        if known is not None and known.at > at:
            return
        base = {name: value for name, value in row.items() if name in self._fields}
        item, reason = row.get("order_item"), row.get("reason")
        if isinstance(item, dict) and type(item.get("id")) is int:
            self.items[item["id"]] = item
            base["order_item"] = item["id"]
        if isinstance(reason, dict) and type(reason.get("id")) is int:
            self.reasons[channel, reason["id"]] = reason
            base["reason"] = reason["id"]
        plan = known.plan if known else None
        if "cancellation_plan" in row:
            plan = row["cancellation_plan"] if isinstance(row["cancellation_plan"], dict) else None
        before = known.base if known and known.channel == channel else {}
        self.records[row["id"]] = Seen(channel, at, {**before, **base}, plan)


def _rows(answer: Any) -> Iterator[Row]:
    rows = answer.get("results", [answer]) if isinstance(answer, dict) else []
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict) and type(row.get("id")) is int:
            yield row
