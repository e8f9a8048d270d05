"""Who makes records: ours, the limit, and other generators, each asked for the same thirteen fields as NDJSON.

Owns: how each is asked, in the way its own guide recommends for many records.
Knows nothing of: time, memory. Ours makes more than the others: five further fields, and values that fit together.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from itertools import count as counting
from itertools import islice
from typing import Any, Literal

import orjson

from cancelkit import spec
from cancelkit.fixtures.formats import WRITERS, Part, Table
from cancelkit.fixtures.options import Options
from cancelkit.fixtures.views import rows, schema
from cancelkit.spec import load

Lines = Iterator[bytes]
"""What a maker writes, in pieces: one record each, or many (CSV and SQL are made by column, in blocks)."""
OURS, LIMIT = "cancelkit fixtures", "random dicts (the limit)"
STATUSES = spec.load().transitions.statuses
TYPES = ("cancel", "refund")
TEXTS = ("Too small.", "Came late.", "Not as shown.", "Ordered twice.", None)
FIRST, LAST = datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 12, 31, tzinfo=UTC)
_DATES = tuple(f"2025-{month:02}-{day:02}T12:00:00.000000Z" for month in range(1, 13) for day in range(1, 29))


@dataclass(frozen=True)
class Maker:
    """Somebody who makes as many records as are asked for. package: whose version is told."""

    name: str
    make: Callable[[int], Lines]
    package: str | None = None

    @property
    def version(self) -> str:
        return metadata.version(self.package) if self.package else ""


def ours(view: str, form: str) -> Callable[[int], Lines]:
    """Our records in a view and format."""

    def make(count: int) -> Lines:
        options = Options(load(), count=count)
        return WRITERS[form](rows(options, view), Table("requests", schema(options.contract, view)), Part())

    return make


def _some(endless: Callable[[], Lines]) -> Callable[[int], Lines]:
    return lambda count: islice(endless(), count)


def limit() -> Lines:
    """Dicts of random values, none of them made up with care."""
    chance = random.Random(1)
    choice, number, bits = chance.choice, chance.random, chance.getrandbits
    for id in counting(1):
        yield _line(
            {
                "id": id,
                "uuid": f"{bits(128):032x}",
                "created_date": choice(_DATES),
                "modified_date": choice(_DATES),
                "order_item": int(number() * 1000),
                "reason": int(number() * 16),
                "cancellation_type": choice(TYPES),
                "status": choice(STATUSES),
                "description": choice(TEXTS),
                "iban": f"TR{bits(80)}",
                "holder_name": "Ada Ada",
                "quantity": int(number() * 5),
                "fully_refund_as_loyalty_money": number() < 0.1,
            }
        )


def mimesis() -> Lines:
    """Mimesis by fields, as its guide makes records."""
    from mimesis import Field
    from mimesis.locales import Locale

    field = Field(Locale.TR, seed=1)
    for id in counting(1):
        yield _line(
            {
                "id": id,
                "uuid": field("cryptographic.uuid"),
                "created_date": field("datetime.datetime", start=2025, end=2025),
                "modified_date": field("datetime.datetime", start=2025, end=2025),
                "order_item": field("numeric.integer_number", start=1, end=1000),
                "reason": field("numeric.integer_number", start=1, end=16),
                "cancellation_type": field("choice.choice", items=TYPES),
                "status": field("choice.choice", items=STATUSES),
                "description": field("text.sentence"),
                "iban": f"TR{field('numeric.integer_number', start=10**23, end=10**24 - 1)}",
                "holder_name": field("person.full_name"),
                "quantity": field("numeric.integer_number", start=1, end=5),
                "fully_refund_as_loyalty_money": field("development.boolean"),
            }
        )


def mimesis_by_hand() -> Lines:
    """Mimesis, the methods of its providers called one by one: all that can be got out of it."""
    from mimesis import Choice, Cryptographic, Datetime, Development, Numeric, Person, Text
    from mimesis.locales import Locale

    codes, numbers, choice, flags = Cryptographic(seed=1), Numeric(seed=1), Choice(seed=1), Development(seed=1)
    person, text, times = Person(Locale.TR, seed=1), Text(Locale.TR, seed=1), Datetime(Locale.TR, seed=1)
    for id in counting(1):
        yield _line(
            {
                "id": id,
                "uuid": codes.uuid(),
                "created_date": times.datetime(start=2025, end=2025),
                "modified_date": times.datetime(start=2025, end=2025),
                "order_item": numbers.integer_number(1, 1000),
                "reason": numbers.integer_number(1, 16),
                "cancellation_type": choice(TYPES),
                "status": choice(STATUSES),
                "description": text.sentence(),
                "iban": f"TR{numbers.integer_number(10**23, 10**24 - 1)}",
                "holder_name": person.full_name(),
                "quantity": numbers.integer_number(1, 5),
                "fully_refund_as_loyalty_money": flags.boolean(),
            }
        )


def faker() -> Lines:
    """Faker, without its weighing of words."""
    from faker import Faker

    fake = Faker("tr_TR", use_weighting=False)
    fake.seed_instance(1)
    for id in counting(1):
        yield _line(
            {
                "id": id,
                "uuid": fake.uuid4(),
                "created_date": fake.date_time_between(FIRST, LAST),
                "modified_date": fake.date_time_between(FIRST, LAST),
                "order_item": fake.random_int(1, 1000),
                "reason": fake.random_int(1, 16),
                "cancellation_type": fake.random_element(TYPES),
                "status": fake.random_element(STATUSES),
                "description": fake.sentence(),
                "iban": fake.iban(),
                "holder_name": fake.name(),
                "quantity": fake.random_int(1, 5),
                "fully_refund_as_loyalty_money": fake.boolean(),
            }
        )


@dataclass
class Wanted:
    """The record as polyfactory reads it."""

    id: int
    uuid: uuid.UUID
    created_date: datetime
    modified_date: datetime
    order_item: int
    reason: int
    cancellation_type: Literal["cancel", "refund"]
    status: Literal["waiting", "rejected", "confirmed", "waiting_approval", "approved", "completed"]
    description: str | None
    iban: str | None
    holder_name: str | None
    quantity: int | None
    fully_refund_as_loyalty_money: bool


def polyfactory() -> Lines:
    """polyfactory, from a dataclass."""
    from polyfactory.factories import DataclassFactory

    factory = DataclassFactory.create_factory(Wanted)
    factory.seed_random(1)
    for _ in counting(1):
        yield _line(factory.build())


def _line(record: Any) -> bytes:
    return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)


MAKERS = (
    Maker(OURS, ours("base", "ndjson")),
    Maker(LIMIT, _some(limit)),
    Maker("Mimesis", _some(mimesis), "mimesis"),
    Maker("Mimesis, called by hand", _some(mimesis_by_hand), "mimesis"),
    Maker("Faker", _some(faker), "faker"),
    Maker("polyfactory", _some(polyfactory), "polyfactory"),
)
FORMS = tuple(
    Maker(f"{OURS}: {view}, {form}", ours(view, form))
    for view, form in (("base", "json"), ("base", "csv"), ("base", "sql"), ("detailed", "ndjson"), ("create", "ndjson"))
)
