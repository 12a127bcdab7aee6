"""The liquidation cluster against a map made by hand: two rises of open interest, and wicks that cross their levels."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analysis.features.liquidation import liquidation_prices
from analysis.framework.answer import compute
from analysis.framework.reasons import Reason
from analysis.risk.cluster import cluster_price
from analysis.risk.inputs import RiskInputs, approximate_brackets
from analysis.risk.metrics import RiskSection
from analysis.risk_expos import MODULE
from analysis.sources.open_positions import OpenPositions
from tests.analysis.risk.readings import WHOLE, fits_of, lacking, read
from tests.support.recorded import bars_of
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import HOUR
from utils.binance_api.positioning.rows import OpenInterestHistory

CONFIG = RiskSection(rank_days=30, liq_leverages=(25.0,), liq_shares=(1.0,))
HOURS = 48
START = WHOLE.as_of - HOURS * HOUR
FIRST, SECOND = 10, 20
"""Hours in which open interest rises: at 100, and twice as much at 101."""
DIP, SPIKE = 30, 40
"""Hours in which the mark price touches 97, and 105."""
ROW = 0.002
"""A price is told to within half a row of the map."""


def mark() -> Bars:
    price = np.where(np.arange(2 * HOURS) < 2 * (SECOND - 1), 100.0, 101.0)
    low, high = price.copy(), price.copy()
    low[2 * DIP], high[2 * SPIKE] = 97.0, 105.0
    columns = {"open": price, "high": high, "low": low, "close": price, "volume": np.ones(2 * HOURS)}
    times = START + HOUR // 2 * np.arange(2 * HOURS, dtype=np.int64)
    return bars_of(times, columns, price.copy(), interval="30m", market="futures")


def positions() -> OpenPositions:
    stamps = START + HOUR * np.arange(HOURS + 1, dtype=np.int64)
    hour = np.arange(HOURS + 1)
    held = 1000.0 + 100.0 * (hour >= FIRST) + 200.0 * (hour >= SECOND)
    history = OpenInterestHistory("BTCUSDT", "1h", stamps, stamps, held, held, held)
    return OpenPositions(history, mark(), mark())


def after(hour: int) -> RiskInputs:
    """The inputs as of an hour of the map; what is known later stays in them."""
    return replace(WHOLE, positions=positions(), as_of=START + hour * HOUR + 1)


def liquidated(entry: float) -> tuple[float, float]:
    longs, shorts = liquidation_prices(entry, 25.0, CONFIG.liq_notional, approximate_brackets(CONFIG))
    return float(longs), float(shorts)


@pytest.mark.parametrize(
    ("hour", "expected"),
    [
        (FIRST + 5, liquidated(100.0)[0]),
        (SECOND + 5, liquidated(101.0)[0]),
        (DIP + 5, liquidated(101.0)[1]),
        (SPIKE + 5, liquidated(100.0)[0]),
    ],
    ids=["first rise", "larger rise", "its longs are gone", "all shorts are gone"],
)
def test_the_cluster_is_the_largest_level_that_is_still_live(hour: int, expected: float) -> None:
    assert cluster_price(after(hour), CONFIG) == pytest.approx(expected, rel=ROW)


def test_nothing_is_open_before_open_interest_rises() -> None:
    assert np.isnan(cluster_price(after(FIRST - 1), CONFIG))


def test_prices_are_told_in_the_unit_of_the_analysed_instrument() -> None:
    inputs = after(SECOND + 5)
    scaled = replace(inputs, positions=replace(inputs.positions, scale=1e-3), price=0.101)
    assert cluster_price(scaled, CONFIG) == pytest.approx(1e-3 * liquidated(101.0)[0], rel=ROW)


def test_the_price_of_the_answer_decides_what_is_within_reach() -> None:
    inputs = after(DIP + 5)
    # the shorts at 104.5 lie beyond 5 % of 98, the smaller first longs below it do not
    assert cluster_price(replace(inputs, price=98.0), CONFIG) == pytest.approx(liquidated(100.0)[0], rel=ROW)
    far = compute(MODULE, replace(inputs, price=200.0), fits_of(WHOLE, CONFIG), CONFIG).metric("liq_cluster")
    assert far.value is None
    assert far.reason == Reason("no_data", {"what": "estimated liquidation nearby"})


def test_open_interest_of_hours_ago_says_nothing_of_now() -> None:
    assert np.isfinite(cluster_price(after(HOURS + 2), CONFIG))
    assert np.isnan(cluster_price(after(HOURS + 4), CONFIG))


def test_trades_stand_in_for_the_mark_price() -> None:
    inputs = after(DIP + 5)
    without = replace(inputs, positions=replace(inputs.positions, mark=None))
    assert cluster_price(without, CONFIG) == cluster_price(inputs, CONFIG)


@pytest.mark.parametrize("name", ["open_interest", "half_hours"])
def test_a_missing_source_is_its_reason_and_costs_nothing_else(name: str) -> None:
    down = Reason("source_down", {"source": "binance.futures"})
    absent: dict[str, Any] = {name: None}
    held = replace(WHOLE.positions, **absent)
    answer = read(replace(WHOLE, positions=held, missing={**WHOLE.missing, name: down}))
    whole = read(WHOLE)
    assert whole.metric("liq_cluster").value is not None
    assert answer.metric("liq_cluster").reason == down
    assert (answer.score, answer.coverage) == (whole.score, whole.coverage)


def test_without_margin_brackets_there_is_none() -> None:
    absent = Reason("no_perpetual", {"symbol": "BTCUSDT"})
    assert read(lacking(WHOLE, brackets=absent)).metric("liq_cluster").reason == absent


def test_one_value_of_open_interest_has_no_rise() -> None:
    history = WHOLE.positions.open_interest
    assert history is not None
    young = replace(WHOLE.positions, open_interest=history.tail(1))
    reason = read(replace(WHOLE, positions=young)).metric("liq_cluster").reason
    assert reason == Reason("few_past_values", {"needs": 2, "has": 1})
