"""Bars that cannot be true and pages without bars: a fault of the moment, nothing of which is kept."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.binance_api.exchange import HOUR, Canned, Exchange, SkippingClock
from utils.binance_api.bars import ImpossibleBars, NoBars, Series
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.klines.append import AppendResult, append
from utils.binance_api.klines.store import Segment, SeriesStore, rows_of
from utils.binance_api.klines.validity import fault_of, is_possible
from utils.binance_api.schemas import KlineRow
from utils.binance_api.streams.events import Kline

OPEN = 1_700_000_000_000 // HOUR * HOUR
FIELDS = KlineRow.__struct_fields__
GOOD = dict(zip(FIELDS, (OPEN, 10.0, 12.0, 9.0, 11.0, 5.0, OPEN + HOUR - 1, 55.0, 7, 2.0, 22.0), strict=True))


def bar(**changed: float) -> KlineRow:
    return KlineRow(**{**GOOD, **changed})  # type: ignore[arg-type]


def candle(row: KlineRow) -> Kline:
    same = {name: getattr(row, name) for name in FIELDS if name not in ("open_time", "close_time")}
    return Kline(**same, open_ms=row.open_time, close_ms=row.close_time, interval="1h", closed=True)


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({}, None),
        ({"open": 9.0, "high": 11.0}, None),
        ({"open": 9.0, "high": 9.0, "low": 9.0, "close": 9.0, "volume": 0.0, "trades": 0}, None),
        ({"high": 9.0, "low": 12.0}, "a low lies above the open or close"),
        ({"low": 10.5}, "a low lies above the open or close"),
        ({"low": 11.5, "open": 12.0}, "a low lies above the open or close"),
        ({"high": 10.5}, "a high lies below the open or close"),
        ({"open": 13.0}, "a high lies below the open or close"),
        ({"open": 0.0, "low": 0.0}, "a price is not above 0"),
        ({"low": -1.0}, "a price is not above 0"),
        ({"close": np.nan}, "a value is not finite"),
        ({"high": np.inf}, "a value is not finite"),
        ({"taker_quote": np.nan}, "a value is not finite"),
        ({"volume": -1.0}, "a volume is negative"),
        ({"taker_quote": -1.0}, "a volume is negative"),
        ({"trades": -1}, "a volume is negative"),
        ({"quote_volume": -1.0}, "a volume is negative"),
        ({"taker_base": -1.0}, "a volume is negative"),
        ({"close": 0.0, "low": 0.0}, "a price is not above 0"),
        ({"close": 12.5}, "a high lies below the open or close"),
        ({"close": 8.5}, "a low lies above the open or close"),
        ({"close_time": OPEN}, "a bar closes before it opens"),
    ],
)
def test_what_cannot_be_true_is_named(changed: dict[str, float], wrong: str | None) -> None:
    later = bar(open_time=OPEN + HOUR, close_time=OPEN + 2 * HOUR - 1)
    assert fault_of(rows_of([bar(**changed), later]), "trade") == wrong
    assert is_possible(candle(bar(**changed))) == (wrong is None)


@pytest.mark.parametrize("step", [0, -HOUR])
def test_opening_times_rise(step: int) -> None:
    rows = rows_of([bar(), bar(open_time=OPEN + step)])
    assert fault_of(rows, "trade") == "opening times do not rise"


@pytest.mark.parametrize(("series", "is_fault"), [("premium", False), ("mark", True), ("index", True)])
def test_only_the_premium_index_may_be_negative(series: Series, is_fault: bool) -> None:
    rows = rows_of([bar(open=-1.0, high=0.5, low=-2.0, close=0.0)])
    assert (fault_of(rows, series) is not None) == is_fault


def test_no_rows_are_no_fault() -> None:
    assert fault_of(rows_of([]), "trade") is None


@pytest.mark.parametrize("spoiled", [1, 3, 5])
async def test_nothing_of_an_impossible_answer_is_kept(
    aggregator: BinanceAggregator, exchange: Exchange, spoiled: int
) -> None:
    rows = [exchange._row(OPEN - k * HOUR) for k in (5, 4, 3, 2, 1, 0)]
    rows[spoiled][2], rows[spoiled][3] = "1", "900"
    exchange.bodies["/klines"] = rows
    with pytest.raises(ImpossibleBars, match="impossible bars of BTCUSDT 1h: a low lies above"):
        await aggregator.spot.klines("BTCUSDT", "1h", rows=5)
    exchange.bodies.clear()
    bars = await aggregator.spot.klines("BTCUSDT", "1h", rows=5)
    assert len(exchange.calls) == 2
    assert (bars.low <= bars.high).all()
    assert len(bars) == 6


def test_an_impossible_candle_is_not_appended() -> None:
    store = SeriesStore()
    store.add(Segment(rows_of([bar()]), OPEN, OPEN + 2 * HOUR - 1))
    swapped = candle(bar(open_time=OPEN + HOUR, close_time=OPEN + 2 * HOUR - 1, high=9.0, low=12.0))
    assert append(store, swapped, HOUR, OPEN + 2 * HOUR, 0.0) is AppendResult.IMPOSSIBLE
    assert len(store) == 1
    assert store.latest is None


async def empty(exchange: Exchange, ask: Any) -> None:
    """Ask while the exchange sends empty pages, then let it answer as it should."""
    exchange.bodies["/klines"] = []
    with pytest.raises(NoBars, match="no 1h bars of BTCUSDT so far"):
        await ask
    exchange.bodies.clear()


@pytest.mark.parametrize("as_of", [None, OPEN, OPEN - 90 * HOUR])
async def test_an_empty_page_of_a_listed_symbol_is_asked_again(
    aggregator: BinanceAggregator, exchange: Exchange, as_of: int | None
) -> None:
    await empty(exchange, aggregator.spot.klines("BTCUSDT", "1h", rows=5, as_of=as_of))
    bars = await aggregator.spot.klines("BTCUSDT", "1h", rows=5, as_of=as_of)
    assert len(bars.closed()) == 5


async def test_an_empty_page_of_older_bars_does_not_end_the_series(
    aggregator: BinanceAggregator, exchange: Exchange
) -> None:
    await aggregator.spot.klines("BTCUSDT", "1h", rows=5)
    await empty(exchange, aggregator.spot.klines("BTCUSDT", "1h", rows=50))
    assert len((await aggregator.spot.klines("BTCUSDT", "1h", rows=50)).closed()) == 50


@pytest.mark.parametrize("live", [True, False])
async def test_an_empty_page_of_newer_bars_is_not_the_end_of_trading(
    aggregator: BinanceAggregator, exchange: Exchange, clock: SkippingClock, live: bool
) -> None:
    await aggregator.spot.klines("BTCUSDT", "1h", rows=5)
    await clock.advance(3 * HOUR)
    as_of = None if live else OPEN + 3 * HOUR
    await empty(exchange, aggregator.spot.klines("BTCUSDT", "1h", rows=5, as_of=as_of))
    bars = await aggregator.spot.klines("BTCUSDT", "1h", rows=5, as_of=as_of)
    assert bars.closed().open_time[-1] == OPEN + 2 * HOUR


async def test_one_empty_page_of_newer_bars_is_made_good_by_the_last_bars(
    aggregator: BinanceAggregator, exchange: Exchange, clock: SkippingClock
) -> None:
    await aggregator.spot.klines("BTCUSDT", "1h", rows=5)
    await clock.advance(4 * HOUR)
    exchange.bodies["/klines"] = []

    def mend() -> None:
        if len(exchange.calls) == 3:
            exchange.bodies.clear()

    exchange.before_reply = mend
    bars = await aggregator.spot.klines("BTCUSDT", "1h", rows=5, as_of=OPEN + 4 * HOUR)
    assert bars.open_time.tolist() == [OPEN + k * HOUR for k in (-1, 0, 1, 2, 3)]


async def test_before_the_first_bar_nothing_is_asked_twice(
    aggregator: BinanceAggregator, exchange: Exchange
) -> None:
    exchange.first_open = OPEN - 3 * HOUR
    for as_of in (OPEN - 50 * HOUR, OPEN - 60 * HOUR, OPEN - 50 * HOUR):
        assert len(await aggregator.spot.klines("NEWUSDT", "1h", rows=5, as_of=as_of)) == 0
    assert len(exchange.calls) == 2


async def test_bars_that_fill_the_page_of_a_young_series_are_all_there_is(
    aggregator: BinanceAggregator, exchange: Exchange
) -> None:
    exchange.first_open = OPEN - 5 * HOUR
    for _ in range(2):
        assert len((await aggregator.spot.klines("NEWUSDT", "1h", rows=5)).closed()) == 5
    assert len((await aggregator.spot.klines("NEWUSDT", "1h", rows=50)).closed()) == 5
    calls = len(exchange.calls)
    assert len((await aggregator.spot.klines("NEWUSDT", "1h", rows=50)).closed()) == 5
    assert len(exchange.calls) == calls


async def test_a_just_listed_pair_has_no_bars_so_far(
    aggregator: BinanceAggregator, exchange: Exchange, shared_data: Path
) -> None:
    case = json.loads((shared_data / "cases" / "just_listed_symbol.json").read_text())
    exchange.bodies["/klines"] = case["klines"]
    symbol = case["exchangeInfo_row"]["symbol"]
    for as_of in (None, OPEN):
        with pytest.raises(NoBars, match="no 1h bars of DDDUSDT so far"):
            await aggregator.spot.klines(symbol, "1h", rows=5, as_of=as_of)


async def test_one_empty_page_of_a_past_moment_is_no_proof_that_trading_began_later(
    aggregator: BinanceAggregator, exchange: Exchange
) -> None:
    exchange.canned.append(Canned(body="[]"))
    with pytest.raises(NoBars):
        await aggregator.spot.klines("BTCUSDT", "1h", rows=5, as_of=OPEN - 90 * HOUR)
    assert len(await aggregator.spot.klines("BTCUSDT", "1h", rows=5, as_of=OPEN - 90 * HOUR)) == 5
