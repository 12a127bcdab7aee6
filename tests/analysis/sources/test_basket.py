"""Bars of a basket over real sockets: at once, one that fails is left out by name, past moments see no later bar."""

from collections.abc import Sequence
from dataclasses import replace

import aiohttp
import pytest

from analysis.framework.bar_rules import BarHistory
from analysis.framework.joint_bars import join_bars
from analysis.framework.question import Basket, Instrument, Sources, asked_of
from analysis.sources.basket import BasketBars, fetch_basket
from tests.analysis.sandboxed import NOW
from tests.support.recorded import walk_bars
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.intervals import HOUR
from utils.http.errors import SourceError
from utils.recorder.history import History
from utils.sandbox.exchange import ExchangeSandbox

COINS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
ROWS = 120


async def fetched(exchange: BinanceAggregator, coins: Sequence[str], as_of: int | None = None) -> BasketBars:
    basket = Basket(tuple(Instrument("spot", coin) for coin in coins))
    sources = Sources(exchange, History(exchange, lambda: None))
    return await fetch_basket(sources, asked_of(basket, "1h", as_of), basket.members, ROWS)


async def broken(sandbox: ExchangeSandbox, *symbols: str) -> None:
    """The exchange has no bars to give of these symbols."""
    async with aiohttp.ClientSession() as session:
        for symbol in symbols:
            match = {"path": "/api/v3/klines", "symbol": symbol}
            body = {"match": match, "fault": {"status": {"code": 503}}, "count": 1000}
            async with session.post(f"{sandbox.spot_url}/_sandbox/faults", json=body) as response:
                assert response.status < 300, await response.text()


async def test_all_members_come_on_one_clock(exchange: BinanceAggregator) -> None:
    read = await fetched(exchange, COINS)
    assert not read.left_out
    assert [bars.symbol for bars in read.bars] == list(COINS)
    joint = join_bars(read.bars)
    assert joint.close.shape == (ROWS, 3)
    assert len(read.stamps) == 3
    assert int(joint.close_time[-1]) < NOW


async def test_the_past_ends_at_the_moment_asked(exchange: BinanceAggregator) -> None:
    read = await fetched(exchange, COINS, NOW - 30 * HOUR)
    assert all(int(bars.close_time[-1]) < NOW - 30 * HOUR for bars in read.bars)
    assert all(len(bars) == ROWS for bars in read.bars)


def test_a_break_is_said_of_its_coin_and_of_a_single_coin_as_it_is() -> None:
    begun = BarHistory(walk_bars(40, interval="1h"), NOW).notes[0]
    alone = BasketBars((walk_bars(40, interval="1h"),), {}, anew={"ETHUSDT": begun})
    assert alone.notes == (begun,)
    several = replace(alone, bars=alone.bars * 2)
    assert [note.text for note in several.notes] == [f"ETHUSDT has a break in its history: {begun.text}"]


async def test_a_member_that_fails_is_left_out_by_name(
    exchange: BinanceAggregator, sandbox: ExchangeSandbox
) -> None:
    await broken(sandbox, "ETHUSDT")
    read = await fetched(exchange, COINS)
    assert [bars.symbol for bars in read.bars] == ["BTCUSDT", "SOLUSDT"]
    assert read.left_out["ETHUSDT"].code == "source_down"
    assert [note.text for note in read.notes] == [
        "ETHUSDT is left out: binance.spot.klines does not answer now"
    ]


async def test_an_unlisted_member_is_left_out_too(exchange: BinanceAggregator) -> None:
    read = await fetched(exchange, ("BTCUSDT", "NEVERUSDT"))
    assert [bars.symbol for bars in read.bars] == ["BTCUSDT"]
    assert set(read.left_out) == {"NEVERUSDT"}


async def test_nothing_at_all_is_an_error(exchange: BinanceAggregator, sandbox: ExchangeSandbox) -> None:
    await broken(sandbox, *COINS)
    with pytest.raises(SourceError):
        await fetched(exchange, COINS)
