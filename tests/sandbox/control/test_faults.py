"""Faults bite when they match, as often and as long as ordered."""

import pytest

from tests.support.clock import FakeClock
from utils.sandbox.control import FaultTable


def table(clock: FakeClock | None = None) -> FaultTable:
    return FaultTable(clock or FakeClock(0), seed=1)


def test_count_runs_down() -> None:
    faults = table()
    faults.add({"path": "/a"}, "not_json", count=2)
    assert [faults.take(path="/a") is not None for _ in range(3)] == [True, True, False]
    assert faults.list() == ()


@pytest.mark.parametrize(
    ("match", "hit"),
    [
        ({}, True),
        ({"market": "spot"}, True),
        ({"market": "futures"}, False),
        ({"path": "/api/*"}, True),
        ({"symbol": "BTCUSDT"}, True),
        ({"symbol": "ETH*"}, False),
        ({"stream": "btcusdt@trade"}, False),
        ({"market": "spot", "symbol": "ETHUSDT"}, False),
    ],
)
def test_every_entry_must_match(match: dict[str, object], hit: bool) -> None:
    faults = table()
    faults.add(match, "close")
    taken = faults.take(market="spot", path="/api/v3/depth", symbol="BTCUSDT")
    assert (taken is not None) is hit


async def test_a_fault_ends_by_the_clock() -> None:
    clock = FakeClock(0)
    faults = table(clock)
    faults.add({}, {"latency": {"ms": 5}}, for_ms=1_000)
    await clock.advance(999)
    assert faults.take() is not None
    await clock.advance(1)
    assert faults.take() is None


def test_probability_is_kept_and_comes_from_the_seed() -> None:
    hits = []
    for _ in range(2):
        faults = table()
        faults.add({}, "close", probability=0.25)
        hits.append([faults.take() is not None for _ in range(2_000)])
    assert hits[0] == hits[1]
    assert 400 < sum(hits[0]) < 600


def test_first_ordered_bites_first() -> None:
    faults = table()
    first = faults.add({"path": "/a"}, "close", count=1)
    second = faults.add({}, "not_json")
    assert [fault.id for fault in (faults.take(path="/a"), faults.take(path="/a")) if fault] == [
        first.id,
        second.id,
    ]


@pytest.mark.parametrize("wrong", [{"count": 0}, {"probability": 0.0}, {"probability": 1.5}])
def test_senseless_orders_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        table().add({}, "close", **wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least one"):
        table().add({}, {})
