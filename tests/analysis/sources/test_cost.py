"""Spread, slippage and funding by hand."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.framework.question import Instrument, Sources
from analysis.sources.cost import Holding, cost_to_act, funding_bps, slippage_bps, spread_bps
from config.c_cost import CostConfig
from utils.binance_api.answers import Answer, Depth
from utils.binance_api.schemas import BookTicker

ASKS = np.array([[100.0, 10.0], [101.0, 10.0], [102.0, 10.0]])


def test_spread_is_in_bps_of_the_mid() -> None:
    assert spread_bps(99.0, 101.0) == pytest.approx(200.0)
    with pytest.raises(ValueError, match="bid <= ask"):
        spread_bps(101.0, 99.0)


def test_slippage_walks_the_levels() -> None:
    assert slippage_bps(ASKS, 1000.0) == pytest.approx(0.0)
    base = 10 + 1010 / 101
    assert slippage_bps(ASKS, 2010.0) == pytest.approx(1e4 * (2010 / base / 100 - 1))
    assert slippage_bps(ASKS, 4000.0) is None
    assert slippage_bps(np.empty((0, 2)), 1.0) is None


def test_selling_slips_down_and_is_counted_up() -> None:
    bids = np.array([[100.0, 1.0], [90.0, 100.0]])
    cost = slippage_bps(bids, 190.0)
    assert cost == pytest.approx(1e4 * (1 - 95 / 100))


@given(st.floats(1, 3000), st.floats(1, 3000))
def test_a_larger_order_never_slips_less(left: float, right: float) -> None:
    small, large = slippage_bps(ASKS, min(left, right)), slippage_bps(ASKS, max(left, right))
    assert small is not None
    assert large is not None
    assert 0 <= small <= large + 1e-9


@dataclass(frozen=True)
class Quoted:
    """A market of one book: buying walks up a level more than selling walks down."""

    async def book_ticker(self, _symbol: str) -> Answer[BookTicker]:
        return Answer(BookTicker("BTCUSDT", 99.0, 1.0, 101.0, 1.0), 0, "made", 0)

    async def depth(self, symbol: str, _limit: int, *, notional: float) -> Answer[Depth]:
        bids = np.array([[99.0, 2 * notional]])
        asks = np.array([[101.0, 0.5 * notional / 101], [202.0, notional]])
        return Answer(Depth(symbol, 1, bids, asks), 0, "made", 0)


async def test_slippage_is_the_mean_of_buying_and_selling() -> None:
    sources = Sources(SimpleNamespace(spot=Quoted()), SimpleNamespace())  # type: ignore[arg-type]
    found = await cost_to_act(sources, Holding(Instrument("spot", "BTCUSDT"), 3600.0, None), CostConfig())
    buying = 1e4 * (4 / 3 - 1)  # half at 101, half at 202: 1 / (0.5 / 101 + 0.5 / 202) = 134.67
    assert found.slippage_10k == pytest.approx((buying + 0.0) / 2)
    assert found.spread == pytest.approx(200.0)
    assert found.fees == 2 * CostConfig().spot_fee_bps


def test_funding_is_shared_by_time() -> None:
    assert funding_bps(0.0001, 8, 4 * 3600) == pytest.approx(0.5)
    assert funding_bps(-0.0002, 4, 8 * 3600) == pytest.approx(-4.0)
