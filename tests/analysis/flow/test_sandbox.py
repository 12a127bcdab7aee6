"""Module D over sockets on the simulated market: cold and warm answers, arrival rates, parts that fail, the past."""

import numpy as np
import pytest

from analysis.framework.look_back import DRAWN_BARS
from analysis.framework.question import Request
from analysis.framework.runner import Runner
from tests.analysis.sandboxed import NOW, break_path
from tests.support.clock import FakeClock
from tests.support.stream_exchange import eventually
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.book.state import BookState
from utils.sandbox.exchange import ExchangeSandbox
from utils.sandbox.exchange.market.coins import FULL_COINS
from utils.sandbox.exchange.market.ticks import BRANCHING_RATIO

BTC = Request("BTCUSDT", "4h")


async def test_a_cold_symbol_is_answered_at_once_and_says_how_little_is_live(
    runner: Runner, exchange: BinanceAggregator
) -> None:
    found = await runner.run("flow", BTC, cost=True)
    assert (found.market, found.interval) == ("futures", "1m")
    assert found.score is not None
    assert "0 s of live flow, trades of the last 15 min" in [note.text for note in found.notes]
    assert found.metric("cvd").value is not None
    assert found.metric("slip_buy_10k").value is not None
    reason = found.metric("ofi_z").reason
    assert reason is not None
    assert reason.code == "no_live"
    assert len(found.heatmaps[0].time) == 1  # the book just read
    asked = {path for (path, _), count in exchange.requests.items() if count}
    assert sum("aggTrades" in path for path in asked) == 1


async def test_orders_arrive_as_often_as_the_market_makes_them(runner: Runner) -> None:
    found = await runner.run("flow", BTC)
    coin = next(coin for coin in FULL_COINS if coin.symbol == "BTCUSDT")
    buys, sells = (found.metric(f"{side}_orders_s").value for side in ("buy", "sell"))
    assert buys is not None
    assert sells is not None
    minute = 60 * (buys + sells)
    # a self-exciting process: its counts vary 1 / (1 - n)^2 times as much as a Poisson process's
    error = np.sqrt(coin.trades_per_minute) / (1 - BRANCHING_RATIO)
    assert abs(minute - coin.trades_per_minute) < 3 * error


async def test_a_warm_symbol_has_a_kept_book_and_live_quotes(
    runner: Runner, exchange: BinanceAggregator, clock: FakeClock
) -> None:
    await runner.run("flow", BTC)
    live = exchange.streams.ticks.peek(("futures", "BTCUSDT"))
    assert live is not None
    await eventually(
        lambda: live.book.state is BookState.SYNCED and live.quotes_since_ms is not None, clock, 1
    )
    for _ in range(60):
        await clock.advance(250)
        until = clock.now_ms() - 1_000
        await eventually(lambda: (live.book.event_ms or 0) > until)  # noqa: B023 - awaited in this turn
    found = await runner.run("flow", BTC)
    assert found.metric("imbalance_touch_mean").value is not None
    assert found.metric("spread_mean").value is not None
    quotes = found.metric("quotes_seconds").value
    assert quotes is not None
    assert quotes >= 10
    delay = found.metric("delay").value
    assert delay is not None
    assert abs(delay) < 2_000


async def test_a_market_that_does_not_send_trades_costs_those_alone(
    sandbox: ExchangeSandbox, runner: Runner
) -> None:
    await break_path(sandbox.futures_url, "/fapi/v1/aggTrades")
    found = await runner.run("flow", BTC)
    assert found.metric("cvd").value is None
    assert found.metric("imbalance_touch").value is not None
    reason = found.metric("cvd").reason
    assert reason is not None
    assert reason.code == "source_down"


async def test_a_past_moment_has_minutes_alone(runner: Runner) -> None:
    found = await runner.run("flow", Request("BTCUSDT", "1h", as_of=NOW - 3_600_000))
    assert found.score is None
    assert found.metric("dominance_z").value is not None
    asked = {one.name: one for one in found.scalars if one.parents == ("klines.1h",)}
    assert set(asked) == {"flow.absorption", "flow.bar_imbalance"}
    assert all(one.value is not None and one.period_s == 3600 for one in asked.values())
    assert len(found.past.time) == DRAWN_BARS + 1
    reason = found.metric("spread").reason
    assert reason is not None
    assert reason.text == "order flow has no history for a past moment"


@pytest.mark.parametrize("symbol", ["SHIBUSDT"])
async def test_a_perpetual_of_a_thousand_coins_is_found(runner: Runner, symbol: str) -> None:
    found = await runner.run("flow", Request(symbol, "1h"))
    assert found.symbol == "1000SHIBUSDT"
    assert found.metric("cvd").value is not None
