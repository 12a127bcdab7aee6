"""The simulated market agrees with itself and with what it says of itself."""

import numpy as np
import pytest

from tests.sandbox.exchange.conftest import NOW_MS
from utils.sandbox.exchange.market.bars import Bars, aggregate
from utils.sandbox.exchange.market.contract import LAST, MARK, TradeQuery, UnknownSymbolError, Window
from utils.sandbox.exchange.market.instrument import FUTURES, SPOT
from utils.sandbox.exchange.market.intervals import INTERVALS
from utils.sandbox.exchange.market.simulated import SimulatedMarket
from utils.sandbox.exchange.market.trades import bars_of
from utils.sandbox.exchange.market.truth import truth

DAY_MS = 86_400_000
HOUR_MS = 3_600_000


def bars(
    market: SimulatedMarket,
    symbol: str,
    interval: str,
    limit: int,
    kind: str = SPOT,
    series: str = LAST,
    end: int = NOW_MS,
) -> Bars:
    return market.bars(kind, symbol, series, Window(INTERVALS[interval], limit, end_ms=end), NOW_MS)


def assert_same(left: Bars, right: Bars) -> None:
    for ours, theirs in zip(left.columns(), right.columns(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("interval", ["5m", "1h", "4h", "1d"])
@pytest.mark.parametrize("days_ago", [0, 400])
def test_coarse_bars_are_the_aggregate_of_minutes(
    market: SimulatedMarket, interval: str, days_ago: int
) -> None:
    end = NOW_MS - days_ago * DAY_MS
    coarse = bars(market, "ETHUSDT", interval, 3, end=end)
    opened = int(coarse.open_time[0])
    stop = INTERVALS[interval].step(int(coarse.open_time[-1]), 1) - 1
    minutes = market.bars(SPOT, "ETHUSDT", LAST, Window(INTERVALS["1m"], 10_000, opened, stop), NOW_MS)
    assert_same(coarse, aggregate(minutes, INTERVALS[interval]))


@pytest.mark.parametrize("kind", [SPOT, FUTURES])
def test_bars_are_the_sum_of_their_trades(market: SimulatedMarket, kind: str) -> None:
    hour = NOW_MS // HOUR_MS * HOUR_MS
    trades = market.trades(kind, "BTCUSDT", TradeQuery(10**6, start_ms=hour, end_ms=NOW_MS), NOW_MS)
    minutes = market.bars(kind, "BTCUSDT", LAST, Window(INTERVALS["1m"], 100, hour), NOW_MS)
    assert len(trades) > 300
    assert_same(minutes, bars_of(trades, INTERVALS["1m"]))


def test_trade_ids_are_contiguous_and_times_ascend(market: SimulatedMarket) -> None:
    trades = market.trades(SPOT, "SOLUSDT", TradeQuery(5_000), NOW_MS)
    assert np.all(np.diff(trades.id) == 1)
    assert np.all(np.diff(trades.time) >= 0)
    assert trades.time[-1] <= NOW_MS
    again = market.trades(SPOT, "SOLUSDT", TradeQuery(100, from_id=int(trades.id[700])), NOW_MS)
    np.testing.assert_array_equal(again.price, trades.price[700:800])


def test_the_book_stands_around_the_last_trade(market: SimulatedMarket) -> None:
    for back_ms in range(0, 60_000, 2_500):
        moment = NOW_MS - back_ms
        trade = market.trades(SPOT, "LINKUSDT", TradeQuery(1), moment)
        book = market.book(SPOT, "LINKUSDT", 50, moment)
        best = book.bid_prices[0] if trade.buyer_maker[0] else book.ask_prices[0]
        assert best == trade.price[0]
        assert book.bid_prices[0] < book.ask_prices[0]
        assert np.all(np.diff(book.bid_prices) < 0)
        assert np.all(np.diff(book.ask_prices) > 0)
        assert book.bid_lots.min() > 0


def test_two_books_within_a_second_mostly_agree(market: SimulatedMarket) -> None:
    early, late = (market.book(SPOT, "BTCUSDT", 500, NOW_MS - back) for back in (500, 0))
    common, left, right = np.intersect1d(early.ask_prices, late.ask_prices, return_indices=True)
    assert late.update_id > early.update_id
    assert np.mean(early.ask_lots[left] == late.ask_lots[right]) > 0.7
    assert len(common) > 100


def test_bars_are_well_formed(market: SimulatedMarket) -> None:
    told = bars(market, "DOGEUSDT", "1m", 5_000)
    assert np.all(np.diff(told.open_time) == 60_000)
    assert np.all(told.low <= np.minimum(told.open, told.close))
    assert np.all(told.high >= np.maximum(told.open, told.close))
    assert np.all(told.taker_base <= told.volume)
    assert np.all(told.low * told.volume <= told.quote)
    assert np.all(told.quote <= told.high * told.volume)


def test_same_seed_same_market_other_seed_other_market(market: SimulatedMarket) -> None:
    same, other = SimulatedMarket(1, NOW_MS + 3_600_000), SimulatedMarket(2, NOW_MS)
    other_order = bars(same, "XRPUSDT", "1h", 5)
    assert len(other_order) == 5
    assert_same(bars(market, "BTCUSDT", "1m", 500), bars(same, "BTCUSDT", "1m", 500))
    assert not np.array_equal(bars(market, "BTCUSDT", "1m", 9).close, bars(other, "BTCUSDT", "1m", 9).close)


def test_the_unfinished_bar_grows(market: SimulatedMarket) -> None:
    opened = NOW_MS // 60_000 * 60_000
    volumes = []
    for moment in (opened + 20_000, opened + 40_000, opened + 59_999):
        told = market.bars(SPOT, "BTCUSDT", LAST, Window(INTERVALS["1m"], 1), moment)
        volumes.append(int(told.volume[-1]) if told.open_time[-1] == opened else 0)
    assert volumes == sorted(volumes)
    assert volumes[0] < volumes[-1]


def test_planned_and_traded_bars_meet_without_a_break(market: SimulatedMarket) -> None:
    border = (NOW_MS - DAY_MS) // DAY_MS * DAY_MS
    around = market.bars(SPOT, "BTCUSDT", LAST, Window(INTERVALS["1m"], 6, border - 180_000), NOW_MS)
    moves = np.abs(np.diff(np.log(around.close.astype(float))))
    assert moves.max() < 0.01


def test_volatility_is_what_truth_says(market: SimulatedMarket) -> None:
    start = NOW_MS - 60 * DAY_MS
    told = market.bars(SPOT, "BTCUSDT", LAST, Window(INTERVALS["1m"], 57 * 1440, start), NOW_MS)
    states = truth(market, "BTCUSDT", start, start + 57 * DAY_MS, NOW_MS)["states"]
    assert isinstance(states, dict)
    hour = ((told.open_time[1:] - states["time"][0]) // HOUR_MS).clip(0, len(states["sigma"]) - 1)
    scaled = np.diff(np.log(told.close.astype(float))) / np.array(states["sigma"])[hour]
    assert np.quantile(np.abs(scaled), 0.6827) == pytest.approx(1.0, abs=0.03)


def test_days_drift_as_truth_says(market: SimulatedMarket) -> None:
    start = (NOW_MS - 1_500 * DAY_MS) // DAY_MS * DAY_MS
    days = market.bars(SPOT, "BTCUSDT", LAST, Window(INTERVALS["1d"], 1_490, start), NOW_MS)
    states = truth(market, "BTCUSDT", start, start + 1_490 * DAY_MS, NOW_MS)["states"]
    assert isinstance(states, dict)
    drift = np.array(states["drift"]).reshape(-1, 24).mean(axis=1)
    moved = np.log(days.close / days.open)
    slope, offset = np.polyfit(drift, moved, 1)
    assert slope == pytest.approx(1.0, abs=0.25)
    assert offset == pytest.approx(0.0, abs=0.003)


def test_jumps_are_where_truth_says(market: SimulatedMarket) -> None:
    start = NOW_MS - 200 * DAY_MS
    told = truth(market, "SOLUSDT", start, NOW_MS - 5 * DAY_MS, NOW_MS)["jumps"]
    assert isinstance(told, list)
    own = [jump for jump in told if jump["source"] == "own" and abs(jump["size"]) > 0.015]
    assert len(own) > 5
    for jump in own:
        window = Window(INTERVALS["1m"], 1, jump["time"])
        bar = market.bars(SPOT, "SOLUSDT", LAST, window, NOW_MS)
        assert np.log(bar.close[0] / bar.open[0]) == pytest.approx(jump["size"], abs=0.01)


def test_betas_and_lags_can_be_found_again(market: SimulatedMarket) -> None:
    window = Window(INTERVALS["1m"], 60 * 1440, end_ms=NOW_MS - 3 * DAY_MS)
    lead, late = (
        np.diff(np.log(market.bars(SPOT, s, LAST, window, NOW_MS).close.astype(float)))
        for s in ("BTCUSDT", "LINKUSDT")
    )
    coin = market.coin(SPOT, "LINKUSDT", NOW_MS)
    lags = [np.cov(lead[: len(lead) - lag], late[lag:])[0, 1] / lead.var() for lag in range(9)]
    assert int(np.argmax(lags[1:])) + 1 == coin.lag_min
    assert lags[0] == pytest.approx(coin.beta * (1 - coin.lag_share), rel=0.15)
    assert lags[coin.lag_min] == pytest.approx(coin.beta * coin.lag_share, rel=0.25)


def test_taker_buying_goes_with_the_price(market: SimulatedMarket) -> None:
    told = bars(market, "BTCUSDT", "1m", 20_000)
    share = told.taker_base / told.volume - 0.5
    moved = np.diff(np.log(told.close.astype(float)), prepend=np.log(float(told.open[0])))
    assert np.corrcoef(share, moved)[0, 1] > 0.4


def test_trade_signs_persist_and_trades_cluster(market: SimulatedMarket) -> None:
    trades = market.trades(SPOT, "BTCUSDT", TradeQuery(10**6, start_ms=NOW_MS - 6 * HOUR_MS), NOW_MS)
    signs = np.where(trades.buyer_maker, -1.0, 1.0)
    gaps = np.diff(trades.time)
    assert np.corrcoef(signs[1:], signs[:-1])[0, 1] > 0.1
    assert gaps.std() > 1.1 * gaps.mean()


def test_perpetual_mark_and_funding_follow_the_basis(market: SimulatedMarket) -> None:
    state = market.premium("1000SHIBUSDT", NOW_MS)
    spot = market.day(SPOT, "SHIBUSDT", NOW_MS).bar.close[0] / 10**8
    perpetual = market.day(FUTURES, "1000SHIBUSDT", NOW_MS).bar.close[0] / 10**6
    assert state.index == pytest.approx(1000 * spot)
    assert perpetual == pytest.approx(state.mark, rel=1e-3)
    told = truth(market, "1000SHIBUSDT", NOW_MS - 30 * DAY_MS, NOW_MS, NOW_MS)["states"]
    settled = [row for row in market.funding("1000SHIBUSDT", NOW_MS) if row.time_ms >= NOW_MS - 30 * DAY_MS]
    assert isinstance(told, dict)
    assert len(settled) == 180
    assert all(0 <= row.time_ms % (4 * HOUR_MS) < 16 for row in settled)
    averages = np.array(told["basis"])[: len(settled) * 4].reshape(-1, 4).mean(axis=1)
    rates = np.array([row.rate for row in settled])
    assert np.corrcoef(averages[:-1], rates[1:])[0, 1] > 0.5
    assert state.next_funding_ms % (4 * HOUR_MS) == 0


def test_mark_bars_of_an_hour_are_the_aggregate_of_minutes(market: SimulatedMarket) -> None:
    hour = bars(market, "ETHUSDT", "1h", 1, FUTURES, MARK, end=NOW_MS - 5 * DAY_MS)
    opened = int(hour.open_time[0])
    minutes = market.bars(FUTURES, "ETHUSDT", MARK, Window(INTERVALS["1m"], 60, opened), NOW_MS)
    assert_same(hour, aggregate(minutes, INTERVALS["1h"]))


def test_light_symbols_are_listed_and_trade() -> None:
    market = SimulatedMarket(1, NOW_MS, light=3)
    assert [listing.symbol for listing in market.listings(SPOT, NOW_MS)][-3:] == [
        "SIM001USDT",
        "SIM002USDT",
        "SIM003USDT",
    ]
    assert len(bars(market, "SIM002USDT", "1h", 10)) == 10
    listing = market.listings(SPOT, NOW_MS)[-1]
    first = market.bars(SPOT, listing.symbol, LAST, Window(INTERVALS["1d"], 5, start_ms=0), NOW_MS)
    assert first.open_time[0] == listing.onboard_ms
    assert NOW_MS - listing.onboard_ms > 355 * DAY_MS


def test_unknown_symbols_are_refused(market: SimulatedMarket) -> None:
    with pytest.raises(UnknownSymbolError):
        bars(market, "NOPEUSDT", "1m", 1)
    with pytest.raises(UnknownSymbolError):
        bars(market, "SHIBUSDT", "1m", 1, FUTURES)


def test_five_years_are_there(market: SimulatedMarket) -> None:
    told = bars(market, "BTCUSDT", "1d", 5_000)
    assert NOW_MS - told.open_time[0] > 5 * 365 * DAY_MS
    assert np.all(np.diff(told.open_time) == DAY_MS)


def test_events_stay_after_single_trades_are_gone(market: SimulatedMarket) -> None:
    own = SimulatedMarket(1, NOW_MS)
    coin = own.coin(SPOT, "BTCUSDT", NOW_MS)
    own.events(coin).jump(NOW_MS, 0.1)
    own.events(coin).halt(NOW_MS + HOUR_MS, HOUR_MS)
    later = NOW_MS + 20 * DAY_MS
    window = Window(INTERVALS["1m"], 240, NOW_MS - HOUR_MS)
    plain = SimulatedMarket(1, NOW_MS)
    for each in (own, plain):
        each.clock_stepped(later)
    moved, still = (each.bars(SPOT, "BTCUSDT", LAST, window, later) for each in (own, plain))
    assert len(still) == 240
    assert len(moved.between(0, int(still.open_time[-1]))) == 240 - 60
    _, left, right = np.intersect1d(moved.open_time, still.open_time, return_indices=True)
    ratio = moved.close[left] / still.close[right]
    np.testing.assert_allclose(ratio[:58], 1.0)
    np.testing.assert_allclose(ratio[62:], 1.1, rtol=1e-6)


def test_the_clock_may_jump_ahead_and_back(market: SimulatedMarket) -> None:
    own = SimulatedMarket(1, NOW_MS)
    for moment in (NOW_MS + 90 * DAY_MS, NOW_MS - 700 * DAY_MS):
        own.clock_stepped(moment)
        told = own.bars(SPOT, "BTCUSDT", LAST, Window(INTERVALS["1m"], 3), moment)
        assert told.open_time[-1] == moment // 60_000 * 60_000
        assert len(own.trades(SPOT, "BTCUSDT", TradeQuery(10), moment)) == 10
