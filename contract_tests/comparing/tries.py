"""Sequences that try one body: a create, or a record and its update, which is looked at then.

Owns: which bodies are tried for a kind, and what stands beside the value that is tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from cancelkit.contract_tests.comparing.bodies import MEDIA, Bodies, Tried, conversions
from cancelkit.contract_tests.comparing.calls import Call, Kind, Sequence
from cancelkit.contract_tests.comparing.walks import RECORD, Walks
from cancelkit.contract_tests.context.bodies import marked, settable
from cancelkit.contract_tests.machine.histories import updating
from cancelkit.spec import Operation, Role
from cancelkit.spec.values import NoValue


def sequences(bodies: Bodies, kind: Kind, random: Random) -> Iterator[Sequence]:
    """A sequence for each body of a kind, for the create and for each update."""
    create, walks = bodies.contract.role(Role.CREATE), Walks(bodies)
    for operation in [create, *updating(bodies.contract).values()] if create else []:
        try:
            for tried in _tried(bodies, kind, operation, random):
                yield _sequence(kind, operation, tried, walks, random)
        except NoValue:
            continue


def _tried(bodies: Bodies, kind: Kind, operation: Operation, random: Random) -> Iterator[Tried]:
    found: list[Tried] = []
    match kind:
        case Kind.EDGE:
            found += bodies.edges(operation)
        case Kind.ODD_BODY:
            found += [*bodies.odd(operation), *conversions(operation)]
        case Kind.OPEN:
            found += [*bodies.odd(operation, left_open=True), *bodies.edges(operation, left_open=True)]
        case Kind.MEDIA:
            yield from _media(bodies, operation, random)
    for one in found:
        alone = one.point != "unknown-field"  # a body that says nothing else is about empty-patch
        base = bodies.least(operation, random) if alone else bodies.some(operation, random, most=2)
        yield replace(one, value={**base, **one.value})
    if kind is Kind.ODD_BODY:
        yield from bodies.lacking(operation, random)
        yield from bodies.raw(operation)


def _media(bodies: Bodies, operation: Operation, random: Random) -> Iterator[Tried]:
    """A good body under each content type."""
    for media, point in MEDIA.items():
        body = bodies.least(operation, random)
        if operation.role is not Role.CREATE:
            body |= marked(bodies.contract, "another media type")
        yield Tried({n: v for n, v in body.items() if n in settable(operation)}, media, "Content-Type", point)


def _sequence(kind: Kind, operation: Operation, tried: Tried, walks: Walks, random: Random) -> Sequence:
    call = Call(operation, kind, tried.about, tried.topic, tried.point)
    if isinstance(tried.value, bytes):
        call = replace(call, content=tried.value)
    else:
        headers = (("Content-Type", tried.about),) if kind is Kind.MEDIA else ()
        call = replace(call, body=tried.value, headers=headers)
    if operation.role is Role.CREATE:
        return (replace(call, makes=RECORD),)
    looks = [Call(view, kind, "after a write", record=RECORD) for view in walks.views[:1]]
    return walks.made(random, kind), replace(call, record=RECORD), *looks
