"""Very many values for one filter, those that find records at both ends: a server may look at the first few only.

Owns: `crowd`, and values to fill it with.
Source: parameters that take several values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain, count, islice
from random import Random
from typing import Any, Final

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.observing.filters_values import takes, text
from cancelkit.spec import Parameter
from cancelkit.spec.values import NoValue, Values

MANY: Final = 200
LONGEST: Final = 3000
"""So many letters of ids a query may have: some servers refuse a longer request line."""
BESIDE_IDS: Final = 2000
"""So many letters of other values that a query may have beside ids."""
BEYOND: Final = 200_000


def crowd(parameter: Parameter, own: Sequence[Any], others: Iterator[Any], longest: int = BESIDE_IDS) -> list[str]:
    """Up to MANY values as a query writes them: half of `own`, others, the other half; [] where so many are refused."""
    values = [text(value) for value in own]
    room = longest - sum(len(value) + 1 for value in values)
    between: list[str] = []
    for value in islice(map(text, others), max(0, MANY - len(values))):
        room -= len(value) + 1
        if room < 0:
            break
        between.append(value)
    half = len(values) // 2
    found = [*values[:half], *between, *values[half:]]
    return found if between and takes(parameter.schema, ",".join(found)) else []


def strangers(context: Context) -> Iterator[Any]:
    """Ids that no record has, without end."""
    if context.resource.numbered:
        return count(max([*context.sample().ids, 0]) + BEYOND)
    uuid = context.resource.id_schema.get("format") == "uuid"
    return (f"00000000-0000-4000-8000-9{n:011}" if uuid else f"no-such-id-{n}" for n in count())


def drawn(random: Random, parameter: Parameter, own: Sequence[Any]) -> Iterator[Any]:
    """Values of the parameter's items but `own`, else the half of `own` that stands first in a crowd; without end."""
    found: dict[str, None] = {}
    items, known = parameter.schema.get("items", {}), [text(value) for value in own]
    with suppress(NoValue):
        values = Values(items)
        found = dict.fromkeys(text(values.draw(random)) for _ in range(MANY))
    usable = [v for v in found if v not in known and v and v == v.strip() and "," not in v and takes(items, v)]
    usable = usable or known[: len(known) // 2]
    return chain.from_iterable(usable for _ in count()) if usable else iter(())
