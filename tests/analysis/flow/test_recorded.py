"""Module D on recorded streams: what flow explains of its own second and of the next, and that spreads make sense."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from analysis.flow.inputs import FlowInputs
from analysis.flow.metrics import FlowSection
from analysis.flow.reading import FlowReading, flow_reading
from analysis.framework.answer import compute
from analysis.framework.result import Analysis
from analysis.order_micros import MODULE
from tests.analysis.flow.readings import minute_bars
from tests.support.followed_ticks import followed

FILES = (("usdm_btcusdt_2024-08-08", 0.1), ("usdm_ethusdt_2024-08-08", 0.01))
CONFIG = FlowSection()


@cache
def last(path: Path, tick: float) -> tuple[FlowReading, Analysis]:
    """The reading and the answer five minutes into a recording."""
    made = next(followed(path, tick, 300_000))
    flow, bars = flow_reading(made.ticks(), CONFIG), minute_bars()
    return flow, compute(MODULE, FlowInputs(bars=bars, as_of=bars.as_of, price=None, flow=flow), {}, CONFIG)


@pytest.fixture(params=FILES, ids=lambda file: file[0])
def recorded(request: pytest.FixtureRequest, shared_data: Path) -> tuple[FlowReading, Analysis]:
    name, tick = request.param
    return last(shared_data / "ws" / f"{name}.jsonl.gz", tick)


def value(found: Analysis, name: str) -> float:
    known = found.metric(name).value
    assert known is not None, found.metric(name).reason
    return known


def test_flow_explains_its_own_second_and_hardly_the_next(recorded: tuple[FlowReading, Analysis]) -> None:
    _, found = recorded
    for flow in ("ofi", "ofi_levels", "root"):
        assert 0.15 < value(found, f"{flow}_r2") < 0.9, flow
        assert value(found, f"{flow}_r2_next") < 0.08, flow
    assert value(found, "ofi_r2") > value(found, "ofi_levels_r2") - 0.1


def test_effective_spreads_are_positive_and_hardly_one_trade_is_negative(
    recorded: tuple[FlowReading, Analysis],
) -> None:
    flow, found = recorded
    assert flow.spread.negative is not None
    assert flow.spread.negative < 0.005
    assert value(found, "effective") >= value(found, "spread")
    assert flow.spread.trades > 1_000


def test_larger_orders_cost_more_and_sides_agree_roughly(recorded: tuple[FlowReading, Analysis]) -> None:
    _, found = recorded
    for side in ("buy", "sell"):
        small, middle = (value(found, f"slip_{side}_{amount}") for amount in ("10k", "100k"))
        assert 0 < small <= middle + 1e-9
    assert 0.2 < value(found, "elasticity_bid") < 3


def test_the_kept_book_does_not_reach_fifty_basis_points(recorded: tuple[FlowReading, Analysis]) -> None:
    _, found = recorded
    reason = found.metric("imbalance_50bps").reason
    assert reason is not None
    assert reason.code == "beyond_reach"
    assert value(found, "reach") < 50


def test_a_swept_touch_refills_within_seconds(recorded: tuple[FlowReading, Analysis]) -> None:
    _, found = recorded
    for side in ("bid", "ask"):
        assert 0.05 < value(found, f"refill_{side}") < 10
    assert found.score is not None
    assert np.isfinite(found.score)
