"""What was learnt from traffic, put together as the tables of a world.

Owns: filling in what no answer showed, leaving out what no world may hold, and counting both; writing the file.
Knows nothing of: exchanges (harvest.py).
Source: docs/fixtures.md; fixtures.reading checks the same rows when `--data` reads them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import jsonschema_rs
import orjson

from cancelkit.fixtures.reading import TABLES, table_schema
from cancelkit.fixtures.world import VERSION
from cancelkit.mockserver.proxy.harvest import Harvest, Row, Seen

UNKNOWN = "unknown"
LONG_AGO = "2000-01-01T00:00:00.000000Z"
MADE_UP = 10**12
"""Where the ids of orders and customers begin that no answer showed."""


@dataclass(frozen=True, slots=True)
class Harvested:
    """tables: as `--data` reads them. filled: records of which something had to be made up, such as an order item that
    no detailed answer opened. left_out: records that break the contract, so that no world may hold them."""

    tables: dict[str, Any]
    records: int
    filled: int
    left_out: int


class Tables:
    """Puts the tables together."""

    def __init__(self, harvest: Harvest) -> None:
        self._harvest = harvest
        self._rows: dict[str, dict[int, Row]] = {name: {} for name in TABLES}
        schemas = {name: table_schema(harvest.contract, name) for name in TABLES}
        self._known = {name: frozenset(schema["properties"]) for name, schema in schemas.items()}
        self._checks = {
            name: jsonschema_rs.Draft202012Validator(schema, validate_formats=True) for name, schema in schemas.items()
        }

    def build(self) -> Harvested:
        """Return what there is so far."""
        filled = left_out = 0
        for seen in sorted(self._harvest.records.values(), key=lambda seen: seen.id):
            made_up = self._record(seen.id, seen)
            left_out += made_up is None
            filled += bool(made_up)
        for (_, id), item in list(self._harvest.opened.get("order_items", {}).items()):
            channel = _object(item, "order").get("channel")
            if type(channel) is int and id not in self._rows["order_items"]:
                self._item(id, channel)
        tables = {name: list(rows.values()) for name, rows in self._rows.items()}
        kept = len(tables["cancellation_requests"])
        return Harvested({"cancelkit_world": VERSION, "seed": None, **tables}, kept, filled, left_out)

    def _add(self, table: str, row: Row) -> bool:
        """Add a row, if the contract lets it be; what it does not know of is left out of it."""
        row = {name: value for name, value in row.items() if name in self._known[table]}
        if not self._checks[table].is_valid(row):
            return False
        self._rows[table].setdefault(row["id"], row)
        return True

    def _record(self, id: int, seen: Seen) -> bool | None:
        """Add a record. Returns whether something of it was made up, None where it is left out."""
        channel, plan = seen.scope[0], seen.extras.get("cancellation_plan")
        base = {"uuid": str(uuid5(NAMESPACE_URL, f"cancellation-request-{id}")), **seen.base, "channel": channel}
        opened = base.pop("easy_return", None)
        row = {**base, "easy_return": None}
        if not self._checks["cancellation_requests"].is_valid(row):
            return None
        self._add("channels", {"id": channel, "name": f"Channel {channel}"})
        item, reason = self._item(row["order_item"], channel), self._reason(row, channel)
        if item is None or reason is None:
            return None
        made_up = [item, reason, "uuid" not in seen.base]
        if isinstance(opened, dict) and self._add("easy_returns", opened):
            row["easy_return"] = opened["id"]
        elif opened is not None:
            made_up.append(True)
        self._add("cancellation_requests", row)
        if isinstance(plan, dict) and plan.get("id") not in self._rows["cancellation_plans"]:
            made_up.append(not self._add("cancellation_plans", {**plan, "cancellation_request": id}))
        return any(made_up)

    def _item(self, id: int, channel: int) -> bool | None:
        """See to an order item of a channel. Returns whether it was made up, None where it is another channel's."""
        rows = self._rows
        if id in rows["order_items"]:
            order = rows["orders"][rows["order_items"][id]["order"]]
            return order["id"] > MADE_UP if order["channel"] == channel else None
        item = self._opened("order_items", channel, id) or {}
        order = {"channel": channel, **_object(item, "order")}
        customer = _object(order, "customer")
        self._add("channels", {"id": channel, "name": f"Channel {channel}"})
        if (
            order["channel"] == channel
            and self._add("customers", {"channel": channel, **customer})
            and self._add("orders", {**order, "customer": customer.get("id")})
            and self._add("order_items", {**item, "order": order.get("id")})
        ):
            return False
        someone, some_order = MADE_UP + channel, MADE_UP + id
        names = {"first_name": UNKNOWN, "last_name": UNKNOWN, "email": "unknown@example.com"}
        self._add("customers", {"id": someone, **names, "channel": channel})
        placed = {"number": f"{UNKNOWN}-{id}", "date_placed": LONG_AGO, "customer": someone, "channel": channel}
        self._add("orders", {"id": some_order, **placed})
        self._add("order_items", {"id": id, "order": some_order, "sku": f"{UNKNOWN}-{id}"})
        return True

    def _opened(self, table: str, channel: int, id: int) -> Row | None:
        """A row as an answer opened it."""
        return self._harvest.opened.get(table, {}).get(((channel,), id))

    def _reason(self, row: Row, channel: int) -> bool | None:
        """The same for a reason."""
        id, known = row["reason"], self._rows["reasons"]
        if id in known:
            return "subject" not in known[id] if known[id]["channel"] == channel else None
        opened = self._opened("reasons", channel, id)
        if opened is not None and self._add("reasons", {**opened, "channel": channel}):
            return False
        self._add("reasons", {"id": id, "channel": channel, "cancellation_type": row["cancellation_type"]})
        return True


def _object(parent: Mapping[str, Any], name: str) -> Row:
    found = parent.get(name)
    return found if isinstance(found, dict) else {}


def write(harvest: Harvest, path: Path) -> Harvested:
    """Write the tables as JSON, whole or not at all.

    Raises:
        OSError: the file can't be written.
    """
    found = Tables(harvest).build()
    beside = path.with_name(f".{path.name}.part")
    beside.write_bytes(orjson.dumps(found.tables, option=orjson.OPT_INDENT_2))
    os.replace(beside, path)
    return found
