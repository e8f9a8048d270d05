"""Choosing which call goes wrong, and how."""

from __future__ import annotations

from typing import Any

import pytest

from cancelkit.mockserver.faults.fault import FaultError, Faults, Hit

ALLOWED = {"list": frozenset({400, 404}), "create": frozenset({400, 415})}


def faults(*described: dict[str, Any]) -> Faults:
    made = Faults()
    for line in described:
        made.add(line, ALLOWED)
    return made


def test_a_fault_strikes_only_its_operation() -> None:
    """Other operations, and calls that are no operation, go through."""
    made = faults({"kind": "status", "status": 404, "operation": "list"})

    assert made.strike("list") == Hit("status", status=404)
    assert made.strike("create") is None
    assert made.strike(None) is None


def test_a_count_ends_a_fault() -> None:
    """After so many hits the rule stays listed but strikes no more."""
    made = faults({"kind": "reset", "count": 2})
    struck = [made.strike("list") is not None for _ in range(4)]

    assert struck == [True, True, False, False]
    assert made.entries()[0]["left"] == 0


def test_the_share_is_kept_and_repeats_with_the_seed() -> None:
    """A quarter of the calls is hit, and the same ones each time."""
    runs = []
    for _ in range(2):
        made = faults({"kind": "status", "status": 503, "share": 0.25, "seed": 7})
        runs.append([made.strike("list") is not None for _ in range(2000)])

    assert runs[0] == runs[1]
    assert 400 < sum(runs[0]) < 600


def test_latencies_add_up_and_come_before_another_fault() -> None:
    """Two delays and a status: the status after both delays."""
    made = faults(
        {"kind": "latency", "delay_ms": 100},
        {"kind": "status", "status": 500},
        {"kind": "latency", "delay_ms": 150},
        {"kind": "reset"},
    )

    assert made.strike("list") == Hit("status", 0.25, status=500)


def test_a_range_is_kept() -> None:
    """Every delay lies within the two bounds, and they differ."""
    made = faults({"kind": "latency", "delay_ms": [100, 400]})
    delays = {hit.delay for _ in range(200) if (hit := made.strike("list"))}

    assert min(delays) >= 0.1
    assert max(delays) <= 0.4
    assert len(delays) > 100


def test_percentiles_shape_the_delays() -> None:
    """Half of the delays are at most the 50th percentile's, and the tail reaches the 99th's."""
    made = faults({"kind": "latency", "percentiles": {"50": 80, "99": 900}, "seed": 3})
    delays = sorted(hit.delay for _ in range(4000) if (hit := made.strike("list")))

    assert delays[1900] == pytest.approx(0.08)
    assert 0.08 <= delays[2200] <= 0.3
    assert delays[-1] == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("described", "word"),
    [
        ({"kind": "boom"}, "kind"),
        ({}, "kind"),
        ({"kind": "latency"}, "delay_ms"),
        ({"kind": "latency", "delay_ms": -1}, "delay_ms"),
        ({"kind": "latency", "delay_ms": [5, 1]}, "first"),
        ({"kind": "latency", "delay_ms": "5"}, "delay_ms"),
        ({"kind": "latency", "percentiles": {"50": 9, "90": 3}}, "percentile"),
        ({"kind": "latency", "percentiles": {"x": 9}}, "percentiles: 'x' is no number"),
        ({"kind": "latency", "percentiles": {"nan": 9}}, "percentiles"),
        ({"kind": "latency", "percentiles": {"101": 9}}, "percentiles"),
        ({"kind": "status"}, "status"),
        ({"kind": "status", "status": 415, "operation": "list"}, "400, 404, 429, 500, 502, 503, 504"),
        ({"kind": "reset", "operation": "lst"}, "operation"),
        ({"kind": "reset", "share": 1.5}, "share"),
        ({"kind": "reset", "share": True}, "share"),
        ({"kind": "reset", "count": 0}, "count"),
        ({"kind": "reset", "colour": 1}, "colour"),
        ({"kind": "reset", "seed": "a"}, "seed"),
        ({"kind": "status", "status": 429, "retry_after": "soon"}, "retry_after"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(described: dict[str, Any], word: str) -> None:
    """The message names the key."""
    made = Faults()

    with pytest.raises(FaultError, match=word):
        made.add(described, ALLOWED)
    assert not made
