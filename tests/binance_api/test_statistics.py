"""Positioning statistics: pages, the 30 days, and when each row was known."""

import csv
import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.binance_api.exchange import Exchange, SkippingClock
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.faces.statistics import KEPT_MS, windows
from utils.http.errors import Rejected, Unavailable

FIVE = 300_000
DAY = 86_400_000


class Positioning:
    """``futures/data`` computed from the stamp; refuses times older than 30 days and pages over 500 rows."""

    def __init__(self, exchange: Exchange, clock: SkippingClock, step: int = FIVE) -> None:
        self.clock = clock
        self.step = step
        self.newest_first = (
            True  # an over-full range keeps its newest rows; the documentation does not say which
        )
        exchange.before_reply = lambda: exchange.bodies.update({"": self.rows(exchange.calls[-1][1])})

    def rows(self, query: dict[str, str]) -> list[dict[str, Any]]:
        now, limit = self.clock.now_ms(), int(query.get("limit", 30))
        assert limit <= 500
        last = min(now, int(query.get("endTime", now))) // self.step * self.step
        if "startTime" not in query:
            stamps = list(range(last - (limit - 1) * self.step, last + 1, self.step))
        else:
            start = int(query["startTime"])
            assert start >= now - 30 * DAY, "the exchange refuses this"
            stamps = list(range(-(-start // self.step) * self.step, last + 1, self.step))
        return [self.row(t) for t in (stamps[-limit:] if self.newest_first else stamps[:limit])]

    def row(self, t: int) -> dict[str, Any]:
        n = str(t // self.step % 1000)
        return {
            "symbol": "BTCUSDT",
            "sumOpenInterest": n,
            "sumOpenInterestValue": n,
            "CMCCirculatingSupply": "19000000.5" if t % (2 * self.step) else "0.00000000",
            "longShortRatio": "2",
            "longAccount": "0.6667",
            "shortAccount": "0.3333",
            "buySellRatio": "1.5",
            "buyVol": n,
            "sellVol": "3",
            "indexPrice": "100",
            "futuresPrice": "99.9",
            "basis": "-0.1",
            "basisRate": "-0.001",
            "annualizedBasisRate": "",
            "timestamp": str(t) if t % (2 * self.step) else t,
        }


@pytest.fixture
def positioning(exchange: Exchange, clock: SkippingClock) -> Positioning:
    return Positioning(exchange, clock)


async def test_the_newest_rows_cost_one_request(
    aggregator: BinanceAggregator, exchange: Exchange, positioning: Positioning, clock: SkippingClock
) -> None:
    answer = await aggregator.statistics.open_interest("BTCUSDT", "5m", rows=48)
    history = answer.value
    last = clock.now_ms() // FIVE * FIVE
    assert history.stamp.tolist() == list(range(last - 47 * FIVE, last + 1, FIVE))
    assert (history.known_at == history.stamp).all()
    assert history.open_interest[-1] == last // FIVE % 1000
    odd = history.stamp % (2 * FIVE) != 0
    assert (history.supply[odd] == 19_000_000.5).all()
    assert np.isnan(history.supply[~odd]).all()
    assert (answer.as_of, answer.source) == (last, "binance.futures.openInterestHist")
    assert [path for path, _ in exchange.calls] == ["/futures/data/openInterestHist"]
    assert aggregator.weight_used()["statistics"][0] == 1
    assert aggregator.weight_used()["futures"][0] == 0


async def test_taker_volume_is_known_one_period_after_its_stamp(
    aggregator: BinanceAggregator, positioning: Positioning, clock: SkippingClock
) -> None:
    history = (await aggregator.statistics.taker_volume("BTCUSDT", "5m", rows=10)).value
    assert len(history) == 10
    assert (history.known_at - history.stamp == FIVE).all()
    assert history.known_at[-1] <= clock.now_ms() < history.known_at[-1] + FIVE


@pytest.mark.parametrize("newest_first", [True, False])
async def test_long_histories_are_paged_without_holes_whichever_end_is_cut(
    aggregator: BinanceAggregator, exchange: Exchange, positioning: Positioning, newest_first: bool
) -> None:
    positioning.newest_first = newest_first
    history = (await aggregator.statistics.global_accounts("BTCUSDT", "5m", rows=1700)).value
    assert len(history) == 1700
    assert (np.diff(history.stamp) == FIVE).all()
    assert len(exchange.calls) in (4, 5)
    sent = len(exchange.calls)
    await aggregator.statistics.global_accounts("BTCUSDT", "5m", rows=1700)
    assert len(exchange.calls) == sent


async def test_full_pages_of_the_past_are_asked_for_once(
    aggregator: BinanceAggregator, exchange: Exchange, positioning: Positioning, clock: SkippingClock
) -> None:
    statistics = aggregator.statistics
    await statistics.top_positions("BTCUSDT", "5m", rows=1700)
    sent = len(exchange.calls)
    await clock.advance(10 * 60_000)
    await statistics.top_positions("BTCUSDT", "5m", rows=1600)
    assert len(exchange.calls) - sent <= 2


async def test_nothing_older_than_the_exchange_keeps_is_asked_for(
    aggregator: BinanceAggregator, positioning: Positioning, clock: SkippingClock
) -> None:
    history = (await aggregator.statistics.top_accounts("BTCUSDT", "5m", rows=20_000)).value
    assert history.stamp[0] >= clock.now_ms() - KEPT_MS
    assert len(history) == KEPT_MS // FIVE + 1 or len(history) == KEPT_MS // FIVE


@pytest.mark.parametrize("kind", ["open_interest", "taker_volume"])
async def test_a_past_moment_sees_only_what_was_known(
    aggregator: BinanceAggregator, positioning: Positioning, clock: SkippingClock, kind: str
) -> None:
    moment = clock.now_ms() - 3 * DAY + 1
    answer = await getattr(aggregator.statistics, kind)("BTCUSDT", "5m", rows=100, as_of=moment)
    assert len(answer.value) == 100
    assert answer.value.known_at[-1] <= moment < answer.value.known_at[-1] + FIVE
    assert answer.as_of == answer.value.known_at[-1]
    earlier = answer.value.known(moment - DAY // 4)
    assert 0 < len(earlier) < 100
    assert earlier.known_at[-1] <= moment - DAY // 4


async def test_a_moment_before_the_30_days_is_unavailable(
    aggregator: BinanceAggregator, exchange: Exchange, clock: SkippingClock
) -> None:
    for age in (31 * DAY, KEPT_MS + 1):
        with pytest.raises(Unavailable, match="30 days"):
            await aggregator.statistics.basis("BTCUSDT", "1d", as_of=clock.now_ms() - age - DAY)
    assert exchange.calls == []


async def test_basis_may_be_negative(
    aggregator: BinanceAggregator, exchange: Exchange, positioning: Positioning
) -> None:
    history = (await aggregator.statistics.basis("BTCUSDT", "5m", rows=5)).value
    assert (history.basis == -0.1).all()
    assert (history.basis_rate == -0.001).all()
    assert exchange.calls[0][1]["contractType"] == "PERPETUAL"
    assert exchange.calls[0][1]["pair"] == "BTCUSDT"


@pytest.mark.parametrize("period", ["1m", "3m", "8h", "1w", "", "5M"])
async def test_other_periods_are_refused_before_asking(
    aggregator: BinanceAggregator, exchange: Exchange, period: str
) -> None:
    with pytest.raises(Rejected) as refused:
        await aggregator.statistics.open_interest("BTCUSDT", period)
    assert refused.value.parameter == "period"
    with pytest.raises(ValueError, match="rows"):
        await aggregator.statistics.open_interest("BTCUSDT", "5m", rows=0)
    assert exchange.calls == []


async def test_an_empty_history_is_empty_and_not_an_error(
    aggregator: BinanceAggregator, exchange: Exchange, clock: SkippingClock
) -> None:
    exchange.bodies = {"": []}
    answer = await aggregator.statistics.open_interest("NEWUSDT", "1h", rows=5)
    assert len(answer.value) == 0
    assert answer.as_of == clock.now_ms()


@pytest.mark.parametrize(("first", "last"), [(0, 0), (7, 7), (0, 499), (0, 500), (3, 2999), (499, 500)])
def test_windows_cover_every_stamp_once(first: int, last: int) -> None:
    pages = windows(first * FIVE, last * FIVE, FIVE, 500)
    covered = [t for page in pages for t in range(page["startTime"], page["endTime"] + 1, FIVE)]
    assert covered == list(range(first * FIVE, last * FIVE + 1, FIVE))
    assert all(len(range(p["startTime"], p["endTime"] + 1, FIVE)) <= p["limit"] for p in pages)


async def test_the_recorded_rows_read_back_as_they_are(
    aggregator: BinanceAggregator, exchange: Exchange, shared_data: Path
) -> None:
    name = "taker_buy_sell_5m_BTCUSDT.csv.gz"
    with gzip.open(shared_data / "derivs" / name, "rt") as file:
        rows = [row for row, _ in zip(csv.DictReader(file), range(300), strict=False)]
    wire = [
        {
            "buySellRatio": r["buy_sell_ratio"],
            "buyVol": r["buy_vol"],
            "sellVol": r["sell_vol"],
            "timestamp": r["timestamp"],
        }
        for r in rows
    ]
    exchange.bodies = {"/takerlongshortRatio": wire}
    history = (await aggregator.statistics.taker_volume("BTCUSDT", "5m", rows=300)).value
    assert len(history) == 300
    assert (history.stamp % FIVE == 0).all()
    np.testing.assert_allclose(history.buy_volume / history.sell_volume, history.ratio, rtol=1e-3)
