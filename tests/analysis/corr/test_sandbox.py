"""Module E over real sockets: the simulated market's betas and leads are found, a failing coin costs only itself."""

from typing import Final

import numpy as np
import pytest

from analysis.framework.question import Basket, Instrument, Request, asked_of
from analysis.framework.result import Analysis
from analysis.framework.runner import Runner
from tests.analysis.sandboxed import NOW
from tests.analysis.sources.test_basket import broken
from tests.support.clock import FakeClock
from tests.support.stream_exchange import eventually
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.intervals import DAY
from utils.sandbox.exchange import ExchangeSandbox
from utils.sandbox.exchange.market.coins import FULL_COINS

COINS: Final = {coin.symbol: coin for coin in FULL_COINS}
BASKET: Final = Basket(tuple(Instrument("spot", symbol) for symbol in COINS))


async def of_basket(runner: Runner, interval: str, as_of: int | None = None) -> Analysis:
    return await runner.run("corr", asked_of(BASKET, interval, as_of))


def column(answer: Analysis, name: str) -> dict[str, float]:
    table = answer.table("coins")
    assert table is not None
    return table.column(name)


async def test_betas_are_those_of_the_market(runner: Runner) -> None:
    answer = await of_basket(runner, "4h")
    assert answer.basket == BASKET
    beta, error = column(answer, "beta"), column(answer, "beta_error")
    for symbol, coin in COINS.items():
        if symbol != "BTCUSDT":
            assert beta[symbol] == pytest.approx(coin.beta, abs=4 * error[symbol] + 0.02), symbol


async def test_leads_of_minutes_are_found_and_point_the_right_way(runner: Runner) -> None:
    answer = await of_basket(runner, "1m")
    (lead,) = (matrix for matrix in answer.matrices if matrix.id == "lead_lag_matrix")
    rows, columns = np.nonzero(lead.marked & (lead.values > 0))
    delays = [COINS[symbol].lag_min * COINS[symbol].lag_share for symbol in lead.symbols]
    right = [delays[row] < delays[at] for row, at in zip(rows, columns, strict=True)]
    assert len(right) >= 5
    assert all(right)
    assert answer.verdict is not None
    assert answer.verdict.code == "leads_found"
    bitcoin = lead.symbols.index("BTCUSDT")
    assert lead.marked[bitcoin].sum() >= 3
    assert (lead.values[bitcoin][lead.marked[bitcoin]] > 0).all()


async def test_one_coin_is_pulled_by_its_leaders_at_a_minute(runner: Runner) -> None:
    answer = await runner.run("corr", Request("ETHUSDT", "1m"))
    assert answer.score is not None
    assert answer.basket is None
    kept, later = answer.metric("pull_kept").value, answer.metric("pull_r2_out").value
    assert kept is not None
    assert kept > 0.3
    assert later is not None
    assert later > 3.0
    assert answer.metric("cause_p").value == pytest.approx(0.0, abs=0.01)
    slow = await runner.run("corr", Request("ETHUSDT", "4h"))
    assert slow.score is not None
    assert abs(slow.score) < 0.2


async def test_a_past_basket_knows_nothing_later(runner: Runner) -> None:
    answer = await of_basket(runner, "1h", NOW - 3 * DAY)
    assert answer.bar_close < NOW - 3 * DAY
    assert answer.score is None
    assert [reason.code for reason in answer.null_reasons] == ["of_one_coin"]


async def test_a_failing_coin_is_named_and_the_others_carry_on(
    runner: Runner, sandbox: ExchangeSandbox
) -> None:
    await broken(sandbox, "ETHUSDT")
    answer = await of_basket(runner, "1h")
    assert "ETHUSDT is left out: binance.spot.klines does not answer now" in [
        note.text for note in answer.notes
    ]
    assert "ETHUSDT" not in column(answer, "beta")
    assert len(column(answer, "beta")) == len(COINS) - 1


async def test_too_few_left_say_so(runner: Runner, sandbox: ExchangeSandbox) -> None:
    await broken(sandbox, "BTCUSDT", "ETHUSDT")
    few = Basket(tuple(Instrument("spot", symbol) for symbol in ("BTCUSDT", "ETHUSDT", "SOLUSDT")))
    answer = await runner.run("corr", asked_of(few, "1h"))
    reason = answer.metric("mean_correlation").reason
    assert reason is not None
    assert reason.text == "needs 2 symbols with usable bars, has 1"
    alone = await runner.run("corr", Request("SOLUSDT", "1h"))
    assert alone.score is None
    assert "needs 2 symbols" in " ".join(reason.text for reason in alone.null_reasons)


async def test_the_order_of_symbols_is_one_answer(runner: Runner) -> None:
    await of_basket(runner, "1h")
    before = runner.counts["computed"]
    turned = Basket(tuple(reversed(BASKET.members)))
    await runner.run("corr", asked_of(turned, "1h"))
    assert runner.counts["computed"] == before


async def test_coins_that_are_followed_are_compared_by_their_ticks(
    runner: Runner, exchange: BinanceAggregator, clock: FakeClock
) -> None:
    before = await runner.run("corr", Request("ETHUSDT", "1h"))
    reason = before.metric("tick_correlation").reason
    assert reason is not None
    assert reason.text == "no live trades of BTCUSDT, ETHUSDT: /f about each follows them"
    for symbol in ("BTCUSDT", "ETHUSDT"):
        await runner.run("flow", Request(symbol, "4h"))
    tapes = [exchange.followed_trades(symbol, "futures") for symbol in ("BTCUSDT", "ETHUSDT")]
    await eventually(
        lambda: all(tape is not None and tape.live_since_ms and not tape.filling for tape in tapes), clock, 1
    )
    answer = await runner.run("corr", Request("ETHUSDT", "15m"))
    seconds, together = (answer.metric(name).value for name in ("tick_seconds", "tick_correlation"))
    assert seconds is not None
    assert seconds > 60
    assert together is not None
    assert -1 <= together <= 1
